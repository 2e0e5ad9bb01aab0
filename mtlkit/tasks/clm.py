"""Causal language modelling: guess each token from those before it (Radford et al. 2018, "Improving Language
Understanding by Generative Pre-Training")."""

import torch

from mtlkit.tasks._kind import register
from mtlkit.tasks._language_model import LanguageModelling, language_model_head
from mtlkit.tasks._target import Target


@register
class CLM(LanguageModelling):
    """Head: hidden → vocabulary, the model's own output layer. Loss: cross-entropy in nats, mean over tokens; log of
    the vocabulary for a model that knows nothing. Needs no label column, and no row of the pass of its own: a decoder
    that reads from left to right sees no token that it must guess. For decoders (GPT-2, Llama …). Asked about a text,
    it says what may come next."""

    name = "clm"

    def target(self, labels, rows, task):
        there = rows.first_windows
        if labels is None:
            return Target(there, None, rows.attention_mask[there].sum(1) - 1)
        there = there[torch.tensor([labels[i] is not None for i in there.tolist()], dtype=torch.bool)]
        guessed = rows.attention_mask[there].bool()
        guessed[:, 0] = False
        row_of, position = guessed.nonzero(as_tuple=True)
        if not len(row_of):
            return None
        row_of = there[row_of]
        return Target(row_of, rows.input_ids[row_of, position], position - 1)

    def head(self, task, encoder):
        return language_model_head(task, encoder, ("decoder",))

    def decode(self, output, target, rows, task, top: int = 5):
        scores, best = (found.tolist() for found in output.softmax(-1).topk(min(top, output.shape[-1])))
        words = [rows.tokenizer.convert_ids_to_tokens(b) for b in best]
        return [
            {"next": [{"token": w, "score": p} for w, p in zip(*pair, strict=True)]}
            for pair in zip(words, scores, strict=True)
        ]
