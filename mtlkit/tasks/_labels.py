"""Raw cells and the names of labels."""

from __future__ import annotations

import json
import math
import numbers
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mtlkit.tasks._task import Task


NUMBER = re.compile("-?[0-9]+")
NONE = "-"  # in a text cell, and in an answer: no label applies


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
    if all(map(NUMBER.fullmatch, labels)):
        return tuple(sorted(labels, key=lambda label: (int(label), label)))
    return tuple(sorted(labels))


def no_gaps(items: Iterable, where: str) -> list:
    """The items of a list. ValueError naming `where` for an empty one (null), which is no text "None"."""
    items = list(items)
    for place, item in enumerate(items, 1):
        if item is None or item != item:
            raise ValueError(
                f"{where}: item {place:,} of {len(items):,} in the list is empty (null). Correct it, or take it out."
            )
    return items


def read_labels(path: str | Path) -> dict[str, str]:
    """How cells write a label → its name, of a file: one name a line, the first of number 0, or JSON, a list of names
    or an object. FileNotFoundError, ValueError."""
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"labels=: there is no file {str(path)!r}. Give the names themselves as a list.")
    content = path.read_text(encoding="utf-8-sig")
    try:
        names = json.loads(content) if path.suffix.lower() == ".json" else content.split("\n")
    except json.JSONDecodeError as error:
        raise ValueError(f"labels=: {path.name!r} is not JSON ({error}).") from error
    if isinstance(names, list):
        names = {number: name for number, name in enumerate(names)}
    found = {label_text(code): label_text(name) for code, name in names.items() if label_text(name)}
    if not found:
        raise ValueError(f"labels=: {path.name!r} has no names.")
    return found


def name_of(label: str, task: Task) -> str:
    """The name of a label that a cell writes as a code, or by its number where the task's names are no numbers."""
    names = task.labels or ()
    if label in names:
        return label
    if task.codes is not None:
        return names[task.codes.index(label)] if label in task.codes else label
    number = int(label) if re.fullmatch(r"[0-9]{1,6}", label) else len(names)
    return names[number] if number < len(names) and not any(map(NUMBER.fullmatch, names)) else label


def index_of(label: str, task: Task, where: str) -> int | None:
    """The number of a label; None when it is new and the task masks new labels."""
    if task.labels is None:
        raise ValueError(f"Task {task.name!r} has no labels yet: give Task(…, labels=[…]) or put it in a Corpus.")
    try:
        return task.labels.index(name_of(label, task))
    except ValueError:
        if task.unknown == "mask":
            return None
    raise ValueError(
        f"Task {task.name!r}, {where}: the label {label!r} does not occur in training "
        f"(known: {', '.join(task.labels[:12])}{', …' if len(task.labels) > 12 else ''}). "
        f'Correct it, or let such rows count as unlabelled with Task({task.name!r}, …, unknown="mask").'
    )
