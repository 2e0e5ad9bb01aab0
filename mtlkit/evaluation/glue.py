"""GLUE and SuperGLUE: their data (corpus/glue.py), and their official scores. Reached as `mk.glue`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mtlkit.corpus.glue import (
    BENCHMARKS,
    FOLDER,
    GLUE,
    HUB,
    MISMATCHED,
    SPLITS,
    SUPERGLUE,
    Entry,
    load,
    wic,
    wsc,
)
from mtlkit.corpus.load import as_corpus
from mtlkit.evaluation import metrics as evaluation
from mtlkit.tasks import Task
from mtlkit.utils.errors import unknown

if TYPE_CHECKING:
    import pandas

    from mtlkit.corpus.corpus import Corpus
    from mtlkit.model import MultiTaskModel

__all__ = [
    "BENCHMARKS",
    "FOLDER",
    "GLUE",
    "HUB",
    "SPLITS",
    "SUPERGLUE",
    "Entry",
    "evaluate",
    "load",
    "score",
    "wic",
    "wsc",
]


def evaluate(
    model: MultiTaskModel, corpus: Corpus | str, split: str = "validation", bootstrap: int = 0, seed: int = 0
) -> pandas.DataFrame:
    """`mk.evaluate` with what only a benchmark knows.

    Rows of the split "…_mismatched" are tasks "mnli mismatched". Of MultiRC "exact_match" is the share of questions
    with each of their answers judged right. ReCoRD has "exact_match", and as "f1" the mean F1 of the words of the name
    chosen and the right one.

    Args:
        model: with some of the corpus's tasks.
        corpus: a `Corpus` or its name.
        split: its name.
        bootstrap: as for `mk.evaluate`.
        seed: as for `mk.evaluate`.

    Returns:
        The table of `mk.evaluate`.

    Raises:
        ValueError: an unknown corpus or split, or a split with none of the model's tasks.
    """
    import pandas as pd

    corpus = as_corpus(corpus)
    if split not in corpus.splits:
        raise ValueError(unknown("split", split, corpus.splits))
    tables = [evaluation.evaluate(model, corpus.splits[split], bootstrap, seed)]
    if split + MISMATCHED in corpus.splits:
        other = evaluation.evaluate(model, corpus.splits[split + MISMATCHED], bootstrap, seed)
        tables.append(other.assign(task=other["task"] + " mismatched"))
    rows = []
    for task in corpus.splits[split].tasks:
        if task.name in OWN_METRICS and task.name in {t.name for t in model.tasks}:
            found, size = OWN_METRICS[task.name](model, corpus.splits[split], task)
            rows += [(task.name, metric, value, size) for metric, value in found.items()]
    if rows:
        tables.append(pd.DataFrame(rows, columns=["task", "metric", "value", "rows"]))
    return pd.concat(tables, ignore_index=True)


def _labelled(split, task: Task) -> list[int]:
    return [i for i, label in enumerate(split.labels(task)) if label is not None]


def _multirc(model, split, task: Task) -> tuple[dict[str, float], int]:
    """Metric → value over questions, and how many there are."""
    rows, right, names = _labelled(split, task), {}, task.labels or ()
    said = model.predict([split.texts[i] for i in rows], tasks=[task.name])
    for i, answer in zip(rows, said, strict=True):
        question, good = split.texts[i][0], answer[task.name]["label"] == names[split.labels(task)[i]]
        right[question] = right.get(question, True) and good
    return ({"exact_match": sum(right.values()) / len(right)} if right else {}), len(right)


def _record(model, split, task: Task) -> tuple[dict[str, float], int]:
    from mtlkit.tasks.span import word_f1

    rows, names = _labelled(split, task), split.choices(task)
    asked = {"choices": {task.name: [names[i] for i in rows]}}
    said = [a[task.name]["label"] for a in model.predict([split.texts[i] for i in rows], tasks=[task.name], **asked)]
    pairs = [(s, names[i][split.labels(task)[i]]) for s, i in zip(said, rows, strict=True)]
    if not pairs:
        return {}, 0
    exact, words = sum(s == r for s, r in pairs), sum(word_f1(s, r) for s, r in pairs)
    return {"f1": words / len(pairs), "exact_match": exact / len(pairs)}, len(pairs)


OWN_METRICS = {"multirc": _multirc, "record": _record}


def score(table: pandas.DataFrame) -> pandas.DataFrame:
    """The official metrics and their average.

    It can be held beside published ones only if all tasks of the benchmark are there, which `metric` tells: "9 of 9
    tasks".

    Args:
        table: of `mk.evaluate` or `mk.glue.evaluate`.

    Returns:
        A row for each official metric: task, metric, value, share (what it counts in its task's score: a half where
        there are two; MNLI's matched and mismatched rows count half each). The last row, "average", is the mean over
        tasks, with a correlation that is undefined (a constant answer) as 0.

    Raises:
        ValueError: a task of neither benchmark, or one whose official metric is not in the table.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"task": ["rte", "wnli"], "metric": ["accuracy"] * 2, "value": [0.8, 0.6]})
        >>> [(row.metric, round(row.value, 2)) for row in score(table).itertuples()]
        [('accuracy', 0.8), ('accuracy', 0.6), ('2 of 9 tasks', 0.7)]
    """
    import pandas as pd

    known = GLUE | SUPERGLUE
    tasks = [t for t in dict.fromkeys(table["task"]) if not t.endswith(" mismatched")]
    rows = []
    for task in tasks:
        if task not in known:
            raise ValueError(unknown("task of GLUE or SuperGLUE", task, known))
        own = {task: table[table["task"] == task]}
        if task == "mnli":
            other = f"{task} mismatched"
            own |= {other: table[table["task"] == other]} if other in set(table["task"]) else {}
        metrics = known[task].metrics
        for name, part in own.items():
            values = part.set_index("metric")["value"]
            for metric in metrics:
                if metric not in values:
                    raise ValueError(
                        f"{task}: its official metric {metric!r} is not in the table ({', '.join(values.index)}). Take "
                        "the tasks of load_corpus, and mk.glue.evaluate for MultiRC."
                    )
                rows.append((name, metric, float(values[metric]), 1 / len(metrics) / len(own)))
    average = sum((0.0 if math.isnan(v) else v) * share for _, _, v, share in rows) / max(1, len(tasks))
    whole = next((b for b in (GLUE, SUPERGLUE) if set(tasks) <= set(b)), known)
    rows.append(("average", f"{len(tasks)} of {len(whole)} tasks", average, 1.0))
    return pd.DataFrame(rows, columns=["task", "metric", "value", "share"])
