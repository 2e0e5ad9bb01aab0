"""Fixed weights: one constant per task, chosen by hand or tuned."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mtlkit.weighting._control import Control
from mtlkit.weighting._registry import register
from mtlkit.weighting._settings import Setting, as_tensor, one_or_per_task
from mtlkit.weighting._weighting import Weighting


def _not_negative(what: str, value, tasks: tuple[str, ...] | None):
    return one_or_per_task("λ", value, tasks, least=0.0)


@register("fixed", paper="Kurin et al. 2022, arXiv:2201.04122; Xin et al. 2022, arXiv:2209.11379")
class Fixed(Weighting):
    """λ_i = c_i, constants: tuned well, a rival that few dynamic methods beat.

    Needs: nothing. Cost: nothing per step; but good constants cost one training per trial.

    Args:
        lambdas: one number ≥ 0 per task, as `{"topic": 1.0, "minutes": 0.01}` or in the order of the tasks; or one for
            all. Without `setup`, as on plain tensors, a dict's own order counts.

    Raises:
        ValueError: a λ is negative, NaN, missing, or of no task; names the task.

    Shape:
        losses, λ: (…, tasks); the leading dimensions are parallel runs.

    References:
        Kurin et al. 2022, arXiv:2201.04122; Xin et al. 2022, arXiv:2209.11379.

    Example:
        >>> Fixed([1.0, 0.01])(torch.tensor([2.0, 90.0]))
        tensor([1.0000, 0.0100])
    """

    controls = {
        "lambdas": Control(
            "λ: weight (no unit)",
            "How much a task's loss counts in the sum.",
            *(0.0, 10.0, 0.001),
            scale="signed log",
            per_task=True,
        )
    }
    lambdas = Setting(_not_negative)

    def __init__(self, lambdas: float | Mapping[str, float] | Sequence[float]):
        super().__init__()
        self.lambdas = lambdas

    def weights(self, losses: Tensor, present: Tensor) -> Tensor:
        lam = self.lambdas
        if not isinstance(lam, float | Tensor):
            lam = as_tensor("λ", lam, self.tasks, losses)
        return torch.ones_like(losses) * lam
