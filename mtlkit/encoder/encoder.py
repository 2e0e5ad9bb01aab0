"""The shared encoder: a pretrained language model that turns tokens into vectors, from data/, a folder or the Hub."""

from __future__ import annotations

import contextlib
import copy
import inspect
import math
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from mtlkit.encoder.adapters import without_adapters
from mtlkit.encoder.attention import fused_where_long
from mtlkit.utils.errors import unknown
from mtlkit.utils.files import write_folder

if TYPE_CHECKING:
    from transformers import PretrainedConfig

POOLINGS = ("mean", "first", "last")
LONGEST = 4096  # tokens read of a text where neither the model nor its tokenizer says
# Model types whose layers all look at the same tokens, and take a ready mask of them.
PLAIN_ATTENTION = {"bert", "roberta", "distilbert", "electra", "gpt2", "llama", "qwen2", "t5", "bart"}

# Our masked-language head ↔ the names that BERT's has in the Hub's layout.
MLM_NAMES = {
    "dense.weight": "cls.predictions.transform.dense.weight",
    "dense.bias": "cls.predictions.transform.dense.bias",
    "norm.weight": "cls.predictions.transform.LayerNorm.weight",
    "norm.bias": "cls.predictions.transform.LayerNorm.bias",
    "bias": "cls.predictions.bias",
}


class Encoder(nn.Module):
    """A `transformers` model with its tokenizer, and a way to pool; made by `load_encoder`.

    BERT and its kin, GPT and other causal decoders, or the encoder half of T5 or BART. Calling it: input_ids,
    attention_mask, token_type_ids (rows, tokens) → token vectors (rows, tokens, hidden) and one pooled vector a row
    (rows, hidden); padding may stand on the side that the tokenizer names.

    Args:
        backbone: the model; a decoder's, T5's and BART's with the output layer that writes text.
        tokenizer: of the same model, a fast one.
        name: what it is called.
        pooling: "mean" over a row's real tokens, or its "first" or "last" real token. None: "last" for a causal
            decoder, whose last token alone has read the whole text; else "mean".
        mlm_state: the weights of its masked-language head, where known.

    Raises:
        ValueError: an unknown pooling.
    """

    def __init__(
        self, backbone: Any, tokenizer: Any, name: str, pooling: str | None = None, mlm_state: dict | None = None
    ):
        super().__init__()
        self.family = family(backbone.config)
        pooling = pooling or ("last" if self.family == "decoder" else "mean")
        if pooling not in POOLINGS:
            raise ValueError(unknown("pooling", pooling, POOLINGS))
        self.backbone, self.tokenizer, self.name = backbone, tokenizer, name
        self.pooling, self.mlm_state = pooling, mlm_state
        self.adapted: dict = {}  # what `adapt` did to it
        writes = "use_cache" in inspect.signature(self.reader.forward).parameters
        self._options = {"use_cache": False} if writes else {}  # nothing is written after a text that is read

    def __repr__(self) -> str:
        about = [f"{self.size():,} parameters", f"{self.trainable():,} of them trained", f"pooling={self.pooling!r}"]
        about += [f"{name}={value!r}" for name, value in self.adapted.items()]
        return f"<Encoder {self.name!r} ({self.config.model_type}): {', '.join(about)}>"

    @property
    def config(self) -> PretrainedConfig:
        """The model's own."""
        return self.backbone.config

    @property
    def hidden_size(self) -> int:
        """The length of a token's vector."""
        return self.config.hidden_size

    @property
    def max_length(self) -> int:
        """The most tokens that the encoder reads of a text."""
        positions = getattr(self.config, "max_position_embeddings", None) or math.inf  # T5 knows no end
        tables = (m for n, m in self.backbone.named_modules() if n.endswith("position_embeddings"))
        pad = next((getattr(table, "padding_idx", None) for table in tables), None)
        if pad is not None:  # RoBERTa and its kin begin to count behind it
            positions -= pad + 1
        return int(min(positions, self.tokenizer.model_max_length, LONGEST))

    @property
    def word_embeddings(self) -> nn.Embedding:
        """The table of a vector for each token of the vocabulary."""
        return self.backbone.get_input_embeddings()

    @property
    def decoder_start(self) -> int | None:
        """The token with which the decoder of an encoder-decoder begins; None for the others."""
        if self.family != "encoder-decoder":
            return None
        start = getattr(self.config, "decoder_start_token_id", None)
        return self.tokenizer.pad_token_id if start is None else start

    def size(self) -> int:
        """Number of parameters."""
        return sum(p.numel() for p in self.parameters())

    def trainable(self) -> int:
        """Number of parameters that training changes: all but what is frozen."""
        return sum(p.numel() for p in self.parameters() if p.requires_grad)

    @property
    def reader(self) -> nn.Module:
        """What of the backbone turns tokens into vectors."""
        return self.backbone.get_encoder() if self.family == "encoder-decoder" else self.backbone.base_model

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Read a batch of texts.

        Args:
            input_ids: token numbers, (rows, tokens).
            attention_mask: 1 for a real token, 0 for padding, (rows, tokens).
            token_type_ids: which of two texts a token is of, (rows, tokens); left out where the model has no such
                thing.

        Returns:
            Token vectors (rows, tokens, hidden), and pooled ones (rows, hidden).
        """
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        if token_type_ids is not None and (getattr(self.config, "type_vocab_size", None) or 0) > 1:
            inputs["token_type_ids"] = token_type_ids
        if self.tokenizer.padding_side == "left":
            tokens = self._padded_right(inputs)
        else:
            tokens = self._vectors(inputs)
        return tokens, self.pool(tokens, attention_mask)

    def pool(self, tokens: Tensor, attention_mask: Tensor) -> Tensor:
        """One vector a row out of its token vectors.

        Args:
            tokens: (rows, tokens, hidden).
            attention_mask: (rows, tokens).

        Returns:
            (rows, hidden).
        """
        if self.pooling == "mean":
            real = attention_mask.unsqueeze(-1).to(tokens.dtype)  # (rows, tokens, 1)
            return (tokens * real).sum(1) / real.sum(1)
        place = torch.arange(attention_mask.shape[1], device=attention_mask.device)
        far = place if self.pooling == "last" else -place
        chosen = torch.where(attention_mask.bool(), far, -attention_mask.shape[1]).argmax(1)
        return tokens[torch.arange(len(tokens), device=tokens.device), chosen]

    def decode(self, decoder_ids: Tensor, tokens: Tensor, attention_mask: Tensor) -> Tensor:
        """What the decoder of an encoder-decoder makes of what it has said, looking at each answer's token vectors.

        Args:
            decoder_ids: tokens said so far, (answers, steps).
            tokens: (answers, tokens, hidden).
            attention_mask: (answers, tokens).

        Returns:
            (answers, steps, hidden).
        """
        seen = {
            "attention_mask": self._mask(torch.ones_like(decoder_ids), decoder_ids, causal=True),
            "encoder_hidden_states": tokens,
            "encoder_attention_mask": self._mask(attention_mask, decoder_ids),
        }
        return self.backbone.get_decoder()(input_ids=decoder_ids, use_cache=False, **seen).last_hidden_state

    @torch.no_grad()
    def generate(
        self,
        input_ids: Tensor | None,
        attention_mask: Tensor,
        tokens: Tensor | None = None,
        begin: Sequence[int] = (),
        **options: Any,
    ) -> Tensor:
        """Tokens that the language model writes, by `transformers`' own `generate`.

        Args:
            input_ids: what it goes on after, (rows, tokens), padded on the left; None where it looks at `tokens`.
            attention_mask: (rows, tokens).
            tokens: the token vectors (rows, tokens, hidden) that a decoder beside the encoder looks at.
            begin: token numbers that such a decoder goes on after, the same for all rows.
            **options: of `generate`. By default the likeliest token at each step is written; num_beams=4: by beams.

        Returns:
            Token numbers, (rows, steps), of what is new alone.
        """
        from transformers.modeling_outputs import BaseModelOutput

        pad = self.tokenizer.pad_token_id
        options = {"do_sample": False, "pad_token_id": pad, "eos_token_id": self.tokenizer.eos_token_id} | options
        mask = attention_mask.to(self.word_embeddings.weight.device)
        if tokens is not None or input_ids is None:
            known = BaseModelOutput(last_hidden_state=tokens)
            start = torch.tensor([[self.decoder_start, *begin]], device=mask.device).expand(len(mask), -1)
            written = self.backbone.generate(
                encoder_outputs=known, attention_mask=mask, decoder_input_ids=start, **options
            )
            return written[:, start.shape[1] :]
        written = self.backbone.generate(input_ids.to(mask.device), attention_mask=mask, **options)
        return written[:, input_ids.shape[1] :]

    def _vectors(self, inputs: dict[str, Tensor]) -> Tensor:
        """(rows, tokens, hidden)."""
        mask = self._mask(inputs["attention_mask"], inputs["input_ids"], causal=self.family == "decoder")
        inputs = inputs | {"attention_mask": mask}
        with fused_where_long(inputs["input_ids"]):
            return self.reader(**inputs, **self._options).last_hidden_state

    def _padded_right(self, inputs: dict[str, Tensor]) -> Tensor:
        """As `_vectors`, with padding moved behind the text for the pass, as positions count from the first token."""
        order = inputs["attention_mask"].argsort(dim=1, descending=True, stable=True)  # (rows, tokens)
        tokens = self._vectors({name: tensor.gather(1, order) for name, tensor in inputs.items()})
        return tokens.gather(1, order.argsort(1).unsqueeze(-1).expand_as(tokens))

    def _mask(self, attention_mask: Tensor, asking: Tensor, causal: bool = False) -> Tensor:
        """(rows, tokens) as what `asking` (rows, places) may look at: (rows, 1, places, tokens); causal: none later."""
        # With a 2-D mask the attention code asks mask.all() at every pass, and a GPU would have to be waited for.
        plain = self.config.model_type in PLAIN_ATTENTION and not getattr(self.config, "use_sliding_window", False)
        if self.config._attn_implementation != "sdpa" or not plain:
            return attention_mask
        (rows, tokens), places = attention_mask.shape, asking.shape[1]
        seen = attention_mask.bool()[:, None, None, :].expand(rows, 1, places, tokens)
        return seen.tril() if causal else seen

    def save(self, folder: str | Path, mlm_head: nn.Module | None = None) -> None:
        """Write the encoder in the Hub's layout, whole or not at all. Adapters become part of the weights.

        Args:
            folder: where to.
            mlm_head: that of a task "mlm", which goes with it.

        Raises:
            OSError: the folder can't be written.
        """
        state = mlm_head.state_dict() if mlm_head is not None else self.mlm_state
        with write_folder(folder) as aside:
            backbone = without_adapters(self.backbone) if "lora" in self.adapted else self.backbone
            config = copy.deepcopy(self.config)
            if state and config.model_type == "bert":
                from safetensors.torch import save_file

                tensors = {f"bert.{name}": t.contiguous() for name, t in backbone.state_dict().items()}
                tensors |= {MLM_NAMES[name]: t.contiguous() for name, t in state.items()}
                save_file(tensors, aside / "model.safetensors", metadata={"format": "pt"})
                config.architectures = ["BertForMaskedLM"]
                config.save_pretrained(aside)
            else:
                backbone.save_pretrained(aside)  # ty: ignore[not-callable]  # a model of transformers
            self.tokenizer.save_pretrained(aside)


@contextlib.contextmanager
def in_eval_mode(module: nn.Module) -> Generator[None]:
    """Without dropout; afterwards as it was."""
    was_training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(was_training)


def family(config: PretrainedConfig) -> str:
    """What reads the text: an "encoder" (BERT), a causal "decoder" (GPT), or an "encoder-decoder" (T5), its encoder."""
    from transformers.models.auto import modeling_auto as auto

    if config.is_encoder_decoder:
        return "encoder-decoder"
    causal = config.model_type in auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    return "decoder" if causal and config.model_type not in auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES else "encoder"
