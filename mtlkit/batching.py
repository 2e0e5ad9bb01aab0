"""From texts to encoder passes: tokenise a split once, group rows of like length, collate a batch."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mtlkit.tasks import Target, Task

_MARKS_INSIDE = re.compile(r"\w+(?:[-'’./_]\w+)+")  # words with a mark in their midst
POOL = 40  # batches that are sorted by length together: wide enough to save padding, narrow enough to stay mixed


@dataclass(frozen=True)
class Batch:
    """One encoder pass and what the tasks read in it.

    input_ids, attention_mask, token_type_ids: (rows, tokens). targets: task name → Target, for the tasks that have a
    label here. present: (tasks,) bool, in the order of the tasks. size: rows of the corpus in it (masked copies for
    language modelling not counted). index: their numbers in the split.
    """

    input_ids: Tensor
    attention_mask: Tensor
    token_type_ids: Tensor
    targets: dict[str, Target]
    present: Tensor
    size: int
    index: np.ndarray

    def to(self, device: torch.device) -> Batch:
        """The batch on `device`; from pinned memory, so that the copy waits for nothing."""
        if device.type == "cpu":
            return self
        pin = (lambda t: t.pin_memory()) if device.type == "cuda" else (lambda t: t)
        ids, mask, types, present = (
            pin(t).to(device, non_blocking=True)
            for t in (self.input_ids, self.attention_mask, self.token_type_ids, self.present)
        )
        targets = {name: target.to(device) for name, target in self.targets.items()}
        return Batch(ids, mask, types, targets, present, self.size, self.index)


class Encoded:
    """A split, tokenised once.

    texts: str, or (str, str) for a pair; rows longer than `max_length` tokens are cut, counted and said once.
    labels: task name → a parsed label or None per row. words: task name → the words of each row, for tagging; where it
    has no entry the tokenizer's own words count.
    """

    def __init__(self, texts: Sequence, tokenizer, max_length: int, labels=None, words=None, what: str = "texts"):
        self.texts, self.tokenizer = texts, tokenizer
        self.labels: dict[str, Sequence] = labels or {}
        self.words: dict[str, Sequence] = words or {}
        encodings = tokenise(texts, tokenizer, max_length)
        self.ids = [np.asarray(e.ids, dtype=np.int32) for e in encodings]
        self.types = [np.asarray(e.type_ids, dtype=np.int8) for e in encodings]
        self.lengths = np.array([len(ids) for ids in self.ids], dtype=np.int64)
        # Only words are aligned later, for tagging or an answer; the encodings of a large corpus are large.
        self._encodings = encodings if words or labels is None else []
        self._aligned: dict[tuple[int, str], tuple] = {}
        self.cut = sum(bool(e.overflowing) for e in encodings)
        if self.cut:
            warnings.warn(
                f"{self.cut:,} of {len(texts):,} {what} are longer than the {max_length} tokens the encoder reads; "
                "the rest of them is not read.",
                stacklevel=3,
            )

    def __len__(self) -> int:
        return len(self.texts)

    def text(self, row: int) -> str:
        """The text of a row; of a pair the first."""
        text = self.texts[row]
        return text if isinstance(text, str) else text[0]

    def align(self, row: int, task: Task) -> tuple[list, list]:
        """The words of a row as character spans of its text, and each word's first token (None: cut off)."""
        key = (row, task.name)
        if key not in self._aligned:
            encoding = self._encodings[row]
            if task.name in self.words:
                spans = find_words(self.text(row), self.words[task.name][row], f"row {row + 1}, task {task.name!r}")
            elif task.words is None:
                spans = find_words(self.text(row), self.text(row).split(), "")
            else:
                spans = text_words(encoding, self.text(row))
            first = [encoding.char_to_token(start, 0) for start, _ in spans]
            self._aligned[key] = (spans, first)
        return self._aligned[key]


class Rows:
    """Some rows of an `Encoded`, padded into one pass (rows, tokens); what a kind sees when it makes its target."""

    def __init__(self, encoded: Encoded, index: Sequence[int], random: torch.Generator | None = None):
        self.encoded, self.index, self.random = encoded, index, random
        self.tokenizer = encoded.tokenizer
        width = max(len(encoded.ids[i]) for i in index)
        self.input_ids = torch.full((len(index), width), self.tokenizer.pad_token_id)
        self.attention_mask = torch.zeros(len(index), width, dtype=torch.long)
        self.token_type_ids = torch.zeros(len(index), width, dtype=torch.long)
        for row, i in enumerate(index):
            size = len(encoded.ids[i])
            self.input_ids[row, :size] = torch.from_numpy(encoded.ids[i])
            self.token_type_ids[row, :size] = torch.from_numpy(encoded.types[i])
            self.attention_mask[row, :size] = 1
        self._copies: list[tuple[Tensor, Tensor]] = []

    def __len__(self) -> int:
        return len(self.index)

    def text(self, row: int) -> str:
        return self.encoded.text(self.index[row])

    def word_spans(self, row: int, task: Task) -> list[tuple[int, int]]:
        """(start, end) of each word in the row's text."""
        return self.encoded.align(self.index[row], task)[0]

    def first_tokens(self, row: int, task: Task) -> list[int | None]:
        """The first sub-word of each word, as a position in the row; None where the word was cut off."""
        return self.encoded.align(self.index[row], task)[1]

    def special(self, rows: Tensor) -> Tensor:
        """Which tokens of `rows` (n,) are padding or the tokenizer's own marks: (n, tokens) bool."""
        return torch.isin(self.input_ids[rows], torch.tensor(self.tokenizer.all_special_ids))

    def append(self, rows: Tensor, input_ids: Tensor) -> int:
        """Add copies of `rows` (n,) with other `input_ids` (n, tokens) to the pass; gives the first one's row."""
        first = len(self) + sum(len(r) for r, _ in self._copies)
        self._copies.append((rows, input_ids))
        return first

    def batch(self, targets: dict[str, Target], tasks: Sequence[Task]) -> Batch:
        """The pass with its copies, without the rows that no target reads."""
        source = torch.cat([torch.arange(len(self)), *(rows for rows, _ in self._copies)])
        ids = torch.cat([self.input_ids, *(ids for _, ids in self._copies)])
        read = torch.zeros(len(source), dtype=torch.bool)
        for target in targets.values():
            read[target.rows] = True
        if not bool(read.all()):
            place = read.cumsum(0) - 1
            targets = {n: Target(place[t.rows], t.labels, t.positions) for n, t in targets.items()}
            source, ids = source[read], ids[read]
        present = torch.tensor([task.name in targets for task in tasks])
        return Batch(
            ids,
            self.attention_mask[source],
            self.token_type_ids[source],
            targets,
            present,
            len(self),
            np.asarray(self.index),
        )


def encode(split, tokenizer, tasks: Sequence[Task], max_length: int) -> Encoded:
    """Tokenise a corpus split with the labels of `tasks`."""
    labels = {t.name: split.labels(t) for t in tasks}
    words = {t.name: split.words(t) for t in tasks if t.kind == "tagging"}
    return Encoded(split.texts, tokenizer, max_length, labels, words, what=f"texts in {split.name}")


def collate(encoded: Encoded, index: Sequence[int], tasks: Sequence[Task], random: torch.Generator) -> Batch:
    """The rows `index` of an encoded split as a batch; `random` draws what a kind hides (masked tokens)."""
    rows = Rows(encoded, index, random)
    targets = {}
    for task in tasks:
        labels = encoded.labels[task.name]
        target = task.of.target([labels[i] for i in index], rows, task)
        if target is not None:
            targets[task.name] = target
    return rows.batch(targets, tasks)


class Batches:
    """The training batches of a split, by number: `batches[k]` is the k-th of the run, whatever was read before.

    Grouped by length; which rows it holds is a function of (seed, epoch) alone, and what a kind hides in them one of
    (seed, k). len: batches an epoch. sampling: None for every labelled row once an epoch, or τ, with which as many rows
    are drawn with replacement (`chances`).
    """

    def __init__(
        self, encoded: Encoded, tasks: Sequence[Task], batch_size: int, seed: int, sampling: float | None = None
    ):
        self.encoded, self.tasks, self.batch_size, self.seed = encoded, tuple(tasks), batch_size, seed
        self.rows = labelled_rows(encoded, tasks)
        self.chances = None if sampling is None else chances(encoded, tasks, sampling)[self.rows]
        self._order: tuple[int, list[np.ndarray]] = (0, [])

    def __len__(self) -> int:
        return -(-len(self.rows) // self.batch_size)

    def epoch(self, number: int) -> int:
        """The epoch of batch `number`: 1, 2, …"""
        return number // len(self) + 1

    def __getitem__(self, number: int) -> Batch:
        epoch = self.epoch(number)
        if self._order[0] != epoch:
            lengths = self.encoded.lengths[self.rows]
            self._order = (epoch, epoch_order(lengths, self.batch_size, self.seed, epoch, self.chances))
        index = self.rows[self._order[1][number % len(self)]]
        return collate(self.encoded, index, self.tasks, generator(self.seed, number))


def labelled_rows(encoded: Encoded, tasks: Sequence[Task]) -> np.ndarray:
    """The numbers of the rows that have a label for at least one of `tasks`."""
    labels = [encoded.labels[t.name] for t in tasks]
    return np.array([i for i in range(len(encoded)) if any(column[i] is not None for column in labels)], dtype=int)


def chances(encoded: Encoded, tasks: Sequence[Task], tau: float) -> np.ndarray:
    """How likely each row is, (rows,), where a task is drawn with probability ∝ n_i^τ (n_i its labelled rows), and then
    one of these rows; one with labels of several tasks may be drawn for each of them."""
    labelled = np.array([[label is not None for label in encoded.labels[t.name]] for t in tasks])  # (tasks, rows)
    counts = labelled.sum(1)
    labelled, counts = labelled[counts > 0], counts[counts > 0]
    shares = (counts / counts.max()) ** tau
    return (shares / shares.sum() / counts) @ labelled


def in_order(encoded: Encoded, tasks: Sequence[Task], batch_size: int, seed: int = 0) -> Iterator[Batch]:
    """Every labelled row once, longest texts first (the same padding saved, nothing shuffled), for evaluation."""
    rows = labelled_rows(encoded, tasks)
    rows = rows[np.argsort(-encoded.lengths[rows], kind="stable")]
    for number, start in enumerate(range(0, len(rows), batch_size)):
        yield collate(encoded, rows[start : start + batch_size], tasks, generator(seed, number))


def epoch_order(
    lengths: np.ndarray, batch_size: int, seed: int, epoch: int, chances: np.ndarray | None = None
) -> list[np.ndarray]:
    """Row numbers batch by batch: shuffled, sorted by length within pools of 40 batches, the batches shuffled. With
    `chances` (rows,) they are drawn with replacement; the copies of a row lie in different batches as far as there are
    enough in the pool."""
    random = np.random.default_rng([seed, epoch])
    size = len(lengths)
    rows = random.permutation(size) if chances is None else random.choice(size, size, p=chances)
    pools = np.split(rows, range(POOL * batch_size, len(rows), POOL * batch_size))
    found = [batch for pool in pools for batch in deal(pool, lengths, batch_size)]
    return [found[i] for i in random.permutation(len(found))]


def deal(pool: np.ndarray, lengths: np.ndarray, batch_size: int) -> list[np.ndarray]:
    """The rows of a pool as batches of like length. Where a row has up to k copies, k batches at a time are dealt out
    in turn, as the sorting alone would put all of its copies into one batch."""
    _, first, which, copies = np.unique(pool, return_index=True, return_inverse=True, return_counts=True)
    pool = pool[np.lexsort((first[which], lengths[pool]))]  # copies side by side, else in the order of the draw
    wide = copies.max() * batch_size
    found = []
    for block in np.split(pool, range(wide, len(pool), wide)):
        batches = -(-len(block) // batch_size)
        found += [block[i::batches] for i in range(batches)]
    return found


def generator(*numbers: int) -> torch.Generator:
    """A torch generator that is a function of `numbers` alone."""
    seed = np.random.SeedSequence(numbers).generate_state(2, np.uint32)
    return torch.Generator().manual_seed(int(seed[0]) << 31 | int(seed[1]) >> 1)


def tokenise(texts: Sequence, tokenizer, max_length: int) -> list:
    """Fast-tokenizer encodings of single texts and pairs, in their order."""
    found: list = [None] * len(texts)
    single = [i for i, t in enumerate(texts) if isinstance(t, str)]
    pairs = [i for i, t in enumerate(texts) if not isinstance(t, str)]
    for numbers in (single, pairs):
        if not numbers:
            continue
        picked = [texts[i] for i in numbers]
        sides = [picked] if numbers is single else [list(side) for side in zip(*picked, strict=True)]
        encodings = tokenizer(*sides, truncation=True, max_length=max_length).encodings
        for i, encoding in zip(numbers, encodings, strict=True):
            found[i] = encoding
    return found


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


def text_words(encoding, text: str) -> list[tuple[int, int]]:
    """The words of a text that nobody split, as character spans: those that the tokenizer saw in the first text, put
    together again where it cut at a mark inside a word (A-4506, 3.5, don't). Corpora keep such words whole."""
    whole = {i: m.start() for m in _MARKS_INSIDE.finditer(text) for i in range(*m.span())}
    spans: list[tuple[int, int]] = []
    for start, end in tokenizer_words(encoding):
        if spans and start in whole and whole.get(spans[-1][0]) == whole[start]:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
    return spans


def tokenizer_words(encoding) -> list[tuple[int, int]]:
    """The words that the tokenizer itself saw in the first text, as character spans."""
    spans: dict[int, tuple[int, int]] = {}
    for word, side, (start, end) in zip(encoding.word_ids, encoding.sequence_ids, encoding.offsets, strict=True):
        if word is not None and side == 0:
            spans[word] = (spans[word][0] if word in spans else start, end)
    return list(spans.values())
