"""Notebook 08: how many pairs of gradients conflict; a gradient rid of its part against another; a start that hurts."""

from __future__ import annotations

import torch
from torch import Tensor

from mtlkit.course.checks.base import Unanswered, Wrong, exercise
from mtlkit.course.checks.compare import Idea, judge_function, number, random
from mtlkit.experiments.toy import QuadraticLosses, optimization_path

_SEVERAL = [(random(seed, n, 3) - random(9 - seed, n, 3),) for seed, n in ((1, 3), (2, 4), (3, 5))]
_PAIRS = [  # (own, other): in conflict, and in accord
    (torch.tensor([1.0, 0.5, 0.0]), torch.tensor([-2.0, 0.5, 1.0])),
    (torch.tensor([1.0, 0.5, 0.0]), torch.tensor([2.0, 0.5, 1.0])),
    (torch.tensor([-1.0, 3.0, 1.0]), torch.tensor([0.5, -0.5, 0.1])),
]


def _pairs(matrix: Tensor) -> Tensor:
    first, second = torch.triu_indices(len(matrix), len(matrix), offset=1)
    return matrix[first, second]


def _conflicts(gradients):
    return (_pairs(gradients @ gradients.T) < 0).float().mean()


@exercise(
    hints=(
        "A pair conflicts where its cosine is below 0. `cosines` has every pair twice, and each task with itself.",
        "`cosines[first, second]` are the pairs, each once. Which share of them is below 0? The mean of yes and no, as "
        "numbers, is a share.",
    ),
    solution="""
import torch


def conflicts(gradients):
    unit = gradients / gradients.norm(dim=1, keepdim=True)      # (tasks, parameters)
    cosines = unit @ unit.T                                     # (tasks, tasks)
    first, second = torch.triu_indices(*cosines.shape, offset=1)
    return (cosines[first, second] < 0).float().mean()
""",
)
def conflicts(answer):
    """Give a function of gradients (tasks, parameters): the share of pairs of tasks whose gradients conflict."""
    judge_function(answer, "gradients", _SEVERAL, _conflicts, _CONFLICT_IDEAS, "the share of pairs in conflict")
    return "Each pair once, and only those whose directions oppose."


_CONFLICT_IDEAS = [
    Idea(
        "diagonal-counted",
        "You count over the whole table: each task stands there with itself, too, and never conflicts.",
        (lambda g: (g @ g.T < 0).float().mean(), lambda g: (torch.triu(g @ g.T) < 0).float().mean()),
    ),
    Idea("accord-counted", "That is the share of pairs that agree.", lambda g: 1 - _conflicts(g)),
    Idea("number-not-share", "That is how many pairs conflict; a share is due.", lambda g: (_pairs(g @ g.T) < 0).sum()),
    Idea(
        "mean-cosine",
        "That is a mean cosine: two pairs may cancel in it, one in conflict and one in accord. Count instead.",
        lambda g: _pairs(torch.nn.functional.normalize(g) @ torch.nn.functional.normalize(g).T).mean(),
    ),
]


def _without(own, other):
    along = own @ other
    return own - along / (other @ other) * other if along < 0 else own


@exercise(
    hints=(
        "In conflict, take away from `own` its part along `other`: a multiple of `other`, such that what is left is "
        "orthogonal to `other`.",
        "The part along `other` is (own · other) / (other · other) times `other`.",
    ),
    solution="""
def without_conflict(own, other):
    along = own @ other
    if along >= 0:          # they agree: nothing to mend
        return own
    return own - along / (other @ other) * other
""",
)
def without_conflict(answer):
    """Give a function of two gradients (parameters,): `own`, rid of its part against `other` where the two conflict."""
    judge_function(answer, "own, other", _PAIRS, _without, _PROJECTION_IDEAS, "the gradient")
    return "What is left is orthogonal to the other gradient: to first order, its loss stays where it is."


_PROJECTION_IDEAS = [
    Idea(
        "always",
        "You project in any case. Where the two agree, PCGrad leaves a gradient whole: its part along the other helps "
        "both.",
        lambda a, b: a - a @ b / (b @ b) * b,
    ),
    Idea(
        "not-squared",
        "(own · other) / ‖other‖ is the *length* of the part along `other`. As a multiple of `other` it must be "
        "divided by ‖other‖ once more.",
        lambda a, b: a - a @ b / b.norm() * b if a @ b < 0 else a,
    ),
    Idea(
        "own-length",
        "You divide by own · own: what is left is not orthogonal to `other`. Divide by other · other.",
        lambda a, b: a - a @ b / (a @ a) * b if a @ b < 0 else a,
    ),
    Idea(
        "part-itself",
        "That is the part along `other`; it is to be taken away from `own`.",
        lambda a, b: a @ b / (b @ b) * b if a @ b < 0 else a,
    ),
    Idea(
        "added",
        "The sign: own · other is below 0 in a conflict, so adding the part makes the conflict worse. Subtract it.",
        lambda a, b: a + a @ b / (b @ b) * b if a @ b < 0 else a,
    ),
    Idea(
        "other-projected",
        "You changed the other gradient. The question is what is left of `own`.",
        lambda a, b: b - a @ b / (a @ a) * a if a @ b < 0 else a,
    ),
]


@exercise(
    hints=(
        "Plain descent on the sum overshoots where the sum is steep. What makes it steep?",
        "A loud second loss. At a rate of 0.1, a slope that changes by more than 20 per unit throws the step further "
        "than it came; L₂ is steepest along θ₁.",
    ),
    solution="""
surgery_wins = {"loudness": 10.5, "x": -1.5, "y": 1.5}
""",
)
def surgery_wins(answer):
    """Give {"loudness", "x", "y"}, within the panel's sliders, so that after 40 steps at a rate of 0.1 *both* losses
    are lower under UPGrad than under equal weights."""
    from mtlkit.experiments.toy import CONTROLS, LR, STEPS

    if isinstance(answer, dict) and any(value is ... or value is None for value in answer.values()):
        raise Unanswered("Hand in a number for each of loudness, x and y.")
    if not isinstance(answer, dict) or set(answer) != set(CONTROLS):
        raise Wrong("not-a-dict", 'A dict is due, such as {"loudness": 3.0, "x": -0.3, "y": 1.6}.')
    given = {name: number(value, name) for name, value in answer.items()}
    for name, control in CONTROLS.items():
        if not control.low <= given[name] <= control.high:
            raise Wrong("out-of-range", f"{name} goes from {control.low:g} to {control.high:g}, found {given[name]:g}.")
    bowls, start = QuadraticLosses(given["loudness"]), (given["x"], given["y"])
    plain, upgrad = (bowls(optimization_path(name, bowls, start, STEPS, LR)[-1]) for name in ("equal", "upgrad"))
    told = f"equal weights end at {_pair(plain)}, UPGrad at {_pair(upgrad)}"
    if not (upgrad < plain).all():
        raise Wrong("not-both", f"Not both losses are lower under UPGrad: {told}. From most starts it is a trade.")
    return f"Both are lower: {told}."


def _pair(losses: Tensor) -> str:
    return ", ".join(f"{float(loss):.3g}" for loss in losses)
