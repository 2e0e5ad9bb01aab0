"""Equal weights: the plain sum of the losses."""

import torch
from torch import Tensor

from mtlkit.weighting._registry import register
from mtlkit.weighting._weighting import Weighting


@register("equal", paper="Caruana 1997, Multitask Learning, Machine Learning 28:41–75")
class Equal(Weighting):
    """λ_i = 1: the plain sum of the task losses, where the loudest loss has the largest say.

    Needs: nothing. Cost: nothing.

    Shape:
        losses, λ: (…, tasks); the leading dimensions are parallel runs.

    References:
        Caruana 1997, Multitask Learning, Machine Learning 28:41–75.

    Example:
        >>> Equal()(torch.tensor([2.0, 90.0]))
        tensor([1., 1.])
    """

    def weights(self, losses: Tensor, present: Tensor) -> Tensor:
        return torch.ones_like(losses)
