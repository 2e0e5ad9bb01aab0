"""A loss, weight or gradient that is NaN or infinite, a weight below 0: what to tell of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor


class NonFiniteError(ValueError):
    """A loss, weight or gradient became NaN or infinite; the parameters are those before the step."""


def non_finite_message(run, losses: Tensor, lam: Tensor, what: str, offending_tasks: Sequence[str] = ()) -> str:
    """One sentence: the step, the guilty tasks, every loss and λ (tasks,), and what to do."""
    offending_tasks = offending_tasks or [
        name for name, loss in zip(run.tasks, losses.tolist(), strict=True) if not math.isfinite(loss)
    ]
    who = f"task {', '.join(map(repr, offending_tasks))}" if offending_tasks else "the tasks together"
    heads = [run.config.head_lr[task] for task in offending_tasks or run.tasks]
    rates = f"lr ({run.config.lr:.2g}) or head_lr ({max(heads):.2g})"
    return (
        f"Step {run.done + 1}: the {what} of {who} is not finite ({_all(run, losses, lam)}). The model holds the "
        f"weights from before. Lower {rates}, or look at that task's labels and λ."
    )


def check_weights(run, losses: Tensor, lam: Tensor) -> None:
    """ValueError if a weight λ, (tasks,), is not finite or, where a method gives weights as plain numbers, below 0: the
    gradient of a total may well be."""
    wrong = ~lam.isfinite() if run.weighting.by_autograd else ~(lam.isfinite() & (lam >= 0))
    if bool(wrong.any()):
        offending_tasks = [name for name, bad in zip(run.tasks, wrong.tolist(), strict=True) if bad]
        finite = bool(lam.isfinite().all())
        raise (ValueError if finite else NonFiniteError)(
            f"Step {run.done + 1}: the weighting {run.weighting.name!r} gave the task "
            f"{', '.join(map(repr, offending_tasks))} a weight that is "
            f"{'below 0' if finite else 'not finite'} ({_all(run, losses, lam)}). The model holds the weights from "
            "before. Look at the method's settings, or at its formula for such losses."
        )


def _all(run, losses: Tensor, lam: Tensor) -> str:
    rows = zip(run.tasks, losses.tolist(), lam.tolist(), strict=True)
    return "; ".join(f"{name}: loss {loss:.4g}, λ {weight:.4g}" for name, loss, weight in rows)
