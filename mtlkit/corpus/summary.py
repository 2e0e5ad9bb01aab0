"""What a corpus holds, counted: labels of each task, and what a model that knows only how often they occur would lose
and score."""

from __future__ import annotations

import math
from collections import Counter

from mtlkit.tasks._base import label_text, missing
from mtlkit.tasks.multilabel import names as multilabel_names
from mtlkit.tasks.tagging import split as tags_of

NAMED = ("classification", "multilabel", "tagging")  # the kinds whose labels have names to be counted


def describe(corpus):
    """A row for each task, a pandas table: task, kind, labels (how many), commonest (the label that occurs most in
    train, with its share; of numbers mean and standard deviation), loss (of a model that knows only how often each
    label occurs, see `prior_loss`), and the labelled rows of each split."""
    import pandas as pd

    counts = {name: corpus.counts(name) for name in corpus.splits}
    table = []
    for task in corpus.tasks:
        row = {
            "task": task.name,
            "kind": task.kind,
            "labels": None,
            "commonest": "",
            "loss": prior_loss(corpus, task),
        }
        if task.kind == "regression":
            values = [v for v in corpus.train.labels(task) if v is not None]
            row["commonest"] = f"mean {sum(values) / len(values):.3g}, deviation {math.sqrt(row['loss']):.3g}"
        elif task.kind in NAMED:
            count = label_counts(corpus.train, task)
            label, most = count.most_common(1)[0]
            row |= {"labels": len(count), "commonest": f"{label}, {most / count.total():.0%}"}
        table.append(row | {name: counts[name][task.name] for name in corpus.splits})
    return pd.DataFrame(table).astype({"labels": "Int64"})


def label_counts(split, task) -> Counter:
    """Label → how often it occurs in the cells of a split: rows of a class, of each of several labels, entities."""
    counts: Counter = Counter()
    for cell in split.label_cells(task):
        if not missing(cell):
            counts.update(labels_in(cell, task))
    return counts


def labels_in(cell, task) -> list[str]:
    if task.kind == "tagging":
        return [tag[2:] for tag in tags_of(cell) if tag.startswith("B-")]
    return multilabel_names(cell, f"task {task.name!r}") if task.kind == "multilabel" else [label_text(cell)]


def prior_loss(corpus, task) -> float | None:
    """The loss of a model that knows only how often each label occurs in train: the variance of numbers, the entropy of
    classes or tags in nats, the mean entropy of yes and no over several labels; None for other kinds."""
    if task.kind not in (*NAMED, "regression"):
        return None
    values = [v for v in corpus.train.labels(task) if v is not None]
    if task.kind == "regression":
        mean = sum(values) / len(values)
        return sum((v - mean) ** 2 for v in values) / len(values)
    if task.kind == "multilabel":
        counts = Counter(label for row in values for label in row)
        return sum(_entropy([n, len(values) - n]) for n in counts.values()) / len(task.labels)
    if task.kind == "tagging":
        values = [tag for row in values for tag in row]
    return _entropy(Counter(values).values())


def _entropy(counts) -> float:
    """In nats."""
    total = sum(counts)
    return -sum(n / total * math.log(n / total) for n in counts if n)


def majority_baseline(corpus, split: str = "test") -> dict[str, float]:
    """Task name → the main metric on a split of a model that always answers the commonest label of train; 0 for kinds
    whose metric counts agreement beyond that. For `plots.metrics(…, floor=…)`."""
    found = {}
    for task in corpus.tasks:
        if task.column is None or not corpus.counts(split)[task.name]:
            continue
        found[task.name] = 0.0
        if task.kind == "classification":
            most = Counter(v for v in corpus.train.labels(task) if v is not None).most_common(1)[0][0]
            results = [(most, v) for v in corpus.splits[split].labels(task) if v is not None]
            found[task.name] = task.metrics(results)[task.main_metric]
    return found
