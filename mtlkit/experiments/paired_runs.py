"""Two runs that differ in their weighting alone, trained in lockstep; their metrics side by side, and over seeds."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import torch

from mtlkit.batching import TokenizedSplit
from mtlkit.evaluation.intervals import interval
from mtlkit.evaluation.metrics import compute_metrics, shared_tasks
from mtlkit.model import MultiTaskModel
from mtlkit.sampling import MSFT
from mtlkit.training.code import settings_code, weighting_code
from mtlkit.training.history import History
from mtlkit.training.run import Run

if TYPE_CHECKING:
    import pandas

# Of what a run was made with: what may differ, what follows from the rest, and what `differences` says in words.
_APART = {"weighting", "events", "steps_per_epoch", "counts", "tasks", "data", "first weights"}


class Lockstep:
    """Two runs, one step of each in turn; the one that is behind catches up first. Knows no widget.

    Errors: ValueError that names the differences when the runs differ in more than their weighting, or share a model.
    whose: the run in which the last step ended in an error, or None.
    """

    def __init__(self, a: Run, b: Run):
        _check(a, b)
        self.runs = {"A": a, "B": b}
        self.whose: str | None = None
        self._further: dict[int, dict[str, tuple[float, float]]] = {}  # seed → what `scores` gave

    @property
    def done(self) -> int:
        """The steps that both have taken."""
        return min(run.done for run in self.runs.values())

    @property
    def steps(self) -> int:
        """Of each run."""
        return self.runs["A"].steps

    @property
    def seconds(self) -> float:
        """Spent in both."""
        return sum(run.seconds for run in self.runs.values())

    @property
    def history(self) -> tuple[History, History]:
        """Of A and of B."""
        return self.runs["A"].history, self.runs["B"].history

    # -- training ----------------------------------------------------------------------------------------------
    def step(self) -> bool:
        """One step of each; whether there is another to come. An error in one is raised: the other waits for it."""
        self.whose = None
        done = self.done  # one may be ahead, from the start or since an error or interrupt: the other follows
        for name, run in self.runs.items():
            if run.done > done or done == self.steps:
                continue
            try:
                next(run)
            except Exception:
                self.whose = name
                raise
        return self.done < self.steps

    def reset(self, events: tuple[list, list] | None = None) -> None:
        """First weights and settings, empty histories. events: of A and of B, to be replayed."""
        self.whose = None
        self._further.clear()
        for run, moves in zip(self.runs.values(), events or (None, None), strict=True):
            run.reset(events=moves)

    def state(self) -> dict:
        """How the runs were set up, what was changed on the way, and how far they are; as JSON takes it."""
        both = self.history
        return {"runs": [h.settings for h in both], "events": [h.events for h in both], "step": self.done}

    def code(self) -> str:
        """The lines that make the two runs, of `model` and `corpus`."""
        a, b = self.runs.values()
        made = f"run_a = mk.Run(model, corpus, {weighting_code(a)}, {settings_code(a)})"
        return f"{made}\nrun_b = run_a.clone({weighting_code(b)})"

    # -- metrics -----------------------------------------------------------------------------------------------
    @functools.cached_property
    def split(self) -> str:
        """What is measured on."""
        there = self.runs["A"].corpus.splits
        for name in ("validation", "test"):
            if name in there:
                return name
        raise ValueError("There is nothing to measure on: the corpus has neither validation nor test rows.")

    @functools.cached_property
    def eval_split(self) -> TokenizedSplit:
        """The rows on which both are measured."""
        run = self.runs["A"]
        split = run.corpus.splits[self.split]
        return run.model.tokenize(split, shared_tasks(run.model, split))

    def scores(self) -> dict[str, tuple[float, float]]:
        """Task → its main metric now, of A and of B; a task without a label in the split is left out."""
        a, b = (compute_metrics(run.model, self.eval_split)[0] for run in self.runs.values())
        metrics = self.metrics()
        return {t: (a[t][m], b[t][m]) for t, m in metrics.items() if t in a}

    def metrics(self) -> dict[str, str]:
        """Task → the name of its main metric."""
        return {t.name: t.main_metric for t in self.runs["A"].model.tasks}

    def table(self, seeds: int | None = None) -> pandas.DataFrame:
        """As `Duel.table`."""
        import pandas as pd

        if seeds is not None:
            for _ in self.over_seeds(seeds):
                pass
        first, metrics = self.scores(), self.metrics()
        if seeds is None:
            rows = [(task, metrics[task], a, b, b - a) for task, (a, b) in first.items()]
            return pd.DataFrame(rows, columns=["task", "metric", "a", "b", "difference"])
        each = [first, *(self._further[seed] for seed in self._seeds(seeds))]
        rows = []
        for task in first:
            a, b = np.array([scores[task] for scores in each]).T
            apart = interval(b - a, len(first))  # all tasks are read at once
            rows.append((task, metrics[task], a.mean(), b.mean(), *apart, len(each)))
        return pd.DataFrame(rows, columns=["task", "metric", "a", "b", "difference", "low", "high", "seeds"])

    def over_seeds(self, count: int) -> Iterator[tuple[int, int]]:
        """Train both settings anew for so many further seeds; gives (steps taken, steps in all) after each step. What
        is trained once is kept until `reset`."""
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            raise ValueError(f"seeds is a whole number of at least 1, found {count!r}.")
        if self.done < self.steps:
            raise ValueError(
                f"The interval over seeds is that of finished trainings, and this one is at step {self.done} of "
                f"{self.steps}: finish it first, with run_headless()."
            )
        for k, seed in enumerate(self._seeds(count)):
            if seed in self._further:
                continue
            pair = Lockstep(*(anew(run, seed) for run in self.runs.values()))
            pair.eval_split = self.eval_split
            more = True
            while more:
                try:
                    more = pair.step()
                except Exception as error:
                    raise ValueError(f"Seed {seed}, run {pair.whose}: {error}") from error
                yield k * self.steps + pair.done, count * self.steps
            self._further[seed] = pair.scores()

    def _seeds(self, count: int) -> range:
        return range(self.runs["A"].seed + 1, self.runs["A"].seed + 1 + count)


def anew(run: Run, seed: int) -> Run:
    """A run with the same settings, and the same moves of them, from the same encoder; heads, order of the batches,
    masking and dropout are drawn by `seed`."""
    weights = run._initial_state[0]
    encoder = copy.deepcopy(run.model.encoder)
    encoder.load_state_dict({n.removeprefix("encoder."): t for n, t in weights.items() if n.startswith("encoder.")})
    model = MultiTaskModel(encoder, run.model.tasks, seed=seed)
    events = run.history.events + [event for event in run._events if event["step"] > run.done]
    return run.clone(model=model, seed=seed, events=events, validate=None)


def _check(a: Run, b: Run) -> None:
    for name, run in (("first", a), ("second", b)):
        if not isinstance(run, Run):
            raise ValueError(f"A duel is between two runs; the {name} is a {type(run).__name__}.")
    if {id(p) for p in a.model.parameters()} & {id(p) for p in b.model.parameters()}:
        raise ValueError("Both runs train the same model: give each its own, e.g. run_b = run_a.clone(weighting).")
    for name, run in (("first", a), ("second", b)):
        if isinstance(run.sampler, MSFT):
            raise ValueError(f"A duel takes the same steps in both runs; mSFT, in the {name}, takes steps back.")
    if a.weighting is b.weighting:
        raise ValueError("Both runs hold the same weighting object, which remembers: make one for each.")
    found = differences(a, b)
    if found:
        raise ValueError(
            f"The two runs differ in more than their weighting: {'; '.join(found)}. "
            "Make the second from the first: run_b = run_a.clone(weighting)."
        )


def differences(a: Run, b: Run) -> list[str]:
    """In what two runs differ, besides the weighting and its settings; in words."""
    if a.tasks != b.tasks:
        return [f"the tasks are {', '.join(a.tasks)} in A and {', '.join(b.tasks)} in B"]
    one, two = a._fingerprint(), b._fingerprint()
    other = [t[0] for t, u in zip(one["heads"], two["heads"], strict=True) if t != u]
    if other:
        return [f"the task {task!r} has another kind or other labels in B" for task in other]
    found = [f"{k} is {one[k]!r} in A and {two[k]!r} in B" for k in one if k not in _APART and one[k] != two[k]]
    if one["data"] != two["data"]:
        rows = [len(run.batches.tokenized) for run in (a, b)]
        found.append(f"the training data are other texts or labels ({rows[0]:,} rows in A, {rows[1]:,} in B)")
    if one["first weights"] != two["first weights"]:
        found.append("the first weights are others (another seed of the model, or one was trained before)")
    found += [
        f"the model of {name} was trained elsewhere since its run was made (reset() brings it back)"
        for name, run in (("A", a), ("B", b))
        if run.done == 0
        and not all(torch.equal(w, run._initial_state[0][n]) for n, w in run.model.state_dict().items())
    ]
    return found
