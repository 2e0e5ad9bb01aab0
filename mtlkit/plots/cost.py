"""What steps cost: runs held against the first of them; a cost over a quantity, with the expected scaling beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mtlkit.plots.end_labels import EndLabels
from mtlkit.plots.style_guide import (
    BLACK,
    GREY,
    SKY,
    alt,
    clean_axes,
    headline,
    label_margin,
    new_figure,
    number,
    set_range,
    task_style,
)

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes


def cost_ratios(costs: pandas.DataFrame, *, ax: Axes | None = None) -> Axes:
    """What a step of each run takes, as a multiple of the first run's.

    A bar for each run, with a line for the middle half of the rounds. A tick shows the ratio of FLOPs: where the bar
    would end if arithmetic were all that takes time.

    Args:
        costs: a table as `mk.profile` gives it, of two runs at least.
        ax: where to draw (None: a new figure).

    Returns:
        The axes.

    Raises:
        ValueError: fewer than two runs.

    Example:
        >>> import pandas as pd
        >>> costs = {"ratio": [1, 1.5], "ratio_low": [1, 1.4], "ratio_high": [1, 1.6], "flops": [1e9, 2e9]}
        >>> cost_ratios(pd.DataFrame(costs, index=["equal", "pcgrad"])).get_title(loc="left")
        'pcgrad takes 1.50 times as long as equal; within a tenth of it: 0 of 1'
    """
    if len(costs) < 2:
        raise ValueError(f"Costs are compared between two runs or more, found {len(costs)}.")
    first, names = costs.index[0], list(costs.index)
    ratio, expected = costs["ratio"].to_numpy(), (costs["flops"] / costs["flops"].iloc[0]).to_numpy()
    if ax is None:
        ax = new_figure(7.4, 1.15 + 0.3 * len(names), right=0.9, left=label_margin(names), top=0.4)[0]
    clean_axes(
        ax, xlabel=f"seconds a step, as a multiple of {first}'s (line: middle half of rounds; tick: by FLOPs alone)"
    )
    ax.grid(False, axis="y")
    y = np.arange(len(names))
    ax.barh(y, ratio, height=0.66, color=SKY)
    ax.hlines(y, costs["ratio_low"], costs["ratio_high"], color=BLACK, lw=1.6)
    ax.vlines(expected, y - 0.38, y + 0.38, color="#D55E00", lw=2)
    ends = np.maximum.reduce([costs["ratio_high"].to_numpy(), ratio, expected])
    for at, end, value in zip(y, ends, ratio, strict=True):
        ax.annotate(f"{number(value)} ×", (end, at), (5, 0), textcoords="offset points", va="center", fontsize="small")
    ax.axvline(1, color=GREY, lw=1, ls=(0, (2, 2)))
    ax.set_yticks(y, names)
    ax.tick_params(axis="y", length=0)
    ax.set(ylim=(len(names) - 0.45, -0.55), xlim=(0, 1.03 * ends.max()))
    most = int(np.argmax(ratio))
    near = int((np.abs(ratio[1:] - 1) <= 0.1).sum())
    finding = f"{names[most]} takes {number(ratio[most])} times as long as {first}"
    if costs["ratio_low"].iloc[most] <= 1:  # its quartile: half of the rounds and more may be chance
        finding = f"Nothing clearly takes longer than {first}"
    headline(ax, f"{finding}; within a tenth of it: {near} of {len(names) - 1}")
    said = zip(names, ratio, expected, strict=True)
    alt(ax, f"Time of a step over {first}'s: " + ", ".join(f"{n} {r:.2f} (by FLOPs {e:.2f})" for n, r, e in said) + ".")
    return ax


def scaling(
    measured: pandas.DataFrame | Mapping[str, pandas.DataFrame],
    expected: Mapping[str, Sequence[float]],
    *,
    xlabel: str,
    log: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Seconds a step over a quantity: points as measured, dashed lines as expected.

    Args:
        measured: a table, or a dict name → table. Its index is the quantity; its columns are seconds, seconds_low and
            seconds_high, as in `mk.profile`.
        expected: name → a number for each quantity of the first table, in any unit. Only proportions count: a line
            begins at that table's first point.
        xlabel: what the quantity is.
        log: True makes both axes logarithmic.
        ax: where to draw (None: a new figure).

    Returns:
        The axes.

    Raises:
        ValueError: nothing was measured, or an expectation has more or fewer numbers than there are quantities.

    Example:
        >>> import pandas as pd
        >>> seconds = {"seconds": [0.1, 0.3], "seconds_low": [0.1, 0.2], "seconds_high": [0.1, 0.4]}
        >>> table = pd.DataFrame(seconds, index=[1, 2])
        >>> scaling(table, {"linear": [1, 2]}, xlabel="rows").get_title(loc="left")
        'From 1 to 2: measured 3.00 ×; expected: linear 2.00 ×'
    """
    from matplotlib.ticker import LogLocator

    tables = measured if isinstance(measured, Mapping) else {"measured": measured}
    empty = [name for name, one in tables.items() if not len(one)]
    if empty or not tables:
        found = f"{', '.join(map(repr, empty))} without rows" if empty else "{}"
        raise ValueError(f"There is nothing to draw: a table, or a dict name → table, was expected, found {found}.")
    table = next(iter(tables.values()))
    x, begin = table.index.to_numpy(dtype=float), table["seconds"].iloc[0]
    for name, values in expected.items():
        if len(values) != len(x):
            raise ValueError(f"{name!r} expects {len(values)} numbers of seconds for the {len(x)} quantities measured.")
    lines = {name: begin * np.asarray(values, dtype=float) / values[0] for name, values in expected.items()}
    if ax is None:
        ax = new_figure(7.4, 3.6, right=label_margin([*tables, *lines]), top=0.4)[0]
    clean_axes(ax, xlabel=xlabel, ylabel="seconds a step")
    looks, ends = task_style(list(tables)), {}
    for name, line in lines.items():
        ax.plot(x, line, color=GREY, ls="--", lw=1.2, label=name)
        ends[name] = (x[-1], line[-1], name)
    for name, one in tables.items():
        look, at = looks[name], one.index.to_numpy(dtype=float)
        ax.vlines(at, one["seconds_low"], one["seconds_high"], color=look["color"], lw=3, alpha=0.4)
        ax.plot(at, one["seconds"], label=name, **look)
        ends[name] = (at[-1], one["seconds"].iloc[-1], name)
    top = max(*(line.max() for line in lines.values()), *(one["seconds_high"].max() for one in tables.values()), 0)
    if log:
        low = min(*(line.min() for line in lines.values()), *(one["seconds_low"].min() for one in tables.values()), top)
        set_range(ax, "x", x.min() / 1.15, x.max() * 1.15, log=True)
        set_range(ax, "y", low / 1.3, top * 1.3, log=True)
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_locator(LogLocator(subs=(1, 2, 5)))  # a few ticks within one power of ten, too
    else:
        ax.set(ylim=(0, 1.05 * top), xlim=(min(0, x.min()), 1.02 * x.max()))
    labels = EndLabels(ax, {name: GREY for name in lines} | {name: look["color"] for name, look in looks.items()})
    labels.update(ends)
    grown = {name: one["seconds"].iloc[-1] / begin for name, one in tables.items()}
    hoped = {name: line[-1] / begin for name, line in lines.items()}
    times = ", ".join(f"{name} {number(factor)} ×" for name, factor in grown.items())
    wanted = ", ".join(f"{name} {number(factor)} ×" for name, factor in hoped.items())
    headline(ax, f"From {x[0]:,.3g} to {x[-1]:,.3g}: {times}; expected: {wanted}")
    alt(ax, f"Seconds a step over {xlabel}, from {x[0]:,.3g} to {x[-1]:,.3g}: {times}; expected: {wanted}.")
    return ax
