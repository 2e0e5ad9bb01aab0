"""Text to tokens to batches: tokenised once, grouped by length, one encoder pass a batch."""

from mtlkit.batching.batches import Batch, Batches, Rows, collate, epoch_order, evaluation_batches, generator
from mtlkit.batching.tokenized import TokenizedSplit, tokenize_split

__all__ = [
    "Batch",
    "Batches",
    "Rows",
    "TokenizedSplit",
    "collate",
    "epoch_order",
    "evaluation_batches",
    "generator",
    "tokenize_split",
]
