"""Choice: which of a row's candidates is right, as in COPA, SWAG and RACE."""

import re

import numpy as np
import torch

from mtlkit.tasks._grouped import by_text, dense, log_softmax
from mtlkit.tasks._heads import LinearHead
from mtlkit.tasks._kind import Kind, register
from mtlkit.tasks._labels import label_text, missing
from mtlkit.tasks._target import Target


@register
class Choice(Kind):
    """Each candidate is read beside the row's text (of a pair: the first text, then the second and the candidate), in
    a row of the pass of its own. Head: hidden → 1 logit for each candidate. Loss: cross-entropy in nats over the
    candidates of a row; log k for a model that knows nothing of k. Rows may have different numbers of candidates.
    A cell holds the right candidate's number (from 0), its letter (A, B, …), its text, or the name of its column."""

    name = "choice"
    metric_names = ("accuracy",)
    needs_choices = True
    resolves = True

    def parse(self, value, task, where):
        return None if missing(value) else label_text(value)

    def resolve(self, label, text, choices, task, where):
        columns = list(task.choices) if isinstance(task.choices, tuple) else []
        letters = [chr(ord("A") + i) for i in range(len(choices))]
        for known in ([c.strip() for c in choices], columns, list(map(str, range(len(choices)))), letters):
            if label in known:
                return known.index(label)
        hint = f" Candidates are counted from 0 to {len(choices) - 1}." if re.fullmatch(r"-?\d+", label) else ""
        raise ValueError(
            f"Task {task.name!r}, {where}: {label!r} is none of the {len(choices)} candidates "
            f"({', '.join(c[:30] for c in choices)}), nor the number, letter or column of one.{hint}"
        )

    def target(self, labels, rows, task):
        choices = rows.choices(task)
        if choices is None:
            return None
        there = [i for i in rows.first_windows.tolist() if choices[i] and (labels is None or labels[i] is not None)]
        if not there:
            return None
        texts = torch.tensor([i for i in there for _ in choices[i]])
        first = rows.append_tokens(*zip(*((e.ids, e.type_ids) for i in there for e in choices[i]), strict=True))
        truth = None
        if labels is not None:
            right = torch.tensor([k == labels[i] for i in there for k in range(len(choices[i]))])
            truth = torch.stack([dense(texts), right], 1)
        return Target(first + torch.arange(len(texts)), truth, texts=texts, count=len(there))

    def head(self, task, encoder):
        return LinearHead(encoder.hidden_size, 1)

    def loss(self, output, labels):
        group, right = labels.unbind(1)
        return -(log_softmax(output.squeeze(-1), group) * right).sum() / right.sum()

    def predictions_and_targets(self, output, target, task):
        right = target.labels[:, 1].tolist()
        groups = by_text(target, zip(output.squeeze(-1).tolist(), right, strict=True))
        return [(best(score for score, _ in g), best(r for _, r in g)) for g in groups.values()]

    def counts(self, pairs, task):
        return np.array([(1, said == right) for said, right in pairs], dtype=float)

    def from_counts(self, sums, task):
        return {"accuracy": sums[..., 1] / sums[..., 0]}

    def decode(self, output, target, rows, task):
        shares = by_text(target, log_softmax(output.squeeze(-1), dense(target.texts)).exp().tolist())
        return [self._answer(shares.get(row), rows.choice_texts(row, task)) for row in rows.first_windows.tolist()]

    def reference(self, labels, target, rows, task):
        said = target.labels[:, 1:].float()
        return [[answer] for answer in self.decode(said, target, rows, task)]

    def _answer(self, shares: list[float] | None, choices: list[str]) -> dict | None:
        if shares is None:
            return None
        chosen = best(shares)
        return {"index": chosen, "label": choices[chosen], "score": shares[chosen]}


def best(scores) -> int:
    """The place of the largest."""
    scores = list(scores)
    return scores.index(max(scores))
