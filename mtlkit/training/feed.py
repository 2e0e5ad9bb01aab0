"""What a run reads: its batches, and the sampler that steers them."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np

from mtlkit.batching import Batch, Batches, TokenizedSplit, collate, generator, labelled_rows
from mtlkit.sampling import MSFT, PiKE, Sampler
from mtlkit.tasks import Task
from mtlkit.training.gradients import gradient_moments
from mtlkit.training.rng import get_randomness, set_randomness

PARTS = 4  # of a batch, whose gradients are compared


class Feed:
    """The batches of a run by number. What a sampler has learnt since the beginning is in `state_dict`.

    ValueError where no row has a label, or PiKE has nothing to choose.
    """

    def __init__(
        self,
        tokenized: TokenizedSplit,
        tasks: Sequence[Task],
        batch_size: int,
        seed: int,
        accumulate: int,
        sampling: Sampler | float | None,
    ):
        self.tokenized, self.tasks, self.batch_size, self.seed = tokenized, tuple(tasks), batch_size, seed
        self.accumulate = accumulate
        self._kept: dict[int, dict] = {}  # step → a state that may be gone back to
        self.sampler, self._tau = (sampling, None) if isinstance(sampling, Sampler) else (None, sampling)
        self.batches = self._every_row()
        if not len(self.batches):
            raise ValueError("No row of corpus.train has a label for any of the tasks to be trained.")
        if isinstance(self.sampler, PiKE) and all(
            len(labelled_rows(tokenized, [t])) in (0, len(self.batches.rows)) for t in tasks
        ):
            raise ValueError(
                "sampling='pike' chooses whose rows are read, and here every row has a label of every task: there is "
                "nothing to choose. Change λ instead, by a weighting, or merge corpora with rows of their own."
            )

    def begin(self, steps: int) -> None:
        """As before the first of so many steps."""
        self._kept = {}
        if self.sampler:
            self.sampler.setup([t.name for t in self.tasks], steps)
            self._deal()

    def _every_row(self) -> Batches:
        """The batches before a sampler changes anything."""
        return Batches(self.tokenized, self.tasks, self.batch_size, self.seed, self._tau)

    def _deal(self) -> None:
        """Batches as the sampler's state asks for."""
        self.batches = self._every_row()
        if isinstance(self.sampler, MSFT) and self.sampler.active:
            self.batches.only(self.sampler.active)
        if isinstance(self.sampler, PiKE):
            self.batches.draw(self.sampler.probabilities, self.sampler.every * self.accumulate)

    def micro_batches(self, step: int) -> list[Batch]:
        """Those of the step after `step`, on no device yet."""
        return [self.batches[step * self.accumulate + k] for k in range(self.accumulate)]

    def before_step(self, run) -> None:
        """PiKE looks at the gradients, where it is time."""
        sampler = self.sampler
        if not isinstance(sampler, PiKE) or run.done != sampler.updates * sampler.every:
            return
        before = get_randomness(run.device)
        moments = [gradient_moments(run, self._parts(task, run)) for task in self.tasks]
        set_randomness(run.device, before)  # a step that is interrupted now, and tried again, has the same dropout
        sampler.update(*zip(*moments, strict=True), batch_size=self.batch_size)
        self.batches.draw(sampler.probabilities, sampler.every * self.accumulate)

    def _parts(self, task: Task, run) -> list[Batch]:
        """Parts of a batch of the task's rows, drawn anew; none for a task without rows."""
        rows = labelled_rows(self.tokenized, [task])
        if not len(rows):
            return []
        random = np.random.default_rng([self.seed, run.done, self.tasks.index(task)])
        size = max(self.batch_size, PARTS)
        index = random.choice(rows, size, replace=len(rows) < size)
        drawn = generator(self.seed, run.done)
        return [collate(self.tokenized, part, [task], drawn).to(run.device) for part in np.array_split(index, PARTS)]

    def after_validation(self, run, values: Sequence[float]) -> bool:
        """mSFT may go back. Gives whether tasks are left to be trained."""
        if not isinstance(self.sampler, MSFT):
            return True
        back = self.sampler.on_metrics(run.done, values, last=run.done == run.steps)
        if back is None:
            peaks = self.sampler.peaks
            self._kept = {step: state for step, state in self._kept.items() if step in peaks}
            if run.done in peaks:
                self._kept[run.done] = copy.deepcopy(run._trained_state())
            return True
        run._load_trained_state(self._kept[back])
        self._kept = {}
        self._deal()
        return bool(self.sampler.active)

    def state_dict(self) -> dict:
        """Of the sampler, and what it may go back to."""
        return {"sampler": self.sampler.state_dict(), "kept": self._kept} if self.sampler else {}

    def load_state_dict(self, state: dict) -> None:
        """Go on from there."""
        if self.sampler:
            self.sampler.load_state_dict(state["sampler"])
            self._kept = state["kept"]
            self._deal()
