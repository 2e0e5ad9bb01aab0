"""How a run steps: AdamW's groups, the learning rates and their schedule."""

from __future__ import annotations

import math

import torch
from torch import nn

from mtlkit.encoder.adapters import levels
from mtlkit.training.arguments import check_rates

CLIP = 1.0  # the largest norm of a step's gradient
WARM_UP = 0.1  # the share of the steps in which the learning rate rises
LARGE_WEIGHTS = ("t5", "mt5", "umt5", "longt5")  # model types whose embeddings begin with a deviation of 1


def make_optimizer(
    model, weighting: nn.Module | None, lr: float, head_lr: float, layer_decay: float | None = None
) -> torch.optim.AdamW:
    """AdamW as `Run` uses it: the encoder at `lr`, heads and the weighting's own parameters at `head_lr`; no weight
    decay on biases and layer norms; nothing for what is frozen.

    layer_decay: d: the encoder's top layer at `lr`, each lower one, and at last the embeddings, at d times the rate of
    the one above. ValueError where nothing is left to be trained.
    """
    encoder = [(model.encoder.parameters(), lr)] if layer_decay is None else layer_rates(model.encoder, lr, layer_decay)
    own = [p for p in weighting.parameters() if p.requires_grad] if weighting is not None else []
    groups = []
    for parameters, rate in (*encoder, (model.heads.parameters(), head_lr)):
        parameters = [p for p in parameters if p.requires_grad]
        groups.append({"params": [p for p in parameters if p.ndim > 1], "lr": rate, "weight_decay": 0.01})
        groups.append({"params": [p for p in parameters if p.ndim <= 1], "lr": rate, "weight_decay": 0.0})
    if not any(g["params"] for g in groups):
        raise ValueError("Nothing is left to be trained: the encoder is frozen, and the tasks' heads have no weights.")
    if own:
        groups.append({"params": own, "lr": head_lr, "weight_decay": 0.0})
    return torch.optim.AdamW([g for g in groups if g["params"]], fused=True)


def layer_rates(encoder, lr: float, decay: float) -> list[tuple[list[nn.Parameter], float]]:
    """An encoder's parameters with their peak learning rates, from the top down (Howard & Ruder 2018, ULMFiT, section
    3.2, "discriminative fine-tuning", arXiv:1801.06146)."""
    *lower, top = levels(encoder)
    rates = [lr * decay**k for k in range(len(lower))]
    return [(top, lr), *zip(reversed(lower), rates, strict=True)]


def schedule(step: int, steps: int) -> float:
    """The share of the peak learning rate at `step` (1 … steps): linear rise over a tenth, linear fall to 0."""
    rise = max(1, math.ceil(WARM_UP * steps))
    return step / rise if step <= rise else (steps - step + 1) / (steps - rise + 1)


def default_lr(encoder) -> float:
    """A peak learning rate for fine-tuning: smaller for larger encoders (about 2e-5 at BERT base's 110 M parameters,
    8e-5 at MiniLM's 22 M, 1e-3 at bert-tiny's 1.2 M), and five times as large for T5 and its kin, whose weights are
    larger, as AdamW's steps do not grow with them."""
    kin = 5 if encoder.config.model_type in LARGE_WEIGHTS else 1
    return kin * min(2e-3, 2e-5 * (110e6 / encoder.size()) ** 0.86)


def default_head_lr(lr: float) -> float:
    """A peak learning rate for heads, which start from nothing: ten times the encoder's, and at least 1e-3."""
    return max(1e-3, 10 * lr)


def peak_rates(encoder, lr: float | None = None, head_lr: float | None = None) -> tuple[float, float]:
    """The peak learning rates of encoder and heads: what is asked for, or where that is None the defaults. At 0 nothing
    moves. ValueError for a rate below 0, NaN or infinite."""
    check_rates(lr=lr, head_lr=head_lr)
    lr = default_lr(encoder) if lr is None else float(lr)
    return lr, default_head_lr(lr) if head_lr is None else float(head_lr)
