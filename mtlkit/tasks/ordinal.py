"""Ordinal labels: classes in an order, such as one to five stars, read by cumulative logits (McCullagh 1980,
"Regression models for ordinal data", Journal of the Royal Statistical Society B 42)."""

import numpy as np
import torch
from torch import nn

from mtlkit.tasks._heads import LinearHead
from mtlkit.tasks._kind import register
from mtlkit.tasks._labels import label_text, missing, sort_labels
from mtlkit.tasks._single_label import SingleLabel

GAP = 1e-3  # the least distance of two thresholds: no class is ruled out


@register
class Ordinal(SingleLabel):
    """Head: hidden → C − 1 logits, that the label lies above the k-th class: one score less C − 1 thresholds in rising
    order (proportional odds). Loss: −log P(label) in nats; the entropy of the classes for a new model. To be a class
    off costs less than to be two off. Labels are in order where they are whole numbers; others are given in order,
    `Task(…, labels=["low", "middle", "high"])`."""

    name = "ordinal"
    metric_names = ("kappa", "accuracy")

    def labels_of(self, values):
        found = sort_labels(label_text(v) for v in values if not missing(v))
        words = [label for label in found if not label.lstrip("-").isdigit()]
        if words:
            raise ValueError(
                f"Labels of an ordinal task have an order, which {words[0]!r} doesn't tell: give them from lowest to "
                'highest, Task(…, labels=["low", "middle", "high"]).'
            )
        return found

    def prior(self, labels, task):
        above = torch.arange(len(task.labels) - 1) < torch.tensor(labels)[:, None]
        logits = above.double().mean(0).logit(eps=0.5 / len(labels))
        return logits - GAP * torch.arange(len(logits))  # they fall, also past a class that never occurs

    def head(self, task, encoder):
        if len(task.labels) < 2:
            raise ValueError(f"Task {task.name!r}: an order needs two labels or more, found {', '.join(task.labels)}.")
        return OrdinalHead(encoder.hidden_size, len(task.labels))

    def init_head(self, head, labels, task):
        head.place(-self.prior(labels, task))

    def loss(self, output, labels):
        far = torch.full_like(output[:, :1], 1e4)
        bounds = torch.cat([far, output, -far], 1)  # that the label is above "below all", each class, the last class
        above, below = (bounds.gather(1, labels[:, None] + k).squeeze(1) for k in (0, 1))
        # σ(a) − σ(b) = σ(a) σ(−b) (1 − exp(b − a))
        inside = nn.functional.logsigmoid(above) + nn.functional.logsigmoid(-below)
        return -(inside + torch.log1p(-torch.exp(below - above))).mean()

    def probe_targets(self, labels, task):
        return 2 * (torch.arange(len(task.labels) - 1) < labels[:, None]).long() - 1

    def predictions_and_targets(self, output, target, task):
        return list(zip((output > 0).sum(-1).tolist(), target.labels.tolist(), strict=True))

    def counts(self, pairs, task):
        said, true = np.array(pairs, dtype=float).T
        ones = np.ones_like(said)
        return np.stack([ones, said == true, abs(said - true), said, true, said**2, true**2, said * true], 1)

    def from_counts(self, sums, task):
        """Cohen's kappa with quadratic weights (Cohen 1968, "Weighted kappa", Psychological Bulletin 70), NaN where
        answers and truth are one class; accuracy; the mean absolute error in classes."""
        n, right, off, said, true, said2, true2, both = np.moveaxis(sums, -1, 0)
        by_chance = n * (said2 + true2) - 2 * said * true
        with np.errstate(divide="ignore", invalid="ignore"):
            kappa = np.where(by_chance > 0, 1 - n * (said2 + true2 - 2 * both) / by_chance, np.nan)
        return {"kappa": kappa, "accuracy": right / n, "mae": off / n}

    def score(self, output, labels):
        said, true = (output > 0).sum(-1).double(), labels.double().expand(output.shape[:-1])
        n = true.shape[-1]
        by_chance = n * (said.square() + true.square()).sum(-1) - 2 * said.sum(-1) * true.sum(-1)
        kappa = 1 - n * (said - true).square().sum(-1) / by_chance
        return torch.where(by_chance > 0, kappa, torch.nan).float()

    def decode(self, output, target, rows, task):
        above = nn.functional.pad(output.sigmoid(), (1, 0), value=1.0)
        shares = above - nn.functional.pad(above[:, 1:], (0, 1))
        answers = (output > 0).sum(-1).tolist()
        return [{"label": task.labels[k], "score": float(p[k])} for k, p in zip(answers, shares, strict=True)]


class OrdinalHead(nn.Module):
    """A score less thresholds in rising order, (n, hidden) → (n, classes − 1)."""

    def __init__(self, hidden: int, classes: int):
        super().__init__()
        self.score = LinearHead(hidden, 1)
        self.first = nn.Parameter(torch.zeros(()))
        self.gaps = nn.Parameter(torch.zeros(classes - 2))

    @torch.no_grad()
    def place(self, thresholds):
        """Put the thresholds (classes − 1,), in rising order, where they are told."""
        self.first.copy_(thresholds[0])
        self.gaps.copy_(torch.expm1((thresholds.diff() - GAP).clamp(min=GAP)).log())  # what softplus undoes

    def forward(self, vectors):
        steps = nn.functional.softplus(self.gaps) + GAP
        thresholds = torch.cat([self.first[None], self.first + steps.cumsum(0)])
        return self.score(vectors) - thresholds
