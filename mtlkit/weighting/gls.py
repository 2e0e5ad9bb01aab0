"""GLS: the geometric mean of the losses, which has no unit to be loud in."""

import torch
from torch import Tensor

from mtlkit.weighting._registry import register
from mtlkit.weighting._weighting import Weighting


@register("gls", paper="Chennupati et al. 2019, MultiNet++, CVPR workshops, arXiv:1904.08492")
class GLS(Weighting):
    """total = (Π L_i)^(1/K) over the K present tasks; the weight that acts is λ_i = total / (K · L_i).

    A loss in other units changes all gradients by one common factor: no task becomes louder by its unit. The smaller
    a loss, the more its task counts; a loss of 0 is taken as the smallest number of its type. Beside a task that is
    nearly solved the others therefore stop to learn. Leave it out.
    Settings: none. Needs: nothing. Cost: a few operations on as many numbers as there are tasks.

    Shape:
        losses, λ: (…, tasks); the leading dimensions are parallel runs.

    References:
        Chennupati et al. 2019, MultiNet++, CVPR workshops, arXiv:1904.08492.

    Example:
        >>> GLS()(torch.tensor([2.0, 8.0]))
        tensor([1.0000, 0.2500])
    """

    def weights(self, losses: Tensor, present: Tensor) -> Tensor:
        logs = losses.clamp(min=torch.finfo(losses.dtype).tiny).log()
        count = present.sum(-1, keepdim=True).clamp(min=1)
        mean = torch.where(present, logs, 0.0).sum(-1, keepdim=True) / count
        top = torch.finfo(losses.dtype).max
        return ((mean - logs).exp() / count).clamp(max=top)
