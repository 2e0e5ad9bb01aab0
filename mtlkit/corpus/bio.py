"""Entities as character spans of a text, `[{"start": 0, "end": 8, "label": "place"}, …]`, and as tags of its words."""

from __future__ import annotations

import re
from collections.abc import Sequence

KEYS = {"start", "end", "label"}
WORD = re.compile(r"\w+(?:[-'’./_]\w+)*|[^\w\s]")  # marks inside a word belong to it, others are words of their own


def holds_spans(feature) -> bool:
    """Whether a column of this type (of `datasets`) holds spans: lists of dicts, or dicts of lists."""
    inner = getattr(feature, "feature", feature)
    return isinstance(inner, dict) and set(inner) >= KEYS


def words_of(text: str) -> list[str]:
    """The words of a text that nobody split, as `text_words` finds them where a model is asked."""
    return WORD.findall(text)


def to_tags(cell: list | dict | None, words: Sequence[tuple[int, int]], text: str, where: str) -> list[str]:
    """A BIO tag for each word, given as (start, end) in the text. ValueError naming `where` and the offsets for a span
    that lies outside the text, cuts a word or overlaps another."""
    tags = ["O"] * len(words)
    for span in _listed(cell):
        start, end, label = (span.get(key) for key in ("start", "end", "label"))
        if label is None or not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
            raise ValueError(
                f"{where}: the span {start} to {end} ({label!r}) does not lie in the text, which has {len(text)} "
                "characters. A span has a label and offsets with 0 ≤ start < end, the end not in it."
            )
        inside = [i for i, (first, last) in enumerate(words) if first < end and last > start]
        shown = f"{where}: the span {start} to {end} ({label!r}, {text[start:end]!r})"
        for i in inside:
            first, last = words[i]
            if first < start or last > end:
                raise ValueError(
                    f"{shown} cuts the word {text[first:last]!r} at {first} to {last}. Correct it, or name a column "
                    "of words that are split there: Task(…, words=…)."
                )
            if tags[i] != "O":
                raise ValueError(f"{shown} overlaps another: a word has one tag. Keep one of the two.")
            tags[i] = f"{'B' if i == inside[0] else 'I'}-{label}"
        if not inside:
            raise ValueError(f"{shown} holds no word. Correct it, or leave it out.")
    return tags


def _listed(cell: list | dict | None) -> list[dict]:
    """Spans one by one; none where the cell, or its keys, are absent."""
    if isinstance(cell, dict):  # {"start": [0, 9], "end": [8, 12], "label": [...]}
        columns = [cell.get(key) or [] for key in ("start", "end", "label")]
        return [dict(zip(("start", "end", "label"), values, strict=True)) for values in zip(*columns, strict=True)]
    return cell or []
