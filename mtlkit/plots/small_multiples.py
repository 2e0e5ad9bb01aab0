"""Small multiples: how each of several methods weighs the tasks over the steps, one panel a method, on shared axes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mtlkit.plots.losses_weights import FAINT, FAR_APART, MANY, moving_mean
from mtlkit.plots.style_guide import (
    GREY,
    alt,
    clean_axes,
    count_in_whole,
    headline,
    new_figure,
    number,
    set_range,
    task_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mtlkit.plots._inputs import HistoryLike

COLUMNS = 4
ABOVE = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "center", "va": "bottom"}
DEPTH = 1e-6  # a logarithmic axis reaches down to this part of the largest λ


def weights(histories: Mapping[str, HistoryLike], *, ax: Axes | None = None) -> np.ndarray:
    """Every task's λ_i over the steps, a panel for each method, all on the same two axes.

    From 60 steps on the raw values lie faint behind a moving mean over 1/20 of the steps. The λ axis is logarithmic
    where typical λ of tasks or methods are more than 30-fold apart. It goes no lower than a millionth of the largest λ:
    what is below, or 0, lies on its edge. A method without λ (`GradDrop`) says so in its panel.

    Args:
        histories: method → its `History`, such as `Comparison.history` gives.
        ax: as many axes as there are methods (None: a new figure).

    Returns:
        The axes, an array (methods,).

    Raises:
        ValueError: no history, or another number of axes than of methods.

    Example:
        >>> from mtlkit.training.history import History
        >>> history = History.from_arrays(["topic", "mood"], [[1.0, 2.0], [0.5, 1.8]], [[1.0, 1.0], [0.5, 1.0]])
        >>> alt(weights({"dwa": history})[0])
        'λ under dwa, first to last step: topic 1.00 to 0.50, mood 1.00 to 1.00.'
    """
    if not histories:
        raise ValueError("There is nothing to draw: a dict method → History was expected, found {}.")
    tasks = list(dict.fromkeys(task for history in histories.values() for task in history.tasks))
    axes = _panels(len(histories)) if ax is None else np.asarray(ax, dtype=object).ravel()
    if len(axes) != len(histories):
        raise ValueError(f"{len(histories)} methods need as many axes, found {len(axes)}.")
    looks = {task: look | {"marker": ""} for task, look in task_style(tasks).items()}
    widths = dict(zip(tasks, np.linspace(3.4, 1.2, len(tasks)), strict=True))  # equal weights: all are seen, one in one
    seen = {method: _seen(history) for method, history in histories.items()}
    scale, last = _scale([y for of in seen.values() for _, y in of.values()]), 2
    for panel, (method, of) in zip(axes, seen.items(), strict=True):
        clean_axes(panel, xlabel="step", ylabel="weight λᵢ")
        panel.annotate(method, (0.5, 1.0), (0, 3), parse_math=False, **ABOVE)
        if not of:
            panel.text(0.5, 0.5, "no λ", transform=panel.transAxes, ha="center", va="center", color=GREY)
        for task, (x, y) in of.items():
            y = np.maximum(y, scale["low"]) if scale["log"] else y
            _line(panel, task, x, y, looks[task] | {"lw": widths[task]})
            last = max(last, x[-1])
    for panel in axes:
        panel.set_xlim(1, last)
        set_range(panel, "y", **scale)
        count_in_whole(panel)
        if panel.get_subplotspec() is not None:
            panel.label_outer()
    _name_tasks(axes[0], looks)
    headline(axes[0], _finding(seen), pad=38)
    for panel, (method, of) in zip(axes, seen.items(), strict=True):
        ends = ", ".join(f"{task} {number(y[0])} to {number(y[-1])}" for task, (_, y) in of.items())
        alt(panel, f"λ under {method}, first to last step: {ends or 'none'}.")
    return axes


def _panels(count: int) -> np.ndarray:
    columns = min(count, COLUMNS)
    rows = -(-count // columns)
    axes = new_figure(1.0 + 1.85 * columns, 1.35 + 1.5 * rows, rows=rows * (1,), columns=columns, top=0.85, right=0.2)
    for spare in axes[count:]:
        spare.remove()
    for above in axes[max(0, count - columns) : (rows - 1) * columns]:  # nothing below it: its steps are told here
        above.xaxis.set_tick_params(labelbottom=True)
    return axes[:count]


def _seen(history) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """task → the steps in which it has a λ, and that."""
    steps, lam, found = history.steps(), history.weights(), {}
    for i, task in enumerate(history.tasks):
        there = np.isfinite(lam[:, i])
        if there.any():
            found[task] = (steps[there], lam[there, i])
    return found


def _scale(lams: list[np.ndarray]) -> dict:
    """Arguments of `set_range` for an axis that all of these share."""
    low, high = min((y.min() for y in lams), default=0.0), max((y.max() for y in lams), default=1.0)
    typical = [np.median(y[y > 0]) for y in lams if (y > 0).any()]
    if low < 0 or not typical or max(typical) <= FAR_APART * min(typical):
        label_margin = 0.06 * ((high - min(low, 0.0)) or 1.0)
        return {"low": min(low, 0.0) - label_margin, "high": high + label_margin, "log": False}
    least = max(min(y[y > 0].min() for y in lams if (y > 0).any()), DEPTH * high)
    return {"low": 10 ** np.floor(np.log10(least)), "high": high * 2, "log": True}


def _line(panel, task: str, x, y, look: dict) -> None:
    window = max(1, len(x) // 20) if len(x) >= MANY else 1
    if window > 1:
        panel.plot(x, y, color=look["color"], alpha=FAINT, lw=0.8)
    panel.plot(x, moving_mean(y, window), label=task, **look)


def _name_tasks(panel, looks: dict) -> None:
    from matplotlib.lines import Line2D

    names = {"frameon": False, "fontsize": "small", "handlelength": 1.6, "columnspacing": 1.6, "borderpad": 0.0}
    lines = [Line2D([], [], label=task, lw=1.8, **look) for task, look in looks.items()]
    place = {"loc": "lower left", "bbox_to_anchor": (0.0, 1.0), "borderaxespad": 1.9, "ncols": len(looks)}
    panel.legend(handles=lines, **place, **names)


def _finding(seen: dict) -> str:
    """Which weight moved most, by its range over its mean, and under how many methods none did."""
    moved = {
        (method, task): np.ptp(y) / np.abs(y).mean() if y.any() else 0.0
        for method, of in seen.items()
        for task, (_, y) in of.items()
    }
    if not moved:
        return "No method has a weight to show"
    method, task = max(moved, key=moved.__getitem__)
    still = sum(all(moved[m, t] < 0.01 for t in of) for m, of in seen.items() if of)
    if moved[method, task] < 0.01:
        return "No weight moved"
    found = f"The weight of {task} moved most under {method}"
    return f"{found}; {still} of {len(seen)} methods moved none" if still else found
