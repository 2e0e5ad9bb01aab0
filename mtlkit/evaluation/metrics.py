"""Metrics of every task on a split, with intervals."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from mtlkit.batching import Batch, Rows, TokenizedSplit, evaluation_batches, group_windows
from mtlkit.encoder.encoder import in_eval_mode
from mtlkit.evaluation.bootstrap import bootstrap as resample
from mtlkit.utils.errors import unknown

if TYPE_CHECKING:
    import pandas

    from mtlkit.corpus import Split
    from mtlkit.model import MultiTaskModel
    from mtlkit.tasks import Task


def evaluate(
    model: MultiTaskModel,
    split: Split,
    bootstrap: int = 0,
    seed: int = 0,
    batch_size: int = 64,
    groups: str | Sequence | None = None,
) -> pandas.DataFrame:
    """Each task's metrics on a split.

    The intervals hold the chance of *which rows were drawn*, not of the training's seed.

    Args:
        model: what answers.
        split: of a corpus with some of the model's tasks, e.g. `corpus.test`; those without a label in it are left out.
        bootstrap: how many resamples of the rows to draw (0: no intervals).
        seed: draws the resamples.
        batch_size: rows read at once.
        groups: a column of the split, or a value for each row: rows that share one, such as the pairs made of one text,
            the turns of a dialogue or the visits of a patient, are drawn together, since they tell less than as many
            rows from anywhere (None, or a cell that is None: each row alone). The windows of one text always are.

    Returns:
        A table: task, metric, value, low, high, rows. low and high: the 2.5 % and 97.5 % points of the metric over the
        resamples, NaN without. A task's main metric comes first; metrics that are undefined on these rows are NaN.

    Raises:
        ValueError: the split has none of the model's tasks; groups that are no column, or not one for each row.
    """
    import pandas as pd

    shared = shared_tasks(model, split)
    if not shared:
        raise ValueError(
            f"{split.name} has none of the model's tasks: it has {', '.join(sorted(t.name for t in split.tasks))}; the "
            f"model answers {', '.join(t.name for t in model.tasks)}."
        )
    group_of = row_groups(split, groups)
    found, rows_of = predictions_and_targets(model, model.tokenize(split, shared), batch_size)
    random = np.random.default_rng(seed)
    table = []
    for task in model.tasks:
        examples = found.get(task.name, [])
        if not examples:
            continue
        statistic, rows = task.statistic(examples), len(examples)
        own = group_of[rows_of[task.name]]
        together = own if len(np.unique(own)) < rows else None
        intervals = resample(statistic, rows, bootstrap, random, together) if bootstrap else {}
        for metric, value in task.metrics(examples).items():
            table.append((task.name, metric, value, *intervals.get(metric, (math.nan, math.nan)), rows))
    return pd.DataFrame(table, columns=["task", "metric", "value", "low", "high", "rows"])


def row_groups(split: Split, groups: str | Sequence | None) -> np.ndarray:
    """The number of each row's group, (rows,); ValueError as `evaluate` says."""
    if groups is None:
        return np.arange(len(split))
    if isinstance(groups, str):
        if groups not in split.dataset.column_names:
            raise ValueError(f"groups: {unknown('column', groups, split.dataset.column_names)}")
        groups = split.dataset[groups][:]
    if len(groups) != len(split):
        raise ValueError(f"groups has a value for each row: {len(split):,} are due, found {len(groups):,}.")
    numbers: dict = {}
    keys = [("row", row) if value is None else ("group", str(value)) for row, value in enumerate(groups)]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=int)


def shared_tasks(model: MultiTaskModel, split: Split) -> list[Task]:
    """The model's tasks that a split has, too."""
    named = {t.name for t in split.tasks}
    return [t for t in model.tasks if t.name in named]


def compute_metrics(
    model: MultiTaskModel,
    tokenized: TokenizedSplit,
    batch_size: int = 64,
    precision: str = "auto",
    written: int | None = None,
) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    """(task → metric → value, task → rows) on a tokenized split. precision: as `Run` takes it. written: how many
    answers a task that generates writes (None: all)."""
    found, _ = predictions_and_targets(model, tokenized, batch_size, precision, written)
    values = {t.name: t.metrics(found[t.name]) for t in model.tasks if found.get(t.name)}
    return values, {name: len(found[name]) for name in values}


@torch.inference_mode()
def predictions_and_targets(
    model: MultiTaskModel,
    tokenized: TokenizedSplit,
    batch_size: int = 64,
    precision: str = "auto",
    written: int | None = None,
) -> tuple[dict[str, list], dict[str, list[int]]]:
    """Task name → the (predicted, true) pairs of its labelled rows, which its kind's `metrics` turns into numbers; and
    task name → the row of the split that each pair is about."""
    found: dict[str, list] = {t.name: [] for t in model.tasks}
    rows_of: dict[str, list[int]] = {t.name: [] for t in model.tasks}
    windows: dict[str, list[int]] = {t.name: [] for t in model.tasks if t.spec.generates}
    with in_eval_mode(model):
        tasks = [t for t in model.tasks if t.name in tokenized.labels]
        for batch, outputs in evaluation_outputs(model, tokenized, tasks, batch_size, precision):
            for task in model.tasks:
                if task.name in outputs:
                    output, target = outputs[task.name].float().cpu(), batch.targets[task.name]
                    pairs = task.spec.predictions_and_targets(output, target, task)
                    found[task.name] += pairs
                    rows_of[task.name] += tokenized.row[judged_windows(batch, tokenized, task, len(pairs))].tolist()
                    if task.spec.generates and target.texts is not None:
                        windows[task.name] += batch.index[list(dict.fromkeys(target.texts.tolist()))].tolist()
        for task in model.tasks:
            if windows.get(task.name):
                answers = write_answers(model, tokenized, task, windows[task.name], batch_size, written)
                found[task.name] = task.spec.with_written(found[task.name], answers)
    return found, rows_of


def evaluation_outputs(
    model: MultiTaskModel,
    tokenized: TokenizedSplit,
    tasks: Sequence[Task],
    batch_size: int = 64,
    precision: str = "auto",
) -> Iterator[tuple[Batch, dict[str, Tensor]]]:
    """Each batch of the labelled rows with what the heads say of it, by task; for a model in evaluation mode."""
    for batch in evaluation_batches(tokenized, tasks, batch_size):
        there = batch.to(model.device)
        yield batch, model.outputs(there, model.read(there, precision))


def judged_windows(batch: Batch, tokenized: TokenizedSplit, task: Task, pairs: int) -> np.ndarray:
    """The windows that a kind's pairs are about: those of the vectors that it read; or, where it also judges texts of
    which it could read nothing, the first window of each labelled text."""
    target = batch.targets[task.name]
    read = dict.fromkeys((target.rows if target.texts is None else target.texts).tolist())
    if len(read) == pairs:
        return batch.index[list(read)]
    first = tokenized.first_window[tokenized.row[batch.index]] == batch.index
    labels = tokenized.labels[task.name]
    return np.array([window for window in batch.index[first] if labels[window] is not None], dtype=int)


def write_answers(
    model: MultiTaskModel,
    tokenized: TokenizedSplit,
    task: Task,
    windows: Sequence[int],
    batch_size: int,
    most: int | None = None,
) -> list[dict | None]:
    """What the task writes for each text, the likeliest token at each step; None for all but `most` of them, spread
    evenly over the split. An answer may be twice as long as the longest right one."""
    size = len(windows) if most is None else min(most, len(windows))
    chosen = np.sort(windows)[np.linspace(0, len(windows) - 1, size).round().astype(int)]
    labels = [tokenized.labels[task.name][window] for window in windows]
    right = max(map(len, tokenized.target_ids(labels, tokenized.max_length)))
    limit = min(2 * right, tokenized.max_length // 2)
    found: dict[int, dict | None] = {}
    for index in group_windows(tokenized, chosen, batch_size):
        answers = model.answers(Rows(tokenized, index), [task], 1, limit)
        found |= {window: answer.get(task.name) for window, answer in zip(index.tolist(), answers, strict=True)}
    return [found.get(window) for window in windows]
