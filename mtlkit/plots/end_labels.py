"""Names at the ends of lines instead of a legend, kept apart, and drawn fast enough for a live panel."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING

import numpy as np

from mtlkit.plots.style_guide import readable_color

if TYPE_CHECKING:
    from matplotlib.path import Path
    from numpy.typing import ArrayLike


class EndLabels:
    """A name at the right end of each line, kept apart from one another, with a thin leader to the line's end.

    `texts` holds what is written: name → text.
    """

    def __init__(self, ax, colors: dict[str, str]):
        from matplotlib.collections import LineCollection, PathCollection
        from matplotlib.font_manager import FontProperties

        self.ax, self.colors = ax, colors
        self.inks = {name: readable_color(color) for name, color in colors.items()}
        self.size = FontProperties(size="small").get_size_in_points() / 72  # inches
        self.texts: dict[str, str] = {}
        # Letters as shapes, in inches: writing twenty labels as Text takes half of a drawing's time.
        letters = {"transform": ax.figure.dpi_scale_trans, "offset_transform": ax.transAxes, "clip_on": False}
        self.letters = ax.add_collection(PathCollection([], linewidths=0, **letters), autolim=False)
        self.leaders = ax.add_collection(
            LineCollection([], linewidths=0.7, transform=ax.transAxes, clip_on=False), autolim=False
        )

    def update(self, ends: dict[str, tuple[float, float, str]], leaders: bool = True) -> None:
        """name → (x, y, text): the line's end in data coordinates, and what to write; a name left out goes blank."""
        self.texts = {name: text for name, (_, _, text) in ends.items()}
        points = self.ax.transData.transform([(x, y) for x, y, _ in ends.values()]) if ends else np.empty((0, 2))
        points = np.clip(self.ax.transAxes.inverted().transform(points), 0, 1) if ends else points
        gap = 1.25 * self.size * self.ax.figure.dpi / self.ax.bbox.height
        places = spread(points[:, 1], gap, 0.0, 0.99)
        self.letters.set_paths([outline(text, self.size) for text in self.texts.values()])
        self.letters.set_offsets(np.column_stack([np.full(len(places), 1.03), places]))
        self.letters.set_facecolor([self.inks[name] for name in ends])
        ways = [[point, (1.008, point[1]), (1.024, place)] for point, place in zip(points, places, strict=True)]
        self.leaders.set_segments(ways if leaders else [])
        self.leaders.set_color([self.colors[name] for name in ends])

    def remove(self) -> None:
        """Take the names out of the figure."""
        self.letters.remove()
        self.leaders.remove()


def spread(wanted: ArrayLike, gap: float, low: float, high: float) -> np.ndarray:
    """Places as near to the wanted ones as a distance of `gap` allows, between low and high (closer if it must be)."""
    wanted = np.asarray(wanted, dtype=float)
    if len(wanted) < 2:
        return np.clip(wanted, low, high)
    gap = min(gap, (high - low) / (len(wanted) - 1))
    order = np.argsort(wanted, kind="stable")
    shift = gap * np.arange(len(wanted))
    # Without the gaps the places need only be in order: pool neighbours that are not (isotonic regression).
    pools: list[list] = []
    for value in wanted[order] - shift:
        pools.append([value, 1])
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (a, n), (b, m) = pools[-2], pools.pop()
            pools[-1] = [(a * n + b * m) / (n + m), n + m]
    flat = np.array(list(itertools.chain.from_iterable([value] * count for value, count in pools)))
    places = np.empty_like(wanted)
    places[order] = np.clip(flat, low, high - shift[-1]) + shift
    return places


def outline(text: str, size: float) -> Path:
    """The letters of `text` as one path that begins at the left and is centred in height; `size` of the font."""
    from matplotlib import rcParams
    from matplotlib.path import Path

    vertices, codes, x = [np.empty((0, 2))], [np.empty(0, dtype=Path.code_type)], 0.0
    for char in text:
        shape, kinds, width = _letter(char, tuple(rcParams["font.family"]))
        vertices.append(shape + (x, -0.33))
        codes.append(kinds)
        x += width
    return Path(np.concatenate(vertices) * size, np.concatenate(codes))


@functools.lru_cache(maxsize=1024)
def _letter(char: str, family: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray, float]:
    """A letter's outline in units of the font's size, and how far the next one is from it."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath, text_to_path

    font = FontProperties(family=list(family), size=100)
    path = TextPath((0, 0), char, prop=font) if not char.isspace() else None
    widths = [text_to_path.get_text_width_height_descent(f"|{c}|", font, ismath=False)[0] for c in (char, "")]
    # Text widths come in units of a font of size 100, like the outline.
    empty = path is None or not len(path.vertices)
    shape = np.empty((0, 2)) if empty else path.vertices / 100
    return shape, np.empty(0, dtype=np.uint8) if empty else path.codes, (widths[0] - widths[1]) / 100
