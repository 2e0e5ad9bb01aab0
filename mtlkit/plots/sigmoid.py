"""The sigmoid weight as a curve over the loss."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mtlkit.plots.end_labels import EndLabels
from mtlkit.plots.style_guide import (
    BLACK,
    GREY,
    alt,
    clean_axes,
    headline,
    label_margin,
    new_figure,
    number,
    set_range,
    task_style,
)
from mtlkit.utils.errors import unknown

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def effective_weight(loss, alpha: float, beta: float, detach: bool = True) -> np.ndarray:
    """σ(α(L − β)) of losses of any shape; with detach=False the effective weight σ + ασ(1 − σ)L."""
    loss = np.asarray(loss, dtype=float)
    weight = 0.5 * (1 + np.tanh(0.5 * np.clip(alpha * (loss - beta), -1e4, 1e4)))  # overflow-safe
    return weight if detach else weight + alpha * weight * (1 - weight) * loss


def sigmoid_curve(alpha: float, beta: float, *, losses: dict[str, float] | None = None, ax: Axes | None = None) -> Axes:
    """The sigmoid weight λ = σ(α(L − β)) as a curve over the loss L.

    Args:
        alpha: α, how sharply the weight reacts; below 0 it falls.
        beta: β, the loss at which the weight is ½.
        losses: task → loss, marked on the curve (None: no mark).
        ax: where to draw (None: a new figure).

    Returns:
        The axes.

    Example:
        >>> ax = sigmoid_curve(4.0, 0.5, losses={"topic": 0.5, "mood": 1.0})
        >>> ax.get_title(loc="left")
        'λ climbs from 0.12 at loss 0 to 0.9 at loss 1.05'
        >>> alt(ax).partition(" Marked: ")[2]
        'topic at loss 0.50 has weight 0.50; mood at loss 1.00 has weight 0.88.'
    """
    curve = SigmoidCurve(list(losses or {}), ax=ax)
    curve.update(alpha, beta, losses)
    return curve.ax


class SigmoidCurve:
    """The figure of `sigmoid_curve`, made once and then updated as often as wanted: for sliders.

    Args:
        tasks: those whose losses may be marked on the curve.
        ax: where to draw (None: a new figure).

    Attributes:
        ax: the axes.
        figure: the matplotlib figure.
    """

    def __init__(self, tasks: Sequence[str] = (), *, ax: Axes | None = None):
        self.ax = new_figure(7.0, 3.6, right=label_margin(tasks, 5) if tasks else 0.3)[0] if ax is None else ax
        self.figure = self.ax.figure
        clean_axes(self.ax, xlabel="loss L (nats or squared units)", ylabel="weight λ (no unit)")
        self.ax.set(ylim=(-0.02, 1.05), autoscale_on=False)
        self.half = self.ax.axvline(0, color=GREY, lw=0.9, ls=(0, (2, 2)))
        self.line = self.ax.plot([], [], color=BLACK, lw=2)[0]
        self.name = self.ax.text(0, 0.01, "", color=GREY, fontsize="small", transform=self.ax.get_xaxis_transform())
        self.points = {
            task: self.ax.plot(
                [], [], ls="", marker=look["marker"], color=look["color"], ms=8, label=task, clip_on=False
            )[0]
            for task, look in task_style(tasks).items()
        }
        self.labels = EndLabels(self.ax, {task: str(point.get_color()) for task, point in self.points.items()})

    def update(self, alpha: float, beta: float, losses: dict[str, float] | None = None) -> None:
        """Draw the curve of α and β.

        Args:
            alpha: as in `sigmoid_curve`.
            beta: as in `sigmoid_curve`.
            losses: as in `sigmoid_curve`, of the figure's tasks.

        Raises:
            ValueError: a loss of a task that the figure lacks.
        """
        losses = losses or {}
        for task in losses:
            if task not in self.points:
                raise ValueError(unknown("task on this curve", task, self.points))
        grid = self._grid(beta, list(losses.values()))
        self.line.set_data(grid, effective_weight(grid, alpha, beta))
        self.half.set_xdata([beta, beta])
        self.name.set_x(beta)
        inside = self.ax.get_xlim()[0] <= beta <= self.ax.get_xlim()[1]
        self.name.set_text(f" β = {beta:g}".replace("-", "−") if inside else "")
        weights = {task: float(effective_weight(loss, alpha, beta)) for task, loss in losses.items()}
        for task, point in self.points.items():
            point.set_data(*([[losses[task]], [weights[task]]] if task in losses else [[], []]))
        self.labels.update({t: (losses[t], weight, f"{t} {number(weight)}") for t, weight in weights.items()})
        headline(self.ax, _finding(alpha, beta))
        marked = "; ".join(f"{t} at loss {number(losses[t])} has weight {number(w)}" for t, w in weights.items())
        marked = f" Marked: {marked}." if marked else ""
        alt(self.ax, f"Sigmoid weight over the loss. {_finding(alpha, beta)}.{marked}")

    def _grid(self, beta: float, losses: list[float]) -> np.ndarray:
        """400 losses over all that is to be seen; sets the axis, logarithmic for losses of quite different sizes."""
        positive = [x for x in losses if x > 0]
        log = bool(positive) and max(positive) > 30 * min(positive)
        high = max([3.0, *losses]) * (1.5 if log else 1.05)
        low = min(positive) / 2 if log else 0.0
        if not log and beta > 0:
            high = max(high, min(np.ceil(2 * beta), 2 * high))  # in whole steps: a dragged β moves the axis seldom
        set_range(self.ax, "x", low, high, log)
        grid = np.geomspace(low, high, 400) if log else np.linspace(low, high, 400)
        return np.sort(np.append(grid, np.clip([beta - 1e-9, beta, beta + 1e-9], low, high)))


def _finding(alpha: float, beta: float) -> str:
    if alpha == 0:
        return "α = 0: every loss has weight ½"
    way = "climbs" if alpha > 0 else "falls"
    reach = np.log(9) / abs(alpha)  # from 0.1 to 0.9
    if reach < 0.005:
        return f"A switch at loss {number(beta)}: λ {'jumps to 1' if alpha > 0 else 'drops to 0'} there"
    ends = ("0.1", "0.9") if alpha > 0 else ("0.9", "0.1")
    if beta - reach < 0:
        start = number(float(effective_weight(0.0, alpha, beta)))
        return (
            f"λ {way} from {start} at loss 0 to {ends[1]} at loss {number(beta + reach)}"
            if beta + reach > 0
            else (f"λ {way} no further: it is {start} at loss 0 already")
        )
    return f"λ {way} from {ends[0]} at loss {number(beta - reach)} to {ends[1]} at {number(beta + reach)}"
