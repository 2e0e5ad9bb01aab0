"""What a corpus holds, counted: labels of each task, and what a model that knows only how often they occur would lose
and score."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from mtlkit.corpus.load import as_corpus
from mtlkit.tasks import Task
from mtlkit.tasks._labels import missing

if TYPE_CHECKING:
    import pandas

    from mtlkit.corpus.corpus import Corpus
    from mtlkit.corpus.split import Split


def describe(corpus: Corpus | str) -> pandas.DataFrame:
    """What a corpus holds, a row for each task.

    Args:
        corpus: a `Corpus` or its name.

    Returns:
        A table: task, kind, labels (how many), commonest (the label that occurs most in train, with its share; of
        numbers mean and standard deviation), loss (of a model that knows only how often each label occurs, see
        `prior_loss`), and the labelled rows of each split.

    Raises:
        ValueError: an unknown name.

    Example:
        >>> list(describe("helpdesk")["task"])[:3]
        ['topic', 'sentiment', 'urgency']
    """
    import pandas as pd

    corpus = as_corpus(corpus)
    counts = {name: corpus.counts(name) for name in corpus.splits}
    table = []
    for task in corpus.tasks:
        row = {"task": task.name, "kind": task.kind, "labels": None}
        if has_names(task):
            count = label_counts(corpus.train, task)
            label, most = count.most_common(1)[0]
            row |= {"labels": len(count), "commonest": f"{label}, {most / count.total():.0%}"}
        else:
            row["commonest"] = task.spec.summary(present_labels(corpus.train, task), task)
        row["loss"] = prior_loss(corpus, task)
        table.append(row | {name: counts[name][task.name] for name in corpus.splits})
    return pd.DataFrame(table).astype({"labels": "Int64"})


def has_names(task: Task) -> bool:
    """Whether the labels in a task's cells have names that can be counted."""
    return task.spec.writes("names_in")


def label_counts(split, task: Task) -> Counter:
    """Label → how often it occurs in the cells of a split: rows of a class, of each of several labels, entities."""
    counts: Counter = Counter()
    for cell in split.label_cells(task):
        if not missing(cell):
            counts.update(task.spec.names_in(cell, task))
    return counts


def present_labels(split: Split, task: Task) -> list:
    """The parsed labels of a split, without the missing ones."""
    return [label for label in split.labels(task) if label is not None]


def prior_loss(corpus: Corpus, task: Task) -> float | None:
    """The loss of a model that knows only how often each label occurs in train, as the task's kind has it.

    The variance of numbers, the entropy of classes or tags in nats, the mean entropy of yes and no over several labels;
    None for kinds without such a yardstick.
    """
    labels = present_labels(corpus.train, task)
    prior = task.spec.prior(labels, task) if labels else None
    if prior is None:
        return None
    truth = task.spec.truths(labels, task).labels
    assert truth is not None
    truth = truth.double() if truth.is_floating_point() else truth
    return float(task.spec.loss(prior.double().expand(len(truth), -1), truth))


def majority_baseline(corpus: Corpus | str, split: str = "test") -> pandas.DataFrame:
    """What models that know nothing score: those that give every row the same answer, such as the commonest label.

    The answer that fits train best may be another than the one that fits the judged rows best. Nobody knows the second
    before; but a model that scores no more has shown no more than how often labels occur.

    Args:
        corpus: a `Corpus` or its name.
        split: where they are judged.

    Returns:
        A table, a row a task: metric, its main one; train, the score of the answer that fits train best; judged, that
        of the answer that fits these rows best; score, the higher of the two. 0 where a metric counts agreement beyond
        such a model. For `plots.metrics(…, floor=majority_baseline(corpus)["score"])`.
    """
    import pandas as pd

    corpus = as_corpus(corpus)
    found = {}
    for task in corpus.tasks:
        judged, trained = present_labels(corpus.splits[split], task), present_labels(corpus.train, task)
        if task.column is None or not judged:
            continue
        fits = constant_scores(trained, trained, task)
        train = constant_scores(trained, judged, task)[fits.index(max(fits))]
        best = max(constant_scores(judged, judged, task))
        found[task.name] = {"metric": task.main_metric, "train": train, "judged": best, "score": max(train, best)}
    return pd.DataFrame.from_dict(found, orient="index", columns=["metric", "train", "judged", "score"])


def constant_scores(labels: list, judged: list, task: Task) -> list[float]:
    """The main metric on `judged` of each constant answer that `labels` suggest; [0] where they suggest none."""
    guesses = task.spec.constant_guesses(labels, judged, task) if labels else ()
    values = [task.metrics(pairs)[task.main_metric] for pairs in guesses]
    return [0.0 if math.isnan(value) else value for value in values] or [0.0]
