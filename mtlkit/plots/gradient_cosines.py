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
    if len(tasks) < 2:
        raise ValueError(f"A cosine is between the gradients of two tasks: give two tasks or more, found {tasks}.")
    pairs = {f"{a} · {b}": [found[step].loc[a, b] for step in steps] for a, b in itertools.combinations(tasks, 2)}
    if ax is None:
        ax = new_figure(7.8, 3.9, right=label_margin(list(pairs), 5), top=0.4)[0]
    clean_axes(ax, xlabel="step (optimizer updates)", ylabel="cosine of two gradients (no unit)")
    ax.axhline(0, color=GREY, lw=1, zorder=1)
    looks, seen = task_style(list(pairs)), {}
    for pair, values in pairs.items():
        look: dict[str, Any] = looks[pair] | {"lw": 1.4, "ms": 4}
        there = np.isfinite(values)
        x, y = np.array(steps)[there], np.array(values)[there]
        ax.plot(x, y, clip_on=False, **look)
        if len(x):
            seen[pair] = (x, y)
    ax.set(xlim=(steps[0], max(steps[-1], steps[0] + 1)), ylim=(-1, 1))
    count_in_whole(ax)
    labels = EndLabels(ax, {pair: look["color"] for pair, look in looks.items()})
    labels.update({pair: (x[-1], y[-1], f"{pair} {number(y[-1])}") for pair, (x, y) in seen.items()})
    about = f"Cosines of {len(pairs)} pairs of tasks at {len(steps)} steps"
    if not seen:
        headline(ax, "No cosine is defined at these steps")
        alt(ax, f"{about}: none is defined.")
        return ax
    every = np.concatenate([y for _, y in seen.values()])
    below = percent((every < 0).mean())
    least = min(seen, key=lambda pair: seen[pair][1].min())
    means = ", ".join(f"{pair} {number(y.mean())}" for pair, (_, y) in seen.items())
    headline(ax, f"{below} of the cosines are below 0; the lowest, {number(every.min())}, is {least}'s")
    alt(ax, f"{about}; {below} below 0. Means: {means}.")
    return ax
