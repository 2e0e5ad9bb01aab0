"""Replay: scrub through a recorded run, or play it; a second run may be laid over it."""

from __future__ import annotations

import asyncio
import math
import threading
import time

import numpy as np

from mtlkit.experiments.recording import SPEEDS, Moment, Playback
from mtlkit.training.history import History
from mtlkit.widgets.controls import button, on_kernel_thread
from mtlkit.widgets.panel import Panel
from mtlkit.widgets.picture import DRAWING
from mtlkit.widgets.step_table import Told

PICTURE = 0.1  # seconds from one picture to the next while it plays


def replay(history: History, other: History | None = None) -> Replay:
    """A panel that shows a recorded run at one of its steps: losses, λ, shares of the gradient, settings, events.

    Move the step by its slider, or let it play at 1×, 4× or 16× the pace of the recording (that of the longer run; 10
    steps a second where no times were recorded). What is recorded later is not in the panel.

    Args:
        history: of the run.
        other: of a second run of the same tasks, drawn in thin lines over the first; its length may differ (None:
            none).

    Returns:
        The panel: show it as the last value of a cell.

    Raises:
        ValueError: something that is no history, one without a step, or runs of different tasks.
    """
    return Replay(history, other)


class Replay(Panel):
    """What `replay` gives.

    Attributes:
        step: what is shown; may be set.
        speed: 1, 4 or 16; may be set.
        playing: whether it moves by itself, as between `play()` and `pause()`.
        playback: the logic, which knows no widget.
    """

    kind = "replay"

    def __init__(self, history: History, other: History | None = None):
        import ipywidgets as w

        self.playback = Playback(history, other)
        self._task = self._wanted = self._own_thread = None
        self.chart = _Chart(self.playback, history, other)
        self.told = Told(self.playback, self.chart.figure.bbox.width)
        toggle = on_kernel_thread(self.catch_errors(self._toggle))
        self.toggle = button("Play", "play", "Play from here on, or pause", toggle, "primary")
        self.speeds = w.ToggleButtons(
            options=[(f"{speed}×", speed) for speed in SPEEDS],
            tooltips=[f"Play at {speed} times the pace of the recording" for speed in SPEEDS],
            style={"button_width": "4.5em"},
            layout=w.Layout(width="auto", flex="0 0 auto"),
        )
        self.slider = w.IntSlider(
            self.playback.step,
            min=self.playback.first,
            max=self.playback.last,
            description="Step",
            tooltip="The step that is shown. Arrow keys move it, or click its number and type; a move pauses.",
            style={"description_width": "3em"},
            layout=w.Layout(width="auto", flex="1 1 auto", min_width="12em"),
        )
        self._follow = on_kernel_thread(self.catch_errors(self._to_wanted))
        row = w.HBox(
            [self.toggle, self.speeds, self.slider], layout=w.Layout(width="100%", height="38px", align_items="center")
        )
        super().__init__(self.chart.figure, above=[row], below=[self.told.widget])
        self.slider.observe(self._moved, "value")
        self.speeds.observe(self.catch_errors(lambda change: setattr(self.playback, "speed", change["new"])), "value")

    @property
    def name(self) -> str:
        return f"replay: step {self.step} of {self.playback.last}; run the cell to use it"

    @property
    def step(self) -> int:
        return self.playback.step

    @step.setter
    def step(self, step: int) -> None:
        self.playback.step = step
        self._show()

    @property
    def speed(self) -> int:
        return self.playback.speed

    @speed.setter
    def speed(self, speed: int) -> None:
        self.playback.speed = speed
        self.speeds.value = speed

    @property
    def playing(self) -> bool:
        return self._task is not None

    def play(self) -> None:
        """Move on by itself, to the end or until paused; from the start if it is at the end."""
        if self.playing:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            raise ValueError("Outside a notebook nothing plays by itself: set `step` instead.") from None
        if self.step == self.playback.last:
            self.step = self.playback.first
        self._task = loop.create_task(self._play())
        self._show_toggle()

    def pause(self) -> None:
        """Stay at this step."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            self._show_toggle()

    def close(self) -> None:
        self.pause()
        super().close()

    def _state(self) -> dict:
        return {"step": self.step, "speed": self.speed}

    def _restore(self, state: dict) -> None:
        self.pause()
        self.speed, self.step = state["speed"], state["step"]

    def code(self) -> str:
        given = "run.history" if len(self.playback.runs) == 1 else "run.history, other.history"
        return (
            "import mtlkit as mk\n\n# the runs as in this notebook\n"
            f"panel = mk.widgets.replay({given})\npanel.state = {self.state}\npanel"
        )

    # -- what moves it -----------------------------------------------------------------------------------------
    def _toggle(self) -> None:
        if self.playing:
            self.pause()
        else:
            self.play()

    async def _play(self) -> None:
        me, then = asyncio.current_task(), time.perf_counter()
        move = self.catch_errors(self._move_on)
        try:
            while self._task is me:
                await asyncio.sleep(max(PICTURE - (time.perf_counter() - then), 0.02))  # clicks are heard here
                now = time.perf_counter()
                move(now - then)
                then = now
        finally:
            if self._task is me:
                self._task = None
                self._show_toggle()

    def _move_on(self, seconds: float) -> None:
        before = self.step
        more = self.playback.tick(seconds)
        if self.step != before:
            self._show()
        if not more:
            self._task = None
            self._show_toggle()

    def _moved(self, change) -> None:
        """The slider has another value. By hand, it may be told of in a thread of its own, and more moves may come
        before there was time to draw: the last one counts."""
        if self._own_thread != threading.get_ident():
            self._wanted = change["new"]
            self._follow()

    def _to_wanted(self) -> None:
        step, self._wanted = self._wanted, None
        if step is not None:
            self.pause()
            self.step = step

    # -- what is shown -----------------------------------------------------------------------------------------
    def _show(self) -> None:
        moments = self.playback.at()
        with DRAWING:
            self.chart.update(self.step, moments)
            self.picture.redraw()
        self.told.update(self.step, moments)
        if self._wanted is None:  # else the hand is further on already
            self._own_thread = threading.get_ident()
            self.slider.value = self.step
            self._own_thread = None

    def _show_toggle(self) -> None:
        self.toggle.description, self.toggle.icon = ("Pause", "pause") if self.playing else ("Play", "play")


class _Chart:
    """Losses and λ over all steps, the second run in thin lines, and a line with dots at the step."""

    def __init__(self, playback: Playback, history: History, other: History | None):
        import matplotlib

        from mtlkit.plots import LossesAndWeights, alt

        self.thick = matplotlib.rcParams["lines.linewidth"]
        self.chart = LossesAndWeights(history.tasks)
        self.chart.update(history, until=playback.last)
        self.figure, self.axes, self.tasks = self.chart.figure, self.chart.axes, history.tasks
        if other is not None:
            self._lay_over(other, playback.last)
        self.lines = [
            ax.axvline(playback.step, color="black", lw=0.7 * self.thick, zorder=3, clip_on=False) for ax in self.axes
        ]
        colors, nowhere = [self.chart.looks[task]["color"] for task in self.tasks], [math.nan] * len(self.tasks)
        looks = [{"facecolors": colors, "edgecolors": "white"}, {"facecolors": "white", "edgecolors": colors}]
        look = {"s": 14 * self.thick**2, "linewidths": 0.8 * self.thick, "clip_on": False}
        self.dots = [  # of each run, on each axes
            [ax.scatter(nowhere, nowhere, zorder=5 - i, **look, **looks[i]) for ax in self.axes]
            for i in range(len(playback.runs))
        ]
        self.whole = alt(self.axes[0])
        self.update(playback.step, playback.at())

    def update(self, step: int, moments: list[Moment]) -> None:
        from mtlkit.plots import alt
        from mtlkit.plots.style_guide import number

        for drawn in self.lines:
            drawn.set_xdata([step, step])
        for dots, moment in zip(self.dots, moments, strict=True):
            for ax, drawn, values in zip(self.axes, dots, (moment.losses, moment.weights), strict=True):
                low, high = ax.get_ylim()  # dots may lie on the frame, but not beyond it: single batches can
                heights: list = [value if low <= value <= high else math.nan for value in map(values.get, self.tasks)]
                drawn.set_offsets(np.column_stack([np.full(len(heights), step), heights]))
        top, bottom = self.axes
        alt(top, self.whole)
        said = [f"{t} loss {number(moments[0].losses[t])}, λ {number(moments[0].weights[t])}" for t in self.tasks]
        alt(bottom, f"A line stands at step {step}: {'; '.join(said)}.")

    def _lay_over(self, other: History, last: int) -> None:
        from matplotlib.figure import Figure

        from mtlkit.plots import LossesAndWeights
        from mtlkit.plots.style_guide import set_range

        apart = LossesAndWeights(other.tasks, ax=Figure().subplots(2))  # for its lines; never shown
        apart.update(other, until=last)
        for which, ax in enumerate(self.axes):
            for task in self.tasks:
                look = self.chart.looks[task]
                ax.plot(
                    *apart.lines[which][task].get_data(),
                    color=look["color"],
                    ls=look["linestyle"],
                    lw=self.thick / 2,
                    zorder=2.2,
                )
        top, bottom = self.axes
        log = "log" in (top.get_yscale(), apart.axes[0].get_yscale())
        if log:
            drawn = np.concatenate([line.get_ydata() for line in top.lines])
            low, high = drawn[drawn > 0].min() / 1.2, drawn.max() * 1.2
        else:
            low, high = _both(top, apart.axes[0])
        set_range(top, "y", low, high, log=log)
        bottom.set_ylim(_both(bottom, apart.axes[1]))
        for labels, lines in zip(self.chart.labels, self.chart.lines, strict=True):  # to their places on the new scale
            ends = {task: lines[task].get_ydata()[-1] for task in labels.texts}
            # From the frame: leaders from where the shorter run ends would look like more of it.
            labels.update({task: (last, end, labels.texts[task]) for task, end in ends.items()})
        bottom.set_xlabel("step (optimizer updates); thin lines, hollow dots: the other run")


def _both(ax, other) -> tuple[float, float]:
    (low, high), (lower, higher) = ax.get_ylim(), other.get_ylim()
    return min(low, lower), max(high, higher)
