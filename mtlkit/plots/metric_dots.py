"""Metrics: each task's main one as a point with its interval, several methods side by side, or over the steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mtlkit.plots.end_labels import EndLabels
from mtlkit.plots.findings import comparison_finding, metric_finding, validation_finding
from mtlkit.plots.style_guide import (
    GREY,
    alt,
    clean_axes,
    count_in_whole,
    headline,
    label_margin,
    new_figure,
    readable_color,
    score,
    task_style,
)

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

    from mtlkit.plots._inputs import HistoryLike

_MARKERS = "osD^vPX"
WIDTH = 0.08  # of a number beside its point


def metrics(
    scores: pandas.DataFrame | Mapping[str, pandas.DataFrame] | HistoryLike,
    *,
    floor: Mapping[str, float] | pandas.Series | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Each task's main metric: a point with its interval, several side by side, or lines over the steps.

    The main metric is the first that the table names for a task: filter the table to see another.

    Args:
        scores: the table of `evaluate`, for points; a dict name → such a table, side by side with a marker per name; or
            a `History`, for lines over its validations.
        floor: task → what a model that knows nothing scores, a grey tick; not over steps (None: no tick). A dict or a
            pandas Series, such as the "score" of `corpus.summary.majority_baseline`.
        ax: where to draw (None: a new figure).

    Returns:
        The axes.

    Raises:
        ValueError: an empty dict, or a table that lacks one of the columns task, metric and value.

    Example:
        >>> import pandas as pd
        >>> scores = pd.DataFrame({"task": ["topic"], "metric": ["accuracy"], "value": [0.9]})
        >>> alt(metrics(scores, floor={"topic": 0.4}))
        'Main metrics: topic accuracy 0.90 (knows nothing: 0.40).'
    """
    ticks = {} if floor is None else {str(task): float(value) for task, value in floor.items()}
    if isinstance(scores, Mapping):
        if not scores:
            raise ValueError("There is nothing to compare: a dict name → table of `evaluate` was expected, found {}.")
        return _points({name: _main(table) for name, table in scores.items()}, ticks, ax)
    if hasattr(scores, "steps"):
        return _lines(_main(scores.metrics(), over="step"), ax)
    return _points({"": _main(scores)}, ticks, ax)


def _main(table, over: str | None = None):
    """The rows of each task's first metric."""
    needed = {"task", "metric", "value"} | ({over} if over else set())
    if not needed <= set(table.columns):
        raise ValueError(f"A table of metrics has columns {', '.join(sorted(needed))}; found {list(table.columns)}.")
    first = table.groupby("task", sort=False)["metric"].transform("first")
    return table[table["metric"] == first]


def _points(tables: dict, floor: Mapping[str, float], ax):
    rows = {task: metric for t in tables.values() for task, metric in zip(t["task"], t["metric"], strict=True)}
    tasks, several = list(rows), len(tables) > 1
    names = [f"{task}  {metric}" for task, metric in rows.items()]
    if ax is None:
        height = 1.15 + len(tasks) * max(0.34, 0.2 * len(tables)) + 0.3 * several
        ax = new_figure(7.4, height, left=label_margin(names), right=0.7, top=0.35 + 0.3 * several)[0]
    looks = task_style(tasks)
    clean_axes(ax, xlabel=f"metric on the evaluated rows (1 is best{', grey tick: knows nothing' if floor else ''})")
    ax.grid(False, axis="y")
    step = 0.72 / len(tables)
    floor = {task: value for task, value in floor.items() if task in rows}
    low = min([0.0, *floor.values()])
    for task, value in floor.items():
        ax.plot(value, tasks.index(task), "|", color=GREY, ms=15, mew=2, clip_on=False, zorder=1)
    found: dict[str, dict[str, tuple]] = {task: {} for task in tasks}
    for k, (name, table) in enumerate(tables.items()):
        for row in table.to_dict("records"):
            value, y = row["value"], tasks.index(row["task"]) + step * (k - (len(tables) - 1) / 2)
            ends = [row.get(end, np.nan) for end in ("low", "high")]
            found[row["task"]][name] = (value, *ends)
            color = looks[row["task"]]["color"]
            if np.isfinite(ends).all():
                ax.plot(ends, [y, y], color=color, lw=2.5, alpha=0.5, solid_capstyle="butt")
            marker = _MARKERS[k % len(_MARKERS)] if several else looks[row["task"]]["marker"]
            fill = "white" if k % 2 else color
            ax.plot(value, y, marker=marker, color=color, ms=6, mfc=fill, label=name or row["task"], clip_on=False)
            at = np.nanmax([value, *ends]) if np.isfinite(value) else 0.0
            tick = floor.get(row["task"], -1.0)
            at = (tick if at < tick < at + WIDTH else at, y)  # the number stands beside the tick, not under it
            beside = {"xytext": (6, 0), "textcoords": "offset points", "va": "center", "annotation_clip": False}
            ax.annotate(score(value), at, fontsize="x-small", color=readable_color(color), **beside)
            low = np.nanmin([low, value, *ends])
    left = min(low * 1.1, -0.01 if floor else 0.0)  # a tick at 0 stands clear of the axis
    ax.set_xlim(left, np.nanmax([1.0, *(v[0] for of in found.values() for v in of.values())]))
    ax.set_ylim(len(tasks) - 0.45, -0.55)
    ax.set_yticks(range(len(tasks)), names)
    ax.tick_params(axis="y", length=0)
    for label, task in zip(ax.get_yticklabels(), tasks, strict=True):
        label.set_color(readable_color(looks[task]["color"]))
    if several:
        _legend(ax, list(tables))
    if several:
        headline(ax, comparison_finding(found), pad=24)
    else:
        headline(ax, metric_finding({task: of[""] for task, of in found.items()}, rows, floor))
    said = {t: ", ".join(f"{name} {score(v[0])}".strip() for name, v in of.items()) for t, of in found.items()}
    ground = {t: f" (knows nothing: {score(value)})" for t, value in floor.items()}
    alt(ax, "Main metrics: " + "; ".join(f"{t} {rows[t]} {of}{ground.get(t, '')}" for t, of in said.items()) + ".")
    return ax


def _legend(ax, names: list[str]) -> None:
    from matplotlib.lines import Line2D

    fills = ["white" if k % 2 else GREY for k in range(len(names))]
    handles = [
        Line2D([], [], ls="", marker=_MARKERS[k % len(_MARKERS)], color=GREY, mfc=fills[k], label=name)
        for k, name in enumerate(names)
    ]
    place = {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "borderaxespad": 0.1}
    ax.legend(handles=handles, ncols=len(names), frameon=False, fontsize="small", **place)


def _lines(table, ax):
    if ax is None:
        ax = new_figure(7.4, 3.8, right=label_margin(list(table["task"]), 5))[0]
    clean_axes(ax, xlabel="step (optimizer updates)", ylabel="metric on validation (1 is best)")
    if table.empty:
        headline(ax, "No validation yet")
        alt(ax, "Empty axes for metrics over steps: no validation yet.")
        return ax
    tasks = list(dict.fromkeys(table["task"]))
    looks, ends = task_style(tasks), {}
    for task in tasks:
        rows = table[table["task"] == task]
        x, y = rows["step"].to_numpy(), rows["value"].to_numpy(dtype=float)
        ax.plot(x, y, label=task, clip_on=False, **looks[task])
        x, y = x[np.isfinite(y)], y[np.isfinite(y)]
        if len(y):
            ends[task] = (x[-1], y[-1], f"{task} {score(y[-1])}")
    first, last = table["step"].min(), table["step"].max()
    values = table["value"].to_numpy(dtype=float)
    low, high = np.nanmin(values, initial=0.0) * 1.1, np.nanmax(values, initial=1.0)
    ax.set(xlim=(min(first, last - 1), last), ylim=(low, high * 1.02))
    count_in_whole(ax)
    EndLabels(ax, {task: looks[task]["color"] for task in tasks}).update(ends)
    headline(ax, validation_finding(table))
    said = ", ".join(text for _, _, text in ends.values())
    alt(ax, f"Main metrics over {len(set(table['step']))} validations. At the end: {said}.")
    return ax
