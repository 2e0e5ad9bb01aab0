"""A split: the rows of one part of a corpus (train, validation, …), their texts and their labels."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, overload

from mtlkit.batching import find_words
from mtlkit.corpus.bio import count_spans, holds_spans, misfits_in_words, to_tags, words_of
from mtlkit.corpus.words import lists_words
from mtlkit.tasks import Task
from mtlkit.tasks._labels import missing, no_gaps
from mtlkit.tasks.multilabel import divide
from mtlkit.utils.errors import unknown

if TYPE_CHECKING:
    import pandas
    from datasets import Dataset


class Split:
    """Rows of texts with the labels of several tasks, made by a Corpus.

    `len(split)`, `split[3]` (a dict; a missing cell is None), `split[:3]`, iteration; `.frame()` for pandas. Rows are
    counted from 0 in code and from 1 in error messages. `tasks` are set by the Corpus.

    Args:
        name: such as "train".
        dataset: the rows.
        text: the column of texts, or the two of text pairs.
    """

    def __init__(self, name: str, dataset: Dataset, text: tuple[str, ...]):
        self.name, self.text = name, text
        self.tasks: tuple[Task, ...] = ()
        self.dataset: Dataset = dataset.with_format(None)
        self._labels: dict[Task, list] = {}

    def __len__(self) -> int:
        return len(self.dataset)

    @overload
    def __getitem__(self, row: int) -> dict: ...
    @overload
    def __getitem__(self, row: slice) -> list[dict]: ...
    def __getitem__(self, row: int | slice) -> dict | list[dict]:
        if isinstance(row, slice):
            return [self[i] for i in range(*row.indices(len(self)))]
        if not -len(self) <= row < len(self):
            raise IndexError(f"Split {self.name!r} has {len(self):,} rows, found [{row}].")
        return _tidy(self.dataset[int(row) % len(self)])

    def __iter__(self) -> Iterator[dict]:
        return map(_tidy, self.dataset)

    def __repr__(self) -> str:
        return f"<Split {self.name!r}: {len(self):,} rows, columns {', '.join(self.dataset.column_names)}>"

    def frame(self) -> pandas.DataFrame:
        """The rows as a pandas table, whole numbers kept whole where some are missing."""
        table = self.dataset.with_format("arrow")[:]
        return table.to_pandas(integer_object_nulls=True)

    def cells(self, column: str) -> list:
        """The raw cells of a column.

        Args:
            column: its name.

        Returns:
            One a row; the classes of a Hub data set by their names, −1, a hidden one, as None.

        Raises:
            ValueError: a class number without a name.
        """
        cells = self.dataset[column][:]
        feature = self.dataset.features[column]
        if "ClassLabel" not in repr(feature):
            return cells
        found = []
        for row, cell in enumerate(cells, 1):
            try:
                found.append(_named(cell, feature))
            except ValueError as error:
                raise ValueError(f"Row {row:,} of {self.name}, column {column!r}: {error}") from None
        return found

    def label_cells(self, task: Task) -> list:
        """The cells that a task's labels are read from.

        They are its column's; of several labels in a text, lists; of entities given as character spans, BIO tags. A
        cell without spans then means a text without entities, unless no row of the split has any cell.

        Args:
            task: one of the corpus.

        Returns:
            One a row.

        Raises:
            ValueError: spans that are not of the text.
        """
        cells = self.cells(task.column)  # ty: ignore[invalid-argument-type]  # a task with labels has a column
        if task.sep is not None:
            cells = [divide(cell, task.sep) for cell in cells]
        if task.spec.empty_means is not None:
            return self._with_empty(cells, task)
        if not self.holds_spans(task) or all(cell is None for cell in cells):
            return cells
        return self._tags_of_spans(cells, task)

    def _tags_of_spans(self, cells: list, task: Task) -> list[list[str]]:
        """BIO tags of the cells' spans. ValueError, or a warning where the task says what to do with them, that counts
        the spans which do not fit the words."""
        found, misfits, first = [], [], ""
        for row, (cell, text, words) in enumerate(zip(cells, self.texts, self._words(task), strict=True), 1):
            text, where = text if isinstance(text, str) else text[0], f"Task {task.name!r}, {self._where(task, row)}"
            tags, odd = to_tags(cell, find_words(text, words, where), text, widen=task.on_span == "widen")
            found.append(tags)
            misfits += odd
            first = first or (f"{where}: {odd[0][1]}" if odd else "")
        if misfits:
            told = misfits_in_words(misfits, sum(map(count_spans, cells)))
            if task.on_span == "error":
                raise ValueError(
                    f"{first}. In all {told}. Correct them, name a column of words that are split there, "
                    'Task(…, words=…), or leave them out: on_span="drop", or "widen" to give those that cut a word all '
                    "of it."
                )
            warnings.warn(f"Task {task.name!r}, {self.name}: left out are {told}.", stacklevel=2)
        return found

    def _with_empty(self, cells: list, task: Task) -> list:
        """The cells; an empty list where one is empty and that means none. If all are, nothing is labelled. ValueError
        where it may mean either."""
        empty = sum(map(missing, cells))
        if not empty or empty == len(cells):
            return cells
        means = task.spec.empty_means
        if task.empty is None and task.spec.reads_empty_two_ways(cells):
            raise ValueError(
                f"Task {task.name!r}: {empty:,} of the {len(cells):,} cells of column {task.column!r} in {self.name} "
                f"are empty. If that means {means}: Task(…, empty={means!r}). If nobody has labelled these rows: "
                'Task(…, empty="unlabelled").'
            )
        return [[] if missing(cell) else cell for cell in cells] if task.empty == means else cells

    def holds_spans(self, task: Task) -> bool:
        """Whether a tagging task's column holds character spans here, or does so in another split."""
        own = task.words == task.column or holds_spans(self.dataset.features[task.column])
        return task.spec.needs_words and own

    @cached_property
    def texts(self) -> list[str | tuple[str, str]]:
        """The text of each row; (text, text) where the row has a second one."""
        first = self.cells(self.text[0])
        if len(self.text) == 1:
            return first
        return [a if missing(b) else (a, b) for a, b in zip(first, self.cells(self.text[1]), strict=True)]

    def labels(self, task: str | Task) -> list:
        """Each row's label of a task as its kind encodes it: a class number, a float, a list of tag numbers, …; read
        once.

        Args:
            task: a name or a Task. A Task, such as a model's, has its own list of labels: the numbers are those of that
                list.

        Returns:
            One a row; None where it is missing or masked.

        Raises:
            ValueError: an unknown task, or a cell that can't be read; names column and row.
        """
        own = self._task(task)
        if isinstance(task, Task) and task.labels is not None and task.labels != own.labels:
            own = replace(own, labels=task.labels)
        if own not in self._labels:
            self._labels[own] = self._read(own)
        return self._labels[own]

    def _task(self, task: str | Task) -> Task:
        name = task if isinstance(task, str) else task.name
        found: dict[str, Task] = {t.name: t for t in self.tasks}
        if name not in found:
            raise ValueError(unknown("task", name, found))
        if isinstance(task, Task) and task.kind != found[name].kind:
            raise ValueError(f"Task {name!r} is {found[name].kind!r} in {self.name}, asked for as {task.kind!r}.")
        return found[name]

    def _read(self, task: Task) -> list:
        if task.column is None:
            return [task.spec.parse(None, task, self.name)] * len(self)
        read: dict = {}  # most cells repeat
        labels = []
        for row, cell in enumerate(self.label_cells(task), 1):
            key = repr(cell) if isinstance(cell, list | dict) else cell
            if key not in read:
                if cell != cell:
                    raise ValueError(
                        f"Task {task.name!r}, {self._where(task, row)}: found NaN (not a number). "
                        "Correct it, or leave the cell empty (None) where there is no label."
                    )
                read[key] = task.spec.parse(cell, task, self._where(task, row))
            labels.append(read[key])
        if task.spec.resolves:
            rows = zip(labels, self.texts, self.choices(task) or [None] * len(labels), strict=True)
            labels = [
                label if label is None else task.spec.resolve(label, text, choices, task, self._where(task, row))
                for row, (label, text, choices) in enumerate(rows, 1)
            ]
        return labels

    def _where(self, task: Task, row: int) -> str:
        return f"column {task.column!r}, row {row:,} of {self.name}"

    def words(self, task: str | Task) -> list[list[str]]:
        """The words of each row that the tags of a tagging task stand for (none where the row has no words)."""
        return self._words(self._task(task))

    def _words(self, task: Task) -> list[list[str]]:
        if task.words in (None, task.column):
            split = str.split if task.words is None else words_of  # those that spans are about: marks apart
            return [split(t if isinstance(t, str) else t[0]) for t in self.texts]
        cells = self.cells(task.words)
        where = f"column {task.words!r}, row {{:,}} of {self.name}"
        return [
            c.split() if isinstance(c, str) else list(map(str, no_gaps(c or (), where.format(row))))
            for row, c in enumerate(cells, 1)
        ]

    def choices(self, task: str | Task) -> list[list[str]] | None:
        """The candidates of each row for a choice task.

        Args:
            task: it or its name.

        Returns:
            A list a row; None for a task of another kind.

        Raises:
            ValueError: an unknown task, or a labelled row with fewer than two.
        """
        task = self._task(task)
        if task.choices is None:
            return None
        if isinstance(task.choices, str):
            where = f"Task {task.name!r}, column {task.choices!r}, row {{:,}} of {self.name}"
            cells = enumerate(self.cells(task.choices), 1)
            found = [list(map(str, no_gaps(cell or (), where.format(row)))) for row, cell in cells]
        else:
            columns = zip(*(self.cells(column) for column in task.choices), strict=True)
            found = [[str(c) for c in cells if not missing(c)] for cells in columns]
        cells = self.cells(task.column or task.name)
        for row, (choices, cell) in enumerate(zip(found, cells, strict=True), 1):
            if len(choices) < 2 and not missing(cell):
                raise ValueError(
                    f"Task {task.name!r}, row {row:,} of {self.name}: a choice needs two candidates or more in "
                    f"{task.choices!r}, found {choices}."
                )
        return found

    def select(self, rows: Sequence[int]) -> Split:
        """A split of these rows, in this order; labels already read are kept."""
        part = Split(self.name, self.dataset.select(rows), self.text)
        part.tasks = self.tasks
        part._labels = {task: [labels[i] for i in rows] for task, labels in self._labels.items()}
        return part

    def with_tasks(self, tasks: Sequence[Task]) -> Split:
        """The same rows with other tasks; labels already read are kept."""
        part = Split(self.name, self.dataset, self.text)
        part.tasks = tuple(tasks)
        part._labels = dict(self._labels)
        if "texts" in self.__dict__:
            part.texts = self.texts
        return part

    # -- checks, made once by the Corpus -----------------------------------------------------------
    def check_texts(self) -> None:
        """ValueError if a text column is missing, a text is no text, or a row has none."""
        if not len(self):
            raise ValueError(f"Split {self.name!r} has no rows: leave it out.")
        for column in self.text:
            if column not in self.dataset.column_names:
                lists = [c for c, feature in self.dataset.features.items() if lists_words(feature)]
                hint = f" Lists of words are texts, too: text={lists[0]!r}." if lists else ""
                raise ValueError(
                    f"Split {self.name!r}: {unknown('column', column, self.dataset.column_names)} "
                    "text= names the column of the texts (of pairs, the two columns); columns= those of a file "
                    f"without a header line.{hint}"
                )
            cells = self.cells(column)
            for row, cell in enumerate(cells, 1):
                if cell is not None and not isinstance(cell, str):
                    raise ValueError(
                        f"Row {row:,} of {self.name}, column {column!r}: a text is due, found {str(cell)[:60]!r} "
                        f"({type(cell).__name__}). text= names the column of the texts."
                    )
            if column == self.text[0]:
                empty = [row for row, cell in enumerate(cells, 1) if missing(cell)]
        if empty:
            others = f" ({len(empty):,} such rows: {', '.join(map(str, empty[:5]))}{', …' * (len(empty) > 5)})"
            raise ValueError(
                f"Row {empty[0]:,} of {self.name} has no text: its column {self.text[0]!r} is empty"
                f"{others * (len(empty) > 1)}. An encoder finds nothing to read there. pandas takes a text such as "
                '"None" for empty: read_csv(…, keep_default_na=False) does not. Else fill it in, or drop such rows: '
                f"frame = frame[frame[{self.text[0]!r}].fillna('').str.strip() != ''], then Corpus.from_frames."
            )

    def check_words(self, task: Task) -> None:
        """ValueError if a labelled row has not as many tags as words."""
        column = f"in column {task.words!r}" if task.words else "in the text, split at white space"
        for row, (words, tags) in enumerate(zip(self.words(task), self.labels(task), strict=True), 1):
            if tags is not None and len(words) != len(tags):
                raise ValueError(
                    f"Task {task.name!r}, {self._where(task, row)}: {len(tags)} tags for {len(words)} words {column} "
                    f"({' '.join(words)[:60]!r}). One tag for each word is due"
                    + ("." if task.words else "; Task(…, words=…) names a column of words.")
                )


def _named(cell, feature):
    """A cell with classes by their names; None for a hidden one, and for a list with one in it."""
    if cell is None:
        return None
    if isinstance(feature, dict):
        return {key: _named(cell.get(key), inner) for key, inner in feature.items()}
    if hasattr(feature, "feature"):
        found = [_named(c, feature.feature) for c in cell]
        return None if None in found and hasattr(feature.feature, "names") else found
    names = getattr(feature, "names", None)
    if names is None:
        return cell
    if not -1 <= cell < len(names):
        raise ValueError(f"the class number {cell} has no name: there are {len(names)}, from 0 (−1 is a hidden label).")
    return names[cell] if cell >= 0 else None


def _tidy(row: dict) -> dict:
    """A row with None for a missing cell."""
    return {k: None if isinstance(v, str | float) and missing(v) else v for k, v in row.items()}
