"""LDC-MTL: sigmoids of learned numbers, trained so that the weighted losses agree."""

import functools
import math

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from mtlkit.weighting._learned import Learned
from mtlkit.weighting._registry import register
from mtlkit.weighting._settings import Setting, finite


@register("ldc_mtl", paper="Xiao et al. 2025, LDC-MTL, arXiv:2502.08585")
class LDCMTL(Learned):
    """total = Σ w_i L_i / W + ρ Σ |w_i L_i − w_j L_j|, w_i = σ(s_i); W = Σ w_i is held constant, j is the task after i.

    s is trained along with the model, so that λ_i = w_i (1/W ± ρ ± ρ), the signs those of the differences to the tasks
    beside it. A sigmoid as in `Sigmoid`, but steered by the balance of the weighted losses, not by a loss's own level.
    The first sum lets all w sink; what they do to each other is what counts. Under plain gradient descent the weighted
    losses come to agree. AdamW, whose steps hardly depend on a gradient's size, lets the w sink together: a small ρ
    hardly parts them, and λ stays near equal weights. The tasks' order matters, as only those beside each other are
    compared; absent tasks are passed over. The paper brings losses of unlike units to like size first.
    Needs: nothing. Cost: one number per task for the optimizer, one small backward.

    Args:
        penalty: ρ, at least 0; 0.01 as in the authors' code for many tasks of one kind. From 1/(2W) on, a λ may be
            negative.
        start: s_i at first, any finite number; 1 as in that code.

    Raises:
        ValueError: a penalty below 0, or a `start` that is no finite number.

    Shape:
        losses, λ: (…, tasks); the leading dimensions are parallel runs.

    References:
        Xiao et al. 2025, LDC-MTL: Balancing Multi-Task Learning through Scalable Loss Discrepancy Control,
        arXiv:2502.08585; equation and settings as in OptMN-Lab/LDC-MTL, experiments/celeba.

    Example:
        >>> LDCMTL(penalty=0.1)(torch.tensor([2.0, 1.0])).detach()  # the first is the larger: it gets more
        tensor([0.5731, 0.4269])
    """

    penalty = Setting(functools.partial(finite, least=0.0))

    def __init__(self, penalty: float = 0.01, start: float = 1.0):
        super().__init__(start)
        self.penalty = penalty

    def total(self, losses: Tensor, present: Tensor) -> Tensor:
        logs = logsigmoid(self.scores(losses)).expand(losses.shape)
        losses = torch.where(present, losses, 0.0)
        # w_i / W in logarithms: all w may sink below what a float holds
        whole = logs.detach().masked_fill(~present, -math.inf).logsumexp(-1, keepdim=True)
        shares = torch.where(present, logs - whole, 0.0).exp()
        return (shares * losses).sum(-1) + self.penalty * gaps(logs.exp() * losses, present).sum(-1)


def gaps(values: Tensor, present: Tensor) -> Tensor:
    """|values_i − values_j| of each present task and the present one before it; (…, tasks − 1), 0 for others."""
    place = torch.arange(values.shape[-1], device=values.device).expand(values.shape)
    before = torch.where(present, place, -1).cummax(-1).values[..., :-1]
    apart = (values[..., 1:] - values.gather(-1, before.clamp(min=0))).abs()
    return torch.where(present[..., 1:] & (before >= 0), apart, 0.0)
