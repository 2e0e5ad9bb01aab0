"""What methods share that combine the tasks' gradients, not their losses: TorchJD's aggregators as weightings."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from mtlkit.weighting._need import Need
from mtlkit.weighting._settings import Setting, flag, one_of
from mtlkit.weighting._step import StepContext, as_step
from mtlkit.weighting._weighting import Weighting

INSTALL = "pip install 'mtlkit[torchjd]'"


class JacobianMethod(Weighting):
    """A method that looks at the tasks' gradients and says how the shared weights move.

    Recorded as λ is the weight of each task's gradient; NaN where a method has none. Tasks absent from a step take no
    part in it, and one alone moves the weights by its own gradient; without any nothing moves. A method that remembers
    something remembers it for each set of present tasks.

    A subclass names TorchJD's class in `aggregator`, its arguments in `passed`.

    Args:
        on: "parameters": the gradients on all shared weights; K backward passes through the encoder for K tasks, and
            memory for K gradients. "representation": those on the shared token vectors; K passes through the heads and
            one through the encoder, which is far cheaper and often not the same.
        weigh_heads: True scales the gradient of each head by its task's weight too; published code mostly doesn't.

    Raises:
        ValueError: another `on`, or losses without what `on` looks at, see `StepContext`.
        ImportError: TorchJD is not installed.

    Shape:
        losses, λ: (tasks,).
    """

    needs = frozenset({Need.JACOBIAN})
    per_run = False  # it takes the losses of one
    #: TorchJD's class, and which settings are which of its arguments.
    aggregator: str
    passed: Mapping[str, str] = {}
    on, weigh_heads = Setting(one_of("parameters", "representation")), Setting(flag)

    def __init__(self, on: str = "parameters", weigh_heads: bool = False):
        super().__init__()
        if importlib.util.find_spec("torchjd") is None:
            raise ImportError(f"The weighting {self.name!r} needs TorchJD: {INSTALL}")
        self.on, self.weigh_heads = on, weigh_heads
        self._made: dict[tuple[str, ...], object] = {}

    def forward(self, losses: Tensor, present: Tensor | None = None) -> Tensor:
        raise ValueError(
            f"The weighting {self.name!r} weighs gradients, which losses alone don't tell: give it to a Run, or in a "
            f"loop of your own {Need.JACOBIAN.served_by}."
        )

    def backward(self, step: StepContext | Tensor) -> Tensor:
        step = as_step(step)
        self._check_served(step)
        self._check_shape(step.present, None)  # as long as the losses, which a Run's step makes only now
        tasks, tensors = step.jacobian(self.on)
        if not tasks:  # nothing moves
            return torch.zeros_like(step.losses.detach())
        weights = self.aggregate([self.tasks[i] if self.tasks else str(i) for i in tasks], tensors)
        step.finish(self.on, tasks, tensors, weights if self.weigh_heads else None)
        if weights is None:
            return torch.where(step.present, math.nan, 0.0)
        lam = torch.zeros_like(step.losses.detach())
        lam[torch.tensor(tasks).to(lam.device, non_blocking=True)] = weights.to(lam)
        return lam

    def aggregate(self, names: Sequence[str], tensors: Sequence[Tensor]) -> Tensor | None:
        """From the `.jac` of the tensors, a row for each task, to their `.grad`.

        Args:
            names: of the present tasks, in the order of the rows.
            tensors: what the tasks share, as `StepContext.jacobian` gives it.

        Returns:
            The weights of the rows, (present tasks,); None where the method has none.
        """
        from torchjd.aggregation import Sum
        from torchjd.autojac import jac_to_grad

        if len(names) == 1:  # nothing to combine
            return jac_to_grad(tensors, Sum())
        made = self._for_tasks(tuple(names))
        for argument, value in self._arguments().items():  # a slider may have moved
            setattr(made, argument, value)
        return jac_to_grad(tensors, made)

    def reset(self) -> None:
        super().reset()
        self._made = {}

    def _for_tasks(self, names: tuple[str, ...]):
        if names not in self._made:
            self._made[names] = self._make(len(names))
        return self._made[names]

    def _arguments(self) -> dict:
        return {argument: getattr(self, setting) for setting, argument in self.passed.items()}

    def _make(self, tasks: int, **more: Any):
        import torchjd.aggregation

        try:
            return getattr(torchjd.aggregation, self.aggregator)(**self._arguments(), **more)
        except ImportError as error:
            raise ImportError(f"The weighting {self.name!r} needs all of TorchJD: {INSTALL} ({error})") from error

    # -- what a method remembers, for checkpoints ----------------------------------------------------------------
    def get_extra_state(self) -> dict:
        return {names: self._state_of(made) for names, made in self._made.items()}

    def set_extra_state(self, state: dict) -> None:
        self._made = {}
        for names, saved in state.items():
            self._restore(self._for_tasks(tuple(names)), saved)

    def _state_of(self, made) -> dict:
        return {}

    def _restore(self, made, saved: dict) -> None:
        """Into a new aggregator what `_state_of` said of another."""
