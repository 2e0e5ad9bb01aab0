"""How the figures look: a style per task, labels beside the lines, fixed sizes, a description for who cannot see."""

from __future__ import annotations

import functools
import io
import itertools
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mtlkit.utils.paths import DATA

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours that stand out on white (their yellow doesn't).
BLUE, VERMILLION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
PURPLE, SKY, BLACK = "#CC79A7", "#56B4E9", "#000000"
GREY, FAINT = "#555555", 0.22  # what is no task; the alpha of what lies behind

_ORDER = list(
    (colour, line, marker)
    for line, markers in (("-", "osD^vPX"), ("--", "<>dphH*"), ("-.", "o^sDvPX"), (":", "dph<>H*"))
    for colour, marker in zip((BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK), markers, strict=True)
)


@functools.cache
def _course_styles() -> dict[str, dict[str, str]]:
    """The looks of the course's own tasks, which lie beside their data."""
    return json.loads((DATA / "helpdesk" / "styles.json").read_text(encoding="utf-8"))


def task_style(tasks: Sequence[str]) -> dict[str, dict]:
    """Each task's color, linestyle and marker, as matplotlib takes them.

    The course's tasks have looks of their own. Others have that of their place in `tasks`: so the tasks of a corpus
    look alike in all of its figures.

    Args:
        tasks: their names, in the corpus's order.

    Returns:
        Task → {"color", "linestyle", "marker"}.

    Example:
        >>> task_style(["colour"])
        {'colour': {'color': '#0072B2', 'linestyle': '-', 'marker': 'o'}}
    """
    course = _course_styles()
    taken = {(look["color"], look["linestyle"]) for task, look in course.items() if task in tasks}
    free = [look for look in _ORDER if look[:2] not in taken] or _ORDER
    others = iter(itertools.cycle(free))
    names = ("color", "linestyle", "marker")
    return {t: dict(course[t]) if t in course else dict(zip(names, next(others), strict=True)) for t in tasks}


def style(context: str = "notebook") -> None:
    """Set matplotlib up for the kit's figures, and let Jupyter carry their alt text.

    Args:
        context: "notebook", or "talk" (larger).

    Raises:
        ValueError: another context.
    """
    import matplotlib

    scales = {"notebook": 1.0, "talk": 1.5}
    if context not in scales:
        raise ValueError(f"The style is for a notebook or a talk, found {context!r}.")
    size = 10 * scales[context]
    matplotlib.rcParams.update(
        {
            "font.size": size,
            "axes.titlesize": size * 1.1,
            "axes.labelsize": size,
            "xtick.labelsize": size * 0.9,
            "ytick.labelsize": size * 0.9,
            "lines.linewidth": 1.8 * scales[context],
            "lines.markersize": 5 * scales[context],
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlelocation": "left",
            "figure.dpi": 100,
            "text.hinting": "none",  # an eighth faster, and letters look the same
            "figure.facecolor": "white",  # legible in a dark JupyterLab too
        }
    )
    _install_formatter()


def alt(ax: Axes, text: str | None = None) -> str:
    """Describe what is drawn, for who cannot see it.

    Args:
        ax: what the text is about.
        text: the description; it replaces an earlier one (None: only read).

    Returns:
        The description of the whole figure: that of all its axes.

    Example:
        >>> import matplotlib.pyplot as plt
        >>> alt(plt.figure().add_subplot(), "Empty axes.")
        'Empty axes.'
    """
    said = ax.figure.__dict__.setdefault("mtlkit_alt", {})
    if text is not None:
        said[ax] = text
        _install_formatter()
    return " ".join(said[one] for one in ax.figure.axes if one in said)


def png(figure: Figure) -> bytes:
    """A figure as PNG at its own size, quickly: for panels that redraw while something runs.

    Args:
        figure: the matplotlib figure.

    Returns:
        The file's bytes.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    canvas = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    canvas.draw()
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3]).save(buffer, "png", compress_level=1)
    return buffer.getvalue()


def _install_formatter() -> None:
    """Inside Jupyter: PNGs carry the alt text in the output's metadata, and our figures keep their size."""
    import sys

    if "IPython" not in sys.modules:
        return
    from IPython import get_ipython
    from matplotlib.figure import Figure

    shell = get_ipython()
    if shell is not None:
        shell.display_formatter.formatters["image/png"].for_type(Figure, _picture)


def _picture(figure):
    """What Jupyter gets of a figure: (PNG in base64, metadata), or None of an empty one."""
    from IPython.core.pylabtools import print_figure

    # "tight" would cut each redraw to another size; of a figure by others it cuts the usual white rim.
    box = None if getattr(figure, "mtlkit_size", False) else "tight"
    data = print_figure(figure, fmt="png", base64=True, bbox_inches=box)
    text = alt(figure.axes[0]) if figure.axes else ""
    return data if data is None or not text else (data, {"alt": text})


def new_figure(
    width: float, height: float, rows: Sequence[float] = (1.0,), right: float = 1.6, columns: int = 1, **margins: float
) -> np.ndarray:
    """A figure of fixed size with axes one under the other, and room for labels at the right; sizes in inches.

    Gives the axes as an array, row by row. The sizes grow with the font, so that "talk" fits too.
    """
    import matplotlib
    import matplotlib.pyplot as plt

    grow = matplotlib.rcParams["font.size"] / 10
    space = {"left": 0.85, "bottom": 0.5, "top": 0.35} | margins
    figure, axes = plt.subplots(
        len(rows),
        columns,
        sharex=True,
        squeeze=False,
        figsize=(width * grow, height * grow),
        gridspec_kw={
            "height_ratios": rows,
            "left": space["left"] / width,
            "right": 1 - right / width,
            "bottom": space["bottom"] / height,
            "top": 1 - space["top"] / height,
            "hspace": 0.62 * len(rows) / height if len(rows) > 1 else None,
        },
    )
    figure.mtlkit_size = True  # ty: ignore[missing-attribute]  # a mark of ours, for `png`
    return axes.ravel()


def label_margin(texts: Sequence[str], more: int = 0) -> float:
    """Inches (at font size 10) beside the axes for the longest of the texts, and `more` letters after it."""
    return 0.3 + 0.07 * (max(map(len, texts), default=0) + more)


def clean_axes(ax, xlabel: str | None = None, ylabel: str | None = None) -> None:
    """The plain frame that all figures share."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(True, color="#DDDDDD", linewidth=0.6)
    ax.set_axisbelow(True)
    ax.set(xlabel=xlabel, ylabel=ylabel)


def set_range(ax, which: str, low: float, high: float, log: bool = False) -> None:
    """Sets the limits of the "x" or "y" axis; logarithmic ones have plain numbers at whole powers of ten."""
    from matplotlib.ticker import FuncFormatter, NullLocator

    axis, limit = getattr(ax, f"{which}axis"), getattr(ax, f"set_{which}lim")
    rescale = (axis.get_scale() == "log") != log
    if rescale and not log:
        getattr(ax, f"set_{which}scale")("linear")
    limit(low, high)
    if rescale and log:  # after the limits: a logarithmic axis bears no 0
        getattr(ax, f"set_{which}scale")("log")
        # 10² is a formula to be typeset, and minor ticks are many: half the time of a drawing.
        axis.set_major_formatter(
            FuncFormatter(lambda value, _: f"{value / 1e3:g}k" if 1e4 <= value < 1e6 else f"{value:g}")
        )
        axis.set_minor_locator(NullLocator())


def count_in_whole(ax) -> None:
    """Ticks at whole numbers only, and few of them: for an axis of steps."""
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))


def score(value: float) -> str:
    """Two decimals, as scores are quoted; a large one (a mean absolute error, say) as any number."""
    if not abs(value) < 9.995:
        return number(value)
    return f"{round(value, 2) + 0.0:.2f}".replace("-", "−")


def headline(ax, text: str, pad: float = 7) -> None:
    """The finding, above the axes at the left; `pad` in points. A long one begins further left, or gets smaller."""
    import matplotlib
    from matplotlib.font_manager import FontProperties

    left, _, right, _ = ax.get_position().extents * ax.figure.get_figwidth()  # inches
    size = FontProperties(size=matplotlib.rcParams["axes.titlesize"]).get_size_in_points()
    needed, edge = 0.0079 * size * len(text), 0.1
    start = min(left, max(ax.figure.get_figwidth() - edge - needed, edge))
    size *= min(1.0, (ax.figure.get_figwidth() - start - edge) / max(needed, edge))
    x = (start - left) / (right - left)
    ax.set_title(text, loc="left", fontweight="bold", fontsize=size, x=x, y=1.0, pad=pad, parse_math=False)


def readable_color(color: str) -> tuple[float, float, float]:
    """The colour, darkened until letters in it stand out on white (contrast 4.5)."""
    from matplotlib.colors import to_rgb

    rgb = np.array(to_rgb(color))
    for _ in range(20):
        linear = np.where(rgb <= 0.03928, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        if 1.05 / (linear @ (0.2126, 0.7152, 0.0722) + 0.05) >= 4.5:
            break
        rgb = rgb * 0.92
    return tuple(rgb)


def number(value: float) -> str:
    """Three significant digits, without an exponent where it reads well: 0.0123, 41.2, 1,234."""
    if not np.isfinite(value):
        return "–"
    if value == 0 or 1e-3 <= abs(value) < 1e6:
        digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 0.095 or not value else 4
        return f"{value:,.{digits}f}".replace("-", "−")
    return f"{value:.1e}".replace("-", "−")


def percent(share: float) -> str:
    """A share in percent, as figures write it; "<1%" for a small one."""
    if not np.isfinite(share):
        return "–"
    return f"{share:.0%}" if share >= 0.01 or share == 0 else "<1%"
