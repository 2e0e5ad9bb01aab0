"""Forecast: what an epoch would take under other batches, layers and tasks, beside the steps that were measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mtlkit.experiments.forecast import Forecast
from mtlkit.weighting import Control
from mtlkit.weighting._settings import one_number
from mtlkit.widgets.controls import Slider, button, row
from mtlkit.widgets.panel import Panel
from mtlkit.widgets.picture import DRAWING

if TYPE_CHECKING:
    import pandas

CONTROLS = {
    "rows": Control("Rows a batch", "Texts read in one step.", 1, 128, 1),
    "layers": Control("Layers", "Of the encoder; its width stays as it was measured.", 1, 12, 1),
    "tasks": Control("Tasks", "Heads are taken to cost nothing: only models of their own do.", 1, 8, 1),
}
START = {"rows": 4, "layers": 2, "tasks": 4}
JOINT, SEPARATE = "one model for all", "a model per task"


def forecast(measured: pandas.DataFrame, rows: int) -> ForecastPanel:
    """A panel with sliders for rows a batch, layers and tasks, and the seconds that an epoch would take.

    Lines show the law that is fitted to the measured steps, points these steps.

    Args:
        measured: a table with the columns layers, rows and seconds (of a step), three steps at least.
        rows: rows of an epoch.

    Returns:
        The panel: show it as the last value of a cell.

    Raises:
        ValueError: fewer than three steps, or a column that is missing.
    """
    return ForecastPanel(measured, rows)


class ForecastPanel(Panel):
    """The view of a `Forecast`.

    Attributes:
        sliders: {"rows", "layers", "tasks"}, whose `value` may be set.
        seconds: what is shown, {"joint": one model for all tasks, "separate": a model per task}.
    """

    kind = "forecast"
    name = "forecast: sliders for rows, layers and tasks; run the cell to use them"

    def __init__(self, measured, rows: int):
        self.chart = _Chart(measured, rows)
        self.sliders = {name: Slider(CONTROLS[name], START[name], self.catch_errors(self._moved)) for name in START}
        reset = button("Reset", "undo", "Back to where the sliders were", self.reset)
        self.seconds = self.chart.update(**START)
        super().__init__(self.chart.figure, above=[*(s.widget for s in self.sliders.values()), row([reset])])

    def reset(self) -> None:
        """Back to where the sliders were."""
        self._restore(START)

    def _moved(self, _) -> None:
        with DRAWING:
            self.seconds = self.chart.update(**self._state())
            self.picture.redraw()

    def _state(self) -> dict:
        return {name: max(1, round(slider.value)) for name, slider in self.sliders.items()}

    def _restore(self, state: dict) -> None:
        for name, value in state.items():
            self.sliders[name].value = one_number(name, value)

    def code(self) -> str:
        rows = self.chart.of
        return (
            f"import mtlkit as mk\n\npanel = mk.widgets.forecast(measured, {rows})\npanel.state = {self.state}\npanel"
        )


class _Chart:
    """Seconds an epoch over rows a batch, both logarithmic: two lines, the measured points, a mark where one is."""

    def __init__(self, measured, of: int):
        from mtlkit.plots.end_labels import EndLabels
        from mtlkit.plots.style_guide import (
            BLACK,
            BLUE,
            FAINT,
            GREY,
            VERMILLION,
            clean_axes,
            label_margin,
            new_figure,
            set_range,
        )

        self.law, self.measured, self.of = Forecast(measured), measured, of
        self.grid = np.geomspace(CONTROLS["rows"].low, CONTROLS["rows"].high, 100)
        self.ax = ax = new_figure(7.4, 3.6, right=label_margin([JOINT, SEPARATE]), top=0.4)[0]
        self.figure = ax.figure
        clean_axes(
            ax, xlabel="rows a batch (points: measured, black those of as many layers)", ylabel="seconds an epoch"
        )
        least = self.law.epoch(CONTROLS["layers"].low, self.grid, of).min()
        most = self.law.epoch(CONTROLS["layers"].high, self.grid, of).max() * CONTROLS["tasks"].high
        set_range(ax, "x", self.grid[0] / 1.1, self.grid[-1] * 1.1, log=True)
        set_range(ax, "y", least / 1.5, most * 1.5, log=True)
        ax.plot(*self._points(), "o", color=GREY, alpha=FAINT, ms=6)
        self.points = ax.plot([], [], "o", color=BLACK, ms=6, zorder=3)[0]
        self.lines = {
            JOINT: ax.plot([], [], color=BLUE, lw=2)[0],
            SEPARATE: ax.plot([], [], color=VERMILLION, ls="--", lw=2)[0],
        }
        self.here = ax.axvline(1, color=GREY, lw=1, ls=(0, (2, 2)))
        self.labels = EndLabels(ax, {JOINT: BLUE, SEPARATE: VERMILLION})

    def update(self, rows: int, layers: int, tasks: int) -> dict[str, float]:
        """Draw it for these; gives the seconds of an epoch, of one model for all tasks and of one for each."""
        from mtlkit.plots.style_guide import alt, headline, number

        joint = self.law.epoch(layers, self.grid, self.of)
        curves = {JOINT: joint, SEPARATE: tasks * joint}
        for name, curve in curves.items():
            self.lines[name].set_data(self.grid, curve)
        self.labels.update({name: (self.grid[-1], curve[-1], name) for name, curve in curves.items()})
        self.points.set_data(*self._points(layers))
        self.here.set_xdata([rows, rows])
        one = float(self.law.epoch(layers, rows, self.of))
        found = f"{rows} rows, {layers} layers, {tasks} tasks: {number(one)} s an epoch"
        headline(self.ax, f"{found}; a model per task {number(tasks * one)} s")
        alt(self.ax, f"Seconds an epoch over rows a batch. {found}, with a model per task {number(tasks * one)} s.")
        return {"joint": one, "separate": tasks * one}

    def _points(self, layers: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        table = self.measured if layers is None else self.measured[self.measured["layers"] == layers]
        return table["rows"].to_numpy(), (table["seconds"] / table["rows"]).to_numpy() * self.of
