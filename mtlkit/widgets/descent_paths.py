"""Paths: six methods down the two bowls, from a start and with a loudness that sliders set."""

from __future__ import annotations

from collections.abc import Mapping

from mtlkit.experiments.toy import CONTROLS, LR, START, STEPS, QuadraticLosses, optimization_path
from mtlkit.plots import Paths
from mtlkit.weighting import Weighting
from mtlkit.weighting._settings import one_number
from mtlkit.widgets.controls import Slider, button, row
from mtlkit.widgets.panel import Panel
from mtlkit.widgets.picture import DRAWING


def paths(methods: Mapping[str, Weighting | str]) -> PathsPanel:
    """A panel with the paths of some methods down `QuadraticLosses`.

    Sliders set the second loss's loudness, and where all paths begin. Each takes 40 steps of gradient descent at a rate
    of 0.1.

    Args:
        methods: name → a weighting or its name, as `optimization_path` takes them.

    Returns:
        The panel: show it as the last value of a cell.

    Raises:
        ValueError: no method, an unknown one, or one that needs validation rows or norms of a model.
    """
    return PathsPanel(methods)


class PathsPanel(Panel):
    """What `paths` gives.

    Attributes:
        sliders: {"loudness", "x", "y"}, whose `value` may be set.
        found: method → its path (steps + 1, 2).
    """

    kind = "paths"
    name = "paths: sliders for loudness and start; run the cell to use them"

    def __init__(self, methods: Mapping[str, Weighting | str]) -> None:
        self.methods, self.chart = dict(methods), Paths(list(methods))
        self.sliders = {name: Slider(CONTROLS[name], START[name], self.catch_errors(self._moved)) for name in START}
        self._descend()
        reset = button("Reset", "undo", "Back to where the sliders were", self.reset)
        super().__init__(self.chart.figure, above=[*(s.widget for s in self.sliders.values()), row([reset])])

    def reset(self) -> None:
        """Back to where the sliders were."""
        self._restore(START)

    def _descend(self) -> None:
        state = self._state()
        bowls, start = QuadraticLosses(state["loudness"]), (state["x"], state["y"])
        self.found = {name: optimization_path(m, bowls, start, STEPS, LR) for name, m in self.methods.items()}
        self.chart.update(bowls, self.found, bowls.front())

    def _moved(self, _) -> None:
        with DRAWING:
            self._descend()
            self.picture.redraw()

    def _state(self) -> dict:
        return {name: slider.value for name, slider in self.sliders.items()}

    def _restore(self, state: dict) -> None:
        for name, value in state.items():
            self.sliders[name].value = one_number(name, value)

    def code(self) -> str:
        return f"panel = mk.widgets.paths(methods)  # as above\npanel.state = {self.state}\npanel"
