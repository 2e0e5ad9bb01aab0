"""A recorded run, asked step by step, and how a replay moves on in it: no widget, no clock, no event loop."""

from __future__ import annotations

import copy
import math
from dataclasses import dataclass

import numpy as np

from mtlkit.training.history import History

SPEEDS = (1, 4, 16)


@dataclass(frozen=True)
class Moment:
    """One run at one step.

    recorded: whether the run has this step. losses, weights: task → number; NaN where the task was absent or the step
    isn't recorded. shares: task → share of the shared gradient as last measured, before the step `measured`; empty
    before that. settings: of the weighting, in force at the step. event: the last change of one, None before the first.
    """

    recorded: bool
    losses: dict[str, float]
    weights: dict[str, float]
    shares: dict[str, float]
    measured: int | None
    settings: dict
    event: dict | None


class Recording:
    """What a history holds at this moment, to be asked step by step."""

    def __init__(self, history: History):
        if not isinstance(history, History):
            raise ValueError(f"replay shows histories, found a {type(history).__name__}; of a run take run.history.")
        if not len(history):
            raise ValueError("The history has no step yet: replay it after some training.")
        self.tasks, self.steps = history.tasks, history.steps()
        self.losses, self.weights = history.losses(), history.weights()
        self.seconds = history.frame()["seconds"].to_numpy()[:: len(self.tasks)]
        self.start = copy.deepcopy(history.settings.get("weighting") or {})
        self.events = sorted(copy.deepcopy(history.events), key=lambda event: event["step"])
        self.shares: dict[int, dict[str, float]] = {}  # step → task → share
        for step, task, share in history.shares().itertuples(index=False):
            self.shares.setdefault(int(step), {})[task] = float(share)

    def at(self, step: int) -> Moment:
        """What the record says of a step."""
        i = int(np.searchsorted(self.steps, step))
        recorded = i < len(self.steps) and self.steps[i] == step
        nothing = np.full(len(self.tasks), math.nan)
        losses, weights = (self.losses[i], self.weights[i]) if recorded else (nothing, nothing)
        past = [event for event in self.events if event["step"] <= step]
        measured = max((when for when in self.shares if when <= step), default=None)
        return Moment(
            recorded,
            dict(zip(self.tasks, losses.tolist(), strict=True)),
            dict(zip(self.tasks, weights.tolist(), strict=True)),
            self.shares.get(measured, {}),
            measured,
            self.start | {event["setting"]: event["value"] for event in past},
            past[-1] if past else None,
        )


class Playback:
    """A place in a recorded run, or in two at once, and how it moves on.

    step: from `first` to `last`, those of both runs together. speed: one of `SPEEDS`. Both may be set: ValueError where
    there is no such step or speed.
    """

    def __init__(self, history: History, other: History | None = None):
        self.runs = [Recording(run) for run in (history, other) if run is not None]
        tasks = [set(run.tasks) for run in self.runs]
        if tasks[0] != tasks[-1]:
            parts = (("first", tasks[0] - tasks[1]), ("second", tasks[1] - tasks[0]))
            said = [f"only the {which} has {', '.join(sorted(map(repr, own)))}" for which, own in parts if own]
            raise ValueError(f"Runs laid over each other need the same tasks: {'; '.join(said)}.")
        self.first = int(min(run.steps[0] for run in self.runs))
        self.last = int(max(run.steps[-1] for run in self.runs))
        longest = max(self.runs, key=lambda run: run.steps[-1])
        self._steps, self._seconds = longest.steps, np.maximum.accumulate(longest.seconds)
        if self._seconds[-1] <= self._seconds[0]:
            self._seconds = np.arange(len(self._steps)) / 10
        self.speed, self.step = SPEEDS[0], self.first

    @property
    def step(self) -> int:
        """The step that is shown."""
        return self._step

    @step.setter
    def step(self, step: int) -> None:
        if step not in range(self.first, self.last + 1):
            raise ValueError(f"There is no step {step!r} to show: they go from {self.first} to {self.last}.")
        self._step = int(step)
        i = np.searchsorted(self._steps, self._step, side="right") - 1
        self._now = float(self._seconds[max(i, 0)])  # of the recording

    @property
    def speed(self) -> int:
        """Steps a second."""
        return self._speed

    @speed.setter
    def speed(self, speed: int) -> None:
        if speed not in SPEEDS:
            raise ValueError(f"The speed should be one of {', '.join(map(str, SPEEDS))}, found {speed!r}.")
        self._speed = speed

    def tick(self, seconds: float) -> bool:
        """Move on by what the recording did in `seconds` times the speed; whether there is more to come."""
        self._now += seconds * self.speed
        i = np.searchsorted(self._seconds, self._now, side="right") - 1
        self._step = max(self._step, int(self._steps[max(i, 0)]))
        return self._step < self.last

    def at(self, step: int | None = None) -> list[Moment]:
        """What the record says of a step."""
        return [run.at(self.step if step is None else step) for run in self.runs]
