"""A corpus: texts with the labels of several tasks, in splits; from `data/`, from files, from pandas tables."""

from __future__ import annotations

import copy
import html
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mtlkit.corpus.split import Split
from mtlkit.corpus.splits import by_column
from mtlkit.corpus.words import join_texts
from mtlkit.tasks import Task
from mtlkit.tasks._labels import missing
from mtlkit.tasks.multilabel import find_separator
from mtlkit.utils.errors import unknown

if TYPE_CHECKING:
    import pandas
    from datasets import Dataset


class Corpus:
    """Texts with the labels of several tasks.

    `.tasks` holds the tasks with their labels, `.splits` the splits by name; `.train`, `.validation`, `.test` are short
    for the usual ones. Everything is checked here, so that nothing fails in mid-training.

    Args:
        splits: name → `datasets.Dataset`; "train", "validation" and "test" are known to the rest of the kit, others are
            kept.
        tasks: the Tasks, or "auto" to find them in the columns (prints what it decides and why).
        text: the column of the texts, or of lists of their words, or two for pairs; a row whose second text is missing
            counts as a single text.
        name: what it is called in reports (None: nothing).

    Raises:
        ValueError: a column that is not there, a text or label that can't be read, a task without a label in train, two
            tasks of a name; names the task, the column and the row.

    Example:
        >>> from datasets import Dataset
        >>> rows = Dataset.from_dict({"text": ["It broke.", "Thanks!"], "mood": ["bad", "good"]})
        >>> Corpus({"train": rows}, [Task("mood", "classification")]).tasks[0].labels
        ('bad', 'good')
    """

    def __init__(
        self,
        splits: Mapping[str, Dataset],
        tasks: Sequence[Task] | str,
        text: str | Sequence[str] = "text",
        name: str | None = None,
    ):
        from datasets import Dataset

        self.name = name
        self.text = (text,) if isinstance(text, str) else tuple(text)
        if len(self.text) not in (1, 2):
            raise ValueError(f"text= names one column, or two for text pairs; found {len(self.text)}: {self.text}.")
        if not isinstance(splits, Mapping) or not splits:
            raise ValueError(f'Splits are due as {{"train": …, "test": …}}, found {type(splits).__name__}.')
        for split, data in splits.items():
            if not isinstance(data, Dataset):
                raise ValueError(
                    f"Split {split!r}: a datasets.Dataset is due, found a {type(data).__name__}. "
                    "Files go to Corpus.from_files, pandas tables to Corpus.from_frames."
                )
        self.splits = {n: Split(n, join_texts(data, self.text, n), self.text) for n, data in splits.items()}
        for split in self.splits.values():
            split.check_texts()
        if isinstance(tasks, str):
            if tasks != "auto":
                raise ValueError(f'tasks= is a list of Tasks, or "auto"; found {tasks!r}.')
            from mtlkit.corpus.infer_tasks import find_tasks

            tasks = find_tasks(self.splits.get("train", next(iter(self.splits.values()))))
        self._add(tasks)

    # -- where a corpus comes from -----------------------------------------------------------------
    @classmethod
    def from_files(
        cls,
        files: Mapping[str, str | Path],
        tasks: Sequence[Task] | str,
        text: str | Sequence[str] = "text",
        columns: Sequence[str] | None = None,
        sep: str | Sequence[str] | None = None,
        encoding: str = "utf-8",
        words: str | None = None,
        name: str | None = None,
        quoting: bool | None = None,
    ) -> Corpus:
        """A corpus from CSV, TSV, JSON, Parquet, CoNLL or CoNLL-U files, one a split.

        Args:
            files: split → path. A single table with a column `split`, or of a like name, is parted by it.
            tasks: as for `Corpus`.
            text: as for `Corpus`.
            columns: the names of the columns where the files have no header line (CoNLL: None for words and tags).
            sep: what separates them, where the suffix does not say it; (":", " ") for lines such as "DESC:manner How
                did …".
            encoding: of the files.
            words: the column of words that make the text where there is no column of texts (CoNLL files: by
                themselves).
            name: as for `Corpus`.
            quoting: whether double quotes enclose cells (None: in CSV; in files separated by tabs where their cells are
                written so, which is said).

        Returns:
            The corpus.

        Raises:
            FileNotFoundError: a file is not there.
            ValueError: a file can't be read, or as `Corpus` says.
        """
        from mtlkit.corpus.readers import read

        if not isinstance(files, Mapping):
            raise ValueError(f'Files are due as {{"train": "train.csv", …}}, found {files!r}.')
        first = text if isinstance(text, str) else text[0]
        splits = {split: read(path, columns, sep, encoding, words, first, quoting) for split, path in files.items()}
        return cls(by_column(splits, _columns_of(tasks, text)), tasks, text, name)

    @classmethod
    def from_frames(
        cls,
        frames: Mapping[str, pandas.DataFrame],
        tasks: Sequence[Task] | str,
        text: str | Sequence[str] = "text",
        name: str | None = None,
    ) -> Corpus:
        """A corpus from pandas tables, one a split; for formats that need a line of one's own.

        Args:
            frames: split → table. A single one with a column `split`, or of a like name, is parted by it. Columns
                that are neither texts nor labels and don't fit a table, such as dicts of several forms, are left out.
            tasks: as for `Corpus`.
            text: as for `Corpus`.
            name: as for `Corpus`.

        Returns:
            The corpus.

        Raises:
            ValueError: no tables, a column of mixed types, or as `Corpus` says.
        """
        from mtlkit.corpus.arrow import from_frame

        if not isinstance(frames, Mapping):
            raise ValueError(f'Tables are due as {{"train": frame, …}}, found a {type(frames).__name__}.')
        used = _columns_of(tasks, text)
        splits = {split: from_frame(frame, split, used) for split, frame in frames.items()}
        return cls(by_column(splits, used), tasks, text, name)

    @classmethod
    def from_hub(
        cls,
        source: str | Path,
        config: str | None = None,
        *,
        tasks: Sequence[Task] | str,
        text: str | Sequence[str] = "text",
        words: str | None = None,
        name: str | None = None,
    ) -> Corpus:
        """A corpus from a data set of the Hugging Face Hub, or from a local folder in the Hub's layout.

        A split called "dev", "valid" or "val" becomes "validation"; others, such as "validation_matched", keep their
        names. Classes go by their names, and −1, a hidden label, is a missing one. Code of a data set is never run.

        Args:
            source: the Hub's id ("stanfordnlp/sst2") or a folder; only an id uses the network.
            config: which of its configurations ("cola" of "nyu-mll/glue").
            tasks: as for `Corpus`.
            text: as for `Corpus`.
            words: the column of word lists that makes the text where there is no column of texts (None: the `words` of
                the first task that has them).
            name: as for `Corpus` (None: the source's).

        Returns:
            The corpus.

        Raises:
            ValueError: it is not there or can't be read, without network at once; or as `Corpus` says.
        """
        from mtlkit.corpus.hub import load_splits
        from mtlkit.corpus.words import join_words

        splits = load_splits(source, config)
        first = text if isinstance(text, str) else text[0]
        words = words or next((task.words for task in tasks if isinstance(task, Task) and task.words), None)
        for split, rows in splits.items():
            if words is not None and first not in rows.column_names:
                splits[split] = join_words(rows, words, first, split)
        source = Path(source).name if Path(source).expanduser().is_dir() else str(source)
        return cls(splits, tasks, text, name or (f"{source}/{config}" if config else source))

    @classmethod
    def merge(cls, corpora: Sequence[Corpus | str], names: Sequence[str] | None = None) -> Corpus:
        """One corpus out of several that label different tasks.

        Their rows come one after the other, with no label where a corpus lacks the task. Tasks of the same name, kind
        and labels become one.

        Args:
            corpora: they or their names.
            names: what to call the corpora in errors.

        Returns:
            The corpus.

        Raises:
            ValueError: no list of corpora, another number of names, or tasks that do not fit each other.
        """
        from mtlkit.corpus.merge import merge

        splits, tasks, text, name = merge(corpora, names)
        return cls(splits, tasks, text, name)

    # -- splits ------------------------------------------------------------------------------------
    def _split(self, name: str) -> Split:
        if name not in self.splits:
            raise ValueError(unknown("split", name, self.splits))
        return self.splits[name]

    def _usual(self, name: str) -> Split:
        try:
            return self._split(name)
        except ValueError as error:  # so that hasattr and getattr(…, None) work
            raise AttributeError(str(error)) from None

    @property
    def train(self) -> Split:
        """The rows to learn from. AttributeError where there are none."""
        return self._usual("train")

    @property
    def validation(self) -> Split:
        """The rows to choose by. AttributeError where there are none."""
        return self._usual("validation")

    @property
    def test(self) -> Split:
        """The rows to judge by. AttributeError where there are none."""
        return self._usual("test")

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks with their labels, in order."""
        return next(iter(self.splits.values())).tasks

    def counts(self, split: str = "train") -> dict[str, int]:
        """How many rows of a split have a label of each task.

        Args:
            split: its name.

        Returns:
            Task name → labelled rows.

        Raises:
            ValueError: there is no such split.
        """
        part = self._split(split)
        return {t.name: sum(label is not None for label in part.labels(t)) for t in self.tasks}

    # -- other corpora out of this one -------------------------------------------------------------
    def only(self, tasks: Sequence[str]) -> Corpus:
        """The corpus with these tasks alone, in this order.

        Rows with none of their labels are dropped, and with them a split that has no others.

        Args:
            tasks: their names.

        Returns:
            A new corpus.

        Raises:
            ValueError: an unknown task, none, or one twice.
        """
        names = [tasks] if isinstance(tasks, str) else list(tasks)
        known = {t.name: t for t in self.tasks}
        for name in names:
            if name not in known:
                raise ValueError(unknown("task", name, known))
        if not names or len(set(names)) < len(names):
            raise ValueError(f"only() takes one or more task names, each once; found {names}.")
        parts = {}
        for split in self.splits.values():
            columns = [split.labels(name) for name in names]
            rows = [i for i, labels in enumerate(zip(*columns, strict=True)) if any(v is not None for v in labels)]
            if rows:
                part = split if len(rows) == len(split) else split.select(rows)
                parts[split.name] = part.with_tasks([known[name] for name in names])
        return self._with_splits(parts)

    def sample(self, rows: int, seed: int = 0, split: str = "train") -> Corpus:
        """The corpus with that many rows of a split, drawn without replacement; the other splits stay whole.

        Args:
            rows: how many.
            seed: draws them; with the same seed, a larger sample holds the smaller ones.
            split: which split they are drawn from.

        Returns:
            A new corpus.

        Raises:
            ValueError: there is no such split, or it has fewer rows.
        """
        import numpy as np

        part = self._split(split)
        if not 1 <= rows <= len(part):
            raise ValueError(f"Split {split!r} has {len(part):,} rows; a sample has 1 to {len(part):,}, found {rows}.")
        drawn = sorted(np.random.default_rng(seed).permutation(len(part))[:rows].tolist())
        return self._with_splits({**self.splits, split: part.select(drawn)})

    def with_tasks(self, tasks: Sequence[Task]) -> Corpus:
        """The corpus with further tasks after its own, such as Task("mlm", "mlm").

        Args:
            tasks: the further ones.

        Returns:
            A new corpus.

        Raises:
            ValueError: a task that does not fit the rows, or whose name is taken.
        """
        new = self._with_splits(dict(self.splits))
        new._add(tasks)
        return new

    def _with_splits(self, splits: dict[str, Split]) -> Corpus:
        new = copy.copy(self)
        new.splits = splits
        return new

    # -- checks ------------------------------------------------------------------------------------
    def _add(self, tasks: Sequence[Task]) -> None:
        """Append tasks: check their columns, find their labels in the training rows, read every label once."""
        tasks = list(tasks) if isinstance(tasks, Sequence) else [tasks]
        for task in tasks:
            if not isinstance(task, Task):
                raise ValueError(f'tasks= is a list of Tasks such as Task("topic", "classification"), found {task!r}.')
            self._check_columns(task)
        names = [t.name for t in (*self.tasks, *tasks)]
        if not names:
            raise ValueError('A corpus needs at least one task: tasks=[Task("topic", "classification"), …].')
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"There are {names.count(name)} tasks named {name!r}: names are unique.")
        tasks = [*self.tasks, *map(self._settled, tasks)]
        self.splits = {n: split.with_tasks(tasks) for n, split in self.splits.items()}
        for task in self.tasks:
            for split in self.splits.values():
                split.labels(task)
                if task.spec.needs_words:
                    split.check_words(task)
            if "train" in self.splits and all(label is None for label in self.train.labels(task)):
                raise ValueError(
                    f"Task {task.name!r} has no label at all in train (column {task.column!r} is empty there): "
                    "give it labels or leave the task out."
                )

    def _check_columns(self, task: Task) -> None:
        for column in sorted(_columns_of([task], ())):
            for split in self.splits.values():
                if column not in split.dataset.column_names:
                    raise ValueError(
                        f"Task {task.name!r}, split {split.name!r}: "
                        f"{unknown('column', column, split.dataset.column_names)} "
                        "Task(…, column=…) names the column of the labels; where a split has no labels of the task, "
                        "an empty column says so."
                    )

    def _settled(self, task: Task) -> Task:
        """The task with what the rows say of it."""
        return self._with_pair(self._with_labels(self._with_separator(self._with_words(task))))

    def _with_separator(self, task: Task) -> Task:
        """A task of several labels with what separates them in its training cells, which is said if not | or ;."""
        if not task.spec.many_labels or task.sep is not None or "train" not in self.splits:
            return task
        sep = find_separator(self.train.cells(task.column))  # ty: ignore[invalid-argument-type]  # it has a column
        if sep is None:
            return task
        warnings.warn(
            f"Task {task.name!r}: its cells hold several labels, separated by {sep!r}. Task(…, sep={sep!r}) says so, "
            'and sep="" takes each cell for one label.',
            stacklevel=2,
        )
        return replace(task, sep=sep)

    def _with_words(self, task: Task) -> Task:
        """A tagging task on character spans names them as its words: those of the text that they are offsets in."""
        spans = task.spec.needs_words and any(split.holds_spans(task) for split in self.splits.values())
        return replace(task, words=task.column) if spans and task.words is None else task

    def _with_labels(self, task: Task) -> Task:
        """The task with the labels found in its training cells, where its kind has labels and none are given."""
        if task.labels is not None or task.spec.labels_of([]) is None:
            return task
        if "train" not in self.splits:
            raise ValueError(
                f"Task {task.name!r}: its labels are found in the split 'train', and there is none "
                f"(splits: {', '.join(self.splits)}). Name it 'train', or give Task(…, labels=[…])."
            )
        return task.with_labels(task.spec.labels_of(self.train.label_cells(task)))

    def _with_pair(self, task: Task) -> Task:
        """The task with whether its labelled training rows are pairs of texts (None where some are and some not)."""
        if task.pair is not None or task.column is None or "train" not in self.splits:
            return task
        if len(self.text) == 1:
            return replace(task, pair=False)
        rows = zip(self.train.texts, self.train.cells(task.column), strict=True)
        pairs = {isinstance(text, tuple) for text, cell in rows if not missing(cell)}
        return replace(task, pair=pairs.pop() if len(pairs) == 1 else None)

    # -- how it shows itself -----------------------------------------------------------------------
    def _table(self) -> tuple[str, list[list[str]]]:
        """A line about the corpus, and one row a task: name, kind, column, labels, labelled rows of each split."""
        what = f"Corpus {self.name!r}" if self.name else "Corpus"
        sizes = ", ".join(f"{n} {len(split):,}" for n, split in self.splits.items())
        rows = [["task", "kind", "column", "labels", *self.splits]]
        counts = [self.counts(split) for split in self.splits]
        for task in self.tasks:
            shown = "" if task.labels is None else f"{len(task.labels)}: {', '.join(task.labels)}"
            shown = shown if len(shown) <= 40 else shown[:39] + "…"
            rows.append([task.name, task.kind, task.column or "", shown, *(f"{c[task.name]:,}" for c in counts)])
        return f"{what}: {sizes} rows; text: {', '.join(self.text)}", rows

    def __repr__(self) -> str:
        title, rows = self._table()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        numbers = len(rows[0]) - len(self.splits)
        lines = [
            "  ".join(
                c.rjust(w) if i >= numbers else c.ljust(w) for i, (c, w) in enumerate(zip(r, widths, strict=True))
            )
            for r in rows
        ]
        return "\n".join([title, *(line.rstrip() for line in lines)])

    def _repr_html_(self) -> str:
        title, (head, *rows) = self._table()
        cells = [[f"<td>{html.escape(c)}</td>" for c in row] for row in rows]
        return (
            f"<p>{html.escape(title)}; columns of numbers: labelled rows</p><table><thead><tr>"
            + "".join(f"<th>{html.escape(c)}</th>" for c in head)
            + "</tr></thead><tbody>"
            + "".join(f"<tr>{''.join(row)}</tr>" for row in cells)
            + "</tbody></table>"
        )


def _columns_of(tasks: Sequence[Task] | str, text: str | Sequence[str]) -> set[str]:
    """The columns that are named as texts, labels, words or candidates."""
    found = {text} if isinstance(text, str) else {*text}
    for task in [] if isinstance(tasks, str) else [t for t in tasks if isinstance(t, Task)]:
        choices = (task.choices,) if isinstance(task.choices, str) else task.choices or ()
        found |= {column for column in (task.column, task.words, *choices) if column is not None}
    return found
