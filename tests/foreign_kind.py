"""A task kind of somebody else's, in one file outside the package: counts of something, by Poisson regression."""

import numpy as np
import torch
from torch import nn

from mtlkit.tasks import Kind


class Tally(Kind):
    """Head: hidden → 1, the log of the expected count. Loss: Poisson's, in nats."""

    name = "tally"
    metric_names = ("rank_agreement",)

    def parse(self, value, task, where):
        if value is None or value != value:
            return None
        if float(value) != int(value) or int(value) < 0:
            raise ValueError(f"Task {task.name!r}, {where}: a count is due, found {value!r}.")
        return int(value)

    def tensor(self, labels, task):
        return torch.tensor(labels, dtype=torch.float32)

    def prior(self, labels, task):
        return self.tensor(labels, task).mean(0, keepdim=True).clamp(min=1e-6).log()

    def head(self, task, encoder):
        return nn.Linear(encoder.hidden_size, 1)

    def loss(self, output, labels):
        return nn.functional.poisson_nll_loss(output.squeeze(-1), labels, full=True)

    def probe_targets(self, labels, task):
        return (labels + 0.5).log().unsqueeze(-1)

    def predictions_and_targets(self, output, target, task):
        return list(zip(output.squeeze(-1).exp().tolist(), target.labels.tolist(), strict=True))

    def metrics(self, pairs, task):
        said, true = np.array(pairs).T
        apart = np.sign(said[:, None] - said) * np.sign(true[:, None] - true)
        known = np.sign(true[:, None] - true) != 0
        return {"rank_agreement": float(apart[known].mean()) if known.any() else float("nan")}

    def score(self, output, labels):
        said = output.squeeze(-1)
        order = (said[..., :, None] - said[..., None, :]).sign() * (labels[:, None] - labels).sign()
        return order.sum((-2, -1)) / (labels[:, None] != labels).sum()

    def decode(self, output, target, rows, task):
        return [{"count": round(value, 1)} for value in output.squeeze(-1).exp().tolist()]

    def agree(self, answer, right):
        return round(float(answer)) == round(float(right))

    def format(self, answer):
        return str(answer["count"])
