"""How much of the shared encoder's gradient each task has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mtlkit.plots.end_labels import EndLabels
from mtlkit.plots.style_guide import (
    alt,
    clean_axes,
    count_in_whole,
    headline,
    label_margin,
    new_figure,
    percent,
    readable_color,
    task_style,
)

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes


def gradient_share(shares: Mapping | pandas.DataFrame, *, ax: Axes | None = None) -> Axes:
    """Each task's share of the gradient in the shared encoder: bars, or lines over the steps.

    Args:
        shares: for bars, a dict task → share, or a table with columns task and share. For lines, a dict task → shares
            over the steps, a table with the steps as its index and a column a task, or the table of `History.shares`.
            Gradient norms will do too: all are divided by their sum. NaN: the task was absent.
        ax: where to draw (None: a new figure).

    Returns:
        The axes.

    Raises:
        ValueError: no task, or shares of a step whose sum is not a number above 0.

    Example:
        >>> gradient_share({"topic": 3.0, "mood": 1.0}).get_title(loc="left")
        "topic makes up 75% of the shared encoder's gradient"
    """
    table, steps = _table(shares)
    total = np.nansum(list(table.values()), axis=0)
    if not table or not np.all(np.isfinite(total)) or np.any(total <= 0):
        raise ValueError(f"Shares of a gradient should be numbers above 0 for one task at least, found {shares!r}.")
    table = {task: np.asarray(value) / total for task, value in table.items()}
    ax = _bars(table, ax) if steps is None else _lines(table, steps, ax)
    seen = {task: np.ravel(value)[np.isfinite(np.ravel(value))] for task, value in table.items()}
    ends = {task: float(value[-1]) for task, value in seen.items() if len(value)}
    where = "of the shared encoder's gradient"
    headline(ax, f"{_finding(table)} {where}")
    where += "" if steps is None else " at the end"
    alt(ax, f"Shares {where}: " + ", ".join(f"{task} {_part(share)}" for task, share in ends.items()) + ".")
    return ax


def _finding(table: dict) -> str:
    """Who has most, of bars; of lines: who is above a half all the time, or the most that anyone ever has."""
    values = {task: np.nan_to_num(np.ravel(value)) for task, value in table.items()}  # an absent task has no share
    peak = max(values, key=lambda task: values[task].max())
    most, least = values[peak].max(), values[peak].min()
    if np.ndim(table[peak]) == 0:
        return f"{peak} makes up {_part(most)}"
    if least > 0.5:
        return f"{peak} always holds at least {_part(np.floor(100 * least) / 100)}"
    if most > 0.9:
        return f"{peak} holds up to {_part(most)}"
    return f"No task ever holds more than {_part(np.ceil(round(100 * most, 6)) / 100)}"


def _part(share: float) -> str:
    """A percentage that says 100 only of the whole."""
    return percent(share) if not 0.995 <= share < 1 else f"{np.floor(1000 * share) / 1000:.1%}"


def _table(shares) -> tuple[dict, np.ndarray | None]:
    """task → number or numbers over steps, and the steps (None: just one)."""
    if isinstance(shares, Mapping):
        table = {task: np.asarray(value, dtype=float) for task, value in shares.items()}
        several = [len(value) for value in table.values() if value.ndim]
        return table, np.arange(1, several[0] + 1) if several else None
    if {"task", "share"} <= set(shares.columns):
        if "step" not in shares.columns:
            return {task: float(value) for task, value in zip(shares["task"], shares["share"], strict=True)}, None
        shares = shares.pivot(index="step", columns="task", values="share")[list(dict.fromkeys(shares["task"]))]
    return {task: shares[task].to_numpy(dtype=float) for task in shares.columns}, shares.index.to_numpy()


def _bars(table: dict, ax):
    tasks = sorted(table, key=lambda task: np.nan_to_num(table[task]))
    if ax is None:
        ax = new_figure(7.0, 1.1 + 0.3 * len(tasks), right=0.75, left=label_margin(tasks))[0]
    looks = task_style(list(table))
    clean_axes(ax, xlabel="share of the gradient norm in the shared encoder (%)")
    ax.grid(False, axis="y")
    bars = ax.barh(tasks, [100 * table[task] for task in tasks], color=[looks[t]["color"] for t in tasks], height=0.7)
    ax.bar_label(bars, [" " + _part(table[task]) for task in tasks], fontsize="small")
    ax.set_xlim(0, min(100, 115 * np.nanmax(list(table.values()))))
    ax.tick_params(axis="y", length=0)
    for label, task in zip(ax.get_yticklabels(), tasks, strict=True):
        label.set_color(readable_color(looks[task]["color"]))
    return ax


def _lines(table: dict, steps: np.ndarray, ax):
    if ax is None:
        ax = new_figure(7.4, 3.8, right=label_margin(list(table), 4))[0]
    looks, ends = task_style(list(table)), {}
    clean_axes(ax, xlabel="step (optimizer updates)", ylabel="share of the gradient norm (%)")
    for task, share in table.items():
        look = looks[task] | ({} if len(steps) <= 20 else {"marker": ""})
        there = np.isfinite(share)
        x, y = steps[there], share[there]
        ax.plot(x, 100 * y, label=task, clip_on=False, **look)
        if len(x):
            ends[task] = (x[-1], 100 * y[-1], f"{task} {_part(y[-1])}")
    ax.set(xlim=(steps[0], max(steps[-1], steps[0] + 1)), ylim=(0, 102))
    count_in_whole(ax)
    labels = EndLabels(ax, {task: look["color"] for task, look in looks.items()})
    labels.update(ends)
    return ax
