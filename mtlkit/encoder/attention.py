"""Dropout on attention, and where training on a CPU goes without it."""

from __future__ import annotations

import contextlib

import torch
from torch.overrides import TorchFunctionMode

LONG = 384  # tokens a window; at 256 a step took as long without dropout (benchmarks/SPEEDUPS.md)


def attention_dropout_below(device: torch.device) -> int | None:
    """Windows of so many tokens or more train without dropout on attention; None: all train with it.

    torch's fused attention for CPUs knows no dropout: with it, all tokens × tokens probabilities of every layer are
    written out, which takes more time and memory the longer the window. All other dropout stays.
    """
    return LONG if device.type == "cpu" else None


def fused_where_long(input_ids: torch.Tensor) -> contextlib.AbstractContextManager:
    """The context in which a pass over input_ids (rows, tokens) is trained."""
    below = attention_dropout_below(input_ids.device)
    return contextlib.nullcontext() if below is None or input_ids.shape[1] < below else _WithoutDropout()


class _WithoutDropout(TorchFunctionMode):
    """Whatever asks torch for attention gets it without dropout: each family of models keeps its rate elsewhere."""

    def __torch_function__(self, func, types, args=(), kwargs=None) -> object:
        kwargs = kwargs or {}
        if func is torch.nn.functional.scaled_dot_product_attention:
            kwargs = kwargs | {"dropout_p": 0.0}
        return func(*args, **kwargs)
