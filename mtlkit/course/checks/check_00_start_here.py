"""Notebook 00: the weight, computed by hand."""

import math

from mtlkit.course.checks.base import exercise
from mtlkit.course.checks.compare import Idea, judge_number


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


@exercise(
    hints=(
        "Work from the inside out: first L − β, then times α, then the exponential of minus that.",
        "λ = 1 / (1 + e^(−α(L − β))) with α(L − β) = 1 · (2 − 0.5) = 1.5. In Python, e^x is `math.exp(x)`.",
    ),
    solution="""
import math

weight_by_hand = 1 / (1 + math.exp(-1.0 * (2.0 - 0.5)))
""",
)
def weight_by_hand(answer):
    """Give a number: the weight λ = 1 / (1 + exp(−α(L − β))) of a task with loss L = 2, for α = 1 and β = 0.5."""
    judge_number(
        answer,
        _sigmoid(1.5),
        [
            Idea(
                "alpha-sign",
                "That is 1 / (1 + e^(+α(L − β))): a sign got lost on the way. With α above 0 a loss above β must "
                "get more than ½, and yours gets less: the easy tasks would get the weight.",
                _sigmoid(-1.5),
            ),
            Idea(
                "beta-as-weight",
                "You used β as a weight. β is a loss: the level at which a task gets ½. It is subtracted from L, and "
                "multiplies nothing.",
                (0.5, 0.5 * _sigmoid(1.5), 0.5 * _sigmoid(2.0), 0.5 * 2.0, _sigmoid(0.5 * 2.0)),
            ),
            Idea(
                "beta-outside",
                "β belongs inside the bracket: first L − β, and the minus sign of the exponent holds for all of it. "
                "Yours subtracts β in another place.",
                (_sigmoid(2.0) - 0.5, _sigmoid(2.0 + 0.5)),
            ),
            Idea(
                "beta-forgotten",
                "That is the weight for β = 0. What counts is how far the loss lies above β: 2 − 0.5.",
                _sigmoid(2.0),
            ),
            Idea(
                "no-brackets",
                "That is 1 + e^(−α(L − β)), what stands below the line. If you wrote `1 / 1 + …`: Python divides first "
                "and adds then, so the sum needs brackets, `1 / (1 + …)`.",
                (1 + math.exp(-1.5), 1 + math.exp(1.5)),
            ),
            Idea(
                "no-sigmoid",
                "You are half-way: that is α(L − β) or its exponential. The weight is 1 / (1 + e^(−α(L − β))), "
                "which always lies between 0 and 1.",
                (1.5, -1.5, math.exp(1.5), math.exp(-1.5)),
            ),
            Idea(
                "weighted-loss",
                "That is λ · L, the weighted loss. Asked for is λ alone.",
                2.0 * _sigmoid(1.5),
            ),
        ],
        "λ",
    )
    return f"λ = 1 / (1 + e^(−1.5)) = {_sigmoid(1.5):.3f}: a loss well above β = 0.5 gets most of the weight."


@exercise(
    hints=(
        "1 / (1 + e^x) is ½ when e^x is 1. For which x is that?",
        "The exponent −α(L − β) must be 0. Which loss L does that, whatever α is?",
    ),
    solution="""
half_weight_loss = 0.8
""",
)
def half_weight_loss(answer):
    """Give a number: the loss at which a task gets the weight λ = ½, for α = 3 and β = 0.8."""
    judge_number(
        answer,
        0.8,
        [
            Idea(
                "score-not-loss",
                "0 is what α(L − β) is there, and the sigmoid of 0 is ½. Which loss L makes it 0?",
                0.0,
            ),
            Idea(
                "weight-not-loss",
                "½ is the weight. Asked for is the loss at which a task gets it.",
                0.5,
            ),
            Idea(
                "alpha-moves-the-middle",
                "You let α take part. α says how sharply λ reacts around the middle; where the middle lies, β alone "
                "says: at L = β the bracket is 0, and 0 times any α is 0.",
                (3.0, 3 * 0.8, 0.8 / 3, 1 / 3, 0.8 + 0.5 / 3, 0.8 + 1 / 3, 3.8, 2.2),
            ),
            Idea(
                "beta-sign",
                "Look at the sign: L − β is 0 at L = +β.",
                -0.8,
            ),
            Idea(
                "half-of-beta",
                "½ is the weight, not a share of β: at half of β the loss lies below β, and λ is below ½.",
                0.4,
            ),
        ],
        "The loss",
    )
    return "At L = β the weight is ½, for every α: β sets where the middle lies, α how steep it is."
