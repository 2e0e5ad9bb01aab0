"""Where the words of a text lie, and which token each of them begins with."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

_MARKS_INSIDE = re.compile(r"\w+(?:[-'’./_]\w+)+")  # words with a mark in their midst


def find_words(text: str, words: Sequence[str] | str, where: str) -> list[tuple[int, int]]:
    """Each word's (start, end) in `text`, in order. ValueError naming `where` if one is not there."""
    spans, at = [], 0
    for word in words.split() if isinstance(words, str) else words:
        start = text.find(word, at)
        if start < 0:
            raise ValueError(f"{where}: the word {word!r} does not occur in the text after {text[:at][-30:]!r}.")
        at = start + len(word)
        spans.append((start, at))
    return spans


def text_words(encodings: Sequence, text: str) -> list[tuple[int, int]]:
    """The words of a text that nobody split, as character spans: those that the tokenizer saw in the first text, put
    together again where it cut at a mark inside a word (A-4506, 3.5, don't). Corpora keep such words whole.
    encodings: of all windows of the text."""
    whole = {i: m.start() for m in _MARKS_INSIDE.finditer(text) for i in range(*m.span())}
    spans: list[tuple[int, int]] = []
    for start, end in tokenizer_words(encodings):
        if spans and start in whole and whole.get(spans[-1][0]) == whole[start]:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def tokenizer_words(encodings: Sequence) -> list[tuple[int, int]]:
    """The words that the tokenizer itself saw in the first text, as character spans."""
    spans: dict[int, tuple[int, int]] = {}
    for e in encodings:
        for word, side, (start, end) in zip(e.word_ids, e.sequence_ids, e.offsets, strict=True):
            if word is not None and side == 0:
                first, last = spans.get(word, (start, end))
                spans[word] = (min(first, start), max(last, end))
    return list(spans.values())


def first_tokens(windows: Sequence, starts: Sequence[int]) -> list[list[int | None]]:
    """For each window of a text the tokens at which words begin, (windows, words); None where the word isn't there, or
    another window shows more of the text around it."""
    found = [[e.char_to_token(start, 0) for start in starts] for e in windows]
    if len(windows) == 1:
        return found

    def around(window: int, token: int | None) -> float:
        if token is None:
            return -1
        before = token if window > 0 else math.inf
        return min(before, len(windows[window]) - token if window < len(windows) - 1 else math.inf)

    for word, places in enumerate(zip(*found, strict=True)):
        best = max(range(len(windows)), key=lambda window: around(window, places[window]))
        for window in range(len(windows)):
            if window != best:
                found[window][word] = None
    return found
