"""A task: a name, a kind, its label column. A kind: how labels are read, head, loss, metrics, answer."""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import torch
from torch import Tensor, nn

from mtlkit.utils.errors import unknown

if TYPE_CHECKING:
    from mtlkit.batching.batches import Rows
    from mtlkit.encoder.encoder import Encoder


@dataclass(frozen=True)
class Task:
    """One thing to learn from the texts.

    name: how the task is called in losses, figures and answers. kind: one of `mtlkit.tasks.kinds()`.
    column: the column of its labels (None: the column called like the task).
    words: for tagging, the column of words (None: the text, split at white space; where the labels are character spans,
    also at marks, and a Corpus puts the name of their column here).
    choices: for choice, the column that lists a row's candidates, or the columns that hold one each.
    labels: the names of its classes or tags in order (None: a Corpus finds them in its training rows).
    unknown: what a label never seen in training does: "error", or "mask" (the row counts as unlabelled).
    pair: whether the task is about two texts (None: either way; a Corpus finds it in its training rows).
    label_smoothing: ε in [0, 1), for classification: the model is trained towards 1 − ε + ε/C for the label's class and
    ε/C for each of the others (Szegedy et al. 2016, arXiv:1512.00567, section 7), so that no single label, which may be
    wrong, demands certainty. The loss then has a floor above 0, the entropy of that target; metrics don't know of it.
    metric: what the task is judged by, such as "matthews" where classes are unequal (None: its kind's main metric).
    """

    name: str
    kind: str
    column: str | None = None
    words: str | None = None
    labels: tuple[str, ...] | None = None
    unknown: str = "error"
    pair: bool | None = None
    label_smoothing: float = 0.0
    metric: str | None = None
    choices: str | tuple[str, ...] | None = None

    def __post_init__(self):
        if not isinstance(self.name, str) or not self.name or "." in self.name:
            raise ValueError(f"A task's name is a text without a dot, found {self.name!r}.")
        if self.kind not in KINDS:
            raise ValueError(f"Task {self.name!r}: {unknown('task kind', self.kind, KINDS)}")
        if self.unknown not in ("error", "mask"):
            raise ValueError(f'Task {self.name!r}: unknown is "error" or "mask", found {self.unknown!r}.')
        if not 0 <= self.label_smoothing < 1:
            raise ValueError(
                f"Task {self.name!r}: label_smoothing is at least 0 and below 1, found {self.label_smoothing!r}."
            )
        if self.label_smoothing and not self.spec.smooths_labels:
            able = ", ".join(name for name, kind in KINDS.items() if kind.smooths_labels)
            raise ValueError(f"Task {self.name!r} is {self.kind!r}: label_smoothing is for {able} alone.")
        metrics = (self.spec.main_metric, *self.spec.more_metrics)
        if self.metric is not None and self.metric not in metrics:
            raise ValueError(f"Task {self.name!r} ({self.kind}): {unknown('metric', self.metric, metrics)}")
        if self.column is None and self.spec.needs_column:
            object.__setattr__(self, "column", self.name)
        if self.labels is not None:
            object.__setattr__(self, "labels", tuple(map(str, self.labels)))
        if (self.choices is not None) != (self.kind == "choice"):
            raise ValueError(
                f"Task {self.name!r}: choices= names the columns of candidates of a task of kind 'choice'."
            )
        if isinstance(self.choices, list):  # as read from JSON
            object.__setattr__(self, "choices", tuple(self.choices))

    @property
    def spec(self) -> Kind:
        """The kind's single instance."""
        return KINDS[self.kind]

    @property
    def main_metric(self) -> str:
        """The name of the metric that the task is judged by."""
        return self.metric or self.spec.main_metric

    def metrics(self, pairs: list) -> dict[str, float]:
        """Metric name → value over the kind's (predicted, true) pairs, the main one first."""
        found = self.spec.metrics(pairs, self)
        return {self.main_metric: found[self.main_metric], **found}

    def loss(self, output: Tensor, labels: Tensor) -> Tensor:
        """What training lowers: the kind's loss, of smoothed labels where the task has them; a scalar."""
        smoothed = {"label_smoothing": self.label_smoothing} if self.label_smoothing else {}
        return self.spec.loss(output, labels, **smoothed)

    def with_labels(self, labels: Iterable[str] | None) -> Task:
        return replace(self, labels=None if labels is None else tuple(labels))


@dataclass(frozen=True)
class Target:
    """What one task reads in an encoder pass, and what it should find there.

    rows (n,): the row of the pass that each of the n vectors comes from. positions (n,): the token in that row
    (None: the pooled vector of the row). labels (n, …): the truth (None when the task is only asked).
    texts (n,): where several vectors make one answer, the row of the batch that they are about (None: each its own).
    count: how many answers the loss is a mean over (None: n). source: the batch's rows, where pairs are made of words.
    """

    rows: Tensor
    labels: Tensor | None
    positions: Tensor | None = None
    texts: Tensor | None = None
    count: int | None = None
    source: Rows | None = None

    def to(self, device) -> Target:
        tensors = {name: value for name, value in vars(self).items() if isinstance(value, Tensor)}
        return replace(self, **{name: value.to(device, non_blocking=True) for name, value in tensors.items()})

    @property
    def size(self) -> int:
        """How many answers the loss is a mean over."""
        return len(self.rows) if self.count is None else self.count

    @property
    def reads(self) -> Tensor:
        """The rows of the pass that it needs."""
        return self.rows

    def renumbered(self, place: Tensor) -> Target:
        """The same where row r of the pass has become row place[r]."""
        return replace(self, rows=place[self.rows])

    def vectors(self, tokens: Tensor, pooled: Tensor) -> Tensor:
        """The n vectors (n, hidden) out of token vectors (rows, tokens, hidden) and pooled ones (rows, hidden)."""
        return pooled[self.rows] if self.positions is None else tokens[self.rows, self.positions]


@dataclass(frozen=True)
class DecoderTarget(Target):
    """What a task reads of a decoder that looks at rows of the pass: m answers, said so far (m, steps). `rows` are the
    numbers of the answers, `positions` the steps in them."""

    decoder_rows: Tensor | None = None  # (m,): the row of the pass that each answer is about
    decoder_ids: Tensor | None = None  # (m, steps)

    @property
    def reads(self) -> Tensor:
        return self.decoder_rows

    def renumbered(self, place: Tensor) -> Target:
        return replace(self, decoder_rows=place[self.decoder_rows])


class Kind:
    """What all tasks of one kind share. Subclass in a file of `mtlkit/tasks/` and decorate with `@register`."""

    name: ClassVar[str]
    needs_column: ClassVar[bool] = True
    main_metric: ClassVar[str]
    more_metrics: ClassVar[tuple[str, ...]] = ()  # others that a task can be judged by; all: more is better
    resolves: ClassVar[bool] = False  # whether a label must be held against its row
    windowed: ClassVar[bool] = False  # whether a text longer than the encoder reads is read in several windows
    generates: ClassVar[bool] = False  # whether its answers are texts that the language model writes
    smooths_labels: ClassVar[bool] = False  # whether `loss` takes a `label_smoothing`

    # -- labels ------------------------------------------------------------------------------------------------
    def labels_of(self, values: Iterable) -> tuple[str, ...] | None:
        """The label names found in raw training cells; None for a kind without names."""
        return None

    def parse(self, value: object, task: Task, where: str):
        """One raw cell as a number or list; None when it is missing. ValueError naming `where` if it is wrong."""
        raise NotImplementedError

    def cell(self, label, task: Task):
        """A parsed label as a cell that `parse` reads: by its name, where labels have names."""
        if task.labels is None:
            return label
        return [task.labels[i] for i in label] if isinstance(label, list) else task.labels[label]

    def resolve(self, label, text: str | tuple[str, str], choices: list[str] | None, task: Task, where: str):
        """A parsed label held against its row's text and candidates, for kinds with `resolves`; ValueError naming
        `where` if it doesn't fit them."""
        raise NotImplementedError

    def target(self, labels: Sequence | None, rows: Rows, task: Task) -> Target | None:
        """What the task reads of `rows`: `labels` holds a parsed label or None per row (None: the task is asked of
        every row). None when there is nothing to read."""
        if labels is None:
            return Target(rows.first_windows, None)
        there = [i for i, label in enumerate(labels) if label is not None]
        if not there:
            return None
        return Target(torch.tensor(there), self.tensor([labels[i] for i in there], task))

    def tensor(self, labels: list, task: Task) -> Tensor:
        """Parsed labels, all present, as a tensor (n, …)."""
        raise NotImplementedError

    # -- head and loss -----------------------------------------------------------------------------------------
    def head(self, task: Task, encoder: Encoder) -> nn.Module:
        """(n, hidden) → (n, …)."""
        raise NotImplementedError

    def loss(self, output: Tensor, labels: Tensor) -> Tensor:
        """The mean over the n labels, a scalar."""
        raise NotImplementedError

    # -- answers -----------------------------------------------------------------------------------------------
    def predictions_and_targets(self, output: Tensor, target: Target, task: Task) -> list:
        """(predicted, true) for each row that `target` holds, in the order of the rows; the units of `metrics`."""
        raise NotImplementedError

    def metrics(self, pairs: list, task: Task) -> dict[str, float]:
        """Metric name → value over pairs; `main_metric` comes first."""
        raise NotImplementedError

    def score(self, output: Tensor, labels: Tensor) -> Tensor:
        """The main metric of many models at once: what each says (…, n, …) against the same labels (n, …) → (…).
        Only for kinds that read the pooled vector."""
        raise NotImplementedError

    def decode(self, output: Tensor, target: Target, rows: Rows, task: Task) -> list[dict | None]:
        """The answer for each of `rows`, as plain Python."""
        raise NotImplementedError


KINDS: dict[str, Kind] = {}


def register(cls: type[Kind]) -> type[Kind]:
    """Class decorator: make a kind known by its `name`."""
    if cls.name in KINDS:
        raise ValueError(f"There is already a task kind {cls.name!r}.")
    KINDS[cls.name] = cls()
    return cls


def kinds() -> list[str]:
    """The names of all task kinds."""
    return sorted(KINDS)


def missing(value: object) -> bool:
    """Whether a raw cell holds no label: None, NaN or an empty text."""
    if value is None:
        return True
    if isinstance(value, numbers.Real):
        return math.isnan(value)
    return isinstance(value, str) and not value.strip()


def label_text(value: object) -> str:
    """The name of a label: its text; whole floats (a pandas column with gaps) as whole numbers."""
    if isinstance(value, str):
        return value.strip()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()


def sort_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """Label names sorted, by value where all are whole numbers."""
    labels = set(labels)
    if all(re.fullmatch("-?[0-9]+", label) for label in labels):
        return tuple(sorted(labels, key=lambda label: (int(label), label)))
    return tuple(sorted(labels))


def index_of(label: str, task: Task, where: str) -> int | None:
    """The number of a label; None when it is new and the task masks new labels."""
    if task.labels is None:
        raise ValueError(f"Task {task.name!r} has no labels yet: give Task(…, labels=[…]) or put it in a Corpus.")
    try:
        return task.labels.index(label)
    except ValueError:
        if task.unknown == "mask":
            return None
    raise ValueError(
        f"Task {task.name!r}, {where}: the label {label!r} does not occur in training "
        f"(known: {', '.join(task.labels[:12])}{', …' if len(task.labels) > 12 else ''}). "
        f'Correct it, or let such rows count as unlabelled with Task({task.name!r}, …, unknown="mask").'
    )


class LinearHead(nn.Sequential):
    """Dropout and one linear layer with small random weights: at the start every answer is nearly the bias."""

    def __init__(self, hidden: int, size: int, dropout: float = 0.1):
        super().__init__(nn.Dropout(dropout), nn.Linear(hidden, size))
        nn.init.normal_(self[1].weight, std=0.02)
        nn.init.zeros_(self[1].bias)
