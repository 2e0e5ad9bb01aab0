"""Text to tokens to batches: tokenised once, grouped by length, one encoder pass a batch."""

from mtlkit.batching.batches import Batch, Batches, Rows, collate, epoch_order, generator, in_order
from mtlkit.batching.tokenized import Encoded, encode

__all__ = ["Batch", "Batches", "Encoded", "Rows", "collate", "encode", "epoch_order", "generator", "in_order"]
