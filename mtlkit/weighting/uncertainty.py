"""Uncertainty weighting: each task's noise is learned, and a noisy task counts less."""

import torch
from torch import Tensor

from mtlkit.weighting._learned import Learned
from mtlkit.weighting._registry import register
from mtlkit.weighting._settings import Setting, flag


@register("uncertainty", paper="Kendall, Gal and Cipolla 2018, CVPR, arXiv:1705.07115")
class UncertaintyWeighting(Learned):
    """total = Σ ½ e^(−s_i) L_i + ½ s_i, with s_i = log σ_i² trained along with the model, so that λ_i = ½ e^(−s_i).

    At its optimum s_i = log L_i, and λ_i L_i = ½ for every task: each loss counts as if in units of itself. An absent
    task adds nothing to the total; the optimizer's momentum may still move its s_i a little.
    Needs: nothing. Cost: one number per task for the optimizer, one small backward.

    Args:
        start: s_i at first, any finite number. 0, as in the paper's own example, makes λ_i = ½; published code also has
            −0.5, λ_i = 0.82.
        classification: True takes the paper's form for softmax outputs, e^(−s_i) L_i + ½ s_i, twice the weight, for all
            tasks. Published code mostly has the first form, that of regression, for every kind of task; so has the
            default.

    Raises:
        ValueError: `start` is no finite number, or `classification` neither True nor False.

    Shape:
        losses, λ: (…, tasks); the leading dimensions are parallel runs.

    References:
        Kendall, Gal and Cipolla 2018, CVPR, arXiv:1705.07115.

    Example:
        >>> UncertaintyWeighting()(torch.tensor([2.0, 90.0])).tolist()  # s_i moves only where an optimizer trains it
        [0.5, 0.5]
    """

    classification = Setting(flag)

    def __init__(self, start: float = 0.0, classification: bool = False):
        super().__init__(start)
        self.classification = classification

    def total(self, losses: Tensor, present: Tensor) -> Tensor:
        s = self.scores(losses)
        # An s so far off that its exponential overflows would make the weight infinite.
        precision = (-s.clamp(min=-80.0)).exp() * (1.0 if self.classification else 0.5)
        return torch.where(present, precision * losses + s / 2, 0.0).sum(-1)
