"""Entities as character spans of a text, `[{"start": 0, "end": 8, "label": "place"}, …]`, and as tags of its words."""

from __future__ import annotations

import re
from collections import Counter
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


MISFITS = {
    "outside": "outside the text",
    "wordless": "without a word",
    "cut": "cutting a word",
    "overlap": "overlapping",
}


def to_tags(
    cell: list | dict | None, words: Sequence[tuple[int, int]], text: str, widen: bool = False
) -> tuple[list[str], list[tuple[str, str]]]:
    """A BIO tag for each word, given as (start, end) in the text, and the spans that don't fit the words: (which of
    `MISFITS`, in words). Of two that overlap the longer has the words. widen: one that cuts a word has all of it."""
    tags, misfits = ["O"] * len(words), []
    for span in sorted(_listed(cell), key=_length, reverse=True):
        start, end, label = (span.get(key) for key in ("start", "end", "label"))
        shown = f"the span {start} to {end} ({label!r}"
        if label is None or not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
            misfits.append(
                (
                    "outside",
                    f"{shown}) does not lie in the text, which has {len(text)} characters; a span has a label and "
                    "offsets with 0 ≤ start < end, the end not in it",
                )
            )
            continue
        shown = f"{shown}, {text[start:end]!r})"
        inside = [i for i, (first, last) in enumerate(words) if first < end and last > start]
        cut = [words[i] for i in inside if words[i][0] < start or words[i][1] > end]
        if not inside:
            misfits.append(("wordless", f"{shown} holds no word"))
        elif cut and not widen:
            first, last = cut[0]
            misfits.append(("cut", f"{shown} cuts the word {text[first:last]!r} at {first} to {last}"))
        elif any(tags[i] != "O" for i in inside):
            misfits.append(("overlap", f"{shown} overlaps another: a word has one tag"))
        else:
            for i in inside:
                tags[i] = f"{'B' if i == inside[0] else 'I'}-{label}"
    return tags, misfits


def misfits_in_words(found: Sequence[tuple[str, str]], count: int) -> str:
    """Such as "3 of 40 spans: 2 cutting a word, 1 overlapping"."""
    kinds = Counter(kind for kind, _ in found)
    told = ", ".join(f"{kinds[kind]:,} {what}" for kind, what in MISFITS.items() if kinds[kind])
    return f"{len(found):,} of {count:,} spans: {told}"


def count_spans(cell: list | dict | None) -> int:
    """How many spans a cell has."""
    return len(_listed(cell))


def _length(span: dict) -> int:
    start, end = span.get("start"), span.get("end")
    return end - start if isinstance(start, int) and isinstance(end, int) else 0


def _listed(cell: list | dict | None) -> list[dict]:
    """Spans one by one; none where the cell, or its keys, are absent."""
    if isinstance(cell, dict):  # {"start": [0, 9], "end": [8, 12], "label": [...]}
        columns = [cell.get(key) or [] for key in ("start", "end", "label")]
        return [dict(zip(("start", "end", "label"), values, strict=True)) for values in zip(*columns, strict=True)]
    return cell or []
