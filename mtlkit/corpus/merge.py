"""Several corpora that label different tasks, as one: the rows one after the other, no label where a corpus lacks the
task. Texts go by the first corpus's columns, labels by their task's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mtlkit.corpus.arrow import to_array, to_dataset
from mtlkit.tasks import Task
from mtlkit.tasks._task import UNLABELLED

if TYPE_CHECKING:
    from datasets import Dataset

    from mtlkit.corpus.corpus import Corpus
    from mtlkit.corpus.split import Split


def merge(
    corpora: Sequence[Corpus | str], names: Sequence[str] | None = None
) -> tuple[dict[str, Dataset], list[Task], tuple[str, ...], str | None]:
    """(splits, tasks, text, name) of the merged corpus, as `Corpus` takes them. Columns that are neither texts nor
    labels stay behind: two data sets rarely mean the same by them."""
    from mtlkit.corpus.load import as_corpus

    corpora = [as_corpus(corpus) for corpus in corpora]
    if not corpora:
        raise ValueError("Corpus.merge takes a list of corpora: merge([c1, c2]).")
    if names is not None and len(names) != len(corpora):
        raise ValueError(f"names= gives each of the {len(corpora)} corpora a name, found {len(names)}.")
    named = names is not None or all(c.name for c in corpora)
    names = list(names) if names is not None else [c.name or f"corpus {i}" for i, c in enumerate(corpora, 1)]
    tasks = _unite(corpora, names)
    text, taken = corpora[0].text, {corpora[0].text[0], *(t.name for t in tasks)}
    seconds = [c.text[1] for c in corpora if len(c.text) == 2]
    if seconds:
        text = (text[0], seconds[0] if len(text) == 2 else _free(seconds[0], taken))
    for task in tasks:
        if task.name in text:
            raise ValueError(f"Task {task.name!r} is named as the column of texts: rename one of them before merging.")
    tasks = [
        replace(t, **{what: _free(f"{t.name}_{what}", taken) for what in ("words", "choices") if getattr(t, what)})
        for t in tasks
    ]
    splits = {}
    for split in dict.fromkeys(s for c in corpora for s in c.splits):
        parts = [c.splits[split] for c in corpora if split in c.splits]
        columns: dict[str, list] = {}
        for i, column in enumerate(text):
            columns[column] = [v for p in parts for v in (p.cells(p.text[i]) if i < len(p.text) else [None] * len(p))]
        for task in tasks:
            if task.column is not None:
                columns[task.column] = [v for p in parts for v in _cells(p, task)]
            if task.words is not None:
                columns[task.words] = [v for p in parts for v in _words(p, task)]
            if isinstance(task.choices, str):  # one column: it was named above
                columns[task.choices] = [v for p in parts for v in _choices(p, task)]
        splits[split] = to_dataset({c: to_array(cells, c, split) for c, cells in columns.items()})
    return splits, tasks, text, "+".join(names) if named else None


def _unite(corpora: Sequence[Corpus], names: Sequence[str]) -> list[Task]:
    """The tasks of all corpora, each once, its labels in a column of its own name."""
    united: dict[str, Task] = {}
    found: dict[str, bool] = {}  # whether the labels so far are those that occur in training, in their usual order
    source: dict[str, str] = {}
    for corpus, name in zip(corpora, names, strict=True):
        for task in corpus.tasks:
            first = united.setdefault(task.name, task)
            usual = _labels_as_found(corpus, task)
            if first is task:
                found[task.name], source[task.name] = usual, name
                continue
            for what in ("kind", "unknown"):
                if getattr(first, what) != getattr(task, what):
                    raise ValueError(
                        f"Task {task.name!r}: its {what} is {getattr(first, what)!r} in {source[task.name]!r} and "
                        f"{getattr(task, what)!r} in {name!r}. Give the two different names, or the same {what}."
                    )
            if {*(first.labels or ())} != {*(task.labels or ())}:
                raise ValueError(_other_labels(first, source[task.name], task, name))
            found[task.name] &= usual
            united[task.name] = replace(first, words=first.words or task.words)
    return [
        replace(
            t,
            column=t.column and t.name,
            labels=None if found[t.name] else t.labels,
            codes=None,
            sep=None,
            pair=None,
            empty=UNLABELLED if t.spec.many_labels else None,  # the rows of the others have no label of it
        )
        for t in united.values()
    ]


def _other_labels(first: Task, source: str, task: Task, name: str) -> str:
    """What is wrong with two tasks of one name."""
    ours, theirs = first.labels or (), task.labels or ()
    other = f"{name.replace('.', '_')}_{task.name}"
    return (
        f"Task {task.name!r} has other labels in {source!r} ({', '.join(ours[:12])}) than in {name!r} "
        f"({', '.join(theirs[:12])}). Are they two tasks? Give one of them another name: "
        f"Task({other!r}, {task.kind!r}, column={task.column!r}). Are they one? Give both "
        f"labels={list(dict.fromkeys(ours + theirs))[:12]}."
    )


def _labels_as_found(corpus: Corpus, task: Task) -> bool:
    if task.labels is None or "train" not in corpus.splits:
        return False
    return task.spec.labels_of(corpus.train.label_cells(task)) == task.labels


def _cells(part: Split, task: Task) -> list:
    """The labels of a task, by name, in a form that the cells of all corpora share; None where `part` lacks it."""
    own = next((t for t in part.tasks if t.name == task.name), None)
    if own is None:
        return [None] * len(part)
    return [None if label is None else own.spec.cell(label, own) for label in part.labels(own)]


def _words(part: Split, task: Task) -> list:
    own = any(t.name == task.name for t in part.tasks)
    return part.words(task.name) if own else [None] * len(part)


def _choices(part: Split, task: Task) -> list:
    own = any(t.name == task.name for t in part.tasks)
    return (part.choices(task.name) if own else None) or [None] * len(part)


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name
