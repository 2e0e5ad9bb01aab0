"""Tasks found in the columns of a table (`tasks="auto"`), with a printed line on each column: what and why."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from mtlkit.corpus.bio import holds_spans
from mtlkit.corpus.split import Split
from mtlkit.corpus.splits import COLUMN, KNOWN
from mtlkit.tasks import KINDS, Task, kinds
from mtlkit.tasks._labels import label_text, missing
from mtlkit.tasks._tags import OUTSIDE, mark_entities
from mtlkit.tasks._task import UNLABELLED
from mtlkit.tasks.multilabel import find_separator
from mtlkit.utils.errors import unknown

MANY = 20  # whole numbers with more distinct values than this are quantities
CLASSES = 200  # texts with more distinct values than this, or than half the rows, are no classes
ID_NAME = re.compile(r"(^|[_\W])(id|idx|index|uuid|guid)$|^unnamed: \d+$|^$", re.IGNORECASE)
ID_CAMEL = re.compile(r"[a-z]I[dD]$")
DECIMAL = re.compile(r"-?\d+(,\d+)?")
FOLD = re.compile(r"(^|[_\W])fold", re.IGNORECASE)
NO_TAG = re.compile(r"\w+=|\d+:")  # features ("Number=Sing") and edges ("3:nsubj") of CoNLL-U


def find_tasks(split: Split, columns: Sequence[str] | None = None) -> list[Task]:
    """Tasks for the columns of a split that read like labels. Prints a line a column; ValueError if there is none.

    columns: only these, each a name such as "topic", or with its kind, "urgency:regression"; what reads like no label
    is an error then."""
    wanted = [_named(split, column) for column in columns] if columns is not None else None
    tasks = []
    if wanted is None:
        print(f'tasks="auto", from {len(split):,} rows of {split.name} (texts: {", ".join(split.text)}):')
        wanted = [(column, None) for column in split.dataset.column_names if column not in split.text]
    for column, given in wanted:
        kind, why, settings = infer_kind(split, column)
        if given is not None and given != kind:
            kind, why, settings = given, "as you say", {}
        if kind is not None and KINDS[kind].many_labels:
            cells = split.cells(column)
            if any(map(missing, cells)) and KINDS[kind].reads_empty_two_ways(cells):
                settings["empty"], why = UNLABELLED, f"{why}; empty cells count as unlabelled"
        if kind is None and columns is not None:
            raise ValueError(
                f"The column {column!r} of {split.name} reads like no label: {why}. Leave it out, or say what it is: "
                f'"{column}:classification".'
            )
        print(f"  {column}: {kind or 'left out'}, {why}")
        if kind is not None:
            name = column.replace(".", "_")
            tasks.append(Task(name, kind, column=column, **settings))
    if not tasks:
        raise ValueError(
            f"No column of {split.name} reads like labels (columns: {', '.join(split.dataset.column_names)}). "
            'Name the tasks: tasks=[Task("topic", "classification"), …].'
        )
    return tasks


def _named(split: Split, column: str) -> tuple[str, str | None]:
    """(column, kind or None) of "urgency:regression"; a column may have a colon in its name."""
    name, kind = column, None
    if column not in split.dataset.column_names and ":" in column:
        name, kind = (part.strip() for part in column.rsplit(":", 1))
    if name not in split.dataset.column_names:
        raise ValueError(f"tasks=: {unknown('column', name, split.dataset.column_names)}")
    if kind is not None and kind not in kinds():
        raise ValueError(f"tasks=, column {name!r}: {unknown('task kind', kind, kinds())}")
    return name, kind


def infer_kind(split: Split, column: str) -> tuple[str | None, str, dict]:
    """What a column reads like: (kind or None, the reason, further settings of the Task)."""
    if holds_spans(split.dataset.features[column]):
        return "tagging", "character spans of the text", {}
    cells = [c for c in split.cells(column) if not missing(c)]
    if not cells:
        return None, "no row has a value", {}
    if COLUMN.fullmatch(column) and {label_text(c).lower() for c in cells if isinstance(c, str)} & {*KNOWN}:
        return None, "names of splits", {}
    if FOLD.search(column) and _numbers({label_text(c) for c in cells}) is not None:
        return None, "numbers of folds", {}
    if all(isinstance(c, list) for c in cells):
        return _judge_lists(split, column, cells)
    if all(isinstance(c, dict) and ({"answer_start", "text"} <= set(c) or {"start", "end"} <= set(c)) for c in cells):
        return "span", "the places of answers in the text", {}
    if not all(isinstance(c, str | int | float) for c in cells):
        return None, f"cells of type {type(cells[0]).__name__} are no labels", {}
    tags = [c.split() for c in cells if isinstance(c, str)]
    if len(tags) == len(cells) and _may_be_tags(tags):
        words = _words_of(split, column)
        if words is not None and (found := _as_tags(split, column, tags, words)):
            return found
    values = {label_text(c) for c in cells}
    if len(values) == 1:
        return None, f"the same value in all rows ({next(iter(values))[:30]!r})", {}
    if any(isinstance(c, bool) for c in cells):
        return "classification", "true or false", {}
    numbers = _numbers(values)
    if numbers is not None:
        return _judge_numbers(column, cells, numbers)
    return _judge_texts(cells, values)


def _judge_lists(split: Split, column: str, cells: list[list]) -> tuple[str | None, str, dict]:
    lists = [[label_text(v) for v in c] for c in cells]
    if _spell_the_text(split, column):
        return None, "the words of the text", {}
    words = _words_of(split, column)
    if words is not None:
        no_tags = None, "one value for each word, and no tags: numbers, features, or too many that differ", {}
        return (_may_be_tags(lists) and _as_tags(split, column, lists, words)) or no_tags
    values = {v for c in lists for v in c}
    if len(values) <= min(CLASSES, len(cells) // 2):
        return "multilabel", f"lists of {len(values)} distinct labels", {}
    return None, f"lists of {len(values):,} distinct values: words, not labels", {}


def _may_be_tags(tags: list[list[str]]) -> bool:
    """Whether rows of texts can be tags of words, by themselves."""
    found = [tag for row in tags for tag in row]
    return any(tag != OUTSIDE for tag in found) and (mark_entities(tuple(sorted({*found}))) or _are_few(found))


def _as_tags(split: Split, column: str, tags: list[list[str]], words: str) -> tuple[str, str, dict] | None:
    """Tagging of the column of words (the texts: ""), unless the "tags" are its words in another form."""
    entities = mark_entities(tuple(sorted({tag for row in tags for tag in row})))
    if not entities and _forms_of_words(split, column, words, tags):
        return None
    form, of = "BIO tag" if entities else "tag", f"column {words!r}" if words else "text"
    return "tagging", f"one {form} for each word of the {of}", {"words": words} if words else {}


def _forms_of_words(split: Split, column: str, words: str, tags: list[list[str]]) -> bool:
    """Whether most "tags" are their own words, but for case, as lemmas are."""
    texts = split.cells(words or split.text[0])
    labelled = (text for text, cell in zip(texts, split.cells(column), strict=True) if not missing(cell))
    rows = [text.split() if isinstance(text, str) else list(map(str, text)) for text in labelled]
    pairs = [pair for row, cell in zip(rows, tags, strict=True) for pair in zip(row, cell, strict=True)]
    return sum(word.lower() == tag.lower() for word, tag in pairs) > len(pairs) / 2


def _are_few(tags: list[str]) -> bool:
    """Whether these can be tags of words: each occurs often, and is neither a number nor a list of features."""
    distinct = set(tags)
    odd = all(tag.isdigit() for tag in distinct) or any(NO_TAG.match(tag) for tag in distinct)
    return not odd and 2 <= len(distinct) <= min(CLASSES, len(tags) // 3)


def _words_of(split: Split, column: str) -> str | None:
    """The column of words, that of the texts as "", which has as many in every row as `column` has tags; None without
    any, and where no row has more than one."""
    cells = split.cells(column)
    there = [not missing(c) for c in cells]
    lengths = _lengths(cells, there)
    if all(n <= 1 for n in lengths):
        return None
    if _lengths(split.cells(split.text[0]), there) == lengths:
        return ""
    others = [c for c in split.dataset.column_names if c not in (column, *split.text)]
    alike = [c for c in others if _lengths(split.cells(c), there) == lengths]
    return next((c for c in alike if _spell_the_text(split, c)), alike[0] if alike else None)


def _spell_the_text(split: Split, column: str) -> bool:
    """Whether a column has the words of the texts, one by one."""
    rows = zip(split.cells(column), split.cells(split.text[0]), strict=True)
    return all(
        isinstance(words, list) and "".join(map(str, words)) == "".join(text.split())
        for words, text in rows
        if not missing(words)
    )


def _lengths(cells: list, there: list[bool]) -> list[int]:
    picked = [c for c, t in zip(cells, there, strict=True) if t]
    return [len(c.split()) if isinstance(c, str) else len(c) if isinstance(c, list) else -1 for c in picked]


def _numbers(values: Iterable[str]) -> list[float] | None:
    values = list(values)
    try:
        numbers = [float(v) for v in values]
    except ValueError:
        return None
    if any("_" in v for v in values):  # Python reads "1_0" as ten
        return None
    return numbers if all(map(math.isfinite, numbers)) else None


def _judge_numbers(column: str, cells: list, numbers: list[float]) -> tuple[str | None, str, dict]:
    count = len(numbers)
    if any(not float(n).is_integer() for n in numbers):
        return "regression", f"numbers with fractions, from {min(numbers):g} to {max(numbers):g}", {}
    if is_id(column, cells):
        return None, "a different whole number in each row, in order or named so: an ID", {}
    if count > MANY:
        return "regression", f"{count:,} distinct numbers, from {min(numbers):g} to {max(numbers):g}", {}
    return "classification", f"{count} distinct whole numbers", {}


def is_id(column: str, cells: list) -> bool:
    """Whether a column numbers or names its rows: all values differ, and are in order or the column is named so."""
    if len({label_text(c) for c in cells}) < len(cells) or len(cells) < 3:
        return False
    if ID_NAME.search(column) or ID_CAMEL.search(column):
        return True
    numbers = _numbers([label_text(c) for c in cells])
    return numbers is not None and all(float(n).is_integer() for n in numbers) and numbers == sorted(numbers)


def _judge_texts(cells: list, values: set[str]) -> tuple[str | None, str, dict]:
    for mark in "|;":
        if any(mark in v for v in values):
            parts = {p.strip() for v in values for p in v.split(mark)} - {"", "-"}
            if len(parts) <= min(CLASSES, len(cells) // 2) and all(len(p.split()) <= 4 for p in parts):
                return "multilabel", f"{len(parts)} distinct labels, separated by {mark!r}", {}
    if all(map(DECIMAL.fullmatch, values)):
        return None, "numbers with commas, or numbers of labels? Say which, by a kind", {}
    sep = find_separator(values)
    parts = {p.strip() for v in values for p in v.split(sep)} - {""} if sep else set()
    if sep and len(parts) <= min(CLASSES, len(cells) // 2):
        return "multilabel", f"{len(parts)} distinct labels, separated by {sep!r}", {"sep": sep}
    if len(values) <= min(CLASSES, max(2, len(cells) // 2)):
        return "classification", f"{len(values)} distinct texts", {}
    return None, f"{len(values):,} distinct texts in {len(cells):,} rows: an ID or a text, not a label", {}
