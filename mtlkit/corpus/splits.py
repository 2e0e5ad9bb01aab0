"""Splits by the names that the kit knows, also where a column says which row is of which."""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection
from typing import TYPE_CHECKING

from mtlkit.tasks._labels import label_text, missing

if TYPE_CHECKING:
    from datasets import Dataset

USUAL = {
    "train": ("training",),
    "validation": ("valid", "val", "dev", "development"),
    "test": ("testing",),
}
KNOWN = {name: usual for usual, others in USUAL.items() for name in (usual, *others)}
COLUMN = re.compile(r"(data)?_?(split|set|subset|partition|fold)", re.IGNORECASE)


def usual_names(splits: dict[str, Dataset]) -> dict[str, Dataset]:
    """Splits by the names that the kit knows: "dev", "valid" and the like as "validation", where there is one such
    split.

    Any other keeps its name.
    """
    names = {str(split): str(split) for split in splits}
    for usual, others in USUAL.items():
        found = [n for n in names if n.lower() in others]
        if len(found) == 1 and usual not in names:
            names[found[0]] = usual
    return {names[str(split)]: rows for split, rows in splits.items()}


def names_splits(column: str, cells: Collection) -> bool:
    """Whether a column tells for each row the split that it is of, train among them."""
    if not COLUMN.fullmatch(column) or not all(isinstance(cell, str) and not missing(cell) for cell in cells):
        return False
    found = {label_text(cell).lower() for cell in cells}
    return found <= {*KNOWN} and len({KNOWN[name] for name in found}) > 1 and any(KNOWN[n] == "train" for n in found)


def by_column(splits: dict[str, Dataset], used: Collection[str] = ()) -> dict[str, Dataset]:
    """The splits of a single table that a column of it names, which is said; else the splits as they are. A column of
    `used` is a text or labels."""
    if len(splits) > 1:
        return splits
    (data,) = splits.values()
    for column in data.column_names:
        if column in used or not names_splits(column, cells := data[column][:]):
            continue
        rows: dict[str, list[int]] = {}
        for row, cell in enumerate(cells):
            rows.setdefault(KNOWN[label_text(cell).lower()], []).append(row)
        sizes = ", ".join(f"{name} {len(rows[name]):,}" for name in USUAL if name in rows)
        warnings.warn(f"The column {column!r} names the splits: {sizes} rows.", stacklevel=3)
        return {name: data.select(rows[name]) for name in USUAL if name in rows}
    return splits
