"""How much of an encoder is trained: frozen layers, low-rank adapters, activations computed again instead of kept."""

from __future__ import annotations

import copy
import math
import warnings
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from mtlkit.encoder.encoder import Encoder

FINAL_NORMS = ("norm", "ln_f", "final_norm", "final_layer_norm", "layer_norm")  # names beside the list of layers
INSTALL = "pip install 'mtlkit[peft]'"


def adapt(
    encoder: Encoder,
    freeze: str | int | None = None,
    lora: int | None = None,
    gradient_checkpointing: bool = False,
    seed: int = 0,
) -> None:
    """Change in place how much of an encoder is trained; `encoder.adapted` says what was done.

    A second call adds to the first. What can't be done is refused before anything is changed.

    Args:
        encoder: what is changed.
        freeze: "all", or how many of the lowest layers are frozen with the embeddings (None: nothing).
        lora: the rank of adapters on every matrix of the layers; the encoder's own weights are frozen (None: no
            adapters). Not with `freeze`; needs pip install "mtlkit[peft]".
        gradient_checkpointing: True computes activations again in the backward pass: less memory, more time.
        seed: draws the adapters' first weights.

    Raises:
        ValueError: freeze and lora together or one after the other, fewer layers to freeze than are frozen already,
            adapters of another rank than those that are there, a number of layers or a rank that can't be, an encoder
            whose layers can't be told apart, or one without gradient checkpointing.
        ImportError: `lora` without peft.

    References:
        LoRA: Hu et al. 2021, arXiv:2106.09685. Gradient checkpointing: Chen et al. 2016, arXiv:1604.06174.
    """
    if freeze is not None and lora is not None:
        raise ValueError(f"Give freeze or lora: lora={lora!r} freezes all of the encoder's own weights already.")
    asked = {"freeze": freeze, "lora": lora, "gradient_checkpointing": gradient_checkpointing or None}
    before, added = encoder.adapted, {name: value for name, value in asked.items() if value is not None}
    adapted = {name: (before | added)[name] for name in asked if name in before | added}
    frozen = [] if freeze is None else _to_freeze(encoder, freeze)
    if lora is not None:
        _check_lora(lora)
    if gradient_checkpointing:
        _check_recompute(encoder)
    has, wanted = f"Encoder {encoder.name!r} has {_listed(before)} already", _listed(added)
    if {"freeze", "lora"} <= adapted.keys():
        raise ValueError(f"{has}, which doesn't go with {wanted}: load it anew.")
    if _depth(adapted) < _depth(before) or before.get("lora") not in (None, adapted.get("lora")):
        raise ValueError(f"{has}, which {wanted} can't take back: load it anew.")
    # All of it can be done; only now is the encoder changed.
    for parameter in frozen:
        parameter.requires_grad_(False)
    if lora is not None and "lora" not in before:
        _add_lora(encoder.backbone, lora, seed)
    if gradient_checkpointing:
        _recompute(encoder.backbone)
    encoder.adapted = adapted


def _listed(settings: dict) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in settings.items())


def _depth(adapted: dict) -> float:
    """How many layers are frozen; −1: not even the embeddings."""
    depth = adapted.get("freeze", -1)
    return math.inf if depth == "all" else depth


def levels(encoder: Encoder) -> list[list[nn.Parameter]]:
    """An encoder's parameters from the bottom up: embeddings, each layer, and what stands above the last one (a final
    norm, the output layer, the decoder beside an encoder); that may be nothing."""
    reader, count = encoder.reader, encoder.config.num_hidden_layers
    stacks = ((name, m) for name, m in encoder.backbone.named_modules() if isinstance(m, nn.ModuleList))
    inside = {id(m) for m in reader.modules()}
    name, layers = next(((n, m) for n, m in stacks if len(m) == count and id(m) in inside), ("", None))
    if layers is None:
        kind = encoder.config.model_type
        raise ValueError(f'Encoder {encoder.name!r}: the layers of {kind!r} can\'t be told apart; freeze="all" can be.')
    holder = encoder.backbone.get_submodule(name.rpartition(".")[0])
    seen: set[int] = set()

    def new(parameters) -> list[nn.Parameter]:
        found = [p for p in parameters if id(p) not in seen]
        seen.update(map(id, found))
        return found

    stacked = [new(layer.parameters()) for layer in layers]
    last = new(p for norm in FINAL_NORMS if hasattr(holder, norm) for p in getattr(holder, norm).parameters())
    below = new(reader.parameters())
    return [below, *stacked, last + new(encoder.parameters())]


def _to_freeze(encoder: Encoder, depth: str | int) -> list[nn.Parameter]:
    if depth == "all":
        return list(encoder.parameters())
    count = encoder.config.num_hidden_layers
    if isinstance(depth, bool) or not isinstance(depth, int) or not 0 <= depth <= count:
        raise ValueError(
            f'Encoder {encoder.name!r}: freeze is "all", or how many of its {count} layers, from the lowest up, are '
            f"frozen with the embeddings (0: those alone); found {depth!r}."
        )
    return [p for level in levels(encoder)[: depth + 1] for p in level]


def _check_lora(rank: int) -> None:
    if isinstance(rank, bool) or not isinstance(rank, int) or rank < 1:
        raise ValueError(f"lora is a rank, a whole number of at least 1 (8 is usual), found {rank!r}.")
    try:
        import peft  # noqa: F401
    except ImportError as error:
        raise ImportError(f"lora={rank} needs peft: {INSTALL}") from error


def _add_lora(backbone: nn.Module, rank: int, seed: int) -> None:
    from peft import LoraConfig, inject_adapter_in_model

    settings = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear")
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # GPT-2 keeps its matrices the other way round, which peft minds
        torch.manual_seed(seed)
        inject_adapter_in_model(settings, backbone)


def _check_recompute(encoder: Encoder) -> None:
    if not encoder.backbone.supports_gradient_checkpointing:
        kind = encoder.config.model_type
        raise ValueError(f"Encoder {encoder.name!r}: transformers has no gradient checkpointing for {kind!r}.")


def _recompute(backbone: Any) -> None:
    if hasattr(backbone, "activation_checkpointing_enable"):
        backbone.activation_checkpointing_enable(activation_checkpointing_kwargs={"use_reentrant": False})
    else:  # its name in older releases of transformers
        backbone.gradient_checkpointing_enable({"use_reentrant": False})
    backbone.disable_input_require_grads()  # else gradients would be carried through frozen layers, down to the words


def without_adapters(backbone: nn.Module) -> nn.Module:
    """A copy in which the adapters are part of the weights: W + B·A in place of W."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    backbone = copy.deepcopy(backbone)
    for name, module in list(backbone.named_modules()):
        if isinstance(module, BaseTunerLayer):
            module.merge()
            backbone.set_submodule(name, module.get_base_layer())
    return backbone
