"""The shared encoder: a pretrained language model that turns tokens into vectors, from data/, a folder or the Hub."""

from __future__ import annotations

import contextlib
import copy
from pathlib import Path

import torch
from torch import Tensor, nn

from mtlkit.names import DATA, unknown, write_folder

POOLINGS = ("mean", "first")

# Our masked-language head ↔ the names that BERT's has in the Hub's layout.
MLM_NAMES = {
    "dense.weight": "cls.predictions.transform.dense.weight",
    "dense.bias": "cls.predictions.transform.dense.bias",
    "norm.weight": "cls.predictions.transform.LayerNorm.weight",
    "norm.bias": "cls.predictions.transform.LayerNorm.bias",
    "bias": "cls.predictions.bias",
}


class Encoder(nn.Module):
    """A `transformers` model with its tokenizer, and a way to pool.

    Calling it: input_ids, attention_mask, token_type_ids (rows, tokens) → token vectors (rows, tokens, hidden) and one
    pooled vector a row (rows, hidden): the "mean" over its real tokens, or its "first" token.
    """

    def __init__(self, backbone: nn.Module, tokenizer, name: str, pooling: str = "mean", mlm_state: dict | None = None):
        super().__init__()
        if pooling not in POOLINGS:
            raise ValueError(unknown("pooling", pooling, POOLINGS))
        self.backbone, self.tokenizer, self.name = backbone, tokenizer, name
        self.pooling, self.mlm_state = pooling, mlm_state

    @property
    def config(self):
        return self.backbone.config

    @property
    def hidden_size(self) -> int:
        return self.config.hidden_size

    @property
    def max_length(self) -> int:
        """The most tokens that the encoder reads of a text."""
        return min(self.config.max_position_embeddings, self.tokenizer.model_max_length)

    @property
    def word_embeddings(self) -> nn.Embedding:
        return self.backbone.get_input_embeddings()

    def size(self) -> int:
        """Number of parameters."""
        return sum(p.numel() for p in self.parameters())

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None):
        inputs = {"input_ids": input_ids, "attention_mask": self._mask(attention_mask)}
        if token_type_ids is not None and getattr(self.config, "type_vocab_size", 0) > 1:
            inputs["token_type_ids"] = token_type_ids
        tokens = self.backbone(**inputs).last_hidden_state  # (rows, tokens, hidden)
        return tokens, self.pool(tokens, attention_mask)

    def pool(self, tokens: Tensor, attention_mask: Tensor) -> Tensor:
        """One vector a row out of its token vectors."""
        if self.pooling == "first":
            return tokens[:, 0]
        real = attention_mask.unsqueeze(-1).to(tokens.dtype)  # (rows, tokens, 1)
        return (tokens * real).sum(1) / real.sum(1)

    def _mask(self, attention_mask: Tensor) -> Tensor:
        # With a 2-D mask the attention code asks mask.all() at every pass, and a GPU would have to be waited for.
        if self.config._attn_implementation != "sdpa" or self.config.model_type != "bert":
            return attention_mask
        rows, tokens = attention_mask.shape
        return attention_mask.bool()[:, None, None, :].expand(rows, 1, tokens, tokens)

    def save(self, folder: str | Path, mlm_head: nn.Module | None = None) -> None:
        """Write the encoder in the Hub's layout, whole or not at all; `mlm_head` (of a task "mlm") goes with it."""
        state = mlm_head.state_dict() if mlm_head is not None else self.mlm_state
        with write_folder(folder) as aside:
            backbone, config = self.backbone, copy.deepcopy(self.config)
            if state and config.model_type == "bert":
                from safetensors.torch import save_file

                tensors = {f"bert.{name}": t.contiguous() for name, t in backbone.state_dict().items()}
                tensors |= {MLM_NAMES[name]: t.contiguous() for name, t in state.items()}
                save_file(tensors, aside / "model.safetensors", metadata={"format": "pt"})
                config.architectures = ["BertForMaskedLM"]
                config.save_pretrained(aside)
            else:
                backbone.save_pretrained(aside)
            self.tokenizer.save_pretrained(aside)


def load_encoder(name: str | Path, *, pretrained: bool = True, pooling: str = "mean", seed: int = 0) -> Encoder:
    """An encoder by name.

    name: an embedded one ("bert-tiny"), a folder in the Hub's layout, or a Hub id (only then the network is used).
    pretrained: False takes the architecture and tokenizer but random weights, drawn from `seed`.
    pooling: how one vector is made of a text's token vectors, "mean" or "first".
    Raises ValueError for an unknown name or a folder that lacks something, saying what.
    """
    source, local = _find(name)
    with _reading(name, source, local):
        from transformers import AutoConfig, AutoModel, AutoTokenizer

        where = {"local_files_only": local, "trust_remote_code": False}
        config = AutoConfig.from_pretrained(source, **where)
        tokenizer = AutoTokenizer.from_pretrained(source, use_fast=True, **where)
        options = {"add_pooling_layer": False} if config.model_type in ("bert", "roberta") else {}
        if pretrained:
            backbone = _quietly(lambda: AutoModel.from_pretrained(source, **options, **where))
        else:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                backbone = AutoModel.from_config(config, **options)
    if not tokenizer.is_fast:
        raise ValueError(
            f"Encoder {str(name)!r} has only a slow tokenizer, which can't align words. Add a tokenizer.json."
        )
    state = _mlm_state(Path(source)) if pretrained and local else None
    return Encoder(backbone.float().eval(), tokenizer, Path(name).name if local else str(name), pooling, state)


def embedded_encoders() -> list[str]:
    """The names of the encoders that come with the kit."""
    return sorted(p.parent.name for p in (DATA / "encoders").glob("*/config.json"))


def _find(name: str | Path) -> tuple[str, bool]:
    """Where an encoder lies: (folder or Hub id, whether it is local)."""
    if (DATA / "encoders" / str(name) / "config.json").is_file():
        return str(DATA / "encoders" / str(name)), True
    if Path(name).is_dir():
        return str(name), True
    near = unknown("embedded encoder", name, embedded_encoders())
    looks_like_path = isinstance(name, Path) or str(name).startswith((".", "/", "~")) or str(name).count("/") > 1
    if looks_like_path or "Did you mean" in near:
        raise ValueError(
            f"{near} Nor is {str(name)!r} a folder. Give a name, a folder in the Hub's layout or a Hub id."
        )
    return str(name), False


@contextlib.contextmanager
def _reading(name: str | Path, source: str, local: bool):
    """Say what is wrong with a folder or Hub id in one sentence."""
    if local:
        missing = [f for f in ("config.json",) if not (Path(source) / f).is_file()]
        if not any((Path(source) / f).is_file() for f in ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model")):
            missing.append("tokenizer.json")
        if missing:
            raise ValueError(f"The encoder folder {str(name)!r} lacks {' and '.join(missing)}.")
    try:
        yield
    except Exception as error:  # transformers raises many kinds; the reason is kept
        if local:
            raise ValueError(f"The encoder folder {str(name)!r} could not be read: {error}") from error
        raise ValueError(
            f"{unknown('embedded encoder', name, embedded_encoders())} Looked up as a Hub id, it could not be had "
            f"({type(error).__name__}): check the id and the network, or name a local folder."
        ) from error


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
