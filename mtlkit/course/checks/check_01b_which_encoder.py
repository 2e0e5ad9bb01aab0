"""Notebook 01b: the vector that has read the whole text; an encoder chosen for a reason."""

import torch

from mtlkit.course.checks.base import exercise
from mtlkit.course.checks.compare import Idea, judge_function, random


def _last(tokens, mask):
    place = torch.arange(mask.shape[1])
    return tokens[torch.arange(len(tokens)), (place * mask).argmax(1)]


def _mean(tokens, mask):
    return (tokens * mask.unsqueeze(-1)).sum(1) / mask.sum(1, keepdim=True)


@exercise(
    hints=(
        "`torch.arange(tokens.shape[1])` numbers the places. Multiplied by the mask, padding gets the number 0. Which "
        "real token has the largest?",
        "`argmax(1)` of places · mask gives each row's last real place, whichever side is padded. Then pick one "
        "vector a row: `tokens[torch.arange(len(tokens)), last]`.",
    ),
    solution="""
import torch

def last_token(tokens, attention_mask):
    places = torch.arange(tokens.shape[1])           # (tokens,)
    last = (places * attention_mask).argmax(1)       # (rows,)
    return tokens[torch.arange(len(tokens)), last]   # (rows, hidden)
""",
)
def last_token(answer):
    """Give a function of (tokens, attention_mask): each row's last real token, shape (rows, hidden).

    tokens: (rows, tokens, hidden). attention_mask: (rows, tokens), 1 at real tokens and 0 at padding, which may stand
    on either side."""
    right = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 1, 0, 0, 0]])
    probes = [(random(1, 3, 5, 4) - 0.3, right), (random(2, 3, 5, 4) - 0.3, right.flip(1))]
    judge_function(
        answer,
        "tokens, attention_mask",
        probes,
        _last,
        [
            Idea(
                "last-position",
                "That is the last position of the rectangle. Where the padding stands to the right, it is a padding "
                "token's vector: of a short text beside a long one it says nothing.",
                lambda t, m: t[:, -1],
            ),
            Idea(
                "padding-on-the-right-only",
                "The number of real tokens minus one is the last real place only where the padding stands to the "
                "right. Tokenizers of GPT and its kin often pad to the left.",
                lambda t, m: t[torch.arange(len(t)), m.sum(1) - 1],
            ),
            Idea(
                "first-token",
                "That is the first real token. In a causal decoder it has read nothing but itself.",
                (lambda t, m: t[:, 0], lambda t, m: t[torch.arange(len(t)), m.argmax(1)]),
            ),
            Idea("mean", "That is the mean of the real tokens. One of them is asked for, the last.", _mean),
        ],
        "The vectors",
    )
    return "The last real token, on whichever side the padding stands."


def _cheapest(high, parameters):
    able = [i for i, h in enumerate(high) if h >= 0]
    return min(able, key=lambda i: parameters[i])


def _best(high, parameters):
    return max(range(len(high)), key=lambda i: (high[i] == 0, high[i]))


@exercise(
    hints=(
        "An encoder is in the race as long as the interval of its difference from the best reaches 0: `high >= 0`.",
        "Of those that are in the race, which has the fewest parameters? `min(…, key=lambda i: parameters[i])`.",
    ),
    solution="""
def choose(high, parameters):
    in_the_race = [i for i, h in enumerate(high) if h >= 0]
    return min(in_the_race, key=lambda i: parameters[i])
""",
)
def choose(answer):
    """Give a function of (high, parameters): the number, from 0, of the smallest encoder that can't be told apart from
    the best.

    high: for each encoder, the upper end of the interval of its mean minus the best one's; 0 for the best itself.
    parameters: for each encoder, how many it has."""
    probes = [
        ([0.0, 0.01, -0.02, -0.3], [22_000_000, 1_180_000, 1_680_000, 500_000]),
        ([-0.1, 0.0, -0.01], [100, 900, 500]),
        ([0.02, 0.0, 0.004, -0.2], [800, 900, 1000, 10]),
        ([-0.2, -0.3, 0.0], [300, 200, 100]),
    ]
    judge_function(
        answer,
        "high, parameters",
        probes,
        _cheapest,
        [
            Idea(
                "the-best",
                "That is the encoder with the highest mean, whatever it costs. A smaller one that can't be told apart "
                "from it does the same for less.",
                _best,
            ),
            Idea(
                "the-smallest",
                "That is the smallest of all, also where it lies below the best for certain.",
                lambda h, p: p.index(min(p)),
            ),
            Idea(
                "wrong-way-round",
                "You keep those that lie below the best for certain: below 0 the whole interval says “worse”.",
                lambda h, p: min((i for i, x in enumerate(h) if x < 0), key=lambda i: p[i]),
            ),
            Idea(
                "the-largest",
                "Of those in the race you take the largest. The smallest costs least.",
                lambda h, p: max((i for i, x in enumerate(h) if x >= 0), key=lambda i: p[i]),
            ),
        ],
        "The number",
    )
    return "The smallest that the intervals leave in the race."
