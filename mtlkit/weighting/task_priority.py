"""Dynamic task prioritisation: the worse a task's metric, the more it counts."""

import functools

import torch
from torch import Tensor

from mtlkit.weighting._control import Control
from mtlkit.weighting._need import Need
from mtlkit.weighting._registry import register
from mtlkit.weighting._settings import Setting, finite, mix, within
from mtlkit.weighting._weighting import Weighting

EDGE = 0.01  # a metric is taken to lie between this and 1 less this: its logarithm stays a number


def _share(what: str, value, tasks=None):
    return within(what, value, lambda v: (v > 0) & (v <= 1), "above 0 and at most 1")


@register("task_priority", paper="Guo et al. 2018, Dynamic Task Prioritization for Multitask Learning, ECCV")
class TaskPriority(Weighting):
    """λ_i = −(1 − κ_i)^γ · log κ_i, the focal loss of the task's performance κ_i in place of a probability.

    κ_i: the exponential mean of the task's main metric on validation rows, κ ← m·now + (1 − m)·κ, held in [0.01, 0.99];
    before the first validation λ_i = 1. Metrics that can be negative (R², correlations) count as 0.01 there.
    Needs: main metrics ("metrics"), so a run that validates. Cost: nothing beyond those validations.
    Remembers: κ per task.

    Args:
        gamma: γ ≥ 0; 1 here, as the paper sets it for each task by hand. 0: −log κ alone; larger: the well-done tasks
            fade sooner.
        momentum: m in (0, 1], the share of the newest metric; 0.7 here, as the paper names none.

    Raises:
        ValueError: a setting is out of range, or λ is asked for where nobody serves "metrics".

    Shape:
        losses, λ: (…, tasks); the leading dimensions are parallel runs.

    References:
        Guo et al. 2018, Dynamic Task Prioritization for Multitask Learning, ECCV.

    Example:
        >>> priority = TaskPriority()
        >>> priority.setup(["topic", "urgency"], serves=["metrics"])
        >>> priority.on_metrics(torch.tensor([0.9, 0.5]))
        >>> priority(torch.tensor([2.0, 90.0]))
        tensor([0.0105, 0.3466])
    """

    needs = frozenset({Need.METRICS})
    memory = ("kappa",)
    controls = {"gamma": Control("γ: focus (no unit)", "Larger: only the worst tasks count.", *(0.0, 5.0, 0.1))}
    gamma, momentum = Setting(functools.partial(finite, least=0.0)), Setting(_share)

    def __init__(self, gamma: float = 1.0, momentum: float = 0.7):
        super().__init__()
        self.gamma, self.momentum = gamma, momentum

    def weights(self, losses: Tensor, present: Tensor) -> Tensor:
        kappa = losses.new_full((), torch.nan) if self.kappa is None else self.kappa.to(losses)
        lam = (1 - kappa) ** self.gamma * -kappa.log()
        return torch.where(kappa.isnan(), 1.0, lam).expand_as(losses)

    def on_metrics(self, values: Tensor) -> None:
        now = values.clamp(EDGE, 1 - EDGE)
        old = self.recall("kappa", now)
        mixed = mix(torch.where(old.isnan(), now, old), now, self.momentum)
        self.kappa = torch.where(now.isnan(), old, mixed)
