"""Rows of a tokenized split as one encoder pass: windows padded, what the kinds add, the batch."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mtlkit.batching.tokenized import TokenizedSplit
from mtlkit.tasks import Target, Task


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


class Rows:
    """Some windows of a `TokenizedSplit`, padded into one pass (rows, tokens); what a kind sees when it makes its
    target."""

    def __init__(
        self, tokenized: TokenizedSplit, index: Sequence[int] | np.ndarray, random: torch.Generator | None = None
    ):
        self.tokenized, self.index, self.random = tokenized, index, random
        self.tokenizer, self.max_length = tokenized.tokenizer, tokenized.max_length
        self.decoder_start = tokenized.decoder_start
        ids = [tokenized.ids[i] for i in index]
        self.input_ids, self.attention_mask = padded(ids, self.tokenizer.pad_token_id)
        self.token_type_ids, _ = padded([tokenized.types[i] for i in index], 0)
        self._parts = [(self.input_ids, self.attention_mask, self.token_type_ids)]

    def __len__(self) -> int:
        return len(self.index)

    @functools.cached_property
    def first_windows(self) -> Tensor:
        """The rows that begin a text."""
        index = np.asarray(self.index)
        return torch.from_numpy(np.flatnonzero(self.tokenized.first_window[self.tokenized.row[index]] == index))

    def text(self, row: int) -> str:
        """The text of a row; of a pair the first."""
        return self.tokenized.text(self.index[row])

    def context(self, row: int) -> str:
        """The text of a row; of a pair the second."""
        text = self.tokenized.source(self.index[row])
        return text if isinstance(text, str) else text[1]

    @functools.cached_property
    def text_of(self) -> list[int]:
        """For each row, the first row with the same text."""
        first: dict[int, int] = {}
        return [first.setdefault(int(self.tokenized.row[window]), row) for row, window in enumerate(self.index)]

    def word_spans(self, row: int, task: Task) -> list[tuple[int, int]]:
        """(start, end) of each word in the row's text."""
        return self.tokenized.align(self.index[row], task)[0]

    def first_tokens(self, row: int, task: Task) -> list[int | None]:
        """The first sub-word of each word, as a position in the row; None where another window reads the word, or it
        was cut off."""
        return self.tokenized.align(self.index[row], task)[1]

    def label(self, row: int, task: Task) -> Any:
        """The row's parsed label of a task; None where it has none."""
        return self.tokenized.labels[task.name][self.index[row]]

    def token_ids(self, row: int) -> list[int]:
        """The row's token numbers, without padding."""
        return self.tokenized.ids[self.index[row]].tolist()

    def target_ids(self, texts: Sequence[str], longest: int) -> list[list[int]]:
        """The tokens of answers that are to be written, up to `longest` of them and the mark of the end."""
        return self.tokenized.target_ids(texts, longest)

    def encoding(self, row: int) -> Any:
        """The tokenizer's own record of a row."""
        return self.tokenized.encoding(self.index[row])

    def choices(self, task: Task) -> list[list] | None:
        """Encodings of each row's candidates; None where nobody gave any."""
        found = self.tokenized.candidates(task)
        return None if found is None else [found[self.tokenized.row[i]] for i in self.index]

    def choice_texts(self, row: int, task: Task) -> list[str]:
        """The candidates of a row."""
        return self.tokenized.choices[task.name][self.tokenized.row[self.index[row]]]

    def special(self, rows: Tensor) -> Tensor:
        """Which tokens of `rows` (n,) are padding or the tokenizer's own marks: (n, tokens) bool."""
        return torch.isin(self.input_ids[rows], torch.tensor(self.tokenizer.all_special_ids))

    def append(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> int:
        """Add rows (n, tokens of their own) to the pass; gives the number of the first."""
        first = sum(len(ids) for ids, _, _ in self._parts)
        self._parts.append((input_ids, attention_mask, token_type_ids))
        return first

    def padded(self, ids: Sequence) -> tuple[Tensor, Tensor]:
        """Lists of token numbers as (rows, longest), and which of them are there."""
        return padded(ids, self.tokenizer.pad_token_id)

    def append_tokens(self, ids: Sequence, types: Sequence | None = None) -> int:
        """As `append`, from lists of token numbers, one a row."""
        input_ids, mask = self.padded(ids)
        return self.append(input_ids, mask, torch.zeros_like(input_ids) if types is None else padded(types, 0)[0])

    def batch(self, targets: dict[str, Target], tasks: Sequence[Task], keep: bool = False) -> Batch:
        """The pass with what was added, without the rows that no target reads (keep: with them)."""
        width = max(ids.shape[1] for ids, _, _ in self._parts)
        fill = (self.tokenizer.pad_token_id, 0, 0)
        ids, mask, types = (
            torch.cat([nn.functional.pad(t, (0, width - t.shape[1]), value=value) for t in tensors])
            for value, tensors in zip(fill, zip(*self._parts, strict=True), strict=True)
        )
        read = torch.full((len(ids),), keep)
        for target in targets.values():
            read[target.reads] = True
        if not bool(read.all()):
            place = read.cumsum(0) - 1
            targets = {name: target.renumbered(place) for name, target in targets.items()}
            ids, mask, types = ids[read], mask[read], types[read]
        present = torch.tensor([task.name in targets for task in tasks])
        return Batch(ids, mask, types, targets, present, len(self), np.asarray(self.index))


def padded(rows: Sequence, fill: int) -> tuple[Tensor, Tensor]:
    """Lists of numbers as (rows, longest), and which of them are there, as 0 and 1."""
    lengths = np.array([len(values) for values in rows])
    there = np.arange(lengths.max()) < lengths[:, None]
    found = np.full(there.shape, fill)
    found[there] = np.concatenate(rows)
    return torch.from_numpy(found), torch.from_numpy(there.astype(np.int64))


def collate(
    tokenized: TokenizedSplit, index: Sequence[int] | np.ndarray, tasks: Sequence[Task], random: torch.Generator
) -> Batch:
    """The rows `index` of a tokenized split as a batch; `random` draws what a kind hides (masked tokens)."""
    rows = Rows(tokenized, index, random)
    targets = {}
    for task in tasks:
        labels = tokenized.labels[task.name]
        target = task.spec.target([labels[i] for i in index], rows, task)
        if target is not None:
            targets[task.name] = target
    return rows.batch(targets, tasks)
