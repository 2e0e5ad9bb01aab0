"""Classification: one of C labels for a text (C = 2 is the binary case)."""

import torch
from torch import nn

from mtlkit.tasks._counts import absent_labels, class_counts, class_scores
from mtlkit.tasks._heads import LinearHead
from mtlkit.tasks._kind import log_frequencies, register
from mtlkit.tasks._labels import label_text, missing, sort_labels
from mtlkit.tasks._single_label import SingleLabel


@register
class Classification(SingleLabel):
    """Head: hidden → C logits. Loss: cross-entropy in nats; the entropy of the classes for a new model, which says how
    often each occurs; log C where all are equally frequent."""

    name = "classification"
    metric_names = ("accuracy", "macro_f1", "matthews", "f1")
    smooths_labels = True

    def labels_of(self, values):
        return sort_labels(label_text(v) for v in values if not missing(v))

    def prior(self, labels, task):
        return log_frequencies(torch.tensor(labels), len(task.labels))

    def constants(self, labels, task):
        prior = self.prior(labels, task)
        return [prior] if task.metric != "f1" else [prior, torch.tensor([0.0, 1.0])]  # f1: that of the second class

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

    def counts(self, pairs, task):
        return class_counts(*zip(*pairs, strict=True), len(task.labels))

    def from_counts(self, sums, task):
        """Accuracy and the classes' mean F1; where the task names it, Matthews' correlation, 0 for a constant answer
        (Matthews 1975), or the F1 of the second of two classes."""
        scores = class_scores(sums)
        return {name: scores[name] for name in dict.fromkeys(("accuracy", "macro_f1", self.main_metric(task)))}

    def remarks(self, sums, task):
        return absent_labels(sums)

    def probe_targets(self, labels, task):
        return 2 * nn.functional.one_hot(labels, len(task.labels)) - 1

    def score(self, output, labels):
        return (output.argmax(-1) == labels).float().mean(-1)

    def decode(self, output, target, rows, task):
        scores, best = output.softmax(-1).max(-1)
        return [{"label": task.labels[b], "score": s} for b, s in zip(best.tolist(), scores.tolist(), strict=True)]
