"""RLW: weights drawn anew at every step."""

import math

import torch
from torch import Tensor

from mtlkit.weighting._registry import register
from mtlkit.weighting._settings import Setting, one_of
from mtlkit.weighting._weighting import Weighting


@register("rlw", paper="Lin et al. 2022, Reasonable Effectiveness of Random Weighting, TMLR, arXiv:2111.10603")
class RLW(Weighting):
    """λ_i = softmax_i(z) with z_i ~ N(0, 1) drawn at every step, or λ ~ Dirichlet(1, …, 1); over the present tasks.

    The weights add up to 1, so the mean weight is 1/K. A baseline that others should beat: in the paper it is on a par
    with them. Draws from torch's random numbers, which `Run` seeds.
    Needs: nothing. Cost: one random number per task.

    Args:
        distribution: "normal" (the paper's first) or "dirichlet".

    Raises:
        ValueError: another distribution.

    Shape:
        losses, λ: (…, tasks); the leading dimensions are parallel runs.

    References:
        Lin et al. 2022, Reasonable Effectiveness of Random Weighting, TMLR, arXiv:2111.10603.

    Example:
        >>> lam = RLW()(torch.tensor([2.0, 90.0]))
        >>> round(float(lam.sum()), 3)
        1.0
    """

    distribution = Setting(one_of("normal", "dirichlet"))

    def __init__(self, distribution: str = "normal"):
        super().__init__()
        self.distribution = distribution

    def weights(self, losses: Tensor, present: Tensor) -> Tensor:
        if self.distribution == "normal":
            z = torch.randn_like(losses)
        else:  # Dirichlet(1, …, 1) is exponential variables over their sum
            z = torch.empty_like(losses).exponential_().log()
        return z.masked_fill(~present, -math.inf).softmax(-1)
