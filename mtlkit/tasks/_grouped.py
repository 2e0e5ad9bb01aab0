"""Several vectors, one answer: a softmax within groups, and what belongs together."""

import math

import torch
from torch import Tensor


def log_softmax(logits: Tensor, group: Tensor) -> Tensor:
    """Of logits (n,), each over those with its number in `group` (n,), whole numbers from 0 to below n: (n,)."""
    low = torch.full_like(logits, -math.inf)
    top = low.scatter_reduce(0, group, logits.detach(), "amax")[group]
    total = torch.zeros_like(low).index_add(0, group, (logits - top).exp())
    return logits - top - total[group].log()


def dense(group: Tensor) -> Tensor:
    """The numbers in `group` (n,) as 0, 1, 2, … in their order."""
    return torch.unique(group, return_inverse=True)[1]


def by_text(target, values) -> dict[int, list]:
    """Row of the batch → the `values` of its vectors, in their order."""
    found: dict[int, list] = {}
    texts = target.rows if target.texts is None else target.texts
    for text, value in zip(texts.tolist(), values, strict=True):
        found.setdefault(text, []).append(value)
    return found
