"""The learning-rate range test: a short training at ever higher rates shows up to which the losses fall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mtlkit.training.run import Run

STEPS = 60
LOWEST, HIGHEST = 1e-2, 1e2  # of the encoder's rates, in default rates
BEGIN = 8  # steps at rates so low that nothing is learnt yet: what the losses are measured in
WINDOW = 9  # steps that are taken together, as each is of another batch
BROKEN = 2.0  # times the first losses: they have left for good
MARGIN = 0.5  # sixty steps bear more than a whole training
FALL = 0.05  # of the losses, below which nothing was learnt


class RangeTest:
    """What a range test saw, of `Run(lr="find")`; `plots.range_test` draws it.

    Attributes:
        tasks: the tasks' names.
        rates: the encoder's learning rate at each step, (steps,).
        losses: each task's loss over what it was at first, (steps, tasks); NaN where it was absent.
        smooth: the same, as the mean of nine steps around each.
        mean: of `smooth` over tasks, (steps,); a task counts the more the less its losses vary from batch to batch.
        turn: the rate at which `mean` is lowest: beyond it the losses rise.
        lr: half of it, for a margin; None where they never fall by a twentieth.
    """

    def __init__(self, tasks: tuple[str, ...], rates: np.ndarray, losses: np.ndarray) -> None:
        self.tasks, self.rates = tasks, rates
        self.losses = losses / [np.nanmean(line) for line in losses[:BEGIN].T]
        self.smooth = moving_mean(self.losses)
        certain = 1 / (np.nanvar(self.losses - self.smooth, axis=0) + 1e-6)
        told = np.where(np.isnan(self.smooth), 0.0, certain)
        self.mean = np.nansum(self.smooth * told, axis=1) / told.sum(1)
        lowest = BEGIN + int(np.argmin(self.mean[BEGIN:]))
        self.turn = float(rates[lowest])
        self.lr = MARGIN * self.turn if self.mean[lowest] < 1 - FALL else None


def moving_mean(lines: np.ndarray) -> np.ndarray:
    """Of the steps around each, (steps, tasks); shorter at the ends, NaN where no step has the task."""
    around = np.abs(np.subtract.outer(np.arange(len(lines)), np.arange(len(lines)))) <= WINDOW // 2
    there = ~np.isnan(lines)
    with np.errstate(invalid="ignore"):
        return around @ np.where(there, lines, 0.0) / (around @ there.astype(float))


def find_rate(run: Run) -> RangeTest:
    """Train a copy of a run's model for 60 steps, each at rates 1.17 times those of the step before, and stop where the
    losses are twice as high as at first. The run is left as it is.

    Smith 2017, Cyclical Learning Rates for Training Neural Networks, arXiv:1506.01186, section 3.3: where the losses
    begin to rise lies the highest rate that a schedule may reach. Mean of nine steps and margin are ours.
    """
    probe = run.clone(steps=STEPS, validate=None, sampling=None)
    factors, seen = np.geomspace(LOWEST, HIGHEST, STEPS), []
    for factor in factors:
        probe._rates = lambda factor=factor: [factor * peak for peak in probe._peaks]
        seen.append(next(probe).losses.cpu().numpy())
        if len(seen) > BEGIN and seen_so_far(run, factors, seen).mean[-1] > BROKEN:
            break
    return seen_so_far(run, factors, seen)


def seen_so_far(run: Run, factors: np.ndarray, losses: list[np.ndarray]) -> RangeTest:
    """The test as far as it went."""
    return RangeTest(run.tasks, run.config.lr * factors[: len(losses)], np.array(losses))
