"""What kinds share whose rows have one label out of several: how cells are read, and an answer with its probability."""

import torch

from mtlkit.tasks._kind import Kind
from mtlkit.tasks._labels import index_of, label_text, missing, name_of


class SingleLabel(Kind):
    """Labels are class numbers; an answer is {"label", "score"}."""

    single_label = True
    pipeline_tag = "text-classification"

    def names_in(self, cell, task):
        return [name_of(label_text(cell), task)]

    def parse(self, value, task, where):
        return None if missing(value) else index_of(label_text(value), task, where)

    def tensor(self, labels, task):
        return torch.tensor(labels)

    def columns(self, task):
        return ("answer", "score")

    def cells(self, answer, task):
        return (self.format(answer), f"{answer['score']:.4f}")
