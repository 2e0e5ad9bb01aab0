"""Training to the end, with a progress bar."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from mtlkit.training.history import History
from mtlkit.training.run import Run, Step


def fit(run: Run) -> History:
    """Train to the end, with a progress bar that shows each task's loss and λ.

    Args:
        run: goes on where it stands.

    Returns:
        The run's history.

    Raises:
        NonFiniteError: a loss or gradient is no finite number.
    """
    from tqdm.auto import tqdm

    with tqdm(total=run.steps, initial=run.done, unit="step") as bar:
        shown = 0.0
        for step in run:
            bar.update()
            if time.monotonic() - shown > 0.5 or step.step == run.steps:
                shown = time.monotonic()
                bar.set_postfix_str(_in_a_line(run.tasks, step))
    return run.history


def _in_a_line(tasks: Sequence[str], step: Step) -> str:
    each = zip(tasks, step.losses.tolist(), step.weights.tolist(), strict=True)
    return " · ".join(f"{name} {loss:.3g} (λ {lam:.2g})" for name, loss, lam in each if not math.isnan(loss))
