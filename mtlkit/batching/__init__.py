"""Text to tokens to batches: tokenised once, grouped by length, one encoder pass a batch."""

from mtlkit.batching.alignment import find_words
from mtlkit.batching.collate import Batch, Rows, collate
from mtlkit.batching.sampler import (
    Batches,
    epoch_order,
    evaluation_batches,
    generator,
    group_windows,
    labelled_rows,
    sampling_probabilities,
)
from mtlkit.batching.tokenize import tokenize_texts
from mtlkit.batching.tokenized import LabelledTexts, TokenizedSplit, shared_tokens, tokenize_split

__all__ = [
    "Batch",
    "Batches",
    "LabelledTexts",
    "Rows",
    "TokenizedSplit",
    "collate",
    "epoch_order",
    "evaluation_batches",
    "find_words",
    "generator",
    "group_windows",
    "labelled_rows",
    "sampling_probabilities",
    "shared_tokens",
    "tokenize_split",
    "tokenize_texts",
]
