"""Explorer: the curve λ(L) under α and β; over a recorded run, what λ_i would have been on its losses."""

from __future__ import annotations

import numpy as np
import torch

from mtlkit.history import History
from mtlkit.weighting import Sigmoid
from mtlkit.weighting.base import finite
from mtlkit.widgets.controls import INK, Slider, button, first_number, line
from mtlkit.widgets.figure import DRAWING
from mtlkit.widgets.panel import Panel

START = {"alpha": 1.0, "beta": 0.5}  # those of the widespread listing


def explorer(history: History | None = None) -> Explorer:
    """A panel with α and β sliders and the curve λ(L) = 1 / (1 + exp(−α (L − β))).

    history: of any run with at least one step. Below the curve stands then what λ_i would have been on *these* losses,
    beside what it was; with other weights the losses would have changed too. Settings of a recorded sigmoid weighting
    other than α and β (relative, normalize, …) stay as recorded; one slider sets one β for all tasks.
    Show it as the last value of a cell. Errors: ValueError for a history without a step.
    """
    return Explorer(history)


class WhatIf:
    """λ under an α and a β that may be changed, on the losses of a recorded run. Knows no widget.

    weighting: the `Sigmoid` that computes it, with the recorded settings at first.
    """

    def __init__(self, history: History | None = None):
        if history is not None and not len(history):
            raise ValueError("The history has no step yet: explore it after some training, or explorer() without one.")
        self.history = history
        recorded = dict(history.settings.get("weighting") or {}) if history is not None else {}
        settings = recorded if recorded.pop("name", None) == "sigmoid" else {}
        alone = {name: first_number(settings.get(name, value)) for name, value in START.items()}
        self.start = {"alpha": alone["alpha"], "beta": alone["beta"]}
        self.weighting = Sigmoid(**settings | self.start)
        if history is not None:
            counts = history.settings.get("counts")
            self.weighting.setup(history.tasks, [counts[t] for t in history.tasks] if counts else None)
            self._losses = torch.tensor(history.losses(), dtype=torch.float32)
            self._present = ~self._losses.isnan()

    def weights(self) -> np.ndarray:
        """λ_i at each recorded step, (steps, tasks); NaN where the task was absent."""
        method = self.weighting
        method.reset()
        if method.relative or method.smoothing:  # each step's λ depends on those before
            lam = torch.stack([method(*step) for step in zip(self._losses, self._present, strict=True)])
        else:
            lam = method(self._losses, self._present)
        return torch.where(self._present, lam, torch.nan).double().numpy()

    def last_losses(self) -> dict[str, float]:
        """Task → the loss at the end of the run, a mean over the last twentieth of its steps; empty where λ is not a
        function of the loss itself."""
        if self.history is None or self.weighting.relative or self.weighting.smoothing:
            return {}
        ends = {}
        for i, task in enumerate(self.history.tasks):
            seen = self._losses[self._present[:, i], i]
            if len(seen):
                ends[task] = float(seen[-max(1, len(seen) // 20) :].mean())
        return ends

    def note(self) -> str:
        """What of the recorded settings the curve leaves out; "" where it is the whole truth."""
        method, parts = self.weighting, []
        if method.relative or method.smoothing:
            what = " and ".join(w for w in ("relative" * method.relative, "smoothing" * bool(method.smoothing)) if w)
            parts.append(f"with {what}, L in the curve is not the loss itself")
        if method.normalize or method.size_exponent or not method.detach:
            parts.append("the curve is λ before normalize, size_exponent and detach=False, the lines are after")
        return "; ".join(parts)


class Explorer(Panel):
    """The view of a `WhatIf`. sliders: {"alpha", "beta"}, whose `value` may be set; `reset()`."""

    kind = "explorer"
    name = "explorer: sliders for α and β; run the cell to use them"

    def __init__(self, history: History | None = None):
        self.model = WhatIf(history)
        start = self.model.start
        self.chart = _Chart(self.model)
        self.sliders = {
            name: Slider(Sigmoid.controls[name], value, self.watched(lambda value, name=name: self._set(name, value)))
            for name, value in start.items()
        }
        self.buttons = {"reset": button("Reset", "undo", "Back to the first α and β", self.reset)}
        note = line("auto", "13px")
        note.value = f'<span style="{INK}">{self.model.note()}</span>' if self.model.note() else ""
        super().__init__(
            self.chart.figure,
            above=[*(s.widget for s in self.sliders.values()), self.buttons["reset"]],
            below=[note] if note.value else [],
        )

    def reset(self) -> None:
        """Back to the first α and β."""
        for name, value in self.model.start.items():
            self.sliders[name].value = value

    def _state(self) -> dict:
        return {name: slider.value for name, slider in self.sliders.items()}

    def _restore(self, state: dict) -> None:
        for name, value in state.items():
            self.sliders[name].value = finite(name, value)

    def code(self) -> str:
        given = "" if self.model.history is None else "run.history"
        return f"import mtlkit as mk\n\npanel = mk.widgets.explorer({given})\npanel.state = {self.state}\npanel"

    def _set(self, name: str, value: float) -> None:
        with DRAWING:
            setattr(self.model.weighting, name, value)
            self.chart.update()
            self.picture.redraw()


class _Chart:
    """The curve; under it, for a recorded run, λ_i over the steps: as recorded thin, under the new α and β thick."""

    def __init__(self, model: WhatIf):
        from mtlkit.plots import SigmoidCurve

        self.model, self.history = model, model.history
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
        method = self.model.weighting
        self.curve.update(method.alpha, method.beta, self.model.last_losses())
        if self.history is not None:
            self._draw_weights(self.model.weights())

    def _prepare(self) -> None:
        from mtlkit.plots import task_style
        from mtlkit.plots.labels import EndLabels
        from mtlkit.plots.look import headline, tidy

        looks, ax = task_style(self.history.tasks), self.lower
        tidy(ax, xlabel="step (optimizer updates); thin lines: λ as it was", ylabel="weight λᵢ (no unit)")
        headline(ax, "What λ would have been on these losses; they would have changed too")
        self.steps, was = self.history.steps(), self.history.weights()
        self.lines = {}
        for i, task in enumerate(self.history.tasks):
            look = {k: v for k, v in looks[task].items() if k != "marker"}
            ax.plot(*self._smooth(was[:, i]), **look | {"lw": 0.8, "alpha": 0.55})
            self.lines[task] = ax.plot([], [], label=task, **look | {"lw": 2})[0]
        self.labels = EndLabels(ax, {t: look["color"] for t, look in looks.items()})
        self.recorded_top = np.nanmax(was, initial=0.0)
        ax.set_xlim(1, max(int(self.steps[-1]), 2))

    def _draw_weights(self, weights: np.ndarray) -> None:
        from mtlkit.plots import alt
        from mtlkit.plots.look import number

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

    def _smooth(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        from mtlkit.plots.training import MANY, moving_mean

        there = np.isfinite(values)
        window = len(self.steps) // 20 if len(self.steps) >= MANY else 1
        return self.steps[there], moving_mean(values[there], window)


def _two_axes():
    import matplotlib
    import matplotlib.pyplot as plt

    grow = matplotlib.rcParams["font.size"] / 10
    place = {"left": 0.09, "right": 0.78, "top": 0.94, "bottom": 0.09, "hspace": 0.5}
    return plt.subplots(2, 1, figsize=(8.2 * grow, 5.4 * grow), gridspec_kw=place)[1]
