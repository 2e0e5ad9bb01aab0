"""Notebook 03: the weighted sum, whose gradient it is, and weights that even the gradients out."""

import torch

from mtlkit.course.checks.base import Wrong, exercise
from mtlkit.course.checks.compare import Attempt, Idea, judge_function, numbers, same


@exercise(
    hints=(
        "Σ λ_i L_i: multiply each loss by its weight, then add up. What would PyTorch need, to go back from the sum to "
        "the losses?",
        "`losses * weights` has one entry per task; `.sum()` makes one number of them. No `.item()`, no `.detach()`: "
        "the graph must stay whole.",
    ),
    solution="""
def weighted_sum(losses, weights):
    return (weights * losses).sum()
""",
)
def weighted_sum(answer):
    """Give a function of (losses, weights): Σ λ_i L_i, a scalar through which gradients flow back to the losses.

    losses, weights: (tasks,)."""
    probes = [
        (torch.tensor([0.4, 2.0, 130.0], requires_grad=True), torch.tensor([1.0, 0.5, 0.02])),
        (torch.tensor([1.5, 0.3], requires_grad=True), torch.tensor([0.2, 3.0])),
    ]
    judge_function(
        answer,
        "losses, weights",
        probes,
        lambda x, w: (w * x).sum(),
        [
            Idea(
                "weights-ignored",
                "The weights play no part: that is the plain sum (or mean) of the losses, where the loudest task wins.",
                (lambda x, w: x.sum(), lambda x, w: x.mean()),
            ),
            Idea(
                "mean-not-sum",
                "That is the mean of the weighted losses. It divides every gradient by the number of tasks. Under SGD "
                "each further task would make all others learn more slowly; AdamW undoes a factor that all share.",
                lambda x, w: (w * x).mean(),
            ),
            Idea(
                "normalised",
                "You divide by Σ λ. Then only the proportions of the weights count, under SGD as they do under AdamW. "
                "That can be wanted (`normalize=True`), but it isn't the weighted sum.",
                (lambda x, w: (w * x).sum() / w.sum(), lambda x, w: (w.softmax(0) * x).sum()),
            ),
            Idea(
                "not-summed",
                "Those are the weighted losses, one per task. `backward()` needs one number: add them up.",
                lambda x, w: w * x,
            ),
            Idea(
                "sums-multiplied",
                "You add up first and multiply then, so that every task gets the same weight Σ λ.",
                lambda x, w: w.sum() * x.sum(),
            ),
        ],
        "The weighted sum",
    )
    attempt = Attempt(answer, "losses, weights")
    total, (losses, weights) = attempt(*probes[0]), attempt.inputs
    if not (isinstance(total, torch.Tensor) and total.requires_grad):
        raise Wrong(
            "detached",
            "The number is right, but no gradient gets back to the losses: the way was cut by `.item()`, `.detach()`, "
            "`float()` or `no_grad`. A model trained on it would not move.",
        )
    (gradient,) = torch.autograd.grad(total, losses, allow_unused=True)
    if gradient is None or not same(numbers(gradient, "The gradient"), numbers(weights, "The weights")):
        raise Wrong(
            "gradient-differs",
            "The number is right, but its gradient with respect to the losses isn't λ: part of the way back is cut.",
        )
    return "And its gradient is Σ λ_i ∇L_i: the weights scale the gradients."


@exercise(
    hints=(
        "λ_i ∇L_i has the norm λ_i · ‖∇L_i‖. What turns these lengths into shares of a whole?",
        "`weights * norms`, divided by its own sum.",
    ),
    solution="""
def gradient_shares(norms, weights):
    pull = weights * norms
    return pull / pull.sum()
""",
)
def gradient_shares(answer):
    """Give a function of (norms, weights): each task's share λ_i ‖∇L_i‖ / Σ_j λ_j ‖∇L_j‖, which add up to 1.

    norms: (tasks,), how long each task's gradient is in the shared encoder. weights: (tasks,)."""
    judge_function(
        answer,
        "norms, weights",
        [
            (torch.tensor([0.5, 2.0, 40.0]), torch.tensor([1.0, 0.7, 0.1])),
            (torch.tensor([3.0, 1.0]), torch.tensor([0.2, 1.0])),
        ],
        lambda n, w: w * n / (w * n).sum(),
        [
            Idea(
                "weights-ignored",
                "Those are the shares without weights. Task i pulls with λ_i ∇L_i: its weight makes the pull longer "
                "or shorter.",
                lambda n, w: n / n.sum(),
            ),
            Idea(
                "norms-ignored",
                "Those are the shares of the weights. A small weight on a long gradient can still be the loudest.",
                lambda n, w: w / w.sum(),
            ),
            Idea(
                "squared",
                "You square the lengths (or the norms). That flatters the longest: a task that pulls twice as long "
                "has twice the share, not four times.",
                (
                    lambda n, w: (w * n) ** 2 / ((w * n) ** 2).sum(),
                    lambda n, w: w * n**2 / (w * n**2).sum(),
                    lambda n, w: w**2 * n / (w**2 * n).sum(),
                ),
            ),
            Idea(
                "not-normalised",
                "Those are the lengths λ_i ‖∇L_i‖, not yet shares: divide by their sum.",
                lambda n, w: w * n,
            ),
            Idea(
                "divided-by-largest",
                "You divide by the longest, so the longest gets 1. Shares add up to 1: divide by the sum.",
                lambda n, w: w * n / (w * n).max(),
            ),
            Idea(
                "normalised-too-early",
                "You make shares of the norms first and multiply by λ after that, so they no longer add up to 1. "
                "Weight first, then divide by the sum.",
                (lambda n, w: w * n / n.sum(), lambda n, w: w / w.sum() * n),
            ),
            Idea(
                "softmax",
                "A softmax adds up to 1 as well, but it takes the exponential first: differences count in it, not "
                "proportions, and the longest gets nearly all.",
                (lambda n, w: (w * n).softmax(0), lambda n, w: w * n.softmax(0)),
            ),
        ],
        "The shares",
    )
    return "So one can see who moves the shared encoder, whatever the losses read."


@exercise(
    hints=(
        "If λ_i · norm_i is to be the same for all, a task with twice the norm needs half the weight.",
        "Start from `1 / norms`. Then scale all of it by one number, so that the sum becomes the number of tasks, "
        "`len(norms)`.",
    ),
    solution="""
def balancing_weights(norms):
    inverse = 1 / norms
    return len(norms) * inverse / inverse.sum()
""",
)
def balancing_weights(answer):
    """Give a function of norms (tasks,): weights λ (tasks,) such that λ_i · norm_i is the same for all tasks, and the
    weights add up to the number of tasks."""
    judge_function(
        answer,
        "norms",
        [(torch.tensor([0.5, 2.0, 40.0]),), (torch.tensor([3.0, 1.0]),)],
        lambda n: len(n) / n / (1 / n).sum(),
        [
            Idea(
                "proportional",
                "Your weights grow with the norm: the loudest task gets louder still. A long gradient needs a small "
                "weight.",
                (lambda n: len(n) * n / n.sum(), lambda n: n / n.sum(), lambda n: n, lambda n: n / n.mean()),
            ),
            Idea(
                "not-normalised",
                "λ_i · norm_i is the same for all, but the weights don't add up to the number of tasks. Under SGD "
                "all would learn faster or more slowly than with equal weights (AdamW undoes a factor that all share). "
                "Scale all by one number.",
                (
                    lambda n: 1 / n,
                    lambda n: n.mean() / n,
                    lambda n: n.sum() / n,
                    lambda n: n.max() / n,
                    lambda n: n.min() / n,
                    lambda n: 1 / n / n.sum(),
                ),
            ),
            Idea(
                "sums-to-one",
                "They are balanced, and add up to 1. Equal weights of 1 add up to the number of tasks; keep to that, "
                "so that under SGD the learning rate means the same.",
                lambda n: 1 / n / (1 / n).sum(),
            ),
            Idea(
                "equal-weights",
                "Equal weights leave the norms as unequal as they were.",
                (torch.ones_like, lambda n: torch.ones_like(n) / len(n)),
            ),
            Idea(
                "softmax",
                "A softmax looks at differences. Here proportions count: half the norm, twice the weight.",
                (
                    lambda n: len(n) * (-n).softmax(0),
                    lambda n: (-n).softmax(0),
                    lambda n: len(n) * n.softmax(0),
                    lambda n: n.softmax(0),
                ),
            ),
            Idea(
                "squared",
                "You divide by the square of the norm: then the task with the smallest gradient takes over.",
                (lambda n: len(n) / n**2 / (1 / n**2).sum(), lambda n: 1 / n**2),
            ),
        ],
        "The weights",
    )
    return "Every task now pulls the shared encoder equally hard."
