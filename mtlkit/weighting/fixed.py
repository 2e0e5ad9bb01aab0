"""Fixed weights: one constant per task, chosen by hand or tuned."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from mtlkit.weighting.base import Setting, Weighting, as_tensor, per_task
from mtlkit.weighting.registry import register


def _not_negative(what: str, value, tasks: tuple[str, ...] | None):
    return per_task("λ", value, tasks, least=0.0)


@register("fixed", paper="Kurin et al. 2022, arXiv:2201.04122; Xin et al. 2022, arXiv:2209.11379")
class Fixed(Weighting):
    """λ_i = c_i, constants: tuned well, a rival that few dynamic methods beat (both papers).

    lambdas: one number ≥ 0 per task, as `{"topic": 1.0, "minutes": 0.01}` or in the order of the tasks.
        Without `setup`, as on plain tensors, a dict's own order counts.
    Needs: nothing. Cost: nothing per step; but good constants cost one training per trial.
    Errors: ValueError that names the task for a λ that is negative, NaN, missing, or of no task.
    """

    lambdas = Setting(_not_negative)

    def __init__(self, lambdas: Mapping[str, float] | Sequence[float]):
        super().__init__()
        self.lambdas = lambdas

    def weights(self, losses: Tensor, present: Tensor) -> Tensor:
        return as_tensor("λ", self.lambdas, self.tasks, losses).expand_as(losses)
