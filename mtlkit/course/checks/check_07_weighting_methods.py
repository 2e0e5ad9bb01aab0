"""Notebook 07: a difference in its own standard errors; a weighting of one's own; a claim that its interval carries."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from mtlkit.course.checks.base import Unanswered, Wrong, exercise
from mtlkit.course.checks.compare import Attempt, Idea, judge_function, numbers, same, show
from mtlkit.evaluation.intervals import FEWEST, in_words
from mtlkit.weighting import Weighting

_SEEDS = [  # of each method a value per seed: (mine, base)
    (torch.tensor([0.52, 0.41, 0.47]), torch.tensor([0.50, 0.37, 0.44])),
    (torch.tensor([0.30, 0.62, 0.55, 0.41]), torch.tensor([0.33, 0.63, 0.60, 0.42])),
]


def _errors(mine, base):
    apart = mine - base
    return apart.mean() / (apart.std() / len(apart) ** 0.5)


def _unpaired(mine, base):
    return (mine.mean() - base.mean()) / ((mine.var() + base.var()) / len(mine)).sqrt()


def _population(mine, base):
    apart = mine - base
    return apart.mean() / (apart.std(correction=0) / len(apart) ** 0.5)


@exercise(
    hints=(
        "How many times does the error fit into the mean difference?",
        "The mean of `apart`, divided by `error`. It is above 0 where the method is better than the baseline.",
    ),
    solution="""
def in_errors(mine, base):
    apart = mine - base                       # (seeds,), in pairs: each seed's own luck cancels
    error = apart.std() / len(apart) ** 0.5   # of the mean of these
    return apart.mean() / error
""",
)
def in_errors(answer):
    """Give a function of (mine, base), each (seeds,), the same seeds in the same order: the mean difference of the
    pairs, in standard errors of that mean."""
    judge_function(answer, "mine, base", _SEEDS, _errors, _ERROR_IDEAS, "the difference in standard errors")
    return "The seeds' common luck is gone, and what is left is measured in its own noise."


_ERROR_IDEAS = [
    Idea(
        "wrong-sign",
        "The sign is the other way round: it should be above 0 where `mine` is better than `base`.",
        lambda m, b: _errors(b, m),
    ),
    Idea(
        "unpaired",
        "You treat the two methods as if they had drawn different seeds: both their spreads count in full. Take each "
        "seed's difference first, and the spread of these.",
        (_unpaired, lambda m, b: (m.mean() - b.mean()) / ((m.var() + b.var()) / 2).sqrt()),
    ),
    Idea(
        "spread-of-one-seed",
        "You divide by the spread of one seed's difference. The mean of n of them is surer than that, by √n.",
        lambda m, b: (m - b).mean() / (m - b).std(),
    ),
    Idea(
        "no-error",
        "That is the mean difference itself. Whether it is large is told by its error: divide by it.",
        lambda m, b: (m - b).mean(),
    ),
    Idea(
        "upside-down",
        "Upside down: how many errors fit into the difference, not the other way round.",
        lambda m, b: 1 / _errors(m, b),
    ),
    Idea(
        "population-spread",
        "The spread of a few values around their own mean comes out too small unless you divide by n − 1: `.std()` "
        "does, `.std(correction=0)` doesn't.",
        _population,
    ),
]

TASKS = ("a", "b", "c")
_LOSSES = [[2.0, 1.0, 4000.0], [0.5, 1.5, 0.02], [1.2, 1.1, 0.9]]
_EXTREMES = [[0.0, 1.0, 2.0], [0.0, 0.0, 0.0], [1e-30, 1.0, 1e30], [1e30, 1e30, 1e30]]


class _Method:
    """A learner's weighting, asked for λ: each time a new copy, before its first step."""

    def __init__(self, answer: object):
        if isinstance(answer, type) and issubclass(answer, Weighting):
            try:
                answer = answer()
            except Exception as error:
                raise Wrong("error", f"`{answer.__name__}()` stopped with {type(error).__name__}: {error}") from error
        if not isinstance(answer, Weighting):
            raise Wrong(
                "not-a-weighting",
                "A class that begins with `class Mine(mk.weighting.Weighting):` is due, or one made from it; found "
                f"{'a class without that base' if isinstance(answer, type) else 'a ' + type(answer).__name__}.",
            )
        self.method = answer

    def __call__(self, losses, present=None, seed: int = 0) -> Tensor:
        """λ for losses of shape (…, tasks)."""
        losses = torch.as_tensor(losses)
        present = torch.ones_like(losses, dtype=torch.bool) if present is None else torch.as_tensor(present)
        method = copy.deepcopy(self.method)
        method.setup(TASKS)
        attempt = Attempt(method.forward if method.by_autograd else method.weights, "losses, present")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            lam = numbers(attempt(losses, present), "λ")
        if lam.shape != losses.shape:
            raise Wrong(
                "one-number",
                f"One weight for each loss is due: for losses of shape {tuple(losses.shape)} a tensor of that shape. "
                f"Yours has shape {tuple(lam.shape)}.",
            )
        return lam


@exercise(
    hints=(
        "What should make a task count more? Its loss being high, or low, or rising? Begin with one line that turns "
        "`losses` into as many numbers, such as `1 / losses`.",
        "Then bring them to the same sum as equal weights have, over the present tasks: "
        "`torch.where(present, λ, 0.0)`, `.sum(-1, keepdim=True)`, `present.sum(-1, keepdim=True)`. And a loss of 0? "
        "`losses.clamp(min=1e-8)`.",
    ),
    solution="""
import torch
import mtlkit as mk


class own_weighting(mk.weighting.Weighting):
    def weights(self, losses, present):
        lam = 1 / losses.clamp(min=1e-8)                 # a loss of 0 has no inverse
        lam = torch.where(present, lam, 0.0)             # who has no label takes no part
        return present.sum(-1, keepdim=True) * lam / lam.sum(-1, keepdim=True).clamp(min=1e-30)
""",
)
def own_weighting(answer):
    """Give a class made from `mk.weighting.Weighting` with `weights(self, losses, present)`: both have the shape
    (…, tasks), and so has what it gives, λ. λ follows from the losses, not from the tasks' places; it is finite and
    not negative for any losses, and that of a present task doesn't hang on a task that is absent."""
    method = _Method(answer)
    each = [method(losses) for losses in _LOSSES]
    runs = method(_LOSSES)
    _check_range(method, [*each, *(method(losses) for losses in _EXTREMES)])
    if any(not same(method(losses, seed=1), lam) for losses, lam in zip(_LOSSES, each, strict=True)):
        return "Weights at random: as RLW has them, the baseline that others should beat."
    if not same(runs, torch.stack(each)):
        raise Wrong(
            "runs-mixed",
            "Losses may come as (runs, tasks), and the runs have nothing to do with each other; yours mix. Sum over "
            "the tasks alone: `.sum(-1, keepdim=True)`.",
        )
    turned = [method(losses[::-1]).flip(-1) for losses in _LOSSES]
    if not all(map(same, turned, each)):
        raise Wrong(
            "order-of-tasks",
            "The same losses in another order give other weights: λ hangs on a task's place in the list. Compute it "
            "from the losses.",
        )
    present = [True, True, False]
    filled = [method([2.0, 1.0, nobody], present)[:2] for nobody in (1.0, 7.0)]
    if not same(*filled):
        raise Wrong(
            "present-ignored",
            "The third task has no label in this batch, and what stands in its place still changes the others' "
            "weights. Leave it out of sums: `torch.where(present, …, 0.0)`.",
        )
    if all(same(lam, lam[:1].expand_as(lam)) for lam in each):
        raise Wrong("equal", f"All tasks get the same weight, whatever their losses: {show(each[0])}. That is `Equal`.")
    return f"A weighting: for losses of 2, 1 and 4,000 it gives λ = {show(each[0])}."


def _check_range(method: _Method, lams: list[Tensor]) -> None:
    for losses, lam in zip(_LOSSES + _EXTREMES, lams, strict=True):
        of = ", ".join(f"{loss:g}" for loss in losses)
        if not lam.isfinite().all():
            raise Wrong(
                "not-finite",
                f"For losses of {of} your λ is {show(lam)}. Where do you divide by a loss, or by a sum, that can be 0 "
                "or out of all bounds? `.clamp(min=1e-8)` keeps it off.",
            )
        if (lam < 0).any():
            raise Wrong(
                "negative", f"For losses of {of} your λ is {show(lam)}: below 0 a task is trained to get worse."
            )


@exercise(
    hints=(
        "`found.values('tuned fixed').mean()` names the worst. What would make that task count more, with the others "
        "hardly hurt?",
        "Start from the tuned constants, and give the worst task two to four times as much. Three seeds are the "
        "fewest that decide anything; with six the intervals get short enough to tell something.",
    ),
    solution="""
more = mk.Fixed(lambdas | {"topic": 3 * lambdas["topic"]})      # the tuned constants, and topic thrice
raised = race({"tuned fixed": methods["tuned fixed"], "mine": more}, seeds=6)
raises_the_worst = (raised, "mine")
""",
)
def raises_the_worst(comparison, name=...):
    """Give a comparison and the name of one of its methods, as a pair, or one after the other. The task that is worst
    under the baseline must be better, by an interval that doesn't hold 0, and the mean of all tasks not lower."""
    if name is ... and isinstance(comparison, tuple) and len(comparison) == 2:
        comparison, name = comparison
    if any(part is None or part is ... for part in (comparison, name)):
        raise Unanswered("Hand in two things: `mk.check.raises_the_worst(race, 'mine')`.")
    if not hasattr(comparison, "difference"):
        raise Wrong("not-a-comparison", f"What `mk.compare` gives is due, found a {type(comparison).__name__}.")
    base = comparison.baseline
    if name not in comparison.names or name == base:
        others = ", ".join(repr(n) for n in comparison.names if n != base)
        raise Wrong("no-such-method", f"Name one of the methods that stand against {base}: {others}.")
    values = comparison.values(base)[list(comparison.tasks)].mean()
    worst, seeds = values.idxmin(), len((comparison.values(name) - comparison.values(base)).dropna(how="all"))
    apart = comparison.difference(name)
    mean, low, high = apart.loc[worst]
    told = f"{worst}, the worst under {base}: {in_words(mean, low, high)}"
    if seeds < FEWEST:
        raise Wrong(
            "too-few-seeds",
            f"{told}, from {seeds} seed{'s' * (seeds > 1)}. Fewer than {FEWEST} decide nothing: they say too little of "
            "how seeds vary. Give `seeds=6`.",
        )
    if not mean > 0:
        raise Wrong("worst-not-raised", f"{told}. That is the task to be raised.")
    if not low > 0:
        raise Wrong("interval-holds-nought", f"{told}. Higher here, but 0 is in the interval: it may be chance.")
    if not apart.loc["mean", "mean"] >= 0:
        fall = f"{apart.loc['mean', 'mean']:+.3f}".replace("-", "−")
        raise Wrong("mean-lowered", f"{told}. But the mean of all tasks pays for it: {fall}.")
    return f"{told}, and the mean of all tasks isn't lower. {seeds} seeds stand behind it."
