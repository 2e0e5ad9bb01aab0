"""Explorer: the curve λ(L) under α and β; over a recorded run, what λ_i would have been on its losses."""

from __future__ import annotations

import asyncio
import copy
import html
from typing import Any

import numpy as np

from mtlkit.experiments.counterfactual import WhatIf
from mtlkit.training.history import History
from mtlkit.training.run import Run
from mtlkit.weighting import Sigmoid
from mtlkit.weighting._settings import one_number
from mtlkit.widgets.controls import INK, Slider, button, line, on_kernel_thread, row
from mtlkit.widgets.panel import Panel
from mtlkit.widgets.picture import DRAWING
from mtlkit.widgets.throttle import Budget

DRAW = {"every": 0.5, "share": 0.06}
WOULD = "Thick: what it would have been on the old losses"
COUNTERFACTUAL = "What λ would have been on these losses; they would have changed too"


def explorer(source: History | Run | None = None) -> Explorer:
    """A panel with sliders for α and β, and the curve λ(L) = 1 / (1 + exp(−α (L − β))).

    Over a recorded run it also shows what λ_i was, and what it would have been on *these* losses. With other weights
    the losses would have changed, too: given a run, a button trains again under the new α and β, and lays the real λ_i
    over that. Other settings of a recorded sigmoid weighting (relative, normalize, …) stay; one slider sets one β for
    all tasks.

    Args:
        source: a history with at least one step, of any weighting, or the run itself (None: the curve alone).

    Returns:
        The panel: show it as the last value of a cell.

    Raises:
        ValueError: a history without a step.
    """
    return Explorer(source)


class Explorer(Panel):
    """The view of a `WhatIf`.

    Attributes:
        sliders: {"alpha", "beta"}, whose `value` may be set.
    """

    kind = "explorer"
    name = "explorer: sliders for α and β; run the cell to use them"

    def __init__(self, source: History | Run | None = None):
        self.run = source if isinstance(source, Run) else None
        self.model = WhatIf(source.history if isinstance(source, Run) else source)
        self.real: Any = None  # the run under the present settings
        self._task: asyncio.Task | None = None
        start = self.model.start
        self.chart = _Chart(self.model)
        self.sliders = {
            name: Slider(
                Sigmoid.controls[name], value, self.catch_errors(lambda value, name=name: self._set(name, value))
            )
            for name, value in start.items()
        }
        self.buttons = {"reset": button("Reset", "undo", "Back to the first α and β", self.reset)}
        if self.run:
            tip = "Train from the same first weights under these α and β, and compare"
            self.buttons["real"] = button(
                "Run it for real", "play", tip, on_kernel_thread(self.catch_errors(self.start)), "primary"
            )
        self.said = line("34px", "14px")
        note = line("auto", "13px")
        note.value = f'<span style="{INK}">{self.model.note()}</span>' if self.model.note() else ""
        super().__init__(
            self.chart.figure,
            above=[*(s.widget for s in self.sliders.values()), row([*self.buttons.values(), self.said])],
            below=[note] if note.value else [],
        )

    # -- the same for real -------------------------------------------------------------------------------------
    def start(self) -> None:
        """Train again under the present α and β, in the background of the notebook."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise ValueError("Outside a notebook nothing runs in the background: use run_headless().") from None
        self._begin()
        self._task = loop.create_task(self._train())

    def run_headless(self) -> History:
        """Train again under the present α and β, here and now; gives the history."""
        self._begin()
        for _ in self.real:
            pass
        self._draw_real()
        self.keep()
        return self.real.history

    def _begin(self) -> None:
        if self.run is None:
            raise ValueError("Only a Run can be trained again: explorer(run) instead of explorer(run.history).")
        weighting = copy.deepcopy(self.model.weighting)
        weighting.reset()
        self.real = self.run.clone(weighting)

    async def _train(self) -> None:
        me, real, drawing = asyncio.current_task(), self.real, Budget(**DRAW)
        try:
            while self._task is me and next(real, None) is not None:
                if drawing.due():
                    drawing.spend(self._draw_real)
                await asyncio.sleep(0)  # slider moves are heard here
            if self._task is me:
                self._draw_real()
        except Exception as error:
            self._complain(error)
            raise
        finally:
            if self._task is me:
                self._task = None

    def close(self) -> None:
        self._task = None
        super().close()

    def _draw_real(self) -> None:
        with DRAWING:
            self.chart.draw_real(self.real.history)
            self.picture.redraw()
        apart = self.model.apart(self.real.history)
        most = max(apart, key=apart.__getitem__, default=None)
        text = f"step {self.real.done} of {self.real.steps}"
        if most is not None:
            text += f": λ of {most} is {apart[most]:.2f} from what it would have been, in the mean over the steps"
        self.said.value = f'<div style="{INK}; line-height:1.2">{html.escape(text)}</div>'

    def _forget_real(self) -> None:
        """The real run was for other settings: stop it, take its lines away."""
        self.real = self._task = None
        self.chart.draw_real(None)
        self.said.value = ""

    def reset(self) -> None:
        """Back to the first α and β."""
        for name, value in self.model.start.items():
            self.sliders[name].value = value

    def _state(self) -> dict:
        return {name: slider.value for name, slider in self.sliders.items()}

    def _restore(self, state: dict) -> None:
        for name, value in state.items():
            self.sliders[name].value = one_number(name, value)

    def code(self) -> str:
        given = "run" if self.run else "run.history" if self.model.history is not None else ""
        return f"import mtlkit as mk\n\npanel = mk.widgets.explorer({given})\npanel.state = {self.state}\npanel"

    def _set(self, name: str, value: float) -> None:
        with DRAWING:
            setattr(self.model.weighting, name, value)
            if self.real is not None:
                self._forget_real()
            self.chart.update()
            self.picture.redraw()


class _Chart:
    """The curve; under it, for a recorded run, λ_i over the steps: as recorded thin, under the new α and β thick."""

    def __init__(self, model: WhatIf):
        from mtlkit.plots import SigmoidCurve

        self.model = model
        self.history: Any = model.history
        if self.history is None:
            self.curve = SigmoidCurve()
        else:
            top, self.lower = _two_axes()
            self.curve = SigmoidCurve(self.history.tasks, ax=top)
            self._prepare()
        if model.weighting.relative:
            self.curve.ax.set_xlabel("loss L relative to the task's first (no unit)")
        self.figure = self.curve.figure
        self.update()

    def update(self) -> None:
        method: Any = self.model.weighting
        self.curve.update(method.alpha, method.beta, self.model.last_losses())
        if self.history is not None:
            self._draw_weights(self.model.weights())

    def _prepare(self) -> None:
        from mtlkit.plots import task_style
        from mtlkit.plots.end_labels import EndLabels
        from mtlkit.plots.style_guide import clean_axes, headline

        looks, ax = task_style(self.history.tasks), self.lower
        clean_axes(ax, xlabel="step (optimizer updates); thin lines: λ as it was", ylabel="weight λᵢ (no unit)")
        headline(ax, COUNTERFACTUAL)
        self.steps, was = self.history.steps(), self.history.weights()
        self.lines, self.real = {}, {}
        for i, task in enumerate(self.history.tasks):
            look = {k: v for k, v in looks[task].items() if k != "marker"}
            ax.plot(*self._smooth(was[:, i]), **look | {"lw": 0.8, "alpha": 0.55, "zorder": 1.9})
            self.lines[task] = ax.plot([], [], label=task, **look | {"lw": 2})[0]
            self.real[task] = ax.plot([], [], **look | {"lw": 1.2, "linestyle": (0, (1, 1.2))})[0]
        self.labels = EndLabels(ax, {t: look["color"] for t, look in looks.items()})
        self.recorded_top = np.nanmax(was, initial=0.0)
        ax.set_xlim(1, max(int(self.steps[-1]), 2))

    def draw_real(self, history: History | None) -> None:
        """λ of the real run under the new α and β, dotted; None takes it away."""
        from mtlkit.plots.style_guide import headline

        weights = np.empty((0, len(self.real))) if history is None else history.weights()
        steps = np.arange(1, len(weights) + 1)
        for i, drawn in enumerate(self.real.values()):
            there = np.isfinite(weights[:, i])
            x, y = self._smooth(weights[:, i], steps) if there.any() else ([], [])
            drawn.set_data(x, y)
        headline(self.lower, COUNTERFACTUAL if history is None else "Dotted: λ as it really becomes. " + WOULD)

    def _draw_weights(self, weights: np.ndarray) -> None:
        from mtlkit.plots import alt
        from mtlkit.plots.style_guide import number

        ends = {}
        for i, (task, drawn) in enumerate(self.lines.items()):
            x, y = self._smooth(weights[:, i])
            drawn.set_data(x, y)
            if len(x):
                ends[task] = (x[-1], y[-1], f"{task} {number(y[-1])}")
        top = max(1.0, self.recorded_top, np.nanmax(weights, initial=0.0))
        self.lower.set_ylim(min(0.0, np.nanmin(weights, initial=0.0)), 1.05 * top)
        self.labels.update(ends)
        said = ", ".join(text for _, _, text in ends.values())
        alt(self.lower, f"Below: what the weights would have been on the recorded losses. At the end: {said}.")

    def _smooth(self, values: np.ndarray, steps: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        from mtlkit.plots.losses_weights import MANY, moving_mean

        steps, there = self.steps if steps is None else steps, np.isfinite(values)
        window = len(self.steps) // 20 if len(self.steps) >= MANY else 1
        return steps[there], moving_mean(values[there], window)


def _two_axes():
    import matplotlib
    import matplotlib.pyplot as plt

    grow = matplotlib.rcParams["font.size"] / 10
    place = {"left": 0.09, "right": 0.78, "top": 0.94, "bottom": 0.09, "hspace": 0.5}
    return plt.subplots(2, 1, figsize=(8.2 * grow, 5.4 * grow), gridspec_kw=place)[1]
