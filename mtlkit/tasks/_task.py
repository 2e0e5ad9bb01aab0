"""A task: a name, a kind, its label column."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from torch import Tensor

from mtlkit.tasks._kind import KINDS, Kind
from mtlkit.tasks._labels import label_text, read_labels
from mtlkit.tasks._statistic import Statistic
from mtlkit.utils.errors import unknown

UNLABELLED = "unlabelled"
ON_SPAN = ("error", "widen", "drop")


@dataclass(frozen=True)
class Task:
    """One thing to learn from the texts.

    Args:
        name: how the task is called in losses, figures and answers.
        kind: one of `mtlkit.tasks.kinds()`.
        column: the column of its labels (None: the column called like the task).
        words: for tagging, the column of words (None: the text, split at white space; where the labels are character
            spans, also at marks, and a Corpus puts the name of their column here).
        labels: the names of its classes or tags in order; a mapping {0: "joy", …} of what the cells write to the names;
            or a file of names, one a line, or JSON (None: a Corpus finds them in its training rows). Where the names
            are no numbers, a cell may have a label's number, from 0.
        codes: how the cells write the labels, in their order, where it is not by name or number: what a mapping in
            `labels` sets.
        sep: for multilabel, what separates the labels in a cell of text, such as ","; "": nothing, a cell is one label
            (None: | and ;, and a Corpus looks for others in its training rows).
        unknown: what a label never seen in training does: "error", or "mask" (the row counts as unlabelled).
        pair: whether the task is about two texts (None: either way; a Corpus finds it in its training rows).
        label_smoothing: ε in [0, 1), for classification: the model is trained towards 1 − ε + ε/C for the label's class
            and ε/C for each of the others, so that no single label, which may be wrong, demands certainty. The loss
            then has a floor above 0, the entropy of that target; metrics don't know of it.
        metric: what the task is judged by, such as "matthews" where classes are unequal (None: its kind's main metric).
        choices: for choice, the column that lists a row's candidates, or the columns that hold one each.
        prompt: for generation, words that stand before the answer and tell the language model which task it answers,
            such as "name the colour:" (None: the task's name and a colon; "": none).
        empty: what an empty cell means where it may be read two ways: for span "no answer" (the question has none in
            its context), for multilabel "no label" (none applies), or "unlabelled" (None: a Corpus asks).
        on_span: for tagging, what is done with character spans that do not fit the words: "error"; "drop" leaves them
            out; "widen" gives those that cut a word all of it and leaves out the rest. Of two that overlap the longer
            stays.
        threshold: for span, how far, in logits, the best stretch must lie above "no answer" to be given;
            `choose_threshold` finds it.

    Raises:
        ValueError: an unknown kind or metric, a name with a dot, or a setting that the kind does not have or lacks.

    References:
        Label smoothing: Szegedy et al. 2016, arXiv:1512.00567, section 7.

    Example:
        >>> Task("urgency", "regression").main_metric
        'pearson'
    """

    name: str
    kind: str
    column: str | None = None
    words: str | None = None
    labels: tuple[str, ...] | None = None
    codes: tuple[str, ...] | None = None
    sep: str | None = None
    unknown: str = "error"
    pair: bool | None = None
    label_smoothing: float = 0.0
    metric: str | None = None
    choices: str | tuple[str, ...] | None = None
    prompt: str | None = None
    empty: str | None = None
    threshold: float = 0.0
    on_span: str = "error"

    def __post_init__(self) -> None:
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
        if self.metric is not None and self.metric not in self.spec.metric_names:
            raise ValueError(
                f"Task {self.name!r} ({self.kind}): {unknown('metric', self.metric, self.spec.metric_names)}"
            )
        if self.column is None and self.spec.needs_column:
            object.__setattr__(self, "column", self.name)
        self._name_labels()
        if self.sep is not None and not self.spec.many_labels:
            able = ", ".join(name for name, kind in KINDS.items() if kind.many_labels)
            raise ValueError(f"Task {self.name!r} is {self.kind!r}: sep= is for {able} alone.")
        if (self.choices is not None) != self.spec.needs_choices:
            kinds = ", ".join(repr(name) for name, kind in KINDS.items() if kind.needs_choices)
            raise ValueError(f"Task {self.name!r}: choices= names the columns of candidates of a task of kind {kinds}.")
        if self.prompt is not None and not self.spec.generates:
            able = ", ".join(name for name, kind in KINDS.items() if kind.generates)
            raise ValueError(f"Task {self.name!r} is {self.kind!r}: prompt= is for {able} alone.")
        if self.empty is not None and self.empty not in (self.spec.empty_means, UNLABELLED):
            means = f"{self.spec.empty_means!r} or " if self.spec.empty_means else ""
            raise ValueError(
                f"Task {self.name!r} is {self.kind!r}: empty is {means}{UNLABELLED!r}, found {self.empty!r}."
            )
        if self.on_span not in ON_SPAN:
            raise ValueError(f"Task {self.name!r}: on_span is one of {', '.join(ON_SPAN)}, found {self.on_span!r}.")
        if not math.isfinite(self.threshold):
            raise ValueError(f"Task {self.name!r}: threshold is a finite number of logits, found {self.threshold!r}.")
        if self.threshold and not self.spec.may_have_no_answer:
            able = ", ".join(name for name, kind in KINDS.items() if kind.may_have_no_answer)
            raise ValueError(f"Task {self.name!r} is {self.kind!r}: threshold= is for {able} alone.")
        if isinstance(self.choices, list):  # as read from JSON
            object.__setattr__(self, "choices", tuple(self.choices))

    def _name_labels(self) -> None:
        """Labels as a tuple of names, and the codes of a mapping or a file apart."""
        labels = self.labels
        if isinstance(labels, str | Path):
            labels = read_labels(labels)
        if isinstance(labels, Mapping):
            object.__setattr__(self, "codes", tuple(map(label_text, labels)))
            labels = labels.values()
        for what, values in (("labels", labels), ("codes", self.codes)):
            if values is not None:
                object.__setattr__(self, what, tuple(map(str, values)))
        names = self.labels or ()
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"Task {self.name!r}: labels= has {twice!r} more than once.")
        if self.codes is not None and len(self.codes) != len(names):
            raise ValueError(f"Task {self.name!r}: {len(self.codes)} codes for {len(names)} labels.")

    @property
    def spec(self) -> Kind:
        """The kind's single instance."""
        return KINDS[self.kind]

    @property
    def identity(self) -> list:
        """What of the task a training depends on: two with the same are the same task to a checkpoint or a cache."""
        return [self.name, self.kind, list(self.labels or ()), self.label_smoothing, self.prompt]

    @property
    def main_metric(self) -> str:
        """The name of the metric that the task is judged by."""
        return self.spec.main_metric(self)

    def metrics(self, pairs: list) -> dict[str, float]:
        """The metrics over (predicted, true) pairs.

        Args:
            pairs: as the kind's `predictions_and_targets` gives them.

        Returns:
            Metric name → value, the main one first.
        """
        return self._main_first(self.spec.metrics(pairs, self))

    def statistic(self, pairs: list) -> Statistic:
        """The metrics of any draws of the pairs, many draws at once.

        Args:
            pairs: as for `metrics`.

        Returns:
            A function of rows (draws, n), which gives metric name → values (draws,).
        """
        on_draws = self.spec.statistic(pairs, self)
        return lambda rows: self._main_first(on_draws(rows))

    def _main_first(self, values: dict) -> dict:
        return {self.main_metric: values[self.main_metric], **values}

    def loss(self, output: Tensor, labels: Tensor) -> Tensor:
        """What training lowers: the kind's loss, of smoothed labels where the task has them.

        Args:
            output: what the head says, (n, …).
            labels: the truth, (n, …).

        Returns:
            A scalar.
        """
        smoothed = {"label_smoothing": self.label_smoothing} if self.label_smoothing else {}
        return self.spec.loss(output, labels, **smoothed)

    def format(self, answer: dict | None) -> str:
        """An answer in one line.

        Args:
            answer: as `predict` gives it (None: the task was not answered).

        Returns:
            The line; "" for None.

        Example:
            >>> Task("urgency", "regression").format({"value": 2.5})
            '2.5'
        """
        return "" if answer is None else self.spec.format(answer)

    def with_labels(self, labels: Iterable[str] | None) -> Task:
        """The same task with other labels.

        Args:
            labels: their names in order (None: still to be found).

        Returns:
            A new task.

        Example:
            >>> Task("mood", "classification").with_labels(["bad", "good"]).labels
            ('bad', 'good')
        """
        return replace(self, labels=None if labels is None else tuple(labels), codes=None)
