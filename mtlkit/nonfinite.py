"""A loss or gradient that is NaN or infinite: what to tell of it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor


class NonFiniteError(ValueError):
    """A loss or gradient became NaN or infinite; the parameters are those before the step."""


def explain(run, losses: Tensor, lam: Tensor, what: str, guilty: Sequence[str] = ()) -> str:
    """One sentence: the step, the guilty tasks, every loss and λ (tasks,), and what to do."""
    rows = list(zip(run.tasks, losses.tolist(), lam.tolist(), strict=True))
    guilty = guilty or [n for n, loss, weight in rows if not (math.isfinite(loss) and math.isfinite(weight))]
    all_of = "; ".join(f"{name}: loss {loss:.4g}, λ {weight:.4g}" for name, loss, weight in rows)
    who = f"task {', '.join(map(repr, guilty))}" if guilty else "the tasks together"
    return (
        f"Step {run.done + 1}: the {what} of {who} is not finite ({all_of}). The model holds the weights from before. "
        f"Lower lr ({run.lr:.2g}) or head_lr ({run.head_lr:.2g}), or look at that task's labels and λ."
    )
