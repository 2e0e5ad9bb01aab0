"""A kind of task: how labels are read, its head, loss, metrics and answers. The registry of kinds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from mtlkit.tasks._heads import LinearHead
from mtlkit.tasks._statistic import Statistic, of_pairs, of_sums
from mtlkit.tasks._target import Target, TextRows
from mtlkit.utils.registry import Registry

if TYPE_CHECKING:
    from mtlkit.encoder.encoder import Encoder
    from mtlkit.tasks._task import Task


class Kind:
    """What all tasks of one kind share. Subclass it in one file and decorate it with `@register`.

    To be written: `name`, `metric_names`, `parse`, `tensor`, `head`, `loss`, `predictions_and_targets`, `decode`, and
    `metrics` or, for intervals in no time, `counts` with `from_counts`. A kind whose labels have names writes
    `labels_of` and `names_in`; one that reads more than the pooled vector of each text, `target`. The rest has
    defaults, and makes more of the kit work: `prior` its yardsticks and where its heads begin, `probe_targets` the
    ranking of encoders, `reference` the list of its worst errors, `score` the atlas, `format` and `columns` a file of
    answers.

    Attributes:
        name: what a `Task` calls it.
        metric_names: what a task can be judged by, the usual one first; all: more is better.
        needs_column: whether its labels stand in a column.
        needs_words: whether a label is about each of the row's words.
        needs_choices: whether each row has candidates.
        single_label: whether a row has one label out of several.
        resolves: whether a label must be held against its row.
        windowed: whether a text longer than the encoder reads is read in several windows.
        generates: whether its answers are texts that the language model writes.
        smooths_labels: whether `loss` takes a `label_smoothing`.
        many_labels: whether a row may have several labels, in one cell.
        empty_means: what an empty cell may mean, beside that nobody has labelled the row (None: nothing else).
        may_have_no_answer: whether a question may have none; such a kind writes `margins`.
        pace: how fast its head is trained, as a multiple of the heads' usual learning rate.
        pipeline_tag: what the Hub calls such a task, for a model card.
    """

    name: ClassVar[str]
    metric_names: ClassVar[tuple[str, ...]]
    needs_column: ClassVar[bool] = True
    needs_words: ClassVar[bool] = False
    needs_choices: ClassVar[bool] = False
    single_label: ClassVar[bool] = False
    resolves: ClassVar[bool] = False
    windowed: ClassVar[bool] = False
    generates: ClassVar[bool] = False
    smooths_labels: ClassVar[bool] = False
    many_labels: ClassVar[bool] = False
    empty_means: ClassVar[str | None] = None
    may_have_no_answer: ClassVar[bool] = False
    pace: ClassVar[float] = 1.0
    pipeline_tag: ClassVar[str | None] = None

    # -- labels ------------------------------------------------------------------------------------------------
    def labels_of(self, values: Iterable) -> tuple[str, ...] | None:
        """The label names found in raw training cells.

        Args:
            values: the cells; with none of them it tells whether the kind has names.

        Returns:
            The names in their order. None for a kind without names.

        Raises:
            ValueError: a cell can't be read, or labels in an order don't tell it.
        """
        return None

    def reads_empty_two_ways(self, cells: Sequence) -> bool:
        """Whether the other cells leave open what an empty one means, of a kind with `empty_means`.

        Args:
            cells: of a split; some, and not all, are empty.

        Returns:
            Whether a Corpus must ask.
        """
        return self.empty_means is not None

    def parse(self, value: Any, task: Task, where: str) -> Any:
        """Read one raw cell.

        Args:
            value: the cell.
            task: the task whose label it is.
            where: its column, row and split, for errors.

        Returns:
            A number, a text or a list; None when it is missing.

        Raises:
            ValueError: the cell is no label of the task; names `where`.
            NotImplementedError: the kind does not write it.
        """
        raise NotImplementedError

    def cell(self, label: Any, task: Task) -> Any:
        """A parsed label as a cell that `parse` reads: by its name, where labels have names.

        Args:
            label: as `parse` gave it, or `resolve` where the kind has that.
            task: whose label it is.

        Returns:
            The cell.
        """
        if task.labels is None:
            return label
        return [task.labels[i] for i in label] if isinstance(label, list) else task.labels[label]

    def resolve(
        self, label: Any, text: str | tuple[str, str], choices: list[str] | None, task: Task, where: str
    ) -> Any:
        """A parsed label held against its row's text and candidates, for kinds with `resolves`.

        Args:
            label: as `parse` gave it.
            text: of the row, or its two texts.
            choices: the row's candidates, where it has some.
            task: the task whose label it is.
            where: its column, row and split, for errors.

        Returns:
            The label as `target` takes it.

        Raises:
            ValueError: the label does not fit the row; names `where`.
            NotImplementedError: the kind does not write it.
        """
        raise NotImplementedError

    def target(self, labels: Sequence | None, rows: TextRows, task: Task) -> Target | None:
        """What the task reads of `rows`.

        Args:
            labels: a parsed label or None per row (None: the task is asked of every row).
            rows: those of the encoder pass.
            task: whose labels they are.

        Returns:
            The target; None when there is nothing to read.
        """
        if labels is None:
            return Target(rows.first_windows, None)
        there = [i for i, label in enumerate(labels) if label is not None]
        if not there:
            return None
        return Target(torch.tensor(there), self.tensor([labels[i] for i in there], task))

    def tensor(self, labels: list, task: Task) -> Tensor:
        """Parsed labels as the tensor that `loss` takes.

        Args:
            labels: parsed, all present.
            task: whose labels they are.

        Returns:
            (n, …).

        Raises:
            NotImplementedError: the kind does not write it.
        """
        raise NotImplementedError

    # -- what the labels alone tell ----------------------------------------------------------------------------
    def names_in(self, cell: Any, task: Task) -> list[str]:
        """The names of the labels in a raw cell, to be counted; for kinds whose cells have some.

        Args:
            cell: one that is not missing.
            task: whose label it is.

        Returns:
            The names.

        Raises:
            ValueError: the cell can't be read.
        """
        return []

    def truths(self, labels: list, task: Task) -> Target:
        """Parsed labels as a target without rows of a pass: what `prior` is judged on.

        Args:
            labels: parsed, all present.
            task: whose labels they are.

        Returns:
            The target.
        """
        return Target(torch.arange(len(labels)), self.tensor(labels, task))

    def prior(self, labels: list, task: Task) -> Tensor | None:
        """What the head of a model says that knows nothing but these labels, and loses least so.

        Args:
            labels: parsed training labels, all present.
            task: whose labels they are.

        Returns:
            (outputs,), the same for every row. None for a kind without such a yardstick.
        """
        return None

    def constants(self, labels: list, task: Task) -> list[Tensor]:
        """What heads say that give every row the same answer; of these the best is what knowing nothing may score.

        Args:
            labels: parsed, all present.
            task: whose labels they are.

        Returns:
            Each (outputs,): `prior`, and where another answer may have a higher metric, that one, too.
        """
        prior = self.prior(labels, task)
        return [] if prior is None else [prior]

    def constant_guesses(self, labels: list, judged: list, task: Task) -> list[list]:
        """Those of `constants` as answers to rows.

        Args:
            labels: parsed, all present, from which the constants are made.
            judged: the labels of the rows.
            task: whose labels they are.

        Returns:
            For each constant what `metrics` takes.
        """
        truths = self.truths(judged, task)
        outputs = [constant.float().expand(truths.size, -1) for constant in self.constants(labels, task)]
        return [self.predictions_and_targets(output, truths, task) for output in outputs]

    def summary(self, labels: list, task: Task) -> str:
        """The parsed labels of a training split in a few words.

        Args:
            labels: parsed, all present.
            task: whose labels they are.

        Returns:
            The words; "" for a kind whose labels have names, of which the commonest is shown.
        """
        return ""

    # -- head and loss -----------------------------------------------------------------------------------------
    def init_head(self, head: nn.Module, labels: list, task: Task) -> None:
        """Let a head that was never trained say what `prior` says, whatever it reads.

        By default the prior becomes the bias of a `LinearHead` with as many outputs; other heads stay as they are.

        Args:
            head: as `head` made it.
            labels: parsed training labels, all present.
            task: whose labels they are.
        """
        prior = self.prior(labels, task)
        if isinstance(head, LinearHead) and prior is not None and prior.shape == head.bias.shape:
            with torch.no_grad():
                head.bias.copy_(prior)

    def head(self, task: Task, encoder: Encoder) -> nn.Module:
        """A new head of a task.

        Args:
            task: with its labels.
            encoder: whose vectors it reads.

        Returns:
            A module, (n, hidden) → (n, …).

        Raises:
            ValueError: the encoder or the task's labels don't serve the kind; names the task.
            NotImplementedError: the kind does not write it.
        """
        raise NotImplementedError

    def loss(self, output: Tensor, labels: Tensor) -> Tensor:
        """What training lowers.

        Args:
            output: what the head says, (n, …).
            labels: the truth, (n, …).

        Returns:
            The mean over the n labels, a scalar.

        Raises:
            NotImplementedError: the kind does not write it.
        """
        raise NotImplementedError

    def probe_targets(self, labels: Tensor, task: Task) -> Tensor | None:
        """What a linear layer should say where `target` has these labels, so that least squares can fit it.

        Args:
            labels: (n, …).
            task: whose labels they are.

        Returns:
            (n, outputs), which `predictions_and_targets` and `decode` read as they read a head. None: no linear layer
            answers.
        """
        return None

    # -- metrics -----------------------------------------------------------------------------------------------
    def main_metric(self, task: Task) -> str:
        """The name of the metric that the task is judged by.

        Args:
            task: one of this kind.

        Returns:
            Its own `metric`, else the kind's usual one.
        """
        return task.metric or self.metric_names[0]

    def predictions_and_targets(self, output: Tensor, target: Target, task: Task) -> list:
        """What the metrics are made of.

        Args:
            output: what the head says, (n, …).
            target: with its labels.
            task: whose they are.

        Returns:
            (predicted, true) for each row that `target` holds, in the order of the rows.

        Raises:
            NotImplementedError: the kind does not write it.
        """
        raise NotImplementedError

    def margins(self, output: Tensor, target: Target, task: Task) -> list[float]:
        """How sure a kind that `may_have_no_answer` is that there is one.

        Args:
            output: what the head says, (n, …).
            target: with its labels.
            task: whose they are.

        Returns:
            For each pair of `predictions_and_targets`, how many logits the best answer lies above "no answer"; −inf
            where nothing could be read.

        Raises:
            NotImplementedError: the kind does not write it.
        """
        raise NotImplementedError

    def counts(self, pairs: list, task: Task) -> Any:
        """What each pair adds to the sums that the metrics are made of, for kinds whose metrics are functions of sums.

        Args:
            pairs: as `predictions_and_targets` gives them.
            task: whose they are.

        Returns:
            (pairs, k), an array or a sparse one.

        Raises:
            NotImplementedError: the kind does not write it.
        """
        raise NotImplementedError

    def from_counts(self, sums: np.ndarray, task: Task) -> dict[str, np.ndarray]:
        """The metrics of sums.

        Args:
            sums: of `counts` over pairs, (…, k).
            task: whose they are.

        Returns:
            Metric name → values (…).

        Raises:
            NotImplementedError: the kind does not write it.
        """
        raise NotImplementedError

    def metrics(self, pairs: list, task: Task) -> dict[str, float]:
        """The metrics over pairs.

        Args:
            pairs: as `predictions_and_targets` gives them.
            task: whose they are.

        Returns:
            Metric name → value.
        """
        sums = np.asarray(self.counts(pairs, task).sum(0), dtype=float)
        return {name: float(value) for name, value in self.from_counts(sums, task).items()} | self.remarks(sums, task)

    def remarks(self, sums: np.ndarray, task: Task) -> dict[str, float]:
        """What is to be known beside the metrics of all rows, such as how many labels none of them has.

        Args:
            sums: of `counts` over the pairs, (k,).
            task: whose they are.

        Returns:
            Name → number; nothing by default.
        """
        return {}

    def statistic(self, pairs: list, task: Task) -> Statistic:
        """The metrics of any draws of the pairs, many draws at once: by `counts`, or one draw after the other.

        Args:
            pairs: as `predictions_and_targets` gives them.
            task: whose they are.

        Returns:
            A function of rows (draws, n), which gives metric name → values (draws,).
        """
        if self.writes("counts"):
            return of_sums(self.counts(pairs, task), lambda sums: self.from_counts(sums, task))
        return of_pairs(pairs, lambda drawn: self.metrics(drawn, task))

    def score(self, output: Tensor, labels: Tensor) -> Tensor:
        """The main metric of many models at once; only for kinds that read the pooled vector.

        Args:
            output: what each model says, (…, n, …).
            labels: the same for all, (n, …).

        Returns:
            (…).

        Raises:
            NotImplementedError: the kind does not write it.
        """
        raise NotImplementedError

    def writes(self, method: str) -> bool:
        """Whether the kind has written a method that has no use by default.

        Args:
            method: its name, such as "prior".

        Returns:
            True if it has.
        """
        return getattr(type(self), method) is not getattr(Kind, method)

    def with_written(self, pairs: list, answers: list[dict | None]) -> list:
        """Pairs of `predictions_and_targets` with the texts that were written, for kinds that `generates`.

        Args:
            pairs: one a text.
            answers: what `write` gave for it; None where nothing was asked.

        Returns:
            The pairs as `metrics` takes them.

        Raises:
            NotImplementedError: the kind does not write it.
        """
        raise NotImplementedError

    def prompt(self, task: Task) -> str:
        """The words after which the language model writes its answer, for kinds that `generates`.

        Args:
            task: one of this kind.

        Returns:
            Its own `prompt`, else its name and a colon.
        """
        return f"{task.name.replace('_', ' ')}:" if task.prompt is None else task.prompt.strip()

    def prompt_ids(self, task: Task, tokenizer: Any) -> list[int]:
        """`prompt` as the language model reads it.

        Args:
            task: one of this kind.
            tokenizer: the encoder's.

        Returns:
            Token numbers, without marks.
        """
        return tokenizer(self.prompt(task), add_special_tokens=False)["input_ids"]

    # -- answers -----------------------------------------------------------------------------------------------
    def write(
        self, encoder: Encoder, rows: TextRows, tokens: Tensor, task: Task, beams: int, max_new_tokens: int
    ) -> list[dict]:
        """The answers to the texts of `rows` that the language model writes, for kinds that `generates`.

        Args:
            encoder: what writes.
            rows: those of the encoder pass.
            tokens: their token vectors, (rows, tokens, hidden).
            task: which is asked.
            beams: 1: the likeliest token at each step.
            max_new_tokens: how much is written at most.

        Returns:
            One a text.

        Raises:
            NotImplementedError: the kind does not write it.
        """
        raise NotImplementedError

    def decode(self, output: Tensor, target: Target, rows: TextRows, task: Task) -> list[dict | None]:
        """The answers, as plain Python.

        Args:
            output: what the head says, (n, …).
            target: what it was asked.
            rows: those of the encoder pass.
            task: which was asked.

        Returns:
            One for each text of `rows`, a dict; None where the task says nothing.

        Raises:
            NotImplementedError: the kind does not write it.
        """
        raise NotImplementedError

    def reference(self, labels: list, target: Target, rows: TextRows, task: Task) -> list[list[dict | None]]:
        """The right answers, as `decode` would give them.

        By default what is read of a head that says `probe_targets`.

        Args:
            labels: a parsed label or None per row.
            target: made of these labels.
            rows: those of the encoder pass.
            task: whose labels they are.

        Returns:
            For each text of `rows` all answers that are right.
        """
        said = None if target.labels is None else self.probe_targets(target.labels, task)
        assert said is not None  # a kind without `probe_targets` writes this method
        return [[answer] for answer in self.decode(said.float(), target, rows, task)]

    def agree(self, answer: str, right: str) -> bool:
        """Whether an answer is right.

        A kind of whose answers none is ever quite right, such as numbers, says False: then all are listed, the farthest
        off first.

        Args:
            answer: as `format` gives it.
            right: a right one, likewise.

        Returns:
            True if it is.
        """
        return answer == right

    def format(self, answer: dict) -> str:
        """An answer in one line.

        Args:
            answer: as `decode` gave it.

        Returns:
            The line.
        """
        return str(answer["label"]) if "label" in answer else str(answer)

    def columns(self, task: Task) -> tuple[str, ...]:
        """What a file of answers has a column for.

        Args:
            task: one of this kind.

        Returns:
            Their names, the answer first; in the file "<task>_<name>" each.
        """
        return ("answer",)

    def cells(self, answer: dict, task: Task) -> tuple[str, ...]:
        """An answer as cells of such a file.

        Args:
            answer: as `decode` gave it.
            task: which was asked.

        Returns:
            One for each of `columns`.
        """
        return (self.format(answer),)


KINDS: Registry[Kind] = Registry("task kind", "mtlkit.kinds")
K = TypeVar("K", bound=type[Kind])  # the decorated class stays what it is to an editor


def register(cls: K) -> K:
    """Class decorator: make a kind known by its `name`.

    A package of yours can offer it to whoever installs it, by the entry-point group "mtlkit.kinds".

    Args:
        cls: with a `name` of its own.

    Returns:
        The class as it is.

    Raises:
        ValueError: the name is taken by another class.
    """
    KINDS.add(cls.name, cls(), cls)
    return cls


def kinds() -> list[str]:
    """The names of all task kinds.

    Returns:
        Them, sorted.

    Example:
        >>> "classification" in kinds()
        True
    """
    return sorted(KINDS)


def log_frequencies(numbers: Tensor, size: int) -> Tensor:
    """log of how often each of `size` classes occurs among class numbers (n,); as if one that doesn't did half a time:
    not ruled out."""
    return torch.bincount(numbers, minlength=size).clamp(min=0.5).log() - math.log(len(numbers))
