"""Which rows make a batch: shuffled or drawn for training, grouped by length, in whole texts for evaluation."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch

from mtlkit.batching.collate import Batch, collate
from mtlkit.batching.tokenized import TokenizedSplit
from mtlkit.tasks import Task

# Batches that are sorted by length together: wide enough to save padding, narrow enough to stay mixed.
BUCKET_BATCHES = 40


class Batches:
    """The training batches of a split, by number: `batches[k]` is the k-th of the run, whatever was read before.

    Grouped by length; which rows it holds is a function of (seed, epoch) alone, and what a kind hides in them one of
    (seed, k). len: batches an epoch. sampling: None for every labelled row once an epoch, or τ, with which as many rows
    are drawn with replacement (`sampling_probabilities`). `draw` and `only` change that on the way.
    """

    def __init__(
        self,
        tokenized: TokenizedSplit,
        tasks: Sequence[Task],
        batch_size: int,
        seed: int,
        sampling: float | None = None,
    ):
        self.tokenized, self.tasks, self.batch_size, self.seed = tokenized, tuple(tasks), batch_size, seed
        self.rows, self._read = labelled_rows(tokenized, tasks), self.tasks
        self.probabilities = None if sampling is None else sampling_probabilities(tokenized, tasks, sampling)[self.rows]
        self._together = len(self)  # batches that are drawn at once
        self._order: tuple[int, list[np.ndarray]] = (-1, [])

    def __len__(self) -> int:
        return -(-len(self.rows) // self.batch_size)

    def epoch(self, number: int) -> int:
        """The epoch of batch `number`: 1, 2, …."""
        return number // len(self) + 1

    def __getitem__(self, number: int) -> Batch:
        block, place = divmod(number, self._together)
        if self._order[0] != block:
            lengths, size = self.tokenized.lengths[self.rows], None
            if self._together != len(self):
                size = self._together * self.batch_size
            order = epoch_order(lengths, self.batch_size, self.seed, block + 1, self.probabilities, size)
            self._order = (block, order)
        index = self.rows[self._order[1][place]]
        batch = collate(self.tokenized, index, self._read, generator(self.seed, number))
        if len(self._read) == len(self.tasks):
            return batch
        return replace(batch, present=torch.tensor([t.name in batch.targets for t in self.tasks]))

    def only(self, names: Collection[str]) -> None:
        """From the next batch on, read rows and labels of the tasks of these names alone."""
        self._read = tuple(t for t in self.tasks if t.name in names)
        self.rows = labelled_rows(self.tokenized, self._read)
        self._together, self._order = len(self), (-1, [])

    def draw(self, probabilities: np.ndarray, together: int) -> None:
        """From the next batch on, draw a task by `probabilities` (tasks,), then one of its rows; so many batches at
        once, the next of which begins now."""
        self.probabilities = row_probabilities(self.tokenized, self.tasks, probabilities)[self.rows]
        self._together, self._order = together, (-1, [])


def labelled_rows(tokenized: TokenizedSplit, tasks: Sequence[Task]) -> np.ndarray:
    """The numbers of the rows that have a label for at least one of `tasks`."""
    labels = [tokenized.labels[t.name] for t in tasks]
    return np.array([i for i in range(len(tokenized)) if any(column[i] is not None for column in labels)], dtype=int)


def sampling_probabilities(tokenized: TokenizedSplit, tasks: Sequence[Task], tau: float) -> np.ndarray:
    """How likely each row is, (rows,), where a task is drawn with probability ∝ n_i^τ (n_i its labelled rows), and then
    one of these rows; one with labels of several tasks may be drawn for each of them."""
    counts = np.array([sum(label is not None for label in tokenized.labels[t.name]) for t in tasks])
    shares = np.where(counts > 0, (counts / counts.max()) ** tau, 0.0)
    return row_probabilities(tokenized, tasks, shares / shares.sum())


def row_probabilities(tokenized: TokenizedSplit, tasks: Sequence[Task], probabilities: np.ndarray) -> np.ndarray:
    """How likely each row is, (rows,), where a task is drawn with these `probabilities` (tasks,), and then one of its
    rows alike. What a task without a row was to get goes to the others in proportion."""
    labelled = np.array([[label is not None for label in tokenized.labels[t.name]] for t in tasks])  # (tasks, rows)
    counts = labelled.sum(1)
    shares = np.where(counts > 0, probabilities, 0.0)
    return (shares / shares.sum() / counts.clip(min=1)) @ labelled


def evaluation_batches(
    tokenized: TokenizedSplit, tasks: Sequence[Task], batch_size: int, seed: int = 0
) -> Iterator[Batch]:
    """Every labelled row once, longest texts first (the same padding saved, nothing shuffled), for evaluation."""
    for number, index in enumerate(group_windows(tokenized, labelled_rows(tokenized, tasks), batch_size)):
        yield collate(tokenized, index, tasks, generator(seed, number))


def group_windows(tokenized: TokenizedSplit, windows: np.ndarray, batch_size: int) -> Iterator[np.ndarray]:
    """`windows` by like length, about `batch_size` at a time, all windows of a text together."""
    row = tokenized.row[windows]
    order = np.lexsort((windows, row, -tokenized.lengths[tokenized.first_window[row]]))
    windows, row = windows[order], row[order]
    start = 0
    while start < len(windows):
        stop = min(start + batch_size, len(windows))
        while stop < len(windows) and row[stop] == row[stop - 1]:
            stop += 1
        yield windows[start:stop]
        start = stop


def epoch_order(
    lengths: np.ndarray,
    batch_size: int,
    seed: int,
    epoch: int,
    probabilities: np.ndarray | None = None,
    size: int | None = None,
) -> list[np.ndarray]:
    """Row numbers batch by batch: shuffled, sorted by length within pools of 40 batches, the batches shuffled. With
    `probabilities` (rows,) so many (`size`; None: as there are) are drawn with replacement; the copies of a row lie in
    different batches as far as there are enough in the pool."""
    random = np.random.default_rng([seed, epoch])
    rows, size = len(lengths), len(lengths) if size is None else size
    rows = random.permutation(rows) if probabilities is None else random.choice(rows, size, p=probabilities)
    pools = np.split(rows, range(BUCKET_BATCHES * batch_size, len(rows), BUCKET_BATCHES * batch_size))
    found = [batch for pool in pools for batch in bucket_batches(pool, lengths, batch_size)]
    return [found[i] for i in random.permutation(len(found))]


def bucket_batches(pool: np.ndarray, lengths: np.ndarray, batch_size: int) -> list[np.ndarray]:
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
