"""How a run steps: AdamW's groups, the learning rates and their schedule."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import nn

from mtlkit.encoder.adapters import levels
from mtlkit.training.arguments import check_head_rates, check_rates

CLIP = 1.0  # the largest norm of a step's gradient
WARM_UP = 0.1  # the share of the steps in which the learning rate rises
LARGE_WEIGHTS = ("t5", "mt5", "umt5", "longt5")  # model types whose embeddings begin with a deviation of 1
SHORT = 1000  # steps; a shorter training is in haste
HEADS = 3.0  # a head's usual rate, times the encoder's width


def make_optimizer(
    model, weighting: nn.Module | None, lr: float, head_lr: Mapping[str, float], layer_decay: float | None = None
) -> torch.optim.AdamW:
    """AdamW as `Run` uses it: the encoder at `lr`, each task's head at its rate in `head_lr`, the weighting's own
    parameters at ten times `lr` and at least 1e-3; no weight decay on biases and layer norms; nothing for what is
    frozen.

    layer_decay: d: the encoder's top layer at `lr`, each lower one, and at last the embeddings, at d times the rate of
    the one above. ValueError where nothing is left to be trained.
    """
    encoder = [(model.encoder.parameters(), lr)] if layer_decay is None else layer_rates(model.encoder, lr, layer_decay)
    own = [p for p in weighting.parameters() if p.requires_grad] if weighting is not None else []
    heads: dict[float, list[nn.Parameter]] = {}  # by rate: the fewer groups, the fewer calls in a step
    for task, rate in head_lr.items():
        heads.setdefault(rate, []).extend(model.heads[task].parameters())
    groups = []
    for parameters, rate in (*encoder, *((parameters, rate) for rate, parameters in heads.items())):
        parameters = [p for p in parameters if p.requires_grad]
        groups.append({"params": [p for p in parameters if p.ndim > 1], "lr": rate, "weight_decay": 0.01})
        groups.append({"params": [p for p in parameters if p.ndim <= 1], "lr": rate, "weight_decay": 0.0})
    if not any(g["params"] for g in groups):
        raise ValueError("Nothing is left to be trained: the encoder is frozen, and the tasks' heads have no weights.")
    if own:
        groups.append({"params": own, "lr": own_lr(lr), "weight_decay": 0.0})
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


def default_lr(encoder, steps: int) -> float:
    """A peak learning rate for fine-tuning: smaller for larger encoders (about 2e-5 at BERT base's 110 M parameters,
    8e-5 at MiniLM's 22 M, 1e-3 at bert-tiny's 1.2 M), and five times as large for T5 and its kin, whose weights are
    larger, as AdamW's steps do not grow with them. Trainings of fewer than 1,000 steps take longer ones, at most twice
    as long: √(1,000 / steps)."""
    kin = 5 if encoder.config.model_type in LARGE_WEIGHTS else 1
    short = min(2.0, max(1.0, math.sqrt(SHORT / steps)))
    return kin * min(2e-3, short * 2e-5 * (110e6 / encoder.size()) ** 0.86)


def default_head_lr(encoder, kind, head, lr: float) -> float:
    """A peak learning rate for the head of a task of this kind: 3 / the encoder's width (at most 0.03), times the
    kind's `pace`. An answer adds up as many terms as the encoder is wide, and AdamW moves each by about the rate: the
    wider, the smaller the rate, if an answer is to move alike (Yang et al. 2022, arXiv:2203.03466). A head that came
    pretrained with the encoder goes at the encoder's rate, `lr`."""
    if getattr(head, "pretrained", False):
        return lr
    return kind.pace * min(0.03, HEADS / encoder.hidden_size)


def own_lr(lr: float) -> float:
    """A peak learning rate for a weighting's own parameters: ten times the encoder's, and at least 1e-3."""
    return max(1e-3, 10 * lr)


def peak_rates(
    model, steps: int, lr: float | None = None, head_lr: float | Mapping[str, float] | None = None
) -> tuple[float, dict[str, float]]:
    """The peak learning rates of the encoder and of each task's head in a training of `steps`: what is asked for, or
    where that is None the defaults. At 0 nothing moves. ValueError for a rate below 0, NaN or infinite, or of no
    task."""
    check_rates(lr=lr)
    asked = check_head_rates(head_lr, [task.name for task in model.tasks])
    lr = default_lr(model.encoder, steps) if lr is None else float(lr)
    own = {t.name: default_head_lr(model.encoder, t.spec, model.heads[t.name], lr) for t in model.tasks}
    return lr, own | asked
