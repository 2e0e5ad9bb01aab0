"""Notebook 04: λ = σ(α(L − β)), how α is chosen, and where a gradient through λ raises the loss."""

import math

import torch

from mtlkit.course.checks.base import Wrong, exercise
from mtlkit.course.checks.compare import Attempt, Idea, judge_function, judge_number, numbers


def _losses(*values: float) -> torch.Tensor:
    return torch.tensor(values, requires_grad=True)


def _sigmoid(losses, alpha, beta):
    return torch.sigmoid(alpha * (losses - beta))


@exercise(
    hints=(
        "Three things: the bracket α(L − β), the sigmoid of it, and no gradient through the weight.",
        "`torch.sigmoid` takes a whole tensor and never overflows. `losses.detach()` has the same numbers, without "
        "the way back.",
    ),
    solution="""
import torch

def sigmoid_weight(losses, alpha, beta):
    return torch.sigmoid(alpha * (losses.detach() - beta))
""",
)
def sigmoid_weight(answer):
    """Give a function of (losses, alpha, beta): the weights λ_i = 1 / (1 + exp(−α(L_i − β))), detached.

    losses: (tasks,), with gradients. alpha, beta: numbers."""
    probes = [(_losses(0.2, 1.5, 3.0), 2.0, 0.7), (_losses(0.9, 0.1), 4.0, 0.5), (_losses(2.5, 1.0, 0.3), -1.5, 1.2)]
    try:
        raw = judge_function(answer, "losses, alpha, beta", probes, _sigmoid, _IDEAS, "λ")
    except Wrong as wrong:
        raise _explained(wrong) from None
    far = Attempt(answer, "losses, alpha, beta")
    try:
        weights = numbers(far(_losses(0.0, 2.0), 1000.0, 1.0), "λ")
    except Wrong as wrong:
        raise (_overflow() if "OverflowError" in str(wrong) else wrong) from None
    if not weights.isfinite().all():
        raise _overflow()
    if any(isinstance(value, torch.Tensor) and value.requires_grad for value in raw):
        raise Wrong(
            "gradient-through-weight",
            "The numbers are right, but a gradient flows through λ: the model could lower its loss by lowering the "
            "weight. Take λ from `losses.detach()`.",
        )
    return "One half at L = β, steeper with α, and no gradient through it."


def _overflow() -> Wrong:
    return Wrong(
        "overflow",
        "Right, until α gets large: for α = 1000 the exponential is beyond the largest number, and λ becomes NaN or an "
        "error. `torch.sigmoid` takes care of that.",
    )


def _explained(wrong: Wrong) -> Wrong:
    """The typical errors of the widespread listing, said plainly."""
    said = str(wrong)
    if "exp()" in said or ("sigmoid()" in said and "must be Tensor" in said):
        return Wrong(
            "exp-of-a-float",
            "`torch.exp` takes tensors only, and `loss.item()` (like any number times it) is a plain Python float: "
            "that is the TypeError of the widespread listing. Leave the loss a tensor, with `.detach()` in place of "
            "`.item()`.",
        )
    if "converted to Scalar" in said or "only one element" in said or wrong.verdict.misconception == "shape":
        return Wrong(
            "one-number",
            "`losses` holds one loss per task, and every task gets a weight of its own: give back a tensor of the same "
            "shape. `.item()`, `float()` and the math module take a single number; torch's functions take all at once.",
        )
    return wrong


_IDEAS = [
    Idea(
        "alpha-sign",
        "The sign of α is swapped: in the exponent stands −α(L − β). Yours gives the low losses the large weights.",
        lambda x, a, b: _sigmoid(x, -a, b),
    ),
    Idea(
        "beta-as-weight",
        "You use β as a weight, a factor. It is a loss: the level at which λ is ½, to be subtracted from L.",
        (
            lambda x, a, b: b * torch.sigmoid(a * x),
            lambda x, a, b: b * _sigmoid(x, a, b),
            lambda x, a, b: torch.sigmoid(a * b * x),
            lambda x, a, b: a * b * x,
            lambda x, a, b: b * x,
            lambda x, a, b: torch.full_like(x, b),
        ),
    ),
    Idea(
        "beta-outside",
        "β belongs inside the bracket: α(L − β). With αL − β the middle lies at L = β/α, so that α shifts it.",
        (
            lambda x, a, b: torch.sigmoid(a * x - b),
            lambda x, a, b: torch.sigmoid(a * x) - b,
            lambda x, a, b: torch.sigmoid(a * x + b),
        ),
    ),
    Idea(
        "beta-forgotten",
        "β is missing: yours is ½ at a loss of 0, where it should be at L = β.",
        lambda x, a, b: torch.sigmoid(a * x),
    ),
    Idea(
        "beta-sign",
        "You add β. λ is ½ where L − β is 0, so β is subtracted.",
        lambda x, a, b: _sigmoid(x, a, -b),
    ),
    Idea(
        "alpha-outside",
        "α belongs inside the sigmoid, where it sets the steepness. Outside it only scales λ.",
        (lambda x, a, b: a * torch.sigmoid(x - b), lambda x, a, b: torch.sigmoid(x - b)),
    ),
    Idea(
        "softmax",
        "That is a softmax: the weights add up to 1, and one task's weight depends on the others' losses (β even "
        "cancels out). Here each task is judged by itself.",
        (
            lambda x, a, b: (a * (x - b)).softmax(-1),
            lambda x, a, b: len(x) * (a * (x - b)).softmax(-1),
            lambda x, a, b: x.softmax(-1),
            lambda x, a, b: _sigmoid(x, a, b) / _sigmoid(x, a, b).sum(),
        ),
    ),
    Idea(
        "weighted-loss",
        "That is λ · L, the weighted loss. Asked for is λ alone.",
        lambda x, a, b: _sigmoid(x, a, b) * x,
    ),
    Idea(
        "no-sigmoid",
        "The sigmoid is missing: a weight lies between 0 and 1.",
        (lambda x, a, b: a * (x - b), lambda x, a, b: (a * (x - b)).exp(), lambda x, a, b: (-a * (x - b)).exp()),
    ),
    Idea(
        "switch",
        "That is a switch, which the sigmoid becomes for an α without end. Between 0 and 1 lies the whole point.",
        lambda x, a, b: (a * (x - b) > 0).float(),
    ),
]


def _root(of, low: float, high: float) -> float:
    """Where `of`, falling from low to high, crosses 0."""
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if of(middle) > 0 else (low, middle)
    return low


def _weight(loss: float) -> float:
    """λ of the exercise below: α = −4, β = 1."""
    return 1 / (1 + math.exp(4 * (loss - 1)))


def _effective(loss: float) -> float:
    return _weight(loss) * (1 - 4 * (1 - _weight(loss)) * loss)


_TURN = _root(_effective, 0.0, 1.0)
_DEEPEST = _root(lambda loss: _effective(loss) - _effective(loss + 1e-6), 1.0, 2.0)


@exercise(
    hints=(
        "Training raises a loss whose effective weight λ + αλ(1 − λ)L is below 0. Where is it 0? λ itself never is, so "
        "divide by it.",
        "1 − 4(1 − λ)L = 0 with λ = σ(−4(L − 1)) has no solution in closed form. The left side falls from 1 at L = 0 "
        "to −1 at L = 1: halve that interval until two decimals stand, or read a fine grid of losses.",
    ),
    solution="""
import torch

grid = torch.linspace(0, 3, 30_001)
weight = torch.sigmoid(-4 * (grid - 1))
effective = weight - 4 * weight * (1 - weight) * grid
turning_loss = grid[effective < 0][0].item()
""",
)
def turning_loss(answer):
    """Give a number: for α = −4, β = 1 and the gradient through λ (`detach=False`), the loss above which training
    raises the loss instead of lowering it."""
    got = judge_number(
        answer,
        _TURN,
        [
            Idea(
                "half-weight",
                "At L = β the weight λ is ½, and the effective weight is ½ − 1 = −½ already: it is 0 at a lower loss.",
                1.0,
            ),
            Idea(
                "deepest-point",
                "There the effective weight is lowest. Training raises the loss wherever it is below 0, and that "
                "begins earlier.",
                _DEEPEST,
            ),
            Idea(
                "weight-not-loss",
                "That is a weight. Asked for is the loss at which the effective weight is 0.",
                (_weight(_TURN), 0.0, -0.5, _effective(_DEEPEST)),
            ),
            Idea(
                "loss-factor-missing",
                "You solved λ + αλ(1 − λ) = 0. The second term has a factor L, from the product λ · L.",
                1 - math.log(3) / 4,
            ),
            Idea(
                "beta-in-the-factor",
                "You solved λ + αλ(1 − λ)(L − β) = 0. λ multiplies L itself; L − β stands only inside the sigmoid.",
                _root(lambda loss: 1 - 4 * (1 - _weight(loss)) * (loss - 1), 1.0, 2.0),
            ),
            Idea(
                "alpha-missing",
                "You solved λ − λ(1 − λ)L = 0. The second term has a factor α, here −4, from the bracket α(L − β).",
                _root(lambda loss: 1 - (1 - _weight(loss)) * loss, 0.0, 2.0),
            ),
        ],
        "The loss",
    )
    return f"From L = {got:.2f} on the effective weight is below 0, though λ there is still {_weight(_TURN):.2f}."


@exercise(
    hints=(
        "At L = β + 0.5 the bracket is α · 0.5, and β is gone. For which x is σ(x) = 0.9?",
        "σ(x) = 0.9 means e^(−x) = 1/0.9 − 1 = 1/9, so x = ln 9. And x = 0.5 α.",
    ),
    solution="""
import math

sharpness = math.log(9) / 0.5
""",
)
def sharpness(answer):
    """Give a number: the α with which a loss half a nat above β, L = β + 0.5, gets the weight λ = 0.9."""
    nine = math.log(9)
    got = judge_number(
        answer,
        nine / 0.5,
        [
            Idea(
                "alpha-sign",
                "The sign is swapped: with an α below 0 a loss above β gets a weight below ½.",
                (-nine / 0.5, -nine),
            ),
            Idea(
                "other-logarithm",
                "The right way with another logarithm. The sigmoid is made of e, so its inverse takes the natural one, "
                "`math.log`.",
                (math.log10(9) / 0.5, math.log2(9) / 0.5, math.log10(9)),
            ),
            Idea(
                "not-divided",
                "ln 9 is the whole bracket, α · 0.5. One step more.",
                nine,
            ),
            Idea(
                "multiplied",
                "The bracket α · 0.5 is ln 9; to get α, divide by 0.5.",
                nine * 0.5,
            ),
            Idea(
                "odds-forgotten",
                "The inverse of the sigmoid is the logarithm of the odds, ln(λ / (1 − λ)) with 0.9 / 0.1 = 9.",
                tuple(
                    sign * value
                    for value in (math.log(0.9) / 0.5, math.log(10) / 0.5, math.log(0.1) / 0.5, math.log(0.9))
                    for sign in (1, -1)
                ),
            ),
            Idea(
                "straight-line",
                "You took the sigmoid for a straight line. It bends: solve 0.9 = 1 / (1 + e^(−0.5 α)) for α.",
                (1.8, 0.8, 0.4 / 0.5 * 4),
            ),
        ],
        "α",
    )
    return f"α = ln 9 / 0.5 = {nine / 0.5:.2f}: λ = {1 / (1 + math.exp(-0.5 * got)):.2f} half a nat above β."
