"""Weighting methods compared fairly: the same first weights, batches and steps for all, over several seeds."""

from __future__ import annotations

import copy
import math
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mtlkit.corpus import Corpus, as_corpus
from mtlkit.encoder import Encoder, as_encoder
from mtlkit.evaluation.intervals import FEWEST, in_words, intervals, seeds_needed, verdict
from mtlkit.experiments.jobs import Job, JobRunner
from mtlkit.experiments.search import Search
from mtlkit.sampling import as_sampling, described
from mtlkit.training.history import History
from mtlkit.utils import cache
from mtlkit.utils.errors import unknown
from mtlkit.weighting import Weighting, get

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

NEAR_NOUGHT = 0.1  # a score that nothing is divided by
TUNING = 10_000  # the seed of trainings that only choose settings
ALONE = "one model per task"


def compare(
    methods: Mapping[str, Weighting | str | Search | Mapping[str, Any]],
    corpus: Corpus | str,
    encoder: Encoder | str | Path,
    *,
    seeds: int | Sequence[int] = 3,
    budget: int | None = None,
    trials: int = 10,
    baseline: str | None = None,
    alone: bool = True,
    jobs: int = 1,
    folder: str | Path | None = None,
    split: str = "test",
    **settings: Any,
) -> Comparison:
    """Train every method with every seed, and measure each task's main metric.

    A seed draws the heads' first weights, batches and dropout, the same for all methods. A training is known by its
    settings, data, first weights, the source that it runs through (the method's and the kit's) and torch's version, and
    never done twice: after a crash the same call goes on. One that fails is named, the others are kept.

    Args:
        methods: name → a weighting, its name in the registry, or a `Search` whose settings are tuned: `trials` of them
            are trained, the best mean metric on validation is chosen, and only that one meets `split`. Or settings of
            `Run` in which the method differs from the others, such as `{"sampling": "pike"}` or `{"weighting": "famo",
            "lr": 1e-4}`.
        corpus: a `Corpus` or its name.
        encoder: an encoder or its name.
        seeds: how many, or which.
        budget: optimizer steps of each training (None: three epochs).
        trials: of each search.
        baseline: the method that others are held against (None: the first).
        alone: train each task in a model of its own too, for the gain of sharing.
        jobs: processes at once, one thread in each, so that the numbers don't depend on it; under
            `joblib.parallel_config("dask")` a cluster's.
        folder: keeps outcomes (None: the user's cache folder).
        split: where the metrics are measured.
        **settings: of `Run`.

    Returns:
        What was found.

    Raises:
        ValueError: methods without names, fewer than two, no seed, an unknown name, method, baseline or split, a search
            without validation rows or all of whose trials failed, or a setting that a comparison sets itself.
    """
    from tqdm.auto import tqdm

    if not isinstance(methods, Mapping):
        raise ValueError(f'Methods are due as {{"equal": "equal", "mine": mk.Sigmoid(alpha=2.0)}}, found {methods!r}.')
    names = list(methods)
    seeds = _seeds(seeds)
    if len(names) < 2:
        raise ValueError(f"A comparison needs at least two methods, found {names}.")
    if baseline is not None and baseline not in names:
        raise ValueError(unknown("method to be the baseline", baseline, names))
    corpus, encoder = as_corpus(corpus), as_encoder(encoder)
    if split not in corpus.splits:
        raise ValueError(unknown("split", split, corpus.splits))
    own = {n: dict(m) if isinstance(m, Mapping) else {"weighting": m} for n, m in methods.items()}
    made: dict[str, Any] = {n: m.pop("weighting", "equal") for n, m in own.items()}
    made = {n: get(m) if isinstance(m, str) else m for n, m in made.items()}
    searches = [n for n in names if isinstance(made[n], Search)]
    if searches and "validation" not in corpus.splits:
        raise ValueError(f"{', '.join(searches)}: settings are tuned on validation rows, and the corpus has none.")
    tasks = tuple(t.name for t in corpus.tasks)
    runner = JobRunner(corpus, encoder, _settings(budget, settings), cache.place("trainings", folder))
    own = {n: runner.check(_plain(m)) for n, m in own.items()}
    final = len(names) * len(seeds) + (len(tasks) * len(seeds) if alone and len(tasks) > 1 else 0)
    with tqdm(total=len(searches) * trials + final, unit="training") as bar:
        tuned = _tune(runner, {n: made[n] for n in searches}, own, tasks, trials, jobs, bar)
        made = {n: tuned.get(n, w) for n, w in made.items()}
        plan = [Job(n, copy.deepcopy(made[n]), tasks, seed, split, own[n]) for n in names for seed in seeds]
        if alone and len(tasks) > 1:
            plan += [Job(ALONE, get("equal"), (task,), seed, split) for task in tasks for seed in seeds]
        results = runner.results(plan, jobs, bar)
    return Comparison(corpus, made, plan, results, names[0] if baseline is None else baseline)


class Comparison:
    """What `compare` found.

    Attributes:
        results: the table of all trainings: method, seed, task, value, seconds, memory (MB).
        weightings: name → the method as it was trained, tuned settings included.
        failed: (method, seed) → the reason.
        baseline: the method that others are held against.
        tasks: their names.
    """

    def __init__(
        self,
        corpus: Corpus,
        weightings: dict[str, Weighting],
        plan: Sequence[Job],
        results: Sequence[dict],
        baseline: str,
    ) -> None:
        import pandas as pd

        self.tasks = tuple(t.name for t in corpus.tasks)
        self.weightings, self.baseline = weightings, baseline
        self.failed = {(t.who, t.seed): o["error"] for t, o in zip(plan, results, strict=True) if "error" in o}
        self._histories = {
            (t.who, t.seed): o["history"]
            for t, o in zip(plan, results, strict=True)
            if "history" in o and t.who != ALONE
        }
        rows = [
            (t.who, t.seed, task, math.nan if value is None else value, o["seconds"], o["memory"])
            for t, o in zip(plan, results, strict=True)
            for task, value in o.get("scores", {}).items()
        ]
        self.results = pd.DataFrame(rows, columns=["method", "seed", "task", "value", "seconds", "memory"])
        for (who, seed), why in self.failed.items():
            text = f"{who!r} with seed {seed} failed and is left out: {why}. The same call tries it again."
            warnings.warn(text, stacklevel=3)
        trained = Counter(t.who for t in plan)
        notices = Counter((t.who, n) for t, o in zip(plan, results, strict=True) for n in o.get("notices", ()))
        for (who, notice), times in notices.items():
            warnings.warn(f"{who!r}, in {times} of {trained[who]} trainings: {notice}", stacklevel=3)

    @property
    def names(self) -> list[str]:
        """The methods that have a result, in their order."""
        there = set(self.results["method"])
        return [name for name in self.weightings if name in there]

    def history(self, method: str, seed: int) -> History:
        """What the training of a method with a seed recorded: losses and λ of every step.

        Args:
            method: its name.
            seed: one of the comparison's.

        Returns:
            A new history.

        Raises:
            ValueError: no such training came to its end.
        """
        if (method, seed) not in self._histories:
            there = ", ".join(f"{who!r} with seed {n}" for who, n in self._histories)
            raise ValueError(f"No training of {method!r} with seed {seed} came to its end; there are: {there}.")
        return History.from_records(self._histories[method, seed])

    def values(self, method: str) -> pandas.DataFrame:
        """A method's main metrics, seed by seed.

        Args:
            method: its name.

        Returns:
            A table, seeds × tasks; the last column, "mean", is their mean. Without rows for a method without a result.

        Raises:
            ValueError: an unknown method.
        """
        if method not in self.weightings and method not in set(self.results["method"]):
            raise ValueError(unknown("method", method, self.weightings))
        own = self.results[self.results["method"] == method]
        table = own.pivot(index="seed", columns="task", values="value").reindex(columns=self.tasks)
        return table.assign(mean=table.mean(axis=1, skipna=False))

    def difference(self, method: str, other: str | None = None) -> pandas.DataFrame:
        """A method minus another, in pairs of the same seed.

        Args:
            method: its name.
            other: what it is held against (None: the baseline, as every method is: their intervals are wider, so that
                all of them together are right in 95 %).

        Returns:
            A table: task, and "mean" of all tasks → mean, low, high. low and high: Student's t interval of the paired
            differences, as `report` and `plot` decide by it; NaN for fewer than three seeds.

        Raises:
            ValueError: an unknown method.
        """
        apart = self._apart(method, other)
        return intervals(apart, self._comparisons if other is None else 1)

    def seeds_needed(self, method: str) -> int | None:
        """How many seeds would tell a method from the baseline in the mean over tasks, in four of five cases.

        The difference and its spread are taken as they are seen here: with few seeds the answer is rough.

        Args:
            method: its name.

        Returns:
            At least 3; None where nothing follows from the seeds that are there, or beyond 10,000.

        Raises:
            ValueError: an unknown method.
        """
        return seeds_needed(self._apart(method)["mean"], self._comparisons)

    @property
    def _comparisons(self) -> int:
        """How many methods are held against the baseline."""
        return max(1, len(self.weightings) - 1)

    def _apart(self, method: str, other: str | None = None):
        """Seeds × tasks, and their mean: the differences."""
        return (self.values(method) - self.values(self.baseline if other is None else other)).dropna(how="all")

    def frame(self) -> pandas.DataFrame:
        """Everything in one table.

        Returns:
            A row for each method and task, and for the mean of all tasks: mean and std over seeds, the difference to
            the baseline with its interval; in the rows of "mean" also the mean rank (1 is best), the worst task, the
            mean gain over one model per task in percent, seconds and MB of a training.
        """
        import pandas as pd

        ranks, rows = self._ranks(), []
        for name in self.names:
            values, apart = self.values(name), self.difference(name)
            for task in values.columns:
                row = {"method": name, "task": task, "mean": values[task].mean(), "std": values[task].std()}
                row |= {"difference": apart.loc[task, "mean"], **apart.loc[task, ["low", "high"]]}
                rows.append(row)
            own = self.results[self.results["method"] == name]
            worst = values[list(self.tasks)].mean().idxmin()
            spent = {"seconds": own["seconds"].mean(), "memory": own["memory"].mean()}
            rows[-1] |= {"rank": ranks[name], "worst": worst, "gain": self.gain(name), **spent}
        return pd.DataFrame(rows)

    def gain(self, method: str) -> float:
        """Δm: what sharing one model gains over a model for each task.

        Args:
            method: its name.

        Returns:
            The mean over tasks of (value − value of a model of its own) / |that|, in percent. A task whose own model
            scores within 0.1 of 0 is left out: what is divided by next to nothing says nothing. NaN where none is left,
            without those models, or for a method without a result.

        Raises:
            ValueError: an unknown method.

        References:
            Maninis et al. 2019, arXiv:1904.08918.
        """
        own = self.values(method).mean()
        if ALONE not in set(self.results["method"]):
            return math.nan
        alone = self.values(ALONE)[list(self.tasks)].mean()
        alone = alone[alone.abs() >= NEAR_NOUGHT]
        return float((100 * (own[alone.index] - alone) / alone.abs()).mean(skipna=False))

    def plot(self, ax: Axes | None = None) -> Axes:
        """Each method's difference to the baseline, by task, with its interval.

        Args:
            ax: where to draw (None: a new figure).

        Returns:
            The axes.
        """
        from mtlkit.plots import differences

        others = [n for n in self.names if n != self.baseline]
        seeds = len(self.values(self.baseline))
        return differences({n: self.difference(n) for n in others}, self.baseline, seeds, ax=ax)

    def __repr__(self) -> str:
        seeds = len(set(self.results["seed"]))
        return f"Comparison({', '.join(self.weightings)}; {seeds} seed{'s' * (seeds != 1)})"

    def _repr_html_(self) -> str:
        return self._table().to_html(float_format=lambda value: f"{value:.3f}".replace("-", "−"), na_rep="–")

    def _table(self):
        """Method → each task's mean over seeds, the mean of tasks, and how far it is from the baseline's."""
        import pandas as pd

        rows = {}
        for name in self.names:
            mean, low, high = self.difference(name).loc["mean"] if name != self.baseline else (math.nan,) * 3
            rows[name] = {**self.values(name).mean(), f"mean − {self.baseline}": mean, "low": low, "high": high}
        return pd.DataFrame(rows).T

    def report(self) -> str:
        """What the intervals allow to say, in a paragraph."""
        count = len(self.values(self.baseline))
        begin = (
            f"{len(self.names)} methods, {count} seed{'s' * (count > 1)}, {len(self.tasks)} tasks, same first weights "
        )
        said, told = [begin + "and batches."], {"better": [], "worse": [], "open": []}
        for name in self.names:
            if name != self.baseline:
                apart = self.difference(name)
                entry = in_words(*apart.loc["mean"], form="{}, {} to {}")
                told[verdict(apart)].append(f"{name} ({entry}{self._would_need(name, apart)})")
        better, worse, open_ = told.values()
        if not count:
            said += [f"Nothing can be held against {self.baseline}, which failed."]
        elif count < FEWEST:
            said += [f"Fewer than {FEWEST} seeds decide nothing; the means differ from {self.baseline}'s by: "]
            said[-1] += f"{', '.join(open_)}."
        else:
            said += [f"Better than {self.baseline} in the mean over tasks: {', '.join(better)}."] if better else []
            said += [] if better else [f"No method beats {self.baseline} at {count} seeds."]
            said += [f"Worse: {', '.join(worse)}."] if worse else []
            said += [f"Not to be told apart from it: {', '.join(open_)}."] if open_ else []
        if self.failed:
            said += [f"Left out, as it failed: {', '.join(sorted({who for who, _ in self.failed}))}."]
        return " ".join(said)

    def _would_need(self, name: str, apart) -> str:
        """For a method that the interval leaves open: how many seeds would tell."""
        if verdict(apart) != "open" or not math.isfinite(apart.loc["mean", "low"]):
            return ""
        seeds = self.seeds_needed(name)
        return "; beyond 10,000 seeds would tell" if seeds is None else f"; some {seeds:,} seeds would tell"

    def _ranks(self):
        """Method → its mean rank over tasks and seeds, 1 the best."""
        own = self.results[self.results["method"] != ALONE]
        ranks = own.groupby(["seed", "task"])["value"].rank(ascending=False)
        return ranks.groupby(own["method"]).mean()


def _tune(
    runner: JobRunner, searches: dict[str, Search], own: dict[str, dict], tasks, trials: int, jobs: int, bar
) -> dict[str, Weighting]:
    """Name → the method with the settings that were best on validation."""
    drawn = {name: [search.draw(k, tasks) for k in range(trials)] for name, search in searches.items()}
    plan = [Job(n, copy.deepcopy(w), tasks, TUNING, "validation", own[n]) for n, each in drawn.items() for w in each]
    scores = []
    for outcome in runner.results(plan, jobs, bar):
        values = np.array([outcome.get("scores", {}).get(task) for task in tasks], dtype=float)
        scores.append(values.mean() if np.isfinite(values).all() else -math.inf)  # no correlation of a constant answer
    chosen = {}
    for k, name in enumerate(searches):
        reached = scores[k * trials : (k + 1) * trials]
        if max(reached) == -math.inf:
            raise ValueError(f"Of {name!r} every one of {trials} trials failed: try it in a Run of its own.")
        chosen[name] = drawn[name][int(np.argmax(reached))]
    return chosen


def _seeds(seeds: int | Sequence[int]) -> list[int]:
    found = list(range(seeds)) if isinstance(seeds, int) else list(seeds)
    if not found or len(set(found)) < len(found):
        raise ValueError(f"A comparison needs at least one seed, each once; found seeds={seeds!r}.")
    return found


def _settings(budget: int | None, settings: dict) -> dict:
    return {"steps": budget, "validate": None} | _plain(settings)


def _plain(settings: dict) -> dict:
    """Settings of `Run` in plain types; ValueError for one that a comparison sets itself."""
    taken = {"steps", "epochs", "seed", "checkpoint"} & set(settings)
    if taken:
        raise ValueError(f"{', '.join(sorted(taken))}: a comparison sets this itself, by `budget` and `seeds`.")
    sampling = {"sampling": described(as_sampling(settings["sampling"]))} if "sampling" in settings else {}
    return settings | sampling
