"""Texts out of lists of words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mtlkit.utils.errors import unknown

if TYPE_CHECKING:
    from datasets import Dataset


def join_words(data: Dataset, words: str, text: str, name: str) -> Dataset:
    """The table with a column `text`, each cell the words of the column `words` joined. `name`: for errors."""
    if words not in data.column_names:
        raise ValueError(f"{name!r}: {unknown('column', words, data.column_names)}")
    return data.add_column(text, [_joined(cell, row, words, name) for row, cell in enumerate(data[words][:], 1)])


def join_texts(data: Dataset, text: Sequence[str], name: str) -> Dataset:
    """The table with texts in place of the lists of words in its columns of texts. ValueError for a word with a blank:
    of the text it would be two."""
    for column in text:
        if column not in data.column_names or not lists_words(data.features[column]):
            continue
        cells = data[column][:]
        for row, cell in enumerate(cells, 1):
            for word in cell or ():
                if word is not None and len(word.split()) != 1:
                    raise ValueError(
                        f"Row {row:,} of {name}, column {column!r}: the word {word!r} has white space in it, or is "
                        f"none. Split it, or give words={column!r} and the column of the texts as text=."
                    )
        joined = [_joined(cell, row, column, name) for row, cell in enumerate(cells, 1)]
        data = data.remove_columns(column).add_column(column, joined)
    return data


def lists_words(feature) -> bool:
    """Whether a column of this type (of `datasets`) has lists of texts."""
    return getattr(getattr(feature, "feature", None), "dtype", None) in ("string", "large_string")


def _joined(cell: list | str | None, row: int, column: str, name: str) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if None in cell:
        raise ValueError(
            f"{name!r}, row {row:,}, column {column!r}: word {cell.index(None) + 1:,} of {len(cell):,} is empty "
            '(null). Correct it; pandas takes the word "None" or "NA" for empty unless keep_default_na=False.'
        )
    return " ".join(map(str, cell))
