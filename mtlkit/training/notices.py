"""What a run says by itself: that a task has next to no weight any more."""

from __future__ import annotations

import math
import warnings

import torch
from torch import Tensor

from mtlkit.weighting import Fixed, Weighting

LEAST = 1e-3  # of the mean weight over the present tasks
STEPS = 50  # one after the other


class WeightNotice:
    """Counts for how many steps a task's weight has been below a thousandth of the mean, and warns once.

    Where a task's first loss is above 1, its λ is multiplied by it: a loss in a large unit needs a small λ, and does
    not starve by it. Constants that somebody chose are nobody's surprise.
    """

    def __init__(self, tasks: tuple[str, ...], weighting: Weighting, device: torch.device):
        self.tasks, self.weighting = tasks, weighting
        self.watches = not isinstance(weighting, Fixed) and len(tasks) > 1
        self.first = torch.full((len(tasks),), math.nan, device=device)
        self.steps = torch.zeros(len(tasks), device=device)
        self.said: set[str] = set()

    def add(self, losses: Tensor, lam: Tensor) -> None:
        """One step's losses and λ, (tasks,), NaN for the loss of an absent task; the device is not waited for."""
        if not self.watches:
            return
        present = ~losses.isnan()
        self.first = torch.where(self.first.isnan(), losses, self.first)
        weight = torch.where(present, lam * self.first.clamp(min=1.0), 0.0).abs()
        low = weight < LEAST * weight.sum() / present.sum()
        self.steps = torch.where(present, torch.where(low, self.steps + 1, 0.0), self.steps)

    def warn(self) -> None:
        """Say of each task once that it starves."""
        if not self.watches:
            return
        for name, steps in zip(self.tasks, self.steps.tolist(), strict=True):
            if steps >= STEPS and name not in self.said:
                self.said.add(name)
                warnings.warn(
                    f"The weighting {self.weighting.name!r} has given the task {name!r} less than a thousandth of the "
                    f"mean weight for {STEPS} steps: it learns next to nothing now. Weights that go as 1/loss do so "
                    "beside a task that is nearly solved. Look at plots.losses_and_weights(run.history); leave the "
                    "solved task out, or take another weighting.",
                    stacklevel=4,
                )
