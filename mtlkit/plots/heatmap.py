"""The map of an atlas: one number for each pair of settings, the cells as good as the best, and a way through them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np

from mtlkit.plots.losses_weights import SYMBOLS
from mtlkit.plots.style_guide import VERMILLION, alt, headline, new_figure, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mtlkit.plots._inputs import AtlasLike

TICKS = 7  # at most, on each axis


def atlas_map(atlas: AtlasLike, what: str = "mean", *, path: Sequence[dict] = (), ax: Axes | None = None) -> Axes:
    """One map of an atlas: a coloured cell for each pair of settings.

    The first setting runs to the right, the second upward. A cell is grey where a training broke. With several seeds a
    line encloses the cells as good as the best within their noise.

    Args:
        atlas: what `mk.atlas` gave.
        what: "mean", "worst", a task's name, or another name in `atlas.maps`.
        path: settings that were tried, in their order: dicts with a number for both, and for others if need be. Drawn
            as a numbered way.
        ax: where to draw (None: a new figure).

    Returns:
        The axes.

    Raises:
        ValueError: there is no such map, or a try has no number for one of the two settings.
    """
    drawn = AtlasMap(atlas, ax=ax)
    drawn.update(what, path)
    return drawn.ax


class AtlasMap:
    """The figure of `atlas_map`, made once and then updated as often as wanted: for a panel.

    Args:
        atlas: what `mk.atlas` gave.
        ax: where to draw (None: a new figure).

    Attributes:
        ax: the axes.
        figure: the matplotlib figure.
    """

    def __init__(self, atlas: AtlasLike, *, ax: Axes | None = None) -> None:
        import matplotlib

        self.atlas = atlas
        if ax is None:
            (ax,) = new_figure(5.6, 4.2, right=1.1)
        self.ax, self.figure = ax, ax.figure
        first, second = atlas.axes
        shape = tuple(map(len, atlas.axes.values()))
        colours = matplotlib.colormaps["cividis"].with_extremes(bad="#BBBBBB")
        self.mesh = ax.imshow(np.zeros(shape).T, origin="lower", aspect="auto", cmap=colours, interpolation="nearest")
        for axis, name in ((ax.xaxis, first), (ax.yaxis, second)):
            places = np.unique(np.linspace(0, len(atlas.axes[name]) - 1, TICKS).round().astype(int))
            axis.set_ticks(places, [f"{v:.3g}".replace("-", "−") for v in atlas.axes[name][places]])
            axis.set_label_text(_label(name))
        box = ax.get_position()
        place = (box.x1 + 0.015, box.y0, 0.018, box.height)
        self.bar = self.figure.colorbar(self.mesh, cax=self.figure.add_axes(place))
        (self.way,) = ax.plot([], [], color=VERMILLION, lw=1.5, marker="o", ms=9, mec="white", mew=0.8)
        (self.here,) = ax.plot([], [], ls="", marker="s", ms=11, mfc="none", mec="white", mew=3)
        (self.core,) = ax.plot([], [], ls="", marker="s", ms=11, mfc="none", mec="black", mew=1.2)
        self.numbers, self.edges = [], None

    def mark(self, cell: tuple[int, int]) -> None:
        """Draw a small frame around one cell; the one before goes.

        Args:
            cell: its place on the first and the second axis, from 0.
        """
        for marker in (self.here, self.core):
            marker.set_data([cell[0]], [cell[1]])

    def update(self, what: str = "mean", path: Sequence[dict] = ()) -> None:
        """Draw a map, and the way through it.

        Args:
            what: as in `atlas_map`.
            path: as in `atlas_map`.

        Raises:
            ValueError: there is no such map, or a try has no number for one of the two settings.
        """
        values, cells = self.atlas.map(what), [self.atlas.cell(**one) for one in tries_on(self.atlas.axes, path)]
        finite = values[np.isfinite(values)]
        low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
        self.mesh.set_data(np.ma.masked_invalid(values).T)
        self.mesh.set_clim(low, high if high > low else low + 1e-3)
        self._enclose(self.atlas.as_good(what) if not what.startswith("λ ") else None)
        self._walk(cells)
        self._say(what, values, path)

    def _enclose(self, good: np.ndarray | None) -> None:
        """A line around the cells that are as good as the best."""
        from matplotlib.collections import LineCollection

        if self.edges is not None:
            self.edges.remove()
        self.edges = None
        if good is None or good.all():
            return
        lines = []
        padded = np.pad(good, 1)
        for i, j in zip(*np.nonzero(good), strict=True):
            x, y = i - 0.5, j - 0.5
            for there, ends in (
                (padded[i, j + 1], [(x, y), (x, y + 1)]),
                (padded[i + 2, j + 1], [(x + 1, y), (x + 1, y + 1)]),
                (padded[i + 1, j], [(x, y), (x + 1, y)]),
                (padded[i + 1, j + 2], [(x, y + 1), (x + 1, y + 1)]),
            ):
                if not there:
                    lines.append(ends)
        self.edges = self.ax.add_collection(LineCollection(lines, color="white", lw=2), autolim=False)

    def _walk(self, cells: list[tuple[int, int]]) -> None:
        for text in self.numbers:
            text.remove()
        self.way.set_data([c[0] for c in cells], [c[1] for c in cells])
        self.numbers = [
            self.ax.text(*cell, str(n), color="white", fontsize="x-small", ha="center", va="center", fontweight="bold")
            for n, cell in enumerate(cells, start=1)
        ]

    def _say(self, what: str, values: np.ndarray, path: Sequence[dict]) -> None:
        atlas = self.atlas
        best = atlas.best(what) if np.isfinite(values).any() else None
        where = ", ".join(f"{_symbol(n)} = {v:.3g}".replace("-", "−") for n, v in (best or {}).items())
        kind = "highest" if what.startswith("λ ") else "lowest" if what == "spread" else "best"
        top = "" if best is None else f"{kind} {number(float(values[atlas.cell(**best)]))} at {where}"
        good = atlas.as_good(what) if not what.startswith("λ ") else None
        equal = f"; {good.sum()} of {good.size} cells as good" if good is not None and good.sum() > 1 else ""
        headline(self.ax, f"{what}: {top}{equal}" if top else f"{what}: every training broke")
        said = f"Map of {atlas.maps[what]}, over {' and '.join(atlas.axes)}: {top or 'every training broke'}."
        if good is not None and top:
            said += (
                f" {good.sum()} of {good.size} cells are as good as the best within the noise of seeds (framed white)."
            )
        if path:
            said += f" A way of {len(path)} tries is drawn."
        alt(self.ax, said)


def tries_on(axes: Iterable[str], tries: Sequence[dict]) -> list[dict[str, float]]:
    """Of each try the values of these two settings alone. ValueError names a try without a number for one of them."""
    for number_, one in enumerate(tries, start=1):
        for name in axes:
            value = one.get(name)
            if not isinstance(value, Real) or not np.isfinite(value):
                raise ValueError(f"Try {number_} should give a number for {name}, found {value!r}.")
    return [{name: float(one[name]) for name in axes} for one in tries]


def _symbol(setting: str) -> str:
    return SYMBOLS.get(setting, setting)


def _label(setting: str) -> str:
    symbol = _symbol(setting)
    return f"{symbol} ({setting})" if symbol != setting else setting
