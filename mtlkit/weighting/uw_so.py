"""UW-SO: the weights that uncertainty weighting would end at, made softer by a softmax."""

import math

import torch
from torch import Tensor

from mtlkit.weighting._registry import register
from mtlkit.weighting._settings import Setting, positive
from mtlkit.weighting._weighting import Weighting


@register("uw_so", paper="Kirchdorfer et al. 2024, Analytical Uncertainty-Based Loss Weighting, arXiv:2408.07985")
class UWSO(Weighting):
    """λ_i = softmax_i(1 / (T L_i)) over the present tasks: soft optimal uncertainty weighting.

    With L1 losses that stay, uncertainty weighting is best at λ_i = 1/L_i; the softmax holds these in bounds. The
    weights add up to 1. The smaller a loss, the more its task counts: the opposite of `Sigmoid` with α above 0. Beside
    a task that is nearly solved the others stop to learn, the sooner the smaller T is. A loss in a large unit has next
    to no weight.
    Needs: nothing. Cost: a few operations on as many numbers as there are tasks.

    Args:
        temperature: T, above 0, in units of 1/loss; the paper tunes it for each data set. Large: equal weights.

    Raises:
        ValueError: a temperature that is no number above 0.

    Shape:
        losses, λ: (…, tasks); the leading dimensions are parallel runs.

    References:
        Kirchdorfer et al. 2024, Analytical Uncertainty-Based Loss Weighting in Multi-Task Learning, arXiv:2408.07985.

    Example:
        >>> UWSO(temperature=0.5)(torch.tensor([1.0, 2.0]))
        tensor([0.7311, 0.2689])
    """

    temperature = Setting(positive)

    def __init__(self, temperature: float = 1.0):
        super().__init__()
        self.temperature = temperature

    def weights(self, losses: Tensor, present: Tensor) -> Tensor:
        certain = 1 / losses.clamp(min=torch.finfo(losses.dtype).tiny) / self.temperature
        certain = certain.clamp(max=torch.finfo(losses.dtype).max)
        return certain.masked_fill(~present, -math.inf).softmax(-1)
