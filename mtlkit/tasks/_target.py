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

    Attributes:
        tokenizer: the encoder's.
        index: each row's number in the split.
        random: draws what a kind hides.
        input_ids: token numbers, (rows, tokens).
        attention_mask: 1 for a token, 0 for padding, (rows, tokens).
        token_type_ids: which of two texts a token is of, (rows, tokens).
        first_windows: the rows that begin a text, (texts,).
        text_of: for each row, the first row of the same text.
        max_length: tokens that the encoder reads at most.
        decoder_start: the token with which a decoder beside the encoder begins; None where there is none.
    """

    tokenizer: Any
    index: Sequence[int] | np.ndarray
    random: torch.Generator | None
    input_ids: Tensor
    attention_mask: Tensor
    token_type_ids: Tensor
    first_windows: Tensor
    text_of: list[int]

    max_length: int
    decoder_start: int | None

    def __len__(self) -> int: ...

    def text(self, row: int) -> str:
        """The text of a row; of a pair the first.

        Args:
            row: its number in the pass.

        Returns:
            The whole text.
        """

    def context(self, row: int) -> str:
        """The text of a row; of a pair the second.

        Args:
            row: its number in the pass.

        Returns:
            The whole text.
        """

    def label(self, row: int, task: Task) -> Any:
        """The row's parsed label of a task.

        Args:
            row: its number in the pass.
            task: one of the split's.

        Returns:
            The label; None where it has none.
        """

    def word_spans(self, row: int, task: Task) -> list[tuple[int, int]]:
        """Where the words of a row's text lie.

        Args:
            row: its number in the pass.
            task: whose words they are.

        Returns:
            (start, end) of each, in characters of the text.
        """

    def first_tokens(self, row: int, task: Task) -> list[int | None]:
        """The first sub-word of each word.

        Args:
            row: its number in the pass.
            task: whose words they are.

        Returns:
            For each word a position in the row; None where another row reads the word, or none does.
        """

    def encoding(self, row: int) -> Any:
        """The tokenizer's own record of a row.

        Args:
            row: its number in the pass.

        Returns:
            A record that knows where in the text each token comes from.
        """

    def token_ids(self, row: int) -> list[int]:
        """The row's token numbers.

        Args:
            row: its number in the pass.

        Returns:
            The numbers, without padding.
        """

    def choices(self, task: Task) -> list[list] | None:
        """Each row's candidates, as the encoder reads them beside its text.

        Args:
            task: whose candidates they are.

        Returns:
            For each row the tokenizer's records of its candidates; None where nobody gave any.
        """

    def choice_texts(self, row: int, task: Task) -> list[str]:
        """The candidates of a row.

        Args:
            row: its number in the pass.
            task: whose candidates they are.

        Returns:
            Their texts.
        """

    def target_ids(self, texts: Sequence[str], longest: int) -> list[list[int]]:
        """The tokens of answers that are to be written.

        Args:
            texts: the answers.
            longest: how many tokens of each at most.

        Returns:
            The token numbers of each, and at their end the mark of the end.
        """

    def special(self, rows: Tensor) -> Tensor:
        """Which tokens are padding or the tokenizer's own marks.

        Args:
            rows: numbers of rows, (n,).

        Returns:
            (n, tokens) bool.
        """

    def padded(self, ids: Sequence) -> tuple[Tensor, Tensor]:
        """Lists of token numbers as one tensor.

        Args:
            ids: the lists.

        Returns:
            The numbers, (lists, longest), and 1 where there is one, else 0.
        """

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
        """As `append`, from lists.

        Args:
            ids: token numbers, a list a row.
            types: which of two texts each is of, likewise (None: all of the first).

        Returns:
            The number of the first of these rows.
        """


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
        """The same with its tensors on a device.

        Args:
            device: where they should lie.

        Returns:
            A new target.
        """
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
        """The same where row r of the pass has become row place[r].

        Args:
            place: (rows,).

        Returns:
            A new target.
        """
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

    The decoder is asked for m answers; each of the n vectors is what it says at one step of one of them.

    Args:
        rows: (n,), the number of the answer.
        labels: (n,), the token that is due next.
        positions: (n,), the step.
        texts, count, source: as for `Target`.
        decoder_rows: (m,), the row of the pass that each answer is about.
        decoder_ids: (m, steps), the tokens that the decoder has read before each step.
    """

    decoder_rows: Tensor = field(kw_only=True)
    decoder_ids: Tensor = field(kw_only=True)

    @property
    def reads(self) -> Tensor:
        """The rows of the pass that its answers are about."""
        return self.decoder_rows

    def renumbered(self, place: Tensor) -> Target:
        """The same where row r of the pass has become row place[r].

        Args:
            place: (rows,).

        Returns:
            A new target.
        """
        return replace(self, decoder_rows=place[self.decoder_rows])
