"""What an encoder computes in: one rule for training and for answers."""

from __future__ import annotations

import torch

from mtlkit.utils.errors import unknown


def choose_precision(name: str, device: torch.device, encoder) -> str:
    """What to compute in: "auto" takes bf16 where it pays: on a CPU that has it for an encoder of MiniLM's width or
    more, on a GPU that has it of BERT-base's width or more: MiniLM on ticket-length texts lost a fifth there
    (benchmarks/GPU.md), because casting takes longer than it saves."""
    if name not in ("fp32", "bf16", "auto"):
        raise ValueError(unknown("precision", name, ("fp32", "bf16", "auto")))
    if name != "auto":
        return name
    if device.type == "cuda":
        pays = encoder.hidden_size >= 768 and torch.cuda.is_bf16_supported()
    else:
        pays = device.type == "cpu" and encoder.hidden_size >= 256 and torch.cpu._is_avx512_bf16_supported()
    return "bf16" if pays else "fp32"


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """The context in which to compute in a precision, "fp32" or "bf16"."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")
