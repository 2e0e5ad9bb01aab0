"""Atlas panel: a map of trainings over two settings; click a cell and its losses and λ stand beside it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mtlkit.experiments.atlas import Atlas
from mtlkit.training.history import History
from mtlkit.widgets.click_image import click_image
from mtlkit.widgets.controls import INK, button, label, line
from mtlkit.widgets.panel import Panel
from mtlkit.widgets.picture import DRAWING


def atlas(atlas: Atlas, tries: Sequence[dict] | History = ()) -> AtlasPanel:
    """A panel over an atlas: choose a map, then a cell by a click or by sliders, and see its training.

    Args:
        atlas: what `mk.atlas` gave.
        tries: settings to draw as a way through the map, in their order: dicts with a number for both of the map's, and
            for others if need be. Or the history of a steered run, whose moves they then are.

    Returns:
        The panel: show it as the last value of a cell.

    Raises:
        ValueError: a try without a number for one of the two settings, or a history that doesn't say which acted.
    """
    return AtlasPanel(atlas, tries)


def tries_of(history: History, axes: Sequence[str]) -> list[dict]:
    """The settings that acted in a run, one dict for each time that one of `axes` changed; the first is the start.

    ValueError of a history that was made without settings, as by `History.from_arrays`.
    """
    if "weighting" not in history.settings:
        raise ValueError(
            "This history doesn't say which settings acted, as it was made without settings['weighting']: give tries= "
            f"as dicts with a number for {' and '.join(axes)}."
        )
    now = {name: history.settings["weighting"].get(name) for name in axes}
    found = [dict(now)]
    for event in history.events:
        if event["setting"] in now:
            now[event["setting"]] = event["value"]
            found.append(dict(now))
    return found


class AtlasPanel(Panel):
    """What `atlas` gives.

    Attributes:
        what: the map's name; may be set.
        cell: its place on the first and the second axis, from 0; may be set.
        pickers: setting → its slider.
    """

    kind = "atlas"

    def __init__(self, atlas: Atlas, tries: Sequence[dict] | History = ()):
        import ipywidgets as w

        from mtlkit.plots import AtlasMap, LossesAndWeights
        from mtlkit.plots.heatmap import tries_on

        self.atlas = atlas
        if isinstance(tries, History):
            tries = tries_of(tries, list(atlas.axes))
        self.tries = tries_on(atlas.axes, tries)
        left, *right = _three_axes(atlas.tasks)
        self.map, self.curves = AtlasMap(atlas, ax=left), LossesAndWeights(atlas.tasks, ax=right)
        right[0].set_ylabel("loss Lᵢ")
        right[1].set_ylabel("weight λᵢ")
        self.chooser = w.Dropdown(options=list(atlas.maps), layout=w.Layout(width="13em", flex="0 0 auto"))
        self.pickers = {name: _picker(name, values) for name, values in atlas.axes.items()}
        self.best = button("Best", "star", "The cell that is best on this map", self.catch_errors(self._go_to_best))
        self.told = line("auto", "14px")
        broken = np.isnan(atlas.map()).all()
        self._cell = atlas.cell(**self.tries[-1]) if self.tries else (0, 0) if broken else atlas.cell(**atlas.best())
        self.map.update(self.what, self.tries)
        self._show_training()
        name = label("Map", "What the colours show", layout=w.Layout(width="3em", flex="0 0 auto"))
        row = w.HBox([name, self.chooser, self.best, self.told], layout=w.Layout(align_items="center"))
        super().__init__(self.map.figure, above=[row, *self.pickers.values()], image=click_image)
        self.chooser.observe(self.catch_errors(lambda _: self._draw_map()), "value")
        for picker in self.pickers.values():
            picker.observe(self.catch_errors(lambda _: self._picked()), "value")
        self.picture.image.observe(self.catch_errors(lambda change: self._clicked(*change["new"])), "at")

    @property
    def name(self) -> str:
        return f"atlas of {' × '.join(self.atlas.axes)}: run the cell to use it"

    @property
    def what(self) -> str:
        return self.chooser.value

    @what.setter
    def what(self, what: str) -> None:
        self.atlas.map(what)  # names the right ones
        self.chooser.value = what

    @property
    def cell(self) -> tuple[int, int]:
        return self._cell

    @cell.setter
    def cell(self, cell: tuple[int, int]) -> None:
        size = tuple(map(len, self.atlas.axes.values()))
        if len(cell) != 2 or not all(0 <= i < n for i, n in zip(cell, size, strict=True)):
            raise ValueError(
                f"The map has {size[0]} × {size[1]} cells, counted from 0; there is no cell {tuple(cell)}."
            )
        if tuple(cell) != self._cell:
            self._cell = tuple(cell)
            with DRAWING:
                self._show_training()
                self.picture.redraw()

    @property
    def settings(self) -> dict[str, float]:
        """The two settings of the cell."""
        return {n: float(v[i]) for (n, v), i in zip(self.atlas.axes.items(), self._cell, strict=True)}

    def _state(self) -> dict:
        return {"map": self.what, "settings": self.settings, "tries": self.tries}

    def _restore(self, state: dict) -> None:
        from mtlkit.plots.heatmap import tries_on

        tries = tries_on(self.atlas.axes, state["tries"])
        self.what, self.tries = state["map"], tries
        self.cell = self.atlas.cell(**state["settings"])
        self._draw_map()

    def code(self) -> str:
        plan = self.atlas.trainings
        axes = "".join(f", {name}={[float(f'{v:.10g}') for v in values]}" for name, values in self.atlas.axes.items())
        rest = "".join(f", {k}={v!r}" for k, v in plan.runs[0].items() if k not in self.atlas.axes)
        sizes = f"steps={plan.steps}, batch_size={plan.batch_size}, trunk={plan.trunk}, lr={plan.lr}"
        sizes += f", seeds={len(self.atlas.scores)}"
        return (
            "import mtlkit as mk\n\n# model and corpus as in this notebook\n"
            f"atlas = mk.atlas(model, corpus, {plan.method.name!r}, {sizes}{axes}{rest})\n"
            f"panel = mk.widgets.atlas(atlas)\npanel.state = {self.state}\npanel"
        )

    # -- what moves it -----------------------------------------------------------------------------------------
    def _clicked(self, x: float, y: float) -> None:
        """A click at these shares of the picture's width and height, from its upper left corner."""
        box = self.map.ax.get_position()
        across, up = (x - box.x0) / box.width, (1 - y - box.y0) / box.height
        if 0 <= across < 1 and 0 <= up < 1:
            size = tuple(map(len, self.atlas.axes.values()))
            self.cell = int(across * size[0]), int(up * size[1])

    def _picked(self) -> None:
        if not self._following:
            self.cell = tuple(picker.value for picker in self.pickers.values())

    def _go_to_best(self) -> None:
        self.cell = self.atlas.cell(**self.atlas.best(self.what))

    # -- what is shown -----------------------------------------------------------------------------------------
    def _draw_map(self) -> None:
        with DRAWING:
            self.map.update(self.what, self.tries)
            self.picture.redraw()

    def _show_training(self) -> None:
        from mtlkit.plots.losses_weights import SYMBOLS
        from mtlkit.plots.style_guide import headline

        self._following = True  # the sliders' moves are answers, not questions
        for picker, index in zip(self.pickers.values(), self._cell, strict=True):
            picker.value = index
        self._following = False
        self.map.mark(self._cell)
        self.curves.update(self.atlas.history(0, **self.settings))
        top, bottom = self.curves.axes
        at = ", ".join(f"{SYMBOLS.get(n, n)} = {v:.3g}".replace("-", "−") for n, v in self.settings.items())
        headline(top, f"The training at {at}")
        headline(bottom, "and its weights")
        scores = self.atlas.scores[(slice(None), *self._cell)].mean(axis=0)
        each = zip(self.atlas.tasks, self.atlas.metrics, scores, strict=True)
        said = " · ".join(
            f"{task} {metric.replace('_', ' ')} {'–' if np.isnan(score) else f'{score:.2f}'}"
            for task, metric, score in each
        )
        self.told.value = f'<div style="{INK}; line-height:1.3">{_escaped(said)}</div>'


def _escaped(text: str) -> str:
    import html

    return html.escape(text.replace("-", "−"))


def _picker(name: str, values):
    import ipywidgets as w

    from mtlkit.plots.losses_weights import SYMBOLS

    options = [(f"{value:.4g}".replace("-", "−"), index) for index, value in enumerate(values)]
    wide = w.Layout(width="100%")
    tip = f"The cell's {name}: the arrow keys move it by one cell"
    label = f"{SYMBOLS[name]} ({name})" if name in SYMBOLS else name
    return w.SelectionSlider(options=options, description=label, tooltip=tip, layout=wide, continuous_update=True)


def _three_axes(tasks: Sequence[str]):
    """Axes for the map at the left, and for losses and λ one under the other at the right."""
    import matplotlib
    import matplotlib.pyplot as plt

    from mtlkit.plots.style_guide import label_margin

    grow = matplotlib.rcParams["font.size"] / 10
    width, height = 10.4, 4.8
    figure = plt.figure(figsize=(width * grow, height * grow))
    end = 1 - label_margin(tasks, 6) / width
    left = figure.add_gridspec(1, 1, left=0.072, right=0.41, top=0.91, bottom=0.12)
    right = figure.add_gridspec(2, 1, left=0.545, right=end, top=0.91, bottom=0.12, height_ratios=(3, 2), hspace=0.45)
    figure.mtlkit_size = True  # ty: ignore[missing-attribute]  # a mark of ours, for `png`
    return [figure.add_subplot(left[0]), figure.add_subplot(right[0]), figure.add_subplot(right[1])]
