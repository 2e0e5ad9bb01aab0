"""Raw cells and the names of labels."""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mtlkit.tasks._task import Task


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
