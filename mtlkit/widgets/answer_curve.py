"""The answer that is a curve: drawn by a few points, and laid over the curve that came."""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mtlkit.widgets.answer_kinds import Kind, bounds, middle, slider_and_number, with_unit, within
from mtlkit.widgets.controls import label, rounded
from mtlkit.widgets.picture import DRAWING, Picture

CLOSE = 0.1  # of the range: a mean distance up to this one counts as agreement
MOVE = 0.05  # of the range: less is no rise and no fall
OVERHANG = 0.05  # of the points' span: so far beyond its end a curve still has its last value


class Curve(Kind):
    """An answer that is a curve, as a list of one number per point.

    curve: what lies along x → where its points are; what is drawn over it → (lowest, highest, step) of the sliders.
    """

    def __init__(self, curve: Mapping[str, Sequence[float]], unit: str):
        try:
            (self.along, x), (self.what, range_) = curve.items()
        except (AttributeError, ValueError):
            raise ValueError(
                'curve should be {"step": (1, 50, 100), "λ of topic": (0.0, 1.0, 0.1)}: a name and its points along x, '
                f"then a name and its (lowest, highest, step), found {curve!r}."
            ) from None
        self.x = _increasing(x, f"The points along {self.along}")
        self.bounds = self.low, self.high, self.step = bounds(range_, f"The range of {self.what}")
        self.unit = unit
        points = ", ".join(f"{at:g}" for at in self.x)
        range_ = f"{self.low:g} to {with_unit(f'{self.high:g}', unit)}"
        self.choices = [f"a curve of {self.what}, {range_}, through {self.along} {points}"]
        self.default = [rounded(middle(*self.bounds))] * len(self.x)

    def fits(self, answer: Any) -> bool:
        sound = isinstance(answer, list | tuple) and len(answer) == len(self.x)
        return sound and all(within(one, self.low, self.high) for one in answer)

    def checked(self, answer: Any, what: str) -> list[float]:
        if not self.fits(answer):
            due = f"{len(self.x)} numbers from {self.low:g} to {self.high:g}"
            raise ValueError(f"{what} should be a list of {due}, found {answer!r}.")
        return [rounded(one) for one in answer]

    def actual(self, value: object) -> list[float]:
        digits = max(0, math.ceil(0.5 - math.log10(self.step)))  # not much finer than the sliders
        return [round(float(one), digits) for one in self._happened(value)[2]]

    def _happened(self, value) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What happened as (x, y) of its curve, and its values at the points, those of a long curve smoothed."""
        from mtlkit.plots.guesses import smooth

        parts = _listed(value)
        if len(parts) != 2 or any(np.ndim(part) != 1 for part in parts):
            y = _numbers(parts, "What happened")
            if len(y) != len(self.x) or not np.isfinite(y).all():
                due = f"{len(self.x)} finite numbers, one per point, or a pair (xs, ys) of a whole curve"
                raise ValueError(f"What happened should be {due}, found {len(y)}: {value!r}.")
            return self.x, y, y
        x, y = _increasing(parts[0], "The xs of what happened"), _numbers(parts[1], "The ys of what happened")
        if len(x) != len(y):
            raise ValueError(f"The xs and ys of what happened should be equally many, found {len(x)} and {len(y)}.")
        there = np.isfinite(y)
        x, y = x[there], y[there]
        slack = OVERHANG * (self.x[-1] - self.x[0])
        if len(x) < 2 or x[0] > self.x[0] + slack or x[-1] < self.x[-1] - slack:
            found = f"numbers from {x[0]:g} to {x[-1]:g}" if len(x) else "no finite number"
            due = f"from {self.along} {self.x[0]:g} to {self.x[-1]:g}, as the guess does"
            raise ValueError(f"What happened should reach {due}, found {found}.")
        return x, y, np.interp(self.x, x, smooth(y))

    def show(self, answer: Sequence[float]) -> str:
        return with_unit(" → ".join(f"{one:.4g}" for one in answer), self.unit)

    # -- how well they agree -----------------------------------------------------------------------------------
    def compare(self, guessed: Sequence[float], actual: Sequence[float]) -> tuple[bool, str]:
        off = self._off(guessed, actual)
        agrees = off <= CLOSE * (1 + 1e-9)
        apart = with_unit(f"{off * (self.high - self.low):.2g}", self.unit)
        limit = f"up to {CLOSE:.0%} counts as agreement"
        words = f"on average {apart} apart, {off:.1%} of the range ({limit})"
        ways = self._ways(guessed, actual)
        return agrees, f"They {'agree' if agrees else 'differ'}: {words}. {ways[0].upper()}{ways[1:]}."

    def _off(self, guessed, actual) -> float:
        """The mean distance over the points, as a share of the range."""
        return float(np.mean(np.abs(np.subtract(guessed, actual))) / (self.high - self.low))

    def _ways(self, guessed, actual) -> str:
        first, second = self.way(guessed), self.way(actual)
        if first == second:
            return "both " + first.replace("rises", "rise").replace("falls", "fall").replace("stays", "stay")
        return f"the guess {first}, what happened {second}"

    def way(self, points: Sequence[float]) -> str:
        """Where it goes, as "rises" or "first falls, then rises"; moves below 5% of the range are none."""
        turns = [{1: "rises", -1: "falls"}[sign] for sign in _moves(points, MOVE * (self.high - self.low))]
        if len(turns) < 2:
            return turns[0] if turns else "stays level"
        return "first " + ", then ".join(turns)

    # -- drawn -------------------------------------------------------------------------------------------------
    def control(self, answer: list[float] | None, default: list[float]) -> tuple:
        points = Points(self, default if answer is None else answer)
        return points, points.widget

    def chart(self, points: Sequence[float], names: Sequence[str] = ()):
        """The curve through these points as a figure of `mtlkit.plots`; names: of the guess and of what happened."""
        from mtlkit.plots.guesses import GuessedCurve

        chart = GuessedCurve(self.x, (self.low, self.high), self.along, self.label, names)
        self.draw(chart, points)
        return chart

    def draw(self, chart, points: Sequence[float]) -> None:
        chart.update(points, f"Drawn so far: {self.way(points)}", f"{self.what}: {self.show(points)}.")

    @property
    def label(self) -> str:
        return f"{self.what} ({self.unit})" if self.unit else self.what

    def still(self, answer: list[float]) -> str:
        from mtlkit import plots

        chart = self.chart(answer)
        encoded, words = base64.b64encode(plots.png(chart.figure)).decode(), html.escape(plots.alt(chart.ax))
        return f'<img src="data:image/png;base64,{encoded}" alt="{words}" style="max-width: 100%">'

    def figure(self, name: str, guessed: list[float], value: object):
        x, y, _ = self._happened(value)
        at = self.actual(value)
        chart = self.chart(guessed, (name, "what happened"))
        finding = f"On average {self._off(guessed, at):.1%} of the range apart: {self._ways(guessed, at)}"
        words = f"{self.what} along {self.along} {', '.join(f'{p:g}' for p in self.x)}."
        chart.lay_over(x, y, at, finding, f"{words} {name}: {self.show(guessed)}. What happened: {self.show(at)}.")
        return chart.figure


class Points:
    """A vertical slider per point with its number under it, and beside them the curve that they draw; as `widget`.

    value: the list of the points' numbers. sliders, numbers: one per point.
    """

    tooltip = "One slider per point of the curve"

    def __init__(self, kind: Curve, start: Sequence[float]):
        import ipywidgets as w

        self.kind = kind
        self._chart = kind.chart(start)
        self.picture = Picture(self._chart.figure)
        self.sliders, self.numbers, columns = [], [], []
        name = f"{kind.along} " if len(kind.along) <= 5 else ""  # a longer one is below the picture and in the tooltip
        for x, value in zip(kind.x, start, strict=True):
            slider, number = slider_and_number(
                value,
                kind.bounds,
                layout=w.Layout(height="180px", width="auto"),
                orientation="vertical",
            )
            number.layout.width = "4.7em"
            slider.observe(self._follow, "value")
            place = w.Layout(align_items="center", flex="0 0 auto", width="5em", overflow="hidden")
            tip = f"{kind.what} at {kind.along} {x:g}, {kind.low:g} to {with_unit(f'{kind.high:g}', kind.unit)}"
            named = label(f"{name}{x:g}", f"{tip}. Arrow keys move it, or type the number under it")
            columns.append(w.VBox([named, slider, number], layout=place))
            self.sliders.append(slider)
            self.numbers.append(number)
        drawn = w.VBox([self.picture.image, self.picture.words])
        row = w.Layout(flex_flow="row wrap", align_items="center")
        self.widget = w.HBox([w.HBox(columns), drawn], layout=row)

    @property
    def value(self) -> list[float]:
        return [rounded(slider.value) for slider in self.sliders]

    @value.setter
    def value(self, points: Sequence[float]) -> None:
        for slider, value in zip(self.sliders, points, strict=True):
            slider.value = value

    @property
    def disabled(self) -> bool:
        return self.sliders[0].disabled

    @disabled.setter
    def disabled(self, on: bool) -> None:
        for slider in self.sliders:
            slider.disabled = on

    def _follow(self, _) -> None:
        with DRAWING:
            self.kind.draw(self._chart, self.value)
            self.picture.redraw()


def _moves(points: Sequence[float], least: float) -> list[int]:
    """The ups (1) and downs (−1) of `least` or more, each from the last turn."""
    moves: list[int] = []
    low = high = points[0]
    for value in points[1:]:
        low, high = min(low, value), max(high, value)
        if value - low >= least * (1 - 1e-9) and moves[-1:] != [1]:
            moves.append(1)
            high = value
        elif high - value >= least * (1 - 1e-9) and moves[-1:] != [-1]:
            moves.append(-1)
            low = value
    return moves


def _listed(values: Any) -> list:
    try:
        return [] if isinstance(values, str) else list(values)
    except TypeError:
        return [values]


def _numbers(values: Any, what: str) -> np.ndarray:
    """As an array of floats; ValueError, which begins with `what`, if they are none."""
    try:
        return np.array([float(value) for value in _listed(values)])
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"{what} should be numbers, found {values!r}.") from None


def _increasing(values: Any, what: str) -> np.ndarray:
    x = _numbers(values, what)
    if len(x) < 2 or not all(map(math.isfinite, x)) or not (np.diff(x) > 0).all():
        raise ValueError(f"{what} should be at least two numbers, each larger than the one before, found {values!r}.")
    return x
