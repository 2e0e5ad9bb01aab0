"""mSFT: the task that overfits first is dropped first, and training goes back to its best step."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mtlkit.sampling._sampler import Sampler, at_least


class MSFT(Sampler):
    """Trains all tasks for so many steps; drops the one whose metric peaked first, and goes on from that peak.

    Such a part of a run is a roll-out. At its end, the task whose main metric on validation rows was best at the
    earliest step, and fell or stood still from there on, is dropped (tasks that peaked at the same step: all of them).
    Model, optimizer and weighting go back to that step, and the others are trained on. Where no task peaked before the
    end, nothing goes back. The run ends when no task is left, or at its last step, which ends a roll-out, too; steps
    that were taken back count as steps.
    A roll-out wants several validations: at least three.
    Needs: validation rows. Cost: the steps that are taken back, and memory for a state of the model for each task.

    Args:
        budget: steps of a roll-out, at least 2 (None: the run's steps / (tasks + 1), so that each task may be dropped).

    Attributes:
        length: steps of a roll-out, as they are.
        active: names of the tasks that are trained.
        rollbacks: what was taken back: "step", at which; "to", the step gone back to; "dropped", the tasks.

    Raises:
        ValueError: a budget below 2.

    References:
        Koh et al. 2026, mSFT: Addressing Dataset Mixtures Overfitting Heterogeneously in Multi-task SFT,
        arXiv:2603.21606. There roll-outs go on until no data set is left; a run of ours has a number of steps.

    Example:
        >>> import mtlkit as mk
        >>> sampler = mk.MSFT(budget=30)
        >>> sampler.setup(["easy", "hard"], steps=60)
        >>> for step, easy, hard in [(10, 0.8, 0.3), (20, 0.7, 0.4), (30, 0.6, 0.5)]:
        ...     back = sampler.on_metrics(step, [easy, hard])
        >>> back, sampler.active
        (10, ['hard'])
    """

    name = "msft"

    def __init__(self, budget: int | None = None):
        self.budget = None if budget is None else at_least("budget", budget, 2, whole=True)

    def _begin(self, steps: int) -> None:
        self.length = self.budget or max(2, steps // (len(self.tasks) + 1))
        self.active = list(self.tasks)
        self.rollbacks: list[dict] = []
        self._begun = 0
        self._best: dict[str, tuple[int, float]] = {}

    @property
    def peaks(self) -> set[int]:
        """The steps at which a task was best in this roll-out: one of them is gone back to."""
        return {step for step, _ in self._best.values()}

    def on_metrics(self, step: int, values: Sequence[float], last: bool = False) -> int | None:
        """Told after each validation.

        Args:
            step: of the run.
            values: each task's main metric, (tasks,); NaN where it has none.
            last: whether no step follows.

        Returns:
            At the end of a roll-out, the step to go back to; None: go on.
        """
        for task, value in zip(self.tasks, values, strict=True):
            if task in self.active and value > self._best.get(task, (0, -math.inf))[1]:
                self._best[task] = (step, float(value))
        if step - self._begun < self.length and not last:
            return None
        earliest = min(self.peaks, default=step)
        best, self._best, self._begun = self._best, {}, step
        if earliest == step:
            return None
        dropped = [task for task, (peak, _) in best.items() if peak == earliest]
        self.active = [task for task in self.active if task not in dropped]
        self.rollbacks.append({"step": step, "to": earliest, "dropped": dropped})
        return earliest
