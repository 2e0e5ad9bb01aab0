"""Regression: one number for a text, in the unit of its column."""

import math

import torch
from torch import nn

from mtlkit.tasks._counts import regression
from mtlkit.tasks._heads import NumberHead
from mtlkit.tasks._kind import Kind, register
from mtlkit.tasks._labels import missing
from mtlkit.tasks._statistic import point


@register
class Regression(Kind):
    """Head: hidden → 1, in units of the training labels' standard deviation from their mean, given back in the label's
    unit. Loss: mean squared error in that unit squared; the variance for a model that knows only the mean, as a new one
    does. The loss is not rescaled: a task in large units is loud, and that is what loss weights are for."""

    name = "regression"
    metric_names = ("pearson", "spearman", "r2")
    pace = 1 / 3  # a number must be exact where a label need only be ahead
    pipeline_tag = "text-classification"

    def parse(self, value, task, where):
        if missing(value):
            return None
        try:
            number = float("" if "_" in str(value) else value)  # Python reads "1_0" as ten
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

    def prior(self, labels, task):
        return torch.tensor(labels, dtype=torch.float64).mean(0, keepdim=True)

    def summary(self, labels, task):
        numbers = torch.tensor(labels, dtype=torch.float64)
        return f"mean {float(numbers.mean()):.3g}, deviation {float(numbers.std(correction=0)):.3g}"

    def head(self, task, encoder):
        return NumberHead(encoder.hidden_size)

    def init_head(self, head, labels, task):
        numbers = torch.tensor(labels, dtype=torch.float64)
        head.mean.copy_(numbers.mean())
        head.scale.copy_(numbers.std(correction=0) or 1.0)  # all the same: any unit will do

    def loss(self, output, labels):
        return nn.functional.mse_loss(output.squeeze(-1), labels)

    def predictions_and_targets(self, output, target, task):
        return list(zip(output.squeeze(-1).tolist(), target.labels.tolist(), strict=True))

    def metrics(self, pairs, task):
        return point(self.statistic(pairs, task), len(pairs))

    def statistic(self, pairs, task):
        """Correlations and R² are NaN where the truth, or the answer, is the same for every row."""
        return regression(*zip(*pairs, strict=True))

    def probe_targets(self, labels, task):
        return labels.unsqueeze(-1)

    def score(self, output, labels):
        predicted, true = output.squeeze(-1).double(), labels.double()
        predicted, true = predicted - predicted.mean(-1, keepdim=True), true - true.mean()
        scale = (predicted.square().sum(-1) * true.square().sum()).sqrt()
        return torch.where(scale > 0, (predicted * true).sum(-1) / scale, math.nan).float()

    def decode(self, output, target, rows, task):
        return [{"value": value} for value in output.squeeze(-1).tolist()]

    def agree(self, answer, right):
        return False  # a number is never right to the last digit

    def format(self, answer):
        return f"{answer['value']:.4g}"
