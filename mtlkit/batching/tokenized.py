"""A split as an encoder reads it: tokenised once, with its labels, words and candidates beside the tokens."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from mtlkit.batching import token_cache
from mtlkit.batching.alignment import find_words, first_tokens, text_words
from mtlkit.batching.token_cache import in_windows
from mtlkit.batching.tokenize import tokenize_texts
from mtlkit.encoder.encoder import Encoder
from mtlkit.tasks import Task

ALIGNED = 100_000  # windows whose words are remembered with their tokens


class LabelledTexts(Protocol):
    """What is asked of a split that is to be tokenised; a corpus's `Split` has it."""

    name: str

    @property
    def texts(self) -> list[str | tuple[str, str]]:
        """The text of each row, or its two texts."""
        ...

    def labels(self, task: Task) -> list:
        """Each row's parsed label; None where it is missing."""
        ...

    def words(self, task: Task) -> list[list[str]]:
        """The words of each row that the tags of a task stand for."""
        ...

    def choices(self, task: Task) -> list[list[str]] | None:
        """The candidates of each row; None for a task without."""
        ...


class TokenizedSplit:
    """A split, tokenised once.

    texts: str, or (str, str) for a pair. A row longer than `max_length` tokens is cut, counted and said once; with
    `stride` it is read in several windows, which share that many tokens. What is counted from here on, and batched, is
    windows: `row` (windows,) says which text each is of; all but a text's first have labels for windowed kinds only.
    labels: Task → a parsed label or None per row; as an attribute task name → one per window. words: task name → the
    words of each row, for tagging; where it has no entry the tokenizer's own words count. choices: task name → the
    candidates of each row.
    decoder_start: the token with which a decoder beside the encoder begins (None: there is none).
    """

    def __init__(
        self,
        texts: Sequence,
        tokenizer,
        max_length: int,
        labels=None,
        words=None,
        what: str = "texts",
        choices=None,
        stride: int = 0,
        decoder_start: int | None = None,
    ):
        self.texts, self.tokenizer, self.max_length, self.decoder_start = texts, tokenizer, max_length, decoder_start
        self.words: dict[str, Sequence] = words or {}
        self.choices: dict[str, list[list[str]]] = choices or {}
        self.stride = stride
        tokens = token_cache.read(texts, tokenizer, max_length, stride, what)
        self.ids, self.types, self.row, self.n_truncated = tokens.ids, tokens.types, tokens.row, tokens.n_truncated
        self.lengths = self.ids.lengths
        self.first_window = np.flatnonzero(np.diff(self.row, prepend=-1))  # (rows,): each text's first window
        self.labels = {t.name: self._of_windows(t, column) for t, column in (labels or {}).items()}
        # Only words are aligned later, for tagging or an answer; encodings are large.
        self._encodings = tokens.encodings if words or stride or labels is None else []
        self._aligned: dict[tuple[int, str], tuple] = {}
        self._target_ids: dict[str, list[int]] = {}
        self._candidates: dict[str, list] = {}
        if self.n_truncated:
            how = (
                f"tasks that point into texts read windows that share {stride} tokens, others the first window."
                if stride
                else "the rest of them is not read."
            )
            longer = f"{self.n_truncated:,} of {len(texts):,} {what} are longer than the {max_length} tokens"
            warnings.warn(f"{longer} the encoder reads; {how}", stacklevel=1)  # from here: said once, whoever asks

    def __len__(self) -> int:
        return len(self.row)

    def _of_windows(self, task: Task, column: Sequence) -> Sequence:
        if len(self.row) == len(self.first_window):
            return column
        if task.spec.windowed:
            return [column[row] for row in self.row]
        found = [None] * len(self.row)
        for window, label in zip(self.first_window, column, strict=True):
            found[window] = label
        return found

    def source(self, window: int) -> str | tuple[str, str]:
        """What a window is of: a text, or a pair."""
        return self.texts[self.row[window]]

    def text(self, window: int) -> str:
        """The text of a window; of a pair the first."""
        text = self.source(window)
        return text if isinstance(text, str) else text[0]

    def windows(self, window: int) -> range:
        """All windows of the text that a window is of."""
        row = self.row[window]
        return range(
            self.first_window[row], self.first_window[row + 1] if row + 1 < len(self.first_window) else len(self)
        )

    def encoding(self, window: int) -> Any:
        """The tokenizer's own record of a window, which knows where in the text each token comes from."""
        windows = self.windows(window)
        return self._records(windows)[window - windows.start]

    def _records(self, windows: range) -> list:
        """The records of a text's windows: kept, or made anew."""
        if self._encodings:
            return self._encodings[windows.start : windows.stop]
        return in_windows(
            tokenize_texts([self.source(windows.start)], self.tokenizer, self.max_length, self.stride)[0], self.stride
        )

    def align(self, window: int, task: Task) -> tuple[list, list]:
        """The words of a text as character spans, and each word's first token in the window (None: it isn't in it, or
        has more text around it in another)."""
        key = (window, task.name)
        if key not in self._aligned:
            if len(self._aligned) > ALIGNED:
                self._aligned.clear()
            row, windows = self.row[window], self.windows(window)
            records = self._records(windows)
            if task.name in self.words:
                spans = find_words(self.text(window), self.words[task.name][row], f"row {row + 1}, task {task.name!r}")
            elif task.words is None:
                spans = find_words(self.text(window), self.text(window).split(), "")
            else:
                spans = text_words(records, self.text(window))
            starts = [start for start, _ in spans]
            for w, first in zip(windows, first_tokens(records, starts), strict=True):
                self._aligned[w, task.name] = (spans, first)
        return self._aligned[key]

    def candidates(self, task: Task) -> list[list] | None:
        """Encodings of each row's text beside each of its candidates; None where nobody gave any."""
        if task.name not in self.choices:
            return None
        if task.name not in self._candidates:
            choices = self.choices[task.name]
            pairs = [beside(text, c) for text, found in zip(self.texts, choices, strict=True) for c in found]
            read = iter(tokenize_texts(pairs, self.tokenizer, self.max_length))
            self._candidates[task.name] = [[next(read) for _ in found] for found in choices]
        return self._candidates[task.name]

    def target_ids(self, texts: Sequence[str], longest: int) -> list[list[int]]:
        """The tokens of answers, up to `longest` of them and the mark of the end."""
        new = [t for t in dict.fromkeys(texts) if t not in self._target_ids]
        if new:
            marks = set(self.tokenizer.all_special_ids)
            for text, ids in zip(new, self.tokenizer(text_target=new)["input_ids"], strict=True):
                self._target_ids[text] = [i for i in ids if i not in marks]
        end = self.tokenizer.eos_token_id
        return [[*self._target_ids[text][:longest], end] for text in texts]


def beside(text: str | tuple[str, str], candidate: str) -> tuple[str, str]:
    """The pair in which a candidate is read."""
    return (text, candidate) if isinstance(text, str) else (text[0], f"{text[1]} {candidate}")


def tokenize_split(split: LabelledTexts, encoder: Encoder, tasks: Sequence[Task]) -> TokenizedSplit:
    """Tokenise a corpus split as an encoder reads it, with the labels of `tasks`.

    encoder: its tokenizer, the length it reads, and the token with which its decoder begins all come from it.
    """
    tokenizer, max_length, decoder_start = encoder.tokenizer, encoder.max_length, encoder.decoder_start
    labels = {t: split.labels(t) for t in tasks}
    words = {t.name: split.words(t) for t in tasks if t.spec.needs_words}
    choices = {t.name: split.choices(t) for t in tasks if t.spec.needs_choices}
    stride = shared_tokens(max_length) if any(t.spec.windowed for t in tasks) else 0
    what = f"texts in {split.name}"
    return TokenizedSplit(split.texts, tokenizer, max_length, labels, words, what, choices, stride, decoder_start)


def shared_tokens(max_length: int) -> int:
    """How many tokens two windows of a text share: so many that an answer is whole in one of them."""
    return min(128, max_length // 4)
