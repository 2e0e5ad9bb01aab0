"""Classification: one of C labels for a text (C = 2 is the binary case)."""

import torch
from torch import nn

from mtlkit.tasks._base import Kind, LinearHead, index_of, label_text, missing, register, sort_labels


@register
class Classification(Kind):
    """Head: hidden → C logits. Loss: cross-entropy in nats; log C for a model that knows nothing."""

    name = "classification"
    main_metric = "accuracy"
    more_metrics = ("macro_f1", "matthews", "f1")
    smooths_labels = True

    def labels_of(self, values):
        return sort_labels(label_text(v) for v in values if not missing(v))

    def parse(self, value, task, where):
        return None if missing(value) else index_of(label_text(value), task, where)

    def tensor(self, labels, task):
        return torch.tensor(labels)

    def head(self, task, encoder):
        if task.metric == "f1" and len(task.labels) != 2:
            raise ValueError(
                f'Task {task.name!r}: metric="f1" is that of the second of two classes; it has {len(task.labels)} '
                f'({", ".join(task.labels)}). Take "macro_f1".'
            )
        return LinearHead(encoder.hidden_size, len(task.labels))

    def loss(self, output, labels, label_smoothing=0.0):
        return nn.functional.cross_entropy(output, labels, label_smoothing=label_smoothing)

    def predictions_and_targets(self, output, target, task):
        return list(zip(output.argmax(-1).tolist(), target.labels.tolist(), strict=True))

    def metrics(self, pairs, task):
        """Accuracy and the classes' mean F1; where the task names it, Matthews' correlation, 0 for a constant answer
        (Matthews 1975), or the F1 of the second of two classes."""
        from sklearn.metrics import f1_score, matthews_corrcoef

        predicted, true = zip(*pairs, strict=True)
        found = {
            "accuracy": sum(p == t for p, t in pairs) / len(pairs),
            "macro_f1": float(f1_score(true, predicted, average="macro", zero_division=0)),
        }
        if task.metric == "matthews":
            found["matthews"] = float(matthews_corrcoef(true, predicted))
        if task.metric == "f1":
            found["f1"] = float(f1_score(true, predicted, pos_label=1, zero_division=0))
        return found

    def score(self, output, labels):
        return (output.argmax(-1) == labels).float().mean(-1)

    def decode(self, output, target, rows, task):
        scores, best = output.softmax(-1).max(-1)
        return [{"label": task.labels[b], "score": s} for b, s in zip(best.tolist(), scores.tolist(), strict=True)]
