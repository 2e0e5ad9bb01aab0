"""Notebook 01: from token vectors to one vector; what a masked language model is asked."""

import torch

from mtlkit.course.checks.base import Wrong, exercise
from mtlkit.course.checks.compare import Attempt, Idea, judge_function, numbers, random


def _mean(tokens, mask):
    weight = mask.unsqueeze(-1).to(tokens.dtype)
    return (tokens * weight).sum(1) / weight.sum(1)


def _max(tokens, mask):
    return tokens.masked_fill(mask.unsqueeze(-1) == 0, -torch.inf).amax(1)


@exercise(
    hints=(
        "The attention mask is 1 at real tokens and 0 at padding. What does multiplying by it do to the padding?",
        "`attention_mask.unsqueeze(-1)` has shape (rows, tokens, 1). Add up tokens · mask over dimension 1 (tokens), "
        "and divide by how many real tokens the row has: the mask's own sum.",
    ),
    solution="""
def mean_pooling(tokens, attention_mask):
    mask = attention_mask.unsqueeze(-1)             # (rows, tokens, 1)
    return (tokens * mask).sum(1) / mask.sum(1)     # (rows, hidden)
""",
)
def mean_pooling(answer):
    """Give a function of (tokens, attention_mask): the mean of each row's real tokens, shape (rows, hidden).

    tokens: (rows, tokens, hidden). attention_mask: (rows, tokens), 1 at real tokens and 0 at padding."""
    probes = [
        (random(1, 3, 5, 4) - 0.3, torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 0, 0, 0, 0]])),
        (random(2, 2, 6, 3) - 0.3, torch.tensor([[1, 1, 1, 1, 1, 0], [1, 1, 0, 0, 0, 0]])),
    ]
    judge_function(
        answer,
        "tokens, attention_mask",
        probes,
        _mean,
        [
            Idea(
                "padding-counted",
                "You take the mean over all tokens, padding too. The vectors at padding mean nothing, and a text's "
                "vector would change with the length of the longest text in its batch.",
                lambda t, m: t.mean(1),
            ),
            Idea(
                "divided-by-all-tokens",
                "The padding is left out of the sum, but you still divide by the number of all tokens. Short texts get "
                "short vectors that way: divide by the number of real tokens, `attention_mask.sum(1)`.",
                lambda t, m: (t * m.unsqueeze(-1)).sum(1) / t.shape[1],
            ),
            Idea(
                "sum-not-mean",
                "That is the sum of the real tokens: long texts get long vectors. Divide by their number.",
                lambda t, m: (t * m.unsqueeze(-1)).sum(1),
            ),
            Idea(
                "first-token",
                "That is the vector of the first token, [CLS]. It is a way of pooling too, but not the mean.",
                lambda t, m: t[:, 0],
            ),
            Idea(
                "max-not-mean",
                "That is the largest value in each dimension, max pooling. The mean is asked for.",
                (_max, lambda t, m: t.amax(1)),
            ),
            Idea(
                "wrong-dimension",
                "You average over the wrong dimension. tokens is (rows, tokens, hidden), and what should vanish is the "
                "middle one: `dim=1`.",
                (lambda t, m: t.mean(0), lambda t, m: t.mean(2), lambda t, m: (t * m.unsqueeze(-1)).mean(2)),
            ),
        ],
        "The pooled vectors",
    )
    return "One vector per text, and padding has no say in it."


@exercise(
    hints=(
        "Cross-entropy leaves out every position whose label is −100. At which positions should the model be asked?",
        "`torch.where(condition, a, b)` takes a where the condition holds, b elsewhere. "
        "What is the truth at an asked position?",
    ),
    solution="""
import torch

def mlm_labels(original_ids, asked):
    return torch.where(asked, original_ids, -100)
""",
)
def mlm_labels(answer):
    """Give a function of (original_ids, asked): the labels for masked language modelling, (rows, tokens).

    original_ids: (rows, tokens), the token numbers before masking. asked: (rows, tokens), True at every position that
    is asked, those left as they were included. A label is the number of the token to guess, or −100."""
    ids = torch.randint(200, 900, (3, 7), generator=torch.Generator().manual_seed(3))
    where = torch.tensor([[0, 1, 0, 0, 1, 0, 0], [0, 0, 0, 1, 0, 0, 0], [0, 1, 1, 0, 0, 0, 0]]).bool()
    labels = numbers(Attempt(answer, "original_ids, asked")(ids, where), "The labels")
    if labels.shape == ids.shape and (labels[where] == labels[where][0]).all() and labels[where][0] > 1:
        raise Wrong(
            "mask-id-as-label",
            f"Every asked position gets the same label, {labels[where][0]:g}: that is what the model reads there. "
            "The label is what stood there before, which `original_ids` still knows.",
        )
    judge_function(
        answer,
        "original_ids, asked",
        [(ids, where)],
        lambda i, h: torch.where(h, i, -100),
        [
            Idea(
                "labels-everywhere",
                "You give a label at every position. Where nothing is asked the model reads the truth, and would learn "
                "to copy. The label there is −100, which the loss leaves out.",
                lambda i, h: i,
            ),
            Idea(
                "inverse",
                "The wrong way round: labels where nothing is asked, and −100 where something is.",
                lambda i, h: torch.where(h, -100, i),
            ),
            Idea(
                "zero-not-ignored",
                "0 is a token like any other ([PAD]): the model would learn to answer it everywhere. "
                "The label that the loss leaves out is −100.",
                (lambda i, h: torch.where(h, i, 0), lambda i, h: torch.where(h, i, -1)),
            ),
            Idea(
                "mask-not-truth",
                "You hand back where something is asked. A label says what stood there: the token's number.",
                (lambda i, h: h, lambda i, h: torch.where(h, 1, -100)),
            ),
            Idea(
                "only-the-asked",
                "Those are the asked tokens in a row. Labels have the shape of the input, (rows, tokens), so that "
                "each meets the answer at its own position.",
                lambda i, h: i[h],
            ),
        ],
        "The labels",
    )
    return f"The model is asked at {int(where.sum())} of {ids.numel()} positions, and the loss leaves out the others."
