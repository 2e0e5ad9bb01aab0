"""Paths of several methods down two losses of two parameters, one panel a method, on the surface of their sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from mtlkit.plots.style_guide import BLACK, GREY, VERMILLION, alt, clean_axes, headline, new_figure, number
from mtlkit.utils.errors import unknown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from torch import Tensor

COLUMNS = 4
ABOVE = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "bottom", "parse_math": False}
SIDE = 60  # points of the grid along an axis


def paths(
    losses: Callable,
    found: Mapping[str, np.ndarray | Tensor],
    front: np.ndarray | Tensor | None = None,
    *,
    extent: tuple[float, float] = (-2.0, 2.0),
    ax: Axes | Sequence[Axes] | None = None,
) -> np.ndarray:
    """Each method's path down two losses of two parameters, a panel a method, over contours of their sum.

    Args:
        losses: θ (…, 2) → the two losses (…, 2), tensors.
        found: method → its path (steps + 1, 2), as `optimization_path` gives it.
        front: points (n, 2) from which no step lowers both losses (None: not drawn).
        extent: (lowest, highest) of both axes.
        ax: as many axes as there are methods (None: a new figure).

    Returns:
        The axes, an array (methods,).

    Raises:
        ValueError: no path, or another number of axes than of methods.

    Example:
        >>> from mtlkit.experiments.toy import QuadraticLosses, optimization_path
        >>> losses = QuadraticLosses()
        >>> found = {name: optimization_path(name, losses, (0.0, 1.0), steps=5) for name in ("equal", "gls")}
        >>> paths(losses, found, losses.front())[0].get_title(loc="left")
        'The two losses end most alike under equal (0.45, 0.45), least under gls (0.23, 1.18)'
    """
    figure = Paths(list(found), extent, ax=ax)
    figure.update(losses, found, front)
    return figure.axes


class Paths:
    """The figure of `paths`, made once and then updated: for live panels.

    Args:
        methods: their names, a panel each.
        extent: as in `paths`.
        ax: as in `paths`.

    Attributes:
        axes: an array (methods,).
        figure: the matplotlib figure.

    Raises:
        ValueError: no method, or another number of axes than of methods.
    """

    def __init__(
        self,
        methods: Sequence[str],
        extent: tuple[float, float] = (-2.0, 2.0),
        *,
        ax: Axes | Sequence[Axes] | None = None,
    ) -> None:
        if not methods:
            raise ValueError("There is no path to draw: a dict method → path was expected, found {}.")
        self.methods, self.extent = list(methods), extent
        self.axes = _panels(len(self.methods)) if ax is None else np.asarray(ax, dtype=object).ravel()
        if len(self.axes) != len(self.methods):
            raise ValueError(f"{len(self.methods)} methods need as many axes, found {len(self.axes)}.")
        self.figure, self.contours, self.lines = self.axes[0].figure, [], {}
        for panel, method in zip(self.axes, self.methods, strict=True):
            clean_axes(panel, xlabel="θ₁", ylabel="θ₂")
            panel.grid(False)
            panel.set(xlim=extent, ylim=extent, aspect="equal")
            front = panel.plot([], [], color=GREY, lw=4, alpha=0.4, solid_capstyle="round", zorder=2)[0]
            path = panel.plot([], [], color=VERMILLION, lw=1.6, marker=".", ms=3, zorder=3)[0]
            start = panel.plot([], [], "o", color=BLACK, mfc="white", ms=7, zorder=4)[0]
            end = panel.plot([], [], "X", color=BLACK, ms=8, zorder=4)[0]
            self.lines[method] = (front, path, start, end, panel.annotate("", (0.0, 1.0), (0, 3), **ABOVE))
            if panel.get_subplotspec() is not None:
                panel.label_outer()

    def update(
        self, losses: Callable, found: Mapping[str, np.ndarray | Tensor], front: np.ndarray | Tensor | None = None
    ) -> None:
        """Draw these paths on the surface of these losses.

        Args:
            losses: as in `paths`.
            found: method → path, for all of the figure's methods.
            front: as in `paths`.

        Raises:
            ValueError: a path of a method that the figure lacks, or a method without a path; nothing is drawn then.
        """
        for method in found:
            if method not in self.lines:
                raise ValueError(unknown("method in this figure", method, self.methods))
        missing = [method for method in self.methods if method not in found]
        if missing:
            raise ValueError(f"Each method of the figure needs a path; there is none of {', '.join(missing)}.")
        ends = {method: _ending(losses, path) for method, path in found.items()}
        self._draw_surface(losses)
        for panel, method in zip(self.axes, self.methods, strict=True):
            path, (front_line, line, start, end, title) = np.asarray(found[method]), self.lines[method]
            front_line.set_data(*np.asarray([] if front is None else front).reshape(-1, 2).T)
            line.set_data(*path.T)
            start.set_data(*path[:1].T)
            end.set_data(*path[-1:].T)
            title.set_text(f"{method}: {number(ends[method][0])}, {number(ends[method][1])}")
            first, last = (", ".join(number(float(x)) for x in point) for point in (path[0], path[-1]))
            alt(panel, f"{method}: from ({first}) to ({last}), losses {', '.join(map(number, ends[method]))}.")
        headline(self.axes[0], _finding(ends), pad=24)

    def _draw_surface(self, losses: Callable) -> None:
        import torch

        for contour in self.contours:
            contour.remove()
        side = torch.linspace(*self.extent, SIDE)
        theta = torch.stack(torch.meshgrid(side, side, indexing="xy"), dim=-1)
        height = losses(theta).sum(-1).numpy()
        levels = np.quantile(height, np.linspace(0.02, 0.9, 9))
        look = {"levels": levels, "colors": "#BBBBBB", "linewidths": 0.8, "zorder": 1}
        self.contours = [panel.contour(side, side, height, **look) for panel in self.axes]


def _panels(count: int) -> np.ndarray:
    rows = -(-count // COLUMNS)
    columns = -(-count // rows)
    axes = new_figure(1.0 + 2.3 * columns, 1.1 + 2.3 * rows, rows=rows * (1,), columns=columns, top=0.65, right=0.2)
    for spare in axes[count:]:
        spare.remove()
    return axes[:count]


def _ending(losses: Callable, path) -> list[float]:
    return losses(path[-1]).tolist()


def _finding(ends: dict[str, list[float]]) -> str:
    """Under which methods the two losses end most and least alike."""
    apart = {m: abs(np.log(max(a, 1e-12) / max(b, 1e-12))) for m, (a, b) in ends.items() if np.isfinite([a, b]).all()}
    if len(apart) < 2:
        return "Where each path ends: its two losses"
    even, odd = min(apart, key=apart.__getitem__), max(apart, key=apart.__getitem__)
    if apart[odd] - apart[even] < 0.01:  # a factor of a hundredth, which the numbers hardly show
        return f"The two losses end equally alike under {len(apart)} of {len(ends)} methods"
    said = [f"{m} ({', '.join(map(number, ends[m]))})" for m in (even, odd)]
    return f"The two losses end most alike under {said[0]}, least under {said[1]}"
