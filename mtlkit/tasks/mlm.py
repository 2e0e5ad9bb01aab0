"""Masked language modelling: hide some tokens, guess them back (Devlin et al. 2019, arXiv:1810.04805)."""

import torch
from torch import nn

from mtlkit.tasks._kind import register
from mtlkit.tasks._language_model import LanguageModelling
from mtlkit.tasks._target import Target

SHARE = 0.15  # of the tokens are guessed; 80 % of those read as [MASK], 10 % as a random token, 10 % as themselves


@register
class MLM(LanguageModelling):
    """Head: hidden → vocabulary, the output layer tied to the encoder's embeddings. Loss: cross-entropy in nats, mean
    over hidden tokens. Needs no label column: masked copies of the rows are appended to the same encoder pass, so that
    other tasks read the text unmasked. Asked about a text, it fills the [MASK] tokens in it."""

    name = "mlm"

    def target(self, labels, rows, task):
        if labels is None:
            first = rows.first_windows
            row_of, position = (rows.input_ids[first] == rows.tokenizer.mask_token_id).nonzero(as_tuple=True)
            row_of = first[row_of]
            return Target(row_of, None, position) if len(row_of) else None
        there = torch.tensor([i for i, label in enumerate(labels) if label is not None], dtype=torch.long)
        if not len(there):
            return None
        ids = rows.input_ids[there]
        hidden = (torch.rand(ids.shape, generator=rows.random) < SHARE) & ~rows.special(there)
        row_of, position = hidden.nonzero(as_tuple=True)
        if not len(row_of):
            return None
        masked = mask(ids, hidden, rows.tokenizer, rows.random)
        first = rows.append(masked, rows.attention_mask[there], rows.token_type_ids[there])
        return Target(first + row_of, ids[row_of, position], position, texts=there[row_of])

    def head(self, task, encoder):
        if encoder.tokenizer.mask_token_id is None:
            raise ValueError(f"Task {task.name!r}: the tokenizer of {encoder.name!r} has no token to hide words with.")
        return MLMHead(encoder)

    def decode(self, output, target, rows, task, top: int = 5):
        answers: dict[int, dict] = {row: {"masks": []} for row in rows.first_windows.tolist()}
        scores, best = output.softmax(-1).topk(top)
        for row, s, b in zip(target.rows.tolist(), scores.tolist(), best.tolist(), strict=True):
            words = rows.tokenizer.convert_ids_to_tokens(b)
            answers[row]["masks"].append([{"token": w, "score": p} for w, p in zip(words, s, strict=True)])
        return list(answers.values())


def mask(ids, hidden, tokenizer, random):
    """`ids` (n, tokens) with the `hidden` tokens replaced: 80 % by [MASK], 10 % by any token, 10 % left as they are."""
    draw = torch.rand(ids.shape, generator=random)
    any_token = torch.randint(len(tokenizer), ids.shape, generator=random)
    masked = torch.where(hidden & (draw < 0.8), tokenizer.mask_token_id, ids)
    return torch.where(hidden & (draw >= 0.8) & (draw < 0.9), any_token, masked)


class MLMHead(nn.Module):
    """BERT's: dense, GELU, LayerNorm, then the word embeddings read backwards. Starts from the weights that the
    encoder's folder holds for it, where there are some."""

    def __init__(self, encoder) -> None:
        super().__init__()
        embedding = encoder.word_embeddings
        size, eps = embedding.embedding_dim, getattr(encoder.config, "layer_norm_eps", 1e-12)
        self.dense, self.norm = nn.Linear(encoder.hidden_size, size), nn.LayerNorm(size, eps=eps)
        self.bias = nn.Parameter(torch.zeros(embedding.num_embeddings))
        nn.init.normal_(self.dense.weight, std=0.02)
        nn.init.zeros_(self.dense.bias)
        self._tied = (embedding,)  # in a tuple: the encoder owns it, this head only reads it
        self.pretrained = bool(encoder.mlm_state)
        if self.pretrained:
            self.load_state_dict(encoder.mlm_state)

    def forward(self, vectors):
        return nn.functional.linear(self.norm(nn.functional.gelu(self.dense(vectors))), self._tied[0].weight, self.bias)
