"""Metrics of every task on a split, with intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from mtlkit.batching import TokenizedSplit, evaluation_batches
from mtlkit.encoder.encoder import in_eval_mode
from mtlkit.evaluation.bootstrap import bootstrap as resample

if TYPE_CHECKING:
    import pandas

    from mtlkit.corpus import Split
    from mtlkit.model import MultiTaskModel


def evaluate(
    model: MultiTaskModel, split: Split, bootstrap: int = 0, seed: int = 0, batch_size: int = 64
) -> pandas.DataFrame:
    """Each task's metrics on a split.

    The intervals hold the chance of *which rows were drawn*, not of the training's seed.

    Args:
        model: what answers.
        split: of a corpus with some of the model's tasks, e.g. `corpus.test`; those without a label in it are left out.
        bootstrap: how many resamples of the rows to draw (0: no intervals).
        seed: draws the resamples.
        batch_size: rows read at once.

    Returns:
        A table: task, metric, value, low, high, rows. low and high: the 2.5 % and 97.5 % points of the metric over the
        resamples, NaN without. A task's main metric comes first; metrics that are undefined on these rows are NaN.

    Raises:
        ValueError: the split has none of the model's tasks.
    """
    import numpy as np
    import pandas as pd

    named = {t.name for t in split.tasks}
    shared = [t for t in model.tasks if t.name in named]
    if not shared:
        raise ValueError(
            f"{split.name} has none of the model's tasks: it has {', '.join(sorted(named))}; the model answers "
            f"{', '.join(t.name for t in model.tasks)}."
        )
    found = predictions_and_targets(model, model.tokenize(split, shared), batch_size)
    random = np.random.default_rng(seed)
    table = []
    for task in model.tasks:
        examples = found.get(task.name, [])
        if not examples:
            continue
        statistic, rows = task.statistic(examples), len(examples)
        intervals = resample(statistic, rows, bootstrap, random) if bootstrap else {}
        for metric, value in task.metrics(examples).items():
            table.append((task.name, metric, value, *intervals.get(metric, (math.nan, math.nan)), rows))
    return pd.DataFrame(table, columns=["task", "metric", "value", "low", "high", "rows"])


def compute_metrics(
    model: MultiTaskModel, tokenized: TokenizedSplit, batch_size: int = 64, precision: str = "auto"
) -> tuple[dict[str, dict[str, float]], dict[str, int]]:
    """(task → metric → value, task → rows) on a tokenized split. precision: as `Run` takes it."""
    found = predictions_and_targets(model, tokenized, batch_size, precision)
    values = {t.name: t.metrics(found[t.name]) for t in model.tasks if found.get(t.name)}
    return values, {name: len(found[name]) for name in values}


@torch.inference_mode()
def predictions_and_targets(
    model: MultiTaskModel, tokenized: TokenizedSplit, batch_size: int = 64, precision: str = "auto"
) -> dict[str, list]:
    """Task name → the (predicted, true) pairs of its labelled rows, which its kind's `metrics` turns into numbers."""
    found: dict[str, list] = {t.name: [] for t in model.tasks}
    with in_eval_mode(model):
        for batch in evaluation_batches(tokenized, [t for t in model.tasks if t.name in tokenized.labels], batch_size):
            there = batch.to(model.device)
            outputs = model.outputs(there, model.read(there, precision))
            for task in model.tasks:
                if task.name in outputs:
                    output = outputs[task.name].float().cpu()
                    found[task.name] += task.spec.predictions_and_targets(output, batch.targets[task.name], task)
    return found
