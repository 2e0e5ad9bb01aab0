"""Regression: one number for a text, in the unit of its column."""

import math

import torch
from torch import nn

from mtlkit.tasks._base import Kind, LinearHead, missing, register


@register
class Regression(Kind):
    """Head: hidden → 1. Loss: mean squared error in the label's unit squared; the variance for a model that knows
    only the mean. Labels are not rescaled: a task in large units is loud, and that is what loss weights are for."""

    name = "regression"
    main_metric = "pearson"
    more_metrics = ("spearman", "r2")

    def parse(self, value, task, where):
        if missing(value):
            return None
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise ValueError(
                f"Task {task.name!r}, {where}: a number is due, found {value!r}. "
                "Correct it, or leave the cell empty where there is no label."
            )
        return number

    def tensor(self, labels, task):
        return torch.tensor(labels, dtype=torch.float32)

    def head(self, task, encoder):
        return LinearHead(encoder.hidden_size, 1)

    def loss(self, output, labels):
        return nn.functional.mse_loss(output.squeeze(-1), labels)

    def predictions_and_targets(self, output, target, task):
        return list(zip(output.squeeze(-1).tolist(), target.labels.tolist(), strict=True))

    def metrics(self, pairs, task):
        """Correlations and R² are NaN where the truth, or the answer, is the same for every row."""
        import numpy as np
        from scipy.stats import rankdata

        predicted, true = np.asarray(pairs, dtype=float).T
        spread = ((true - true.mean()) ** 2).sum()
        return {
            "pearson": correlation(predicted, true),
            "spearman": correlation(rankdata(predicted), rankdata(true)),
            "mae": float(np.abs(predicted - true).mean()),
            "r2": float(1 - ((predicted - true) ** 2).sum() / spread) if spread > 0 else math.nan,
        }

    def score(self, output, labels):
        predicted, true = output.squeeze(-1).double(), labels.double()
        predicted, true = predicted - predicted.mean(-1, keepdim=True), true - true.mean()
        scale = (predicted.square().sum(-1) * true.square().sum()).sqrt()
        return torch.where(scale > 0, (predicted * true).sum(-1) / scale, math.nan).float()

    def decode(self, output, target, rows, task):
        return [{"value": value} for value in output.squeeze(-1).tolist()]


def correlation(a, b) -> float:
    """Pearson's r; NaN when one side is constant."""
    a, b = a - a.mean(), b - b.mean()
    scale = math.sqrt((a @ a) * (b @ b))
    return float(a @ b) / scale if scale > 0 else math.nan
