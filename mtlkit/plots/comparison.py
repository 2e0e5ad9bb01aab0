"""Methods held against a baseline: the difference of each task's metric, with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mtlkit.evaluation.intervals import FEWEST, in_words, verdict
from mtlkit.plots.style_guide import GREY, alt, clean_axes, headline, label_margin, new_figure, task_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def differences(found: Mapping, baseline: str, seeds: int, ax: Axes | None = None) -> Axes:
    """Methods held against a baseline: a row a task and one for their mean, a point with an interval a method.

    The title says what the intervals of the mean decide; from fewer than three seeds nothing.

    Args:
        found: method → a table as `Comparison.difference` gives it: rows are tasks and "mean", columns mean, low, high.
        baseline: the name of the method that was subtracted.
        seeds: how many pairs are behind the numbers.
        ax: where to draw (None: a new figure).

    Returns:
        The axes.

    Raises:
        ValueError: no method.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"mean": [0.02], "low": [0.01], "high": [0.03]}, index=["mean"])
        >>> differences({"sigmoid": table}, "equal", seeds=3).get_title(loc="left")
        'At 3 seeds, in the mean of tasks: sigmoid above equal'
    """
    if not found:
        raise ValueError("There is nothing to compare: a dict method → table of differences was expected, found {}.")
    tasks, looks = list(next(iter(found.values())).index), task_style(list(found))
    names = ["mean of tasks" if task == "mean" else task for task in tasks]
    if ax is None:
        height = 1.4 + len(tasks) * max(0.34, 0.16 * len(found))
        ax = new_figure(7.4, height, left=label_margin(names), right=label_margin(list(found), 3), top=0.4)[0]
    together = f" for all {len(found)} together" if len(found) > 1 else ""
    clean_axes(ax, xlabel=f"main metric minus that of {baseline} (paired seeds; line: 95 % interval{together})")
    ax.grid(False, axis="y")
    ax.axvline(0, color=GREY, lw=1, zorder=1)
    step = 0.76 / len(found)
    for k, (method, table) in enumerate(found.items()):
        y = np.arange(len(tasks)) + step * (k - (len(found) - 1) / 2)
        color, marker = looks[method]["color"], looks[method]["marker"]
        ax.hlines(y, table["low"], table["high"], color=color, lw=2, alpha=0.5)
        ax.plot(table["mean"], y, ls="", marker=marker, color=color, ms=5, label=method)
    ax.set_yticks(range(len(tasks)), names)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(tasks) - 0.45, -0.55)
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize="small")
    told = {method: verdict(table) for method, table in found.items()}
    if seeds < FEWEST:
        headline(ax, f"Means of {seeds} seed{'s' * (seeds > 1)}: fewer than {FEWEST} decide nothing")
    else:
        headline(ax, f"At {seeds} seeds, in the mean of tasks: {_finding(told, baseline)}")
    said = "; ".join(f"{method} {in_words(*table.loc['mean'])}" for method, table in found.items())
    alt(ax, f"Differences to {baseline} in the mean over tasks: {said}.")
    return ax


def _finding(told: dict[str, str], baseline: str) -> str:
    better, worse = ([m for m, of in told.items() if of == which] for which in ("better", "worse"))
    if better:
        return f"{', '.join(better)} above {baseline}"
    if worse:
        return f"none above {baseline}; below: {', '.join(worse)}"
    return f"none can be told apart from {baseline}"
