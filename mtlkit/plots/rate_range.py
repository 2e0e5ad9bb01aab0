"""What a learning-rate range test saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from mtlkit.plots.end_labels import EndLabels
from mtlkit.plots.style_guide import BLACK, alt, clean_axes, headline, label_margin, new_figure, number, task_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class RangeTestLike(Protocol):
    """What `training.range_test.RangeTest` has."""

    tasks: tuple[str, ...]
    rates: np.ndarray
    losses: np.ndarray
    smooth: np.ndarray
    turn: float
    lr: float | None


def range_test(test: RangeTestLike, *, ax: Axes | None = None) -> Axes:
    """Each task's running loss over the learning rate, and the rate that is taken.

    Args:
        test: `run.range_test` of a `Run(…, lr="find")`.
        ax: where to draw (None: a new figure).

    Returns:
        The axes.

    Example:
        >>> import numpy as np
        >>> from mtlkit.training.range_test import RangeTest
        >>> rates = np.geomspace(1e-5, 1e-1, 41)
        >>> losses = 0.5 + 0.1 * np.abs(np.log10(rates / 1e-3))[:, None]
        >>> range_test(RangeTest(("topic",), rates, losses)).get_title(loc="left")
        'Losses fall up to a rate of 0.0010; half of it is taken'
    """
    if ax is None:
        ax = new_figure(7.4, 3.6, right=label_margin(test.tasks), top=0.4)[0]
    clean_axes(
        ax, xlabel="learning rate of the encoder (heads: in proportion)", ylabel="loss, over what it was at first"
    )
    looks, ends = task_style(test.tasks), {}
    for task, dots, line in zip(test.tasks, test.losses.T, test.smooth.T, strict=True):
        ax.plot(test.rates, dots, ".", ms=3, alpha=0.5, color=looks[task]["color"])
        ax.plot(test.rates, line, label=task, color=looks[task]["color"], ls=looks[task]["linestyle"])
        ends[task] = (test.rates[-1], line[-1], task)
    ax.set(xscale="log", xlim=(test.rates[0], test.rates[-1]), ylim=(0, min(2.0, 1.05 * np.nanmax(test.smooth))))
    EndLabels(ax, {task: looks[task]["color"] for task in test.tasks}).update(ends)
    if test.lr is None:
        finding = "No rate makes the losses fall by a twentieth"
    else:
        finding = f"Losses fall up to a rate of {number(test.turn)}; half of it is taken"
        ax.axvline(test.lr, color=BLACK, lw=1, ls="--")
    headline(ax, finding)
    least = ", ".join(f"{t} {number(np.nanmin(line))}" for t, line in zip(test.tasks, test.smooth.T, strict=True))
    alt(
        ax, f"{finding}. Rates from {test.rates[0]:.1e} to {test.rates[-1]:.1e}; lowest losses, of nine steps: {least}."
    )
    return ax
