"""Notebook 05: one training step by hand; two histories, equal bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from mtlkit.course.checks.base import Unanswered, Wrong, exercise
from mtlkit.course.checks.compare import Attempt, Idea, numbers, same


class _Witness(torch.optim.SGD):
    """SGD that knows whether it was used."""

    used = False

    def step(self, closure=None):
        self.used = True
        return super().step(closure)

    def zero_grad(self, set_to_none: bool = True):
        self.used = True
        super().zero_grad(set_to_none)


def _two_steps(function) -> torch.Tensor | None:
    """The parameters after each of two calls, (2, 3), in a tiny world of two tasks; None when nothing happened."""
    shared = torch.nn.Parameter(torch.tensor([1.0, -2.0, 0.5]))
    optimizer, weights, path = _Witness([shared], lr=0.1), torch.tensor([0.5, 0.25]), []
    for _ in range(2):
        p = shared * 1.0  # a step before `backward` moves `shared`, and must not become autograd's error
        losses = torch.stack([(p[0] - p[1]) ** 2, (p[1] * p[2] - 1) ** 2])
        function(losses, weights, optimizer)
        path.append(shared.detach().clone())
    return torch.stack(path) if optimizer.used or shared.grad is not None else None


def _right(losses, weights, optimizer):
    optimizer.zero_grad()
    losses.backward(weights)
    optimizer.step()


def _with_total(total):
    def step(losses, weights, optimizer):
        optimizer.zero_grad()
        total(losses, weights).backward()
        optimizer.step()

    return step


def _never_zeroed(losses, weights, optimizer):
    losses.backward(weights)
    optimizer.step()


def _step_first(losses, weights, optimizer):
    optimizer.step()
    losses.backward(weights)


def _step_first_zeroed_after(losses, weights, optimizer):
    optimizer.step()
    optimizer.zero_grad()
    losses.backward(weights)


def _nothing_moves(losses, weights, optimizer):
    pass


@exercise(
    hints=(
        "Three lines in this order: forget the old gradients, compute the new ones of the weighted sum, move.",
        "`optimizer.zero_grad()`, then `.backward()` of Σ λ_i L_i, then `optimizer.step()`. "
        "`losses.backward(weights)` is short for the middle one.",
    ),
    solution="""
def training_step(losses, weights, optimizer):
    optimizer.zero_grad()
    (weights * losses).sum().backward()     # or: losses.backward(weights)
    optimizer.step()
""",
)
def training_step(answer):
    """Give a function of (losses, weights, optimizer) that takes one training step on Σ λ_i L_i. It is called once per
    batch, with that batch's losses (tasks,), and need not give anything back."""
    attempt = Attempt(answer, "losses, weights, optimizer")
    try:
        got = _two_steps(attempt.run)
    except Wrong as wrong:
        if "implicitly created only for scalar" in str(wrong):
            raise Wrong(
                "backward-of-a-vector",
                "`losses` holds one loss per task, and `backward()` starts from one number. Make it one, "
                "`(weights * losses).sum()`, or say with which weights to start: `losses.backward(weights)`.",
            ) from None
        raise
    if got is None:
        raise Unanswered("Your function neither computes a gradient nor uses the optimizer yet.")
    right = _two_steps(_right)
    if right is not None and same(got.double(), right.double()):
        return "Forget, compute, move: that is the whole of training, and λ stands in the middle line."
    for idea in _STEP_IDEAS:
        if any(same(got.double(), _two_steps_or_still(v).double()) for v in idea.variants()):
            raise Wrong(idea.misconception, idea.message)
    raise Wrong(
        "unrecognised",
        "After two steps the parameters aren't where gradient descent on Σ λ_i L_i brings them: is each of the three "
        "lines there once, in the order zero_grad, backward, step?",
    )


def _two_steps_or_still(function) -> torch.Tensor:
    path = _two_steps(function)
    return torch.tensor([[1.0, -2.0, 0.5]] * 2) if path is None else path


_STEP_IDEAS = [
    Idea(
        "weights-ignored",
        "The weights play no part: you descend on the plain sum (or mean) of the losses.",
        (_with_total(lambda x, w: x.sum()), _with_total(lambda x, w: x.mean())),
    ),
    Idea(
        "gradients-not-zeroed",
        "The first step is right, the second isn't: `backward()` adds to the gradients that are there, so the second "
        "step still pulls with the first. Call `optimizer.zero_grad()` once per step.",
        _never_zeroed,
    ),
    Idea(
        "step-before-backward",
        "You move before the gradient of these losses is known: the step uses the last batch's gradient, or none. "
        "(In a deeper model PyTorch would complain of 'an inplace operation'.) `backward()` first, then "
        "`optimizer.step()`.",
        (_step_first, _step_first_zeroed_after),
    ),
    Idea(
        "nothing-moves",
        "The parameters don't move. Is there a `backward()` and, after it, an `optimizer.step()`, with no "
        "`zero_grad()` between the two?",
        _nothing_moves,
    ),
    Idea(
        "weights-not-matched",
        "The weights don't meet their own losses: multiply task by task first, then add up.",
        (
            _with_total(lambda x, w: w.sum() * x.sum()),
            _with_total(lambda x, w: w.mean() * x.sum()),
            _with_total(lambda x, w: (w.flip(0) * x).sum()),
        ),
    ),
    Idea(
        "mean-not-sum",
        "You descend on the mean of the weighted losses: each step is shorter by the number of tasks.",
        _with_total(lambda x, w: (w * x).mean()),
    ),
    Idea(
        "normalised",
        "You divide by Σ λ: then only the weights' proportions count, and lowering them all changes nothing.",
        _with_total(lambda x, w: (w * x).sum() / w.sum()),
    ),
    Idea(
        "weights-twice",
        "λ acts twice: once in the product, once in `backward(weights)`.",
        _with_total(lambda x, w: (w * w * x).sum()),
    ),
]


@exercise(
    hints=(
        "What decides a run: the first parameters, the order of the batches, dropout, the weighting's settings, and "
        "who changed them when. Which of these did the second run not get?",
        "A new model from the same encoder, the same corpus, `seed=run.seed`, the weighting as it stood at the start, "
        "and `events=run.history.events`.",
    ),
    solution="""
import mtlkit as mk

start = dict(run.history.settings["weighting"])      # as it stood before the first step
again = mk.Run(
    mk.MultiTaskModel(encoder, run.corpus.tasks),    # the first parameters once more
    run.corpus,
    weighting=mk.weighting.get(start.pop("name"), **start),
    steps=run.steps,
    batch_size=run.batch_size,
    seed=run.seed,
    events=run.history.events,                       # who moved what, and when
)
mk.fit(again)
same_history = (run.history, again.history)
""",
)
def same_history(history_a, history_b=...):
    """Give two histories that should be equal bit for bit: of a run and of its replay, or of a loop by hand and of
    `Run`. Each is a History, or the losses alone, shape (steps, tasks)."""
    if history_b is ... and isinstance(history_a, tuple) and len(history_a) == 2:
        history_a, history_b = history_a
    if any(history is None or history is ... for history in (history_a, history_b)):
        raise Unanswered("Hand in two histories: `mk.check.same_history(run.history, again.history)`.")
    if history_a is history_b:
        raise Wrong("same-object", "Those are one and the same history, which proves nothing. Train a second time.")
    a, b = _Record(history_a), _Record(history_b)
    if a.tasks and b.tasks and a.tasks != b.tasks:
        raise Wrong("other-tasks", f"The tasks differ: {', '.join(a.tasks)} and {', '.join(b.tasks)}.")
    if a.losses.shape[1] != b.losses.shape[1]:
        raise Wrong("other-tasks", f"One has {a.losses.shape[1]} tasks, the other {b.losses.shape[1]}.")
    found = _first_difference(a, b)
    if found is None and len(a.losses) == len(b.losses):
        what = "losses and weights" if a.weights is not None and b.weights is not None else "losses"
        return f"All {what} of {len(a.losses)} steps are the same, to the last bit."
    if found is None:
        short, long = sorted((len(a.losses), len(b.losses)))
        raise Wrong("other-length", f"Equal as far as both go, but one has {short} steps and the other {long}.")
    where, nearly = found
    cause = _cause(a, b)
    if cause:
        raise Wrong(cause[0], f"{where} {cause[1]}")
    if nearly:
        raise Wrong(
            "nearly-equal",
            f"{where} That is rounding: the same sums in another order, as another number of threads, another "
            "precision or another way to write the loop gives. Bit for bit needs the very same operations.",
        )
    raise Wrong(
        "unrecognised",
        f"{where} From the first step on: first parameters or batches differ. Later: look at what was done just "
        "before.",
    )


class _Record:
    """What a history, or an array of losses, knows: losses and weights (steps, tasks), tasks, settings, events."""

    def __init__(self, history: Any):
        self.tasks, self.weights, self.settings, self.events, self.steps = (), None, {}, None, None
        self.losses: Any
        if hasattr(history, "losses") and callable(history.losses):
            self.tasks, self.settings, self.events = history.tasks, history.settings, history.events
            self.losses, self.weights, self.steps = history.losses(), history.weights(), history.steps()
        else:
            self.losses = numbers(history, "A history").numpy()
        if self.losses.ndim != 2 or not len(self.losses):
            raise Wrong(
                "not-a-history",
                "A history is due, with at least one step: `run.history`, or losses of shape (steps, tasks); found "
                f"{'an empty one' if self.losses.ndim == 2 else f'shape {self.losses.shape}'}.",
            )


def _first_difference(a: _Record, b: _Record) -> tuple[str, bool] | None:
    """A sentence on the first step and task that differ, and whether only by rounding; None when none does."""
    both = a.weights is not None and b.weights is not None
    pairs = [("loss", a.losses, b.losses), *([("weight", a.weights, b.weights)] if both else [])]
    count = min(len(a.losses), len(b.losses))
    found = []
    for what, x, y in pairs:
        x, y = x[:count], y[:count]
        different = (x != y) & ~(np.isnan(x) & np.isnan(y))
        if different.any():
            row, column = np.argwhere(different)[0]
            found.append((row, what, column, x[row, column], y[row, column]))
    if not found:
        return None
    row, what, column, x, y = min(found, key=lambda f: f[0])
    step = row + 1 if a.steps is None else a.steps[row]
    tasks = a.tasks or b.tasks
    task = repr(tasks[column]) if tasks else f"number {column + 1}"
    return (
        f"They differ first at step {step}, task {task}: the {what} is {x:.9g} in one and {y:.9g} in the other.",
        bool(np.isclose(x, y, rtol=1e-4, atol=1e-7)),
    )


def _cause(a: _Record, b: _Record) -> tuple[str, str] | None:
    """What the histories themselves know of why they differ."""
    differing = [k for k in a.settings if k in b.settings and a.settings[k] != b.settings[k]]
    if "seed" in differing:
        seeds = f"{a.settings['seed']} and {b.settings['seed']}"
        return "other-seed", f"The seeds differ, {seeds}: another order of the batches, other dropout."
    if "weighting" in differing:
        return (
            "other-weighting",
            "The weightings don't start alike. A slider that was moved stays where it is: begin the replay with the "
            "settings that `history.settings['weighting']` names.",
        )
    if "steps" in differing:
        return "other-steps", "The planned steps differ, and with them the learning rate at every step."
    if differing:
        name = differing[0]
        return "other-settings", f"They differ in {name}: {a.settings[name]} and {b.settings[name]}."
    if a.events is not None and b.events is not None and a.events != b.events:
        return (
            "events-missing",
            "In one of them somebody moved a slider, and in the other nobody did, or differently: hand "
            "`events=history.events` to the second run.",
        )
    return None
