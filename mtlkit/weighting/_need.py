"""What a weighting method may need of the training loop besides the losses."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from mtlkit.utils.errors import unknown


class Need(StrEnum):
    """What a method may need of the training loop besides the losses, at a cost.

    `cost` and `served_by` say in words what it costs, and how a loop of one's own supplies it.

    Attributes:
        SECOND_FORWARD: "second_forward", the same batch's losses after the step.
        VALIDATION: "validation", losses on validation rows.
        METRICS: "metrics", every task's main metric after each validation.
        GRADIENTS: "gradients", how long each task's gradient on the shared token vectors is.
        JACOBIAN: "jacobian", each task's gradient on what the tasks share.

    Raises:
        ValueError: another name.

    Example:
        >>> Need("second_forward").cost
        'a second forward pass of the batch, without gradient'
    """

    SECOND_FORWARD = "second_forward"
    VALIDATION = "validation"
    METRICS = "metrics"
    GRADIENTS = "gradients"
    JACOBIAN = "jacobian"

    @property
    def cost(self) -> str:
        """What a step costs beyond the losses."""
        return _COST[self]

    @property
    def served_by(self) -> str:
        """How a loop of one's own serves it."""
        return _SERVED_BY[self]


_COST = {
    Need.SECOND_FORWARD: "a second forward pass of the batch, without gradient",
    Need.VALIDATION: "a forward pass of a batch of validation rows, every `every` steps",
    Need.METRICS: "nothing beyond the run's own validations",
    Need.GRADIENTS: "a backward pass of each task through its head",
    Need.JACOBIAN: "a backward pass of each task, and memory for as many gradients as there are tasks",
}
_SERVED_BY = {
    Need.SECOND_FORWARD: "call on_step_end(losses, present) after each optimizer step with the same batch's losses, "
    'and say so: setup(…, serves=["second_forward"])',
    Need.VALIDATION: "call on_validation(losses, present) with losses on validation rows before the steps, and say so: "
    'setup(…, serves=["validation"])',
    Need.METRICS: "call on_metrics(values) with every task's metric after each validation, and say so: "
    'setup(…, serves=["metrics"])',
    Need.GRADIENTS: "call backward(StepContext(losses, representation=…)) in place of losses.backward(…)",
    Need.JACOBIAN: "call backward(StepContext(losses, shared=encoder.parameters())), with the parameters that all "
    "tasks share and no head's (where on='representation': representation=…), in place of losses.backward(…)",
}


def as_needs(names: Iterable[str], who: str) -> frozenset[Need]:
    """The members of `Need` by their names. ValueError naming `who` for one that is not there."""
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        if name not in list(Need):
            raise ValueError(f"{who}: {unknown('need', str(name), Need)}")
    return frozenset(map(Need, names))
