"""Notebook 10: how often a task's turn comes, what wrong labels cost at least, and weights that noise can't raise."""

from __future__ import annotations

import copy
import math

import torch

from mtlkit.course.checks.base import Wrong, exercise
from mtlkit.course.checks.compare import Idea, judge_number
from mtlkit.weighting import Weighting


@exercise(
    hints=(
        "The probabilities of all tasks add up to 1: each is its own power, divided by the same sum.",
        "The powers are 20, 10 and 5; they add up to 35. Divide the power of escalated by that.",
    ),
    solution="""
powers = {name: n**0.5 for name, n in {"topic": 400, "sentiment": 100, "escalated": 25}.items()}
rare_share = powers["escalated"] / sum(powers.values())
""",
)
def rare_share(answer):
    """Give the probability, 0 to 1, that a row is drawn for escalated: n_i^τ / Σ_j n_j^τ with τ = ½ and 400, 100 and 25
    labels."""
    labels = (400, 100, 25)
    judge_number(
        answer,
        5 / 35,
        [
            Idea(
                "tau-ignored",
                "That is 25 of 525 labels: the share with τ = 1. Raise each number of labels to the power τ first.",
                25 / 525,
            ),
            Idea(
                "rows-not-labels",
                "A third is what each task gets if all count alike: with τ = 0, or if nᵢ were the number of tickets, "
                "which is the same for all three. nᵢ counts the *labels* of the task.",
                1 / 3,
            ),
            Idea(
                "wrong-sum",
                "You divide √25 by the sum of the labels (or by its root). The shares must add up to 1: divide by the "
                "sum of the powers, √400 + √100 + √25.",
                (5 / 525, 5 / math.sqrt(525)),
            ),
            Idea(
                "exponent-inverted",
                "You raise to the power 1/τ = 2: that makes large tasks larger still. τ is the exponent itself; only a "
                "temperature T would stand below the line.",
                25**2 / sum(n**2 for n in labels),
            ),
            Idea(
                "ratio-not-share", "That compares escalated with topic alone. Divide by the sum over all tasks.", 0.25
            ),
            Idea("not-normalised", "That is the power √25 itself. Divide it by the sum of all powers.", 5.0),
            Idea("another-task", "That is the share of another task; escalated has 25 labels.", (20 / 35, 10 / 35)),
        ],
        "The probability of escalated",
    )
    return "One row in seven is drawn for escalated, though only one label in 21 is one of its."


@exercise(
    hints=(
        "The best answer is as uncertain as the labels: 0.7 for the right class, 0.3 shared out among the two wrong "
        "ones. Each label then costs −log of what was given to it.",
        "Seven labels of ten cost −ln 0.7 each, three cost −ln 0.15.",
    ),
    solution="""
import math

noise_floor = -0.7 * math.log(0.7) - 0.3 * math.log(0.15)
""",
)
def noise_floor(answer):
    """Give the lowest mean cross-entropy, in nats, that any model can reach on a task of three classes where 30 % of
    the labels were replaced by one of the two other classes, at random."""
    right, wrong = -0.7 * math.log(0.7), -0.3 * math.log(0.15)
    judge_number(
        answer,
        right + wrong,
        [
            Idea(
                "perfect-model",
                "0 is for a model that is certain and right each time. Of ten labels three are wrong, and whoever is "
                "certain pays without end for each of those.",
                0.0,
            ),
            Idea(
                "only-the-right",
                "You count what the right labels cost. The wrong ones are in the mean, too, and are the dearer ones.",
                (right, -math.log(0.7)),
            ),
            Idea(
                "only-the-wrong",
                "You count what the wrong labels cost. The seven right ones of ten cost −ln 0.7 each.",
                (wrong, -math.log(0.15), -math.log(0.3)),
            ),
            Idea(
                "one-wrong-class",
                "You give 0.3 to *each* wrong label. There are two wrong classes and nobody knows which of them it "
                "will be: each gets 0.15.",
                right - 0.3 * math.log(0.3),
            ),
            Idea(
                "wrong-class-left-out",
                "You count one of the two wrong classes. 15 % of the labels are the one, 15 % the other.",
                right + wrong / 2,
            ),
            Idea(
                "knows-nothing",
                "ln 3 is what a model pays that knows nothing. The text does tell something: which class is right in "
                "seven cases of ten.",
                math.log(3),
            ),
            Idea("other-logarithm", "Those are bits. Losses are in nats: take ln.", (right + wrong) / math.log(2)),
            Idea("sign", "The sign is swapped: a cross-entropy is −Σ p ln p, above 0.", -(right + wrong)),
            Idea("share-not-loss", "That is how many labels are wrong, not what they cost: −Σ p ln p.", (0.3, 0.7)),
        ],
        "The lowest loss",
    )
    return "Below it no model comes, however long it trains, unless it learns single wrong labels by heart."


_LEVELS = {  # losses of topic, sentiment, sentiment_noisy, desk
    "at the start": (math.log(8), math.log(3), math.log(3), math.log(4)),
    "later": (1.0, 0.6, 0.95, math.log(4)),
}
_TASKS, _COUNTS = ("topic", "sentiment", "sentiment_noisy", "desk"), (2800, 2710, 2710, 2800)


@exercise(
    hints=(
        "With one β for all, desk's weight lies between those of topic (a higher loss at the start) and sentiment (a "
        "lower one): no α can lower it alone. Which setting takes one number per task?",
        "`beta` takes a dict. A β far above desk's loss of 1.39 mutes it; a β below the losses that a task passes "
        "through keeps it heard.",
    ),
    solution="""
import mtlkit as mk

deaf_to_noise = mk.Sigmoid(alpha=4, beta={"topic": 0.5, "sentiment": 0.3, "sentiment_noisy": 0.8, "desk": 3.0})
""",
)
def deaf_to_noise(answer):
    """Give a weighting, such as mk.Sigmoid(…), for topic, sentiment, sentiment_noisy and desk: both at the losses of
    the start (2.08, 1.10, 1.10, 1.39) and at later ones (1.0, 0.6, 0.95, 1.39) desk gets less than a tenth of all
    weight, and topic and sentiment each at least a fifth."""
    if not isinstance(answer, Weighting):
        raise Wrong("not-a-weighting", f"Hand in a weighting such as mk.Sigmoid(alpha=…, beta=…), found {answer!r}.")
    method = copy.deepcopy(answer)
    try:
        method.setup(_TASKS, _COUNTS)
        lam = {when: method(torch.tensor(losses)) for when, losses in _LEVELS.items()}
    except (ValueError, NotImplementedError) as error:
        raise Wrong("error", f"Your weighting stopped: {error}") from None
    for when, weights in lam.items():
        if float(weights.max()) < 0.02:
            raise Wrong(
                "all-muted",
                f"Losses {when}: every λ is below 0.02. β lies so far above all losses that nobody is heard.",
            )
        share = weights / weights.sum()
        said = ", ".join(f"{name} {part:.0%}" for name, part in zip(_TASKS, share.tolist(), strict=True))
        if share[3] >= 0.1:
            raise Wrong("noise-heard", f"Losses {when}: desk still gets its part of the weight. Shares: {said}.")
        if min(share[:2]) < 0.2:
            raise Wrong(
                "learnable-starved",
                f"Losses {when}: what mutes desk mutes a task that can be learnt, too. Shares: {said}.",
            )
    return "desk is muted early and late, and both tasks that can be learnt are heard. No label told it so: you did."
