"""What a task reads in an encoder pass, and what a kind may ask of the rows that the pass is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch import Tensor

if TYPE_CHECKING:
    from mtlkit.tasks._task import Task


class TextRows(Protocol):
    """The rows of one encoder pass, as a kind sees them when it makes its target: windows of texts, padded.

    A text that is longer than the encoder reads has several rows where a kind is `windowed`, else one.
    """

    tokenizer: Any
    index: Sequence[int] | np.ndarray  # each row's number in the split
    random: torch.Generator | None  # draws what a kind hides
    input_ids: Tensor  # (rows, tokens)
    attention_mask: Tensor
    token_type_ids: Tensor
    first_windows: Tensor  # the rows that begin a text
    text_of: list[int]  # for each row, the first row of the same text

    max_length: int  # tokens that the encoder reads at most
    decoder_start: int | None  # the token with which a decoder beside the encoder begins

    def __len__(self) -> int: ...

    def text(self, row: int) -> str:
        """The text of a row; of a pair the first."""

    def context(self, row: int) -> str:
        """The text of a row; of a pair the second."""

    def label(self, row: int, task: Task) -> Any:
        """The row's parsed label of a task; None where it has none."""

    def word_spans(self, row: int, task: Task) -> list[tuple[int, int]]:
        """(start, end) of each word in the row's text."""

    def first_tokens(self, row: int, task: Task) -> list[int | None]:
        """The first sub-word of each word, as a position in the row; None where another row reads the word."""

    def encoding(self, row: int) -> Any:
        """The tokenizer's own record of a row, which knows where in the text each token comes from."""

    def token_ids(self, row: int) -> list[int]:
        """The row's token numbers, without padding."""

    def choices(self, task: Task) -> list[list] | None:
        """Encodings of each row's candidates; None where nobody gave any."""

    def choice_texts(self, row: int, task: Task) -> list[str]:
        """The candidates of a row."""

    def target_ids(self, texts: Sequence[str], longest: int) -> list[list[int]]:
        """The tokens of answers that are to be written, up to `longest` of them and the mark of the end."""

    def special(self, rows: Tensor) -> Tensor:
        """Which tokens of `rows` (n,) are padding or the tokenizer's own marks: (n, tokens) bool."""

    def padded(self, ids: Sequence) -> tuple[Tensor, Tensor]:
        """Lists of token numbers as (rows, longest), and which of them are there."""

    def append(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> int:
        """Add rows of a kind's own to the pass.

        Args:
            input_ids: token numbers, (rows, tokens).
            attention_mask: 1 for a token, 0 for padding, (rows, tokens).
            token_type_ids: which of two texts a token is of, (rows, tokens).

        Returns:
            The number of the first of them.
        """

    def append_tokens(self, ids: Sequence, types: Sequence | None = None) -> int:
        """As `append`, from lists of token numbers, one a row."""


@dataclass(frozen=True)
class Target:
    """What one task reads in an encoder pass, and what it should find there.

    Args:
        rows: (n,), the row of the pass that each of the n vectors comes from.
        labels: (n, …), the truth (None when the task is only asked).
        positions: (n,), the token in that row (None: the pooled vector of the row).
        texts: (n,), where several vectors make one answer, the row of the batch that they are about (None: each its
            own).
        count: how many answers the loss is a mean over (None: n).
        source: the batch's rows, where pairs are made of words.
    """

    rows: Tensor
    labels: Tensor | None
    positions: Tensor | None = None
    texts: Tensor | None = None
    count: int | None = None
    source: TextRows | None = None

    def to(self, device: torch.device | str) -> Target:
        """The same with its tensors on a device."""
        tensors = {name: value for name, value in vars(self).items() if isinstance(value, Tensor)}
        return replace(self, **{name: value.to(device, non_blocking=True) for name, value in tensors.items()})

    @property
    def size(self) -> int:
        """How many answers the loss is a mean over."""
        return len(self.rows) if self.count is None else self.count

    @property
    def reads(self) -> Tensor:
        """The rows of the pass that it needs."""
        return self.rows

    def renumbered(self, place: Tensor) -> Target:
        """The same where row r of the pass has become row place[r]."""
        return replace(self, rows=place[self.rows])

    def vectors(self, tokens: Tensor, pooled: Tensor) -> Tensor:
        """The n vectors that the target reads.

        Args:
            tokens: token vectors, (rows, tokens, hidden).
            pooled: pooled vectors, (rows, hidden).

        Returns:
            (n, hidden).
        """
        return pooled[self.rows] if self.positions is None else tokens[self.rows, self.positions]


@dataclass(frozen=True)
class DecoderTarget(Target):
    """What a task reads of a decoder that looks at rows of the pass.

    Of m answers, said so far (m, steps), `rows` are the numbers and `positions` the steps.

    Args:
        decoder_rows: (m,), the row of the pass that each answer is about.
        decoder_ids: (m, steps), the tokens.
    """

    decoder_rows: Tensor = field(kw_only=True)  # (m,): the row of the pass that each answer is about
    decoder_ids: Tensor = field(kw_only=True)  # (m, steps)

    @property
    def reads(self) -> Tensor:
        """The rows of the pass that its answers are about."""
        return self.decoder_rows

    def renumbered(self, place: Tensor) -> Target:
        """The same where row r of the pass has become row place[r]."""
        return replace(self, decoder_rows=place[self.decoder_rows])
