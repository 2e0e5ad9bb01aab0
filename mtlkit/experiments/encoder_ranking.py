"""Which encoder suits these tasks? A linear probe on each one's frozen vectors, cross-validated."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from mtlkit.batching import Rows, tokenize_split
from mtlkit.corpus import Corpus, as_corpus
from mtlkit.encoder import sources as hub
from mtlkit.encoder.encoder import Encoder
from mtlkit.encoder.loading import as_encoder
from mtlkit.evaluation.intervals import in_words, intervals
from mtlkit.experiments.features import features
from mtlkit.tasks import KINDS, Target, Task
from mtlkit.training.arguments import check_numbers
from mtlkit.utils import cache
from mtlkit.utils.errors import unknown

if TYPE_CHECKING:
    import pandas

PENALTIES = np.logspace(-1, 5, 13)  # of the ridge; features are standardised


def rank_encoders(
    corpus: Corpus | str,
    encoders: Mapping[str, Encoder | str | Path] | Sequence[Encoder | str | Path],
    *,
    rows: int = 1000,
    folds: int = 5,
    seed: int = 0,
    folder: str | Path | None = None,
) -> Ranking:
    """Which of several encoders suits a corpus's tasks, before any of them is trained.

    Each encoder reads the texts once. What the tasks' heads would read, its pooled vectors or, for tagging, that of
    each word's first token, goes into one linear layer a task, a probe, fitted by least squares with a ridge penalty,
    classes and tags as ±1; the penalty is chosen by leave-one-out on the rows it is fitted to. All on `corpus.train`:
    each fold is answered by a probe fitted to the others, the rows of a text lie in one fold, and the folds are the
    same for all encoders. What can be read off the vectors as they are is measured; training an encoder whole can bring
    out more (benchmarks/ENCODERS.md).

    Tasks that no linear layer answers (mlm, span, …) and those with fewer than 2 labelled rows a fold are left out, and
    said (UserWarning).

    Args:
        corpus: a `Corpus` or its name.
        encoders: names or folders as `load_encoder` takes them, or encoders; a dict name → one of them where two are
            called alike.
        rows: of about how many labelled rows a task is probed at most.
        folds: how many, at least 2.
        seed: draws rows and folds.
        folder: keeps the vectors (None: the user's cache folder), known by their content, so that a second call reads
            no text.

    Returns:
        The ranking.

    Raises:
        ValueError: no encoder, an unknown one, two of a name, fewer than 2 folds, or a corpus without a task to probe.

    References:
        Alain & Bengio 2016, arXiv:1610.01644.
    """
    from tqdm.auto import tqdm

    check_numbers(rows=rows, folds=folds)
    if folds < 2:
        raise ValueError(f"folds is at least 2: a probe is judged on rows that it wasn't fitted on; found {folds}.")
    named, corpus = _named(encoders), as_corpus(corpus)
    tasks, split, fold = _chosen(corpus, rows, folds, seed)
    values, seconds, sizes = [], {}, {}
    with tqdm(total=len(named) * (len(tasks) + 1), unit="probe") as bar:
        for name, encoder in named.items():
            encoder = as_encoder(encoder)
            tokenized = tokenize_split(split, encoder, tasks)
            windows = Rows(tokenized, range(len(tokenized)))
            targets = {t.name: t.spec.target(tokenized.labels[t.name], windows, t) for t in tasks}
            vectors, reading = features(encoder, tokenized, targets, cache.place("features", folder))
            bar.update()
            started = time.perf_counter()
            for task in tasks:
                target = targets[task.name]
                found = probe(vectors[task.name], target, fold[tokenized.row[target.rows]], folds, task)
                values += [(name, task.name, task.main_metric, k, value) for k, value in enumerate(found)]
                bar.update()
            seconds[name], sizes[name] = (reading, time.perf_counter() - started), encoder.size()
    return Ranking(values, seconds, sizes)


class Ranking:
    """What `rank_encoders` found.

    Attributes:
        results: the table of all probes: encoder, task, metric, fold, value.
        order: the encoders, best first, by the mean of the tasks' main metrics.
        seconds: encoder → (reading the texts, when that was done; probing).
        sizes: encoder → parameters.
        metrics: task → the metric that it is judged by.
    """

    def __init__(self, values: list[tuple], seconds: dict[str, tuple[float, float]], sizes: dict[str, int]):
        import pandas as pd

        self.results = pd.DataFrame(values, columns=["encoder", "task", "metric", "fold", "value"])
        self.seconds, self.sizes = seconds, sizes
        self.metrics = dict(zip(self.results["task"], self.results["metric"], strict=True))
        means = {name: self.values(name)["mean"].mean() for name in sizes}
        self.order = sorted(means, key=lambda name: -math.inf if math.isnan(means[name]) else means[name], reverse=True)

    def values(self, encoder: str) -> pandas.DataFrame:
        """An encoder's metrics.

        Args:
            encoder: its name.

        Returns:
            A table, folds × tasks; the last column is their mean.

        Raises:
            ValueError: an unknown encoder.
        """
        if encoder not in self.sizes:
            raise ValueError(unknown("encoder", encoder, self.sizes))
        own = self.results[self.results["encoder"] == encoder]
        table = own.pivot(index="fold", columns="task", values="value").reindex(columns=list(self.metrics))
        return table.assign(mean=table.mean(axis=1, skipna=False))

    def difference(self, encoder: str, other: str | None = None) -> pandas.DataFrame:
        """An encoder minus another, on the same folds.

        Args:
            encoder: its name.
            other: what it is held against (None: the best in the mean).

        Returns:
            A table: task, and "mean" of all tasks → mean, low, high. low and high: the t interval of Nadeau & Bengio
            (2003) for folds, which share most of their rows; against the best wider, so that the intervals of all
            encoders together are right in 95 %.

        Raises:
            ValueError: an unknown encoder.
        """
        best = self.order[0] if other is None else other
        apart = self.values(encoder) - self.values(best)
        if encoder == best:
            return intervals(apart, folds=True).assign(low=0.0, high=0.0)
        return intervals(apart, max(1, len(self.order) - 1) if other is None else 1, folds=True)

    def frame(self) -> pandas.DataFrame:
        """Everything in one table.

        Returns:
            A row for each encoder and task, and for the mean of all tasks, best encoder first: the metric with its
            interval (low, high), and how far it is from the best encoder's (difference, …_low, …_high). In the rows of
            "mean" also parameters, and the seconds that reading and probing took.
        """
        import pandas as pd

        rows = []
        for name in self.order:
            own, apart = intervals(self.values(name), folds=True), self.difference(name)
            for task in own.index:
                value, low, high = own.loc[task]
                row = {"encoder": name, "task": task, "metric": self.metrics.get(task, ""), "value": value}
                row |= {"low": low, "high": high}
                row |= dict(zip(("difference", "difference_low", "difference_high"), apart.loc[task], strict=True))
                rows.append(row)
            reading, probing = self.seconds[name]
            rows[-1] |= {"parameters": self.sizes[name], "reading": reading, "probing": probing}
        return pd.DataFrame(rows)

    def report(self) -> str:
        """What the intervals allow to say, in a paragraph."""
        best, *others = self.order
        value = self.values(best)["mean"].mean()
        said = [f"{best} has the highest mean over {len(self.metrics)} tasks ({value:.3f})."]
        told = {"below it": [], "not to be told apart from it": []}
        for name in others:
            apart = self.difference(name).loc["mean"]
            which = "below it" if apart["high"] < 0 else "not to be told apart from it"
            told[which].append(f"{name} ({in_words(*apart, form='{}, {} to {}')})")
        said += [f"{what[0].upper()}{what[1:]}: {', '.join(names)}." for what, names in told.items() if names]
        above = {task: self._first(task) for task in self.metrics if self._first(task) != best}
        said += [f"Another is first in {', '.join(f'{t} ({n})' for t, n in above.items())}."] if above else []
        return " ".join(said)

    def _first(self, task: str) -> str:
        return max(self.order, key=lambda name: self.values(name)[task].mean())


def probe(vectors: Tensor, target: Target, fold: np.ndarray, folds: int, task: Task) -> list[float]:
    """How well a linear layer answers a task, judged on rows that it was not fitted to.

    Args:
        vectors: (n, hidden).
        target: their labels.
        fold: each vector's fold, (n,).
        folds: how many there are.
        task: whose labels they are.

    Returns:
        The main metric on each of the folds 0 … folds − 1; NaN for a fold without rows.
    """
    from sklearn.linear_model import RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    wanted = None if target.labels is None else task.spec.probe_targets(target.labels, task)
    assert wanted is not None  # a task that is probed has labels, and its kind says what a layer should say
    x, y, values = vectors.double().numpy(), wanted.double().numpy(), []
    for k in range(folds):
        there = fold == k
        if there.all() or not there.any():
            values.append(math.nan)
            continue
        fitted = make_pipeline(StandardScaler(), RidgeCV(PENALTIES)).fit(x[~there], y[~there])
        said = torch.from_numpy(fitted.predict(x[there]).reshape(-1, y.shape[1])).float()
        tensors = {name: value[there] for name, value in vars(target).items() if isinstance(value, Tensor)}
        pairs = task.spec.predictions_and_targets(said, replace(target, **tensors), task)
        values.append(task.metrics(pairs)[task.main_metric])
    return values


def _named(encoders) -> dict[str, Encoder | str]:
    """Name → encoder, or what `load_encoder` takes; that these can be found is seen before any is read."""
    if isinstance(encoders, str | Path | Encoder):
        encoders = [encoders]
    if not isinstance(encoders, Mapping):
        names = [e.name if isinstance(e, Encoder) else Path(e).name if Path(e).is_dir() else str(e) for e in encoders]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"Two encoders are called {twice[0]!r}: give a dict name → encoder.")
        encoders = dict(zip(names, encoders, strict=True))
    if not encoders:
        raise ValueError("There is no encoder to rank: give names, folders or encoders.")
    for encoder in encoders.values():
        if not isinstance(encoder, Encoder):
            hub.find(encoder)
    return dict(encoders)


def _chosen(corpus, rows: int, folds: int, seed: int):
    """The tasks to probe, the rows of `corpus.train` to probe them on as a split, and each row's fold (rows,)."""
    probed = [name for name, kind in KINDS.items() if kind.writes("probe_targets")]
    tasks = [t for t in corpus.tasks if t.spec.writes("probe_targets")]
    split, random = corpus.train, np.random.default_rng(seed)
    labelled = np.zeros((len(tasks), len(split)), dtype=bool)
    for number, task in enumerate(tasks):
        labelled[number] = [label is not None for label in split.labels(task)]
    counts, kept = np.zeros(len(tasks), dtype=int), []
    for row in random.permutation(len(split)):
        if (counts[labelled[:, row]] < rows).any():
            counts += labelled[:, row]
            kept.append(int(row))
    enough = [t for t, count in zip(tasks, counts, strict=True) if count >= 2 * folds]
    left = [t.name for t in corpus.tasks if t not in enough]
    if not enough:
        raise ValueError(
            f"None of the tasks {', '.join(left)} can be probed: that takes {2 * folds} labelled rows of a task "
            f"that a linear layer can answer: {', '.join(probed)}."
        )
    if left:
        warnings.warn(
            f"Left out of the ranking: {', '.join(left)}. Probed are tasks of the kinds {', '.join(probed)} with at "
            f"least {2 * folds} labelled rows.",
            stacklevel=3,
        )
    split = split.select(kept)
    number: dict = {}
    text = np.array([number.setdefault(text, len(number)) for text in split.texts])
    return enough, split, (random.permutation(len(number)) % folds)[text]
