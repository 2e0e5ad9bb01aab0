"""What the kinds that guess tokens share: loss, measures, and a language model's own output layer as the head."""

import numpy as np
from torch import nn

from mtlkit.tasks._grouped import by_text
from mtlkit.tasks._kind import Kind


class Tokens(Kind):
    """Logits (n, vocabulary) against token numbers (n,)."""

    metric_names = ("accuracy",)

    def loss(self, output, labels):
        return nn.functional.cross_entropy(output, labels)

    def predictions_and_targets(self, output, target, task):
        """(hits, nats, tokens) for each text."""
        nats = nn.functional.cross_entropy(output, target.labels, reduction="none").tolist()
        hits = (output.argmax(-1) == target.labels).tolist()
        texts = by_text(target, zip(hits, nats, strict=True)).values()
        return [(sum(h for h, _ in tokens), sum(n for _, n in tokens), len(tokens)) for tokens in texts]

    def counts(self, pairs, task):
        return np.array(pairs, dtype=float)

    def from_counts(self, sums, task):
        """Over all tokens alike: the share guessed right, and e to the power of the mean nats."""
        hits, nats, tokens = np.moveaxis(sums, -1, 0)
        return {"accuracy": hits / tokens, "perplexity": np.exp(np.minimum(nats / tokens, 700.0))}


class LanguageModelling(Tokens):
    """Tokens of the texts themselves: no label column is needed, and every row takes part."""

    needs_column = False

    def parse(self, value, task, where):
        return True


class LanguageModelHead(nn.Module):
    """The encoder's own output layer, (n, hidden) → (n, vocabulary): that of its causal or sequence-to-sequence
    language model, which it shares with `generate`; no parameters of its own."""

    def __init__(self, encoder) -> None:
        super().__init__()
        self._model = (encoder.backbone,)  # in a tuple: the encoder owns it, this head only reads it

    def forward(self, vectors):
        model = self._model[0]
        if getattr(model.config, "scale_decoder_outputs", False):  # T5, where the output layer is the embeddings
            vectors = vectors * model.config.d_model**-0.5
        logits = model.get_output_embeddings()(vectors)
        return logits + model.final_logits_bias if hasattr(model, "final_logits_bias") else logits


def language_model_head(task, encoder, families: tuple[str, ...]) -> LanguageModelHead:
    """ValueError naming the task where an encoder of this family can't do it."""
    if encoder.family not in families:
        raise ValueError(
            f"Task {task.name!r}: {task.kind!r} is for the family {' or '.join(map(repr, families))}, and "
            f"{encoder.name!r} is of {encoder.family!r}. GPT-2 is a decoder, T5 an encoder-decoder."
        )
    return LanguageModelHead(encoder)
