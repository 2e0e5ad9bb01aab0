"""How much the tasks' gradients agree, over a training."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mtlkit.plots.end_labels import EndLabels
from mtlkit.plots.style_guide import (
    GREY,
    alt,
    clean_axes,
    count_in_whole,
    headline,
    label_margin,
    new_figure,
    number,
    percent,
    task_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def cosines(found: Mapping, *, ax: Axes | None = None) -> Axes:
    """The cosine between the gradients of every two tasks over the steps, a line a pair.

    Args:
        found: step → a table tasks × tasks, as `Run.gradient_cosines` gives it. NaN: a task was absent.
        ax: where to draw (None: a new figure).

    Returns:
        The axes.

    Raises:
        ValueError: no step, or a single task.

    Example:
        >>> import pandas as pd
        >>> tasks = ["topic", "mood"]
        >>> table = pd.DataFrame([[1.0, -0.5], [-0.5, 1.0]], index=tasks, columns=tasks)
        >>> cosines({1: table, 2: table}).get_title(loc="left")
        "100% of the cosines are below 0; the lowest, −0.50, is topic · mood's"
    """
    if not found:
        raise ValueError("There is nothing to draw: a dict step → table of cosines was expected, found {}.")
    steps, tasks = sorted(found), list(next(iter(found.values())).index)
    pairs = {f"{a} · {b}": [found[step].loc[a, b] for step in steps] for a, b in itertools.combinations(tasks, 2)}
    if ax is None:
        ax = new_figure(7.8, 3.9, right=label_margin(list(pairs), 5), top=0.4)[0]
    clean_axes(ax, xlabel="step (optimizer updates)", ylabel="cosine of two gradients (no unit)")
    ax.axhline(0, color=GREY, lw=1, zorder=1)
    looks = task_style(list(pairs))
    for pair, values in pairs.items():
        look: dict[str, Any] = looks[pair] | {"lw": 1.4, "ms": 4}
        ax.plot(steps, values, clip_on=False, **look)
    ax.set(xlim=(steps[0], max(steps[-1], steps[0] + 1)), ylim=(-1, 1))
    count_in_whole(ax)
    labels = EndLabels(ax, {pair: look["color"] for pair, look in looks.items()})
    ends = {pair: values[-1] for pair, values in pairs.items() if np.isfinite(values[-1])}
    labels.update({pair: (steps[-1], end, f"{pair} {number(end)}") for pair, end in ends.items()})
    every = np.array(list(pairs.values()), dtype=float)
    seen = np.isfinite(every).sum()
    below = percent((every < 0).sum() / seen) if seen else "none"
    least = min(pairs, key=lambda pair: np.nanmin([*pairs[pair], np.inf]))
    headline(ax, f"{below} of the cosines are below 0; the lowest, {number(np.nanmin(every))}, is {least}'s")
    alt(ax, f"Cosines of {len(pairs)} pairs of tasks at {len(steps)} steps; {below} below 0. Means: {_means(pairs)}.")
    return ax


def _means(pairs: dict) -> str:
    return ", ".join(f"{pair} {number(float(np.nanmean(values)))}" for pair, values in pairs.items())
