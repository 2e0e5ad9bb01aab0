"""Figures of a training run: losses with their weights underneath, and weights over losses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mtlkit.plots.end_labels import EndLabels
from mtlkit.plots.findings import loss_finding, weight_finding
from mtlkit.plots.sigmoid import effective_weight
from mtlkit.plots.style_guide import (
    FAINT,
    GREY,
    alt,
    clean_axes,
    count_in_whole,
    headline,
    label_margin,
    new_figure,
    number,
    set_range,
    task_style,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mtlkit.plots._inputs import HistoryLike

SYMBOLS = {"alpha": "α", "beta": "β", "size_exponent": "τ", "lambdas": "λ"}
MANY = 60  # steps from which a smoothed line is drawn over the raw one
FEW = 6  # curves up to this number are named
FAR_APART = 30  # losses whose typical sizes differ by more than this factor get a logarithmic axis


def losses_and_weights(history: HistoryLike, *, ax: Sequence[Axes] | np.ndarray | None = None) -> np.ndarray:
    """Every task's loss over the steps, and under it its effective weight λ_i.

    From 60 steps on the raw values lie faint behind a moving mean over 1/20 of the steps. A vertical line says that a
    setting was changed. The loss axis is logarithmic where the tasks' losses differ more than 30-fold. The titles say
    only what noise from step to step says in 5 % of cases or fewer, and of losses nothing before step 20.

    Args:
        history: of a `Run`.
        ax: a pair of axes (None: a new figure).

    Returns:
        The two axes, an array (2,).

    Raises:
        ValueError: another number of axes than two.

    Example:
        >>> from mtlkit.training.history import History
        >>> falling = [[1.0 - step / 30, 2.0] for step in range(20)]
        >>> history = History.from_arrays(["topic", "mood"], falling, [[1.0, 0.5]] * 20)
        >>> losses_and_weights(history)[0].get_title(loc="left")
        'The loss of topic fell most, to 61% of its start; mood least, to 100%'
    """
    figure = LossesAndWeights(history.tasks, ax=ax)
    figure.update(history)
    return figure.axes


class LossesAndWeights:
    """The figure of `losses_and_weights`, made once and then updated as often as wanted: for live panels.

    Args:
        tasks: their names, in the history's order.
        ax: as in `losses_and_weights`.

    Attributes:
        axes: the two, an array (2,).
        figure: the matplotlib figure.

    Raises:
        ValueError: another number of axes than two.
    """

    def __init__(self, tasks: Iterable[str], *, ax: Sequence[Axes] | np.ndarray | None = None) -> None:
        self.tasks = tuple(tasks)
        if ax is None:
            extra = max(0.0, 0.17 * len(self.tasks) - 1.5)  # room for a label per task beside the lower axes
            ax = new_figure(8.2, 5.2 + 2.5 * extra, rows=(3, 2), right=label_margin(self.tasks, 6))
        self.axes = np.asarray(ax, dtype=object).ravel()
        if len(self.axes) != 2:
            raise ValueError(f"Losses and weights need a pair of axes, found {len(self.axes)}.")
        top, bottom = self.axes
        self.figure = top.figure
        clean_axes(top, ylabel="loss Lᵢ (nats or squared units)")
        clean_axes(bottom, xlabel="step (optimizer updates)", ylabel="weight λᵢ (no unit)")
        for axes in self.axes:
            axes.set_autoscale_on(False)
            count_in_whole(axes)
        self.looks = task_style(self.tasks)
        plain = {t: {k: v for k, v in look.items() if k != "marker"} for t, look in self.looks.items()}
        colors = {t: look["color"] for t, look in self.looks.items()}
        self.raw = [
            {t: axes.plot([], [], color=c, alpha=FAINT, lw=0.8)[0] for t, c in colors.items()} for axes in self.axes
        ]
        self.lines: list[dict[str, Any]] = [
            {t: axes.plot([], [], label=t, clip_on=False, **plain[t])[0] for t in self.tasks} for axes in self.axes
        ]
        self.labels = [EndLabels(axes, colors) for axes in self.axes]
        self.marks: list = []

    def update(self, history: HistoryLike, until: int = 0) -> None:
        """Draw the history as it is now.

        Args:
            history: of the figure's tasks.
            until: a step that the axis reaches in any case; it reaches the last one, too.
        """
        steps, losses, weights = history.steps(), history.losses(), history.weights()
        last = max(int(steps[-1]) if len(steps) else 1, until, 2)
        self.axes[0].set_xlim(1, last)
        self.axes[1].set_xlim(1, last)  # axes of the user's need not share theirs
        # A change of settings lets λ jump: no mean across it.
        jumps = [[], sorted({event["step"] for event in history.events})]
        smooth = [self._draw(i, steps, values, jumps[i]) for i, values in enumerate((losses, weights))]
        self._scale(*smooth)
        for which, ends in enumerate(smooth):
            self.labels[which].update({t: (x[-1], y[-1], f"{t} {number(y[-1])}") for t, (x, y) in ends.items()})
        self._mark(history.events, last)
        self._say(history, *smooth)

    def _draw(self, which: int, steps, values, jumps: list[int]) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Sets the lines of one axes; gives task → (steps, moving mean) of the tasks that were seen."""
        window = max(1, len(steps) // 20) if len(steps) >= MANY else 1
        ends = {}
        for i, task in enumerate(self.tasks):
            there = np.isfinite(values[:, i])
            x, y = steps[there], values[there, i]
            pieces = np.split(y, np.searchsorted(x, jumps))
            mean = np.concatenate([moving_mean(piece, window) for piece in pieces])
            self.raw[which][task].set_data(*(thin(x, y) if window > 1 else ([], [])))
            line = self.lines[which][task]
            line.set_data(*thin(x, mean))
            line.set_marker(self.looks[task]["marker"] if len(x) <= 20 else "")
            if len(x):
                ends[task] = (x, mean)
        return ends

    def _scale(self, losses: dict, weights: dict) -> None:
        top, bottom = self.axes
        sizes = [np.median(y[y > 0]) for _, y in losses.values() if (y > 0).any()]
        log = bool(sizes) and max(sizes) > FAR_APART * min(sizes)
        everything = np.concatenate([y for _, y in losses.values()]) if losses else np.array([0.0, 1.0])
        low, high = everything.min(), everything.max()
        # Limits go in coarse steps: a live figure whose axes stay takes half as long to draw, and is calmer.
        if log:
            low, high = np.log10(everything[everything > 0].min() / 1.2), np.log10(high * 1.2)
            set_range(top, "y", 10 ** (np.floor(4 * low) / 4), 10 ** (np.ceil(4 * high) / 4), log=True)
        else:
            high = max(high * 1.04, 1e-9)
            step = 10 ** np.floor(np.log10(high)) / 10
            set_range(top, "y", min(0.0, low * 1.1), np.ceil(high / step) * step)
        lam = np.concatenate([y for _, y in weights.values()]) if weights else np.array([0.0, 1.0])
        bottom.set_ylim(min(0.0, lam.min() * 1.1), max(1.0, lam.max()) * 1.05)

    def _mark(self, events: list[dict], last: int) -> None:
        """A vertical line where a setting changed, named above the lower axes.

        Changes a few pixels apart share one line; a line that begins under the name before it adds to that name.
        """
        for artist in self.marks:
            artist.remove()
        self.marks.clear()
        bottom = self.axes[1]
        points = bottom.bbox.width * 72 / bottom.figure.dpi / max(last - 1, 1)  # the width of a step
        size = _points("x-small")

        def width(changes: dict) -> float:
            return 0.62 * size * (len(_changes(changes)) + 1)

        lines: list[int] = []
        names: list[tuple[int, dict]] = []
        for event in sorted(events, key=lambda event: event["step"]):
            step = event["step"]
            if step > last:
                continue
            if not lines or (step - lines[-1]) * points > 8:
                lines.append(step)
            if not names or (step - names[-1][0]) * points > width(names[-1][1]):
                names.append((lines[-1], {}))
            names[-1][1][event["setting"]] = event["value"]
        for step in lines:
            self.marks += [axes.axvline(step, color=GREY, lw=0.9, ls=(0, (2, 2)), zorder=1) for axes in self.axes]
        above = {"xycoords": bottom.get_xaxis_transform(), "textcoords": "offset points", "annotation_clip": False}
        end = 0.0
        for step, changes in names:
            at, wide = (step - 1) * points, width(changes)
            back = at + wide > (last - 1) * points and at - wide > end  # it would reach beyond the axes
            look = {"ha": "right" if back else "left", "va": "bottom", "size": size, "color": GREY}
            self.marks.append(bottom.annotate(_changes(changes), (step, 1.0), (1 if back else -1, 2), **above, **look))
            end = at if back else at + wide

    def _say(self, history, losses: dict, weights: dict) -> None:
        top, bottom = self.axes
        if not losses:
            headline(top, "No step yet")
            headline(bottom, "")
            alt(top, f"Empty axes for the losses and weights of {', '.join(self.tasks)}: no step yet.")
            return
        headline(top, loss_finding(recorded(history, history.losses())))
        since = max((event["step"] for event in history.events), default=0)
        finding = weight_finding(recorded(history, history.weights(), since))
        headline(bottom, finding, pad=17 if self.marks else 7)  # the changes' names lie between
        ends = ", ".join(f"{t} {number(y[-1])}" for t, (_, y) in losses.items())
        lam = ", ".join(f"{t} {number(y[-1])}" for t, (_, y) in weights.items())
        changes = "; ".join(f"{_change(e['setting'], e['value'])} at step {e['step']}" for e in history.events[:5])
        alt(top, f"Losses of {_count(losses)} over {len(history.steps())} steps. At the end: {ends}.")
        changed = f" Changed: {changes}." if changes else ""
        alt(bottom, f"Their weights λ on the same steps. At the end: {lam}.{changed}")


def weights_over_loss(history: HistoryLike, *, ax: Axes | None = None) -> Axes:
    """The recorded pairs (L_i, λ_i), a point for each task and step.

    Of a sigmoid weighting the formula's curve is drawn, too: one for each (α, β) that was in force. Up to six curves
    have their values written on them.

    Args:
        history: of a `Run`.
        ax: where to draw (None: a new figure).

    Returns:
        The axes.

    Example:
        >>> from mtlkit.training.history import History
        >>> history = History.from_arrays(["topic", "mood"], [[1.0, 2.0], [0.5, 1.8]], [[1.0, 1.0], [0.5, 1.0]])
        >>> weights_over_loss(history).get_title(loc="left")
        'The weight of topic moved most, between 0.50 and 1.00'
    """
    if ax is None:
        above = 0.4 + 0.2 * -(-len(history.tasks) // _columns(history.tasks, 6.25))  # a legend's rows, and the headline
        ax = new_figure(7.4, 3.8 + above, right=0.3, top=above)[0]
    losses, weights = history.losses(), history.weights()
    clean_axes(ax, xlabel="loss Lᵢ (nats or squared units)", ylabel="weight λᵢ (no unit)")
    looks, seen = task_style(history.tasks), {}
    for i, task in enumerate(history.tasks):
        there = np.isfinite(losses[:, i]) & np.isfinite(weights[:, i])
        if there.any():
            seen[task] = (losses[there, i], weights[there, i])
            look = {k: v for k, v in looks[task].items() if k != "linestyle"}
            ax.plot(*seen[task], ls="", label=task, alpha=0.55, mew=0, ms=5, **look)
    if not seen:
        headline(ax, "No step yet")
        alt(ax, "Empty axes for weights over losses: no step yet.")
        return ax
    low = min(x.min() for x, _ in seen.values())
    high = max(x.max() for x, _ in seen.values())
    middles = [np.median(x[x > 0]) for x, _ in seen.values() if (x > 0).any()]
    if middles and max(middles) > FAR_APART * min(middles):
        positive = min(x[x > 0].min() for x, _ in seen.values() if (x > 0).any())
        set_range(ax, "x", positive / 1.5, high * 1.5, log=True)
        grid = np.geomspace(positive, high, 300)
    else:
        grid = np.linspace(min(low, 0.0), high * 1.02, 300)
    curves = {curve: effective_weight(grid, *curve) for curve in _formulas(history)}
    for weight in curves.values():
        ax.plot(grid, weight, color=GREY, lw=1.2, zorder=1)
    lam = np.concatenate([y for _, y in seen.values()])
    ax.set_ylim(min(0.0, lam.min() * 1.1), max(1.0, lam.max()) * 1.05)
    if len(curves) <= FEW:
        _name_curves(ax, grid, curves, seen)
    names = {"frameon": False, "fontsize": "small", "handletextpad": 0.2, "columnspacing": 1.4, "borderpad": 0.2}
    columns = _columns(seen, ax.bbox.width / ax.figure.dpi * 10 / _points("medium"))
    ax.legend(loc="lower left", bbox_to_anchor=(-0.01, 1.0), ncols=columns, borderaxespad=0.1, **names)
    rows = -(-len(seen) // columns)
    headline(ax, _formula_finding(seen, list(curves)), pad=8 + 1.65 * _points("small") * rows)
    ends = {t: (np.median(x), np.median(y)) for t, (x, y) in seen.items()}
    said = ", ".join(f"{t} (loss {number(x)}, weight {number(y)})" for t, (x, y) in ends.items())
    alt(ax, f"Recorded weights over losses, {len(lam)} points. Medians: {said}.")
    return ax


def _name_curves(ax, grid: np.ndarray, curves: dict, seen: dict) -> None:
    """Writes α and β on each curve, at the place that is farthest from the other curves, the points and the edges."""
    size = _points("small")
    pixels = ax.figure.dpi / 72 * size
    paths = {curve: ax.transData.transform(np.column_stack([grid, weight])) for curve, weight in curves.items()}
    busy = np.concatenate([ax.transData.transform(np.column_stack(pair)) for pair in seen.values()])
    placed = np.empty((0, 2))
    for curve, path in paths.items():
        text = f"{_change('alpha', curve[0])}, {_change('beta', curve[1])}"
        box = pixels * np.array([0.62 * len(text), 1.5])  # what a name takes, in pixels
        inside = ((path > ax.bbox.min + 0.6 * box) & (path < ax.bbox.max - 0.6 * box)).all(1)
        if not inside.any():
            continue
        others = [other for key, other in paths.items() if key != curve]
        away = np.concatenate([*others, busy, placed])
        free = (np.abs(path[inside, None] - away) / box).max(-1).min(-1)  # below ½ they touch
        place = path[inside][free.argmax()]
        placed = np.concatenate([placed, place[None], place[None] + box * [[0.3, 0], [-0.3, 0]]])
        look = {"ha": "center", "va": "center", "size": size, "color": GREY}
        bbox = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
        ax.text(*ax.transData.inverted().transform(place), text, bbox=bbox, zorder=3, **look)


def _points(size: str) -> float:
    from matplotlib.font_manager import FontProperties

    return FontProperties(size=size).get_size_in_points()


def _columns(names, width: float) -> int:
    """How many names, with a marker before each, fit beside one another into `width` inches at font size 10."""
    return max(1, min(len(names), int(width / (0.07 * max(map(len, names), default=0) + 0.35))))


def thin(x: np.ndarray, y: np.ndarray, most: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """No more points than can be told apart: of each of many spans its lowest and highest; the ends are kept."""
    if len(x) <= most:
        return x, y
    width = -(-len(x) // (most // 2 - 1))
    spans = np.pad(y, (0, -len(y) % width), mode="edge").reshape(-1, width)
    starts = width * np.arange(len(spans))
    kept = np.concatenate([[0, len(x) - 1], starts + spans.argmin(1), starts + spans.argmax(1)])
    kept = np.unique(np.minimum(kept, len(x) - 1))
    return x[kept], y[kept]


def moving_mean(values: np.ndarray, window: int) -> np.ndarray:
    """The mean over a window centred on each value; at the ends the window is cut."""
    if window <= 1 or not len(values):
        return values
    before = window // 2
    sums = np.concatenate([[0.0], np.cumsum(values, dtype=float)])
    at = np.arange(len(values))
    first, last = np.maximum(at - before, 0), np.minimum(at + window - before, len(values))
    return (sums[last] - sums[first]) / (last - first)


def _change(setting: str, value) -> str:
    shown = f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
    shown = "one per task" if isinstance(value, dict | list | tuple) else shown.replace("-", "−")
    return f"{SYMBOLS.get(setting, setting)}={shown}"


def _changes(changes: dict) -> str:
    return ", ".join(_change(setting, value) for setting, value in changes.items())


def _count(tasks: dict) -> str:
    return f"{len(tasks)} tasks" if len(tasks) != 1 else "one task"


def recorded(history: HistoryLike, values: np.ndarray, since: int = 0, until: float = np.inf) -> dict[str, np.ndarray]:
    """Task → its losses or weights of the steps in which it was seen, of all from step `since` to `until`."""
    steps = history.steps()
    values = values[(steps >= since) & (steps <= until)]
    return {task: values[np.isfinite(values[:, i]), i] for i, task in enumerate(history.tasks)}


def _formulas(history) -> list[tuple[float, float, bool]]:
    """Each (α, β, detach) that was in force; empty where λ is no function of the loss alone."""
    now = dict(history.settings.get("weighting") or {})
    if now.pop("name", None) != "sigmoid":
        return []
    found = []
    events = sorted(history.events, key=lambda event: event["step"])
    for step in sorted({1} | {event["step"] for event in events}):
        now |= {e["setting"]: e["value"] for e in events if e["step"] == step}
        if any(now.get(k) for k in ("normalize", "relative", "smoothing", "size_exponent")):
            return []
        if not isinstance(now.get("beta"), int | float):
            return []
        found.append((float(now["alpha"]), float(now["beta"]), bool(now.get("detach", True))))
    return list(dict.fromkeys(found))


def _formula_finding(seen: dict, curves: list) -> str:
    if curves:
        gap = max(
            np.min([np.abs(effective_weight(x, *curve) - y) for curve in curves], axis=0).max()
            for x, y in seen.values()
        )
        if gap < 1e-3:
            formula = "σ(α(L − β))" if all(c[2] for c in curves) else "σ + ασ(1 − σ)L"
            alpha, beta, _ = curves[0]
            values = f"α = {alpha:g}, β = {beta:g}".replace("-", "−")
            values = values if len(curves) == 1 else f"{len(curves)} settings of α, β"
            return f"Every recorded weight lies on {formula}; {values}"
    ranges = {t: y.max() - y.min() for t, (_, y) in seen.items()}
    task = max(ranges, key=ranges.__getitem__)
    y = seen[task][1]
    if ranges[task] <= 0.01 * abs(y).max():
        return "No weight moved with its loss"
    return f"The weight of {task} moved most, between {number(y.min())} and {number(y.max())}"
