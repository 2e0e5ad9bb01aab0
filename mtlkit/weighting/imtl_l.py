"""IMTL-L: a scale per task is learned, so that all scaled losses become alike."""

import torch
from torch import Tensor

from mtlkit.weighting._learned import Learned
from mtlkit.weighting._registry import register


@register("imtl_l", paper="Liu et al. 2021, Towards Impartial Multi-Task Learning, ICLR, section 3.2")
class IMTL_L(Learned):
    """total = Σ e^(s_i) L_i − s_i, with s_i trained along with the model, so that λ_i = e^(s_i).

    At its optimum e^(s_i) L_i = 1 for every task. It is uncertainty weighting with −s_i for s_i, times two. An absent
    task adds nothing to the total; the optimizer's momentum may still move its s_i a little.
    Needs: nothing. Cost: one number per task for the optimizer, one small backward.

    Args:
        start: s_i at first, any finite number; 0, as in the paper, makes λ_i = 1.

    Raises:
        ValueError: `start` is no finite number.

    Shape:
        losses, λ: (…, tasks); the leading dimensions are parallel runs.

    References:
        Liu et al. 2021, Towards Impartial Multi-Task Learning, ICLR, section 3.2.

    Example:
        >>> IMTL_L(start=-1.0)(torch.tensor([2.0, 90.0])).detach()  # s_i moves only where an optimizer trains it
        tensor([0.3679, 0.3679])
    """

    def __init__(self, start: float = 0.0):
        super().__init__(start)

    def total(self, losses: Tensor, present: Tensor) -> Tensor:
        s = self.scores(losses)
        return torch.where(present, s.clamp(max=80.0).exp() * losses - s, 0.0).sum(-1)
