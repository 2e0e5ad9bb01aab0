"""What panels are operated with: a slider with a number to type beside it, buttons, lines that keep their height."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Callable

INK = "color: var(--jp-ui-font-color1, #222)"

#: Setting → (label, lowest, highest, step, tooltip). A number typed beyond the range widens it.
SLIDERS = {
    "alpha": (
        "α: sharpness (1 / loss)",
        -10.0,
        10.0,
        0.1,
        "α: how sharply the weight λ reacts to the loss. 0: not at all; below 0 the easy tasks get the weight. "
        "Arrow keys move it, or type a number beside it.",
    ),
    "beta": (
        "β: loss where λ = ½ (nats)",
        -1.0,
        5.0,
        0.05,
        "β: the loss at which a task gets the weight one half. Arrow keys move it, or type a number beside it.",
    ),
}


class Slider:
    """A slider for one setting and its number, both always showing the same value; as `widget`.

    on_move is called with each new value that a person or code gives to `value`; not by `show`.
    """

    def __init__(self, setting: str, value: float, on_move: Callable[[float], None]):
        import ipywidgets as w
        import traitlets

        label, low, high, step, tooltip = SLIDERS[setting]
        self.on_move, self._quiet = on_move, None
        wide = w.Layout(flex="1 1 auto", width="auto", min_width="12em")
        self.slider = w.FloatSlider(
            value, min=min(low, value), max=max(high, value), step=step, readout=False, layout=wide, tooltip=tooltip
        )
        self.number = w.FloatText(value, step=step, layout=w.Layout(width="6em", flex="0 0 auto"), tooltip=tooltip)
        name = w.Label(label, layout=w.Layout(width="13.5em", flex="0 0 auto"), style={"font_size": "15px"})
        row = w.Layout(width="100%", height="34px", align_items="center", overflow="hidden")
        self.widget = w.HBox([name, self.slider, self.number], layout=row)
        self.number.observe(self._typed, "value")
        self.slider.observe(self._moved, "value")
        traitlets.dlink((self.slider, "value"), (self.number, "value"), _tidy)

    @property
    def value(self) -> float:
        return _tidy(self.slider.value)

    @value.setter
    def value(self, value: float) -> None:
        self.slider.min, self.slider.max = min(self.slider.min, value), max(self.slider.max, value)
        self.slider.value = value

    def show(self, value: float) -> None:
        """Move the slider to a value that is in force already."""
        self._quiet = threading.get_ident()  # a move that is told of meanwhile, in another thread, still counts
        try:
            self.value = value
        finally:
            self._quiet = None

    def enable(self, on: bool) -> None:
        self.slider.disabled = self.number.disabled = not on

    def _typed(self, change) -> None:
        if not math.isfinite(change["new"]):
            self.number.value = self.value
        elif change["new"] != self.value:  # else it follows the slider: an answer would pull that back under the hand
            self.value = change["new"]

    def _moved(self, change) -> None:
        if self._quiet != threading.get_ident():
            self.on_move(_tidy(change["new"]))


def _tidy(value: float) -> float:
    """Without what adding up a slider's steps leaves: 1.1, not 1.0999999999999996."""
    return float(f"{value:.10g}")


def at_home(callback: Callable) -> Callable:
    """`callback`, to be called from any thread: it runs in the thread and event loop in which it was wrapped.

    JupyterLab tells of clicks and slider moves in a thread of their own, also in the middle of what a cell or a
    training is doing; what belongs together must run in one.
    """
    home = threading.get_ident()
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # outside of a notebook
        return callback

    def call(*args):
        if threading.get_ident() == home:
            callback(*args)
        else:
            loop.call_soon_threadsafe(callback, *args)

    return call


def button(text: str, icon: str, tooltip: str, on_click: Callable[[], None], style: str = ""):
    """A button with text, icon and tooltip; `on_click` takes nothing."""
    import ipywidgets as w

    wide = w.Layout(width="auto", min_width="6.2em")
    made = w.Button(description=text, icon=icon, tooltip=tooltip, button_style=style, layout=wide)
    made.on_click(lambda _: on_click())
    return made


def line(height: str, size: str = "15px"):
    """A text (HTML; escape what comes from data) of fixed height: what is in it moves nothing below it."""
    import ipywidgets as w

    return w.HTML(
        layout=w.Layout(height=height, margin="0 2px", flex="1 1 auto", overflow="hidden"), style={"font_size": size}
    )


def first_number(value) -> float | None:
    """A setting as the one number that a slider can show: of one per task the mean; None of what is no number."""
    if isinstance(value, dict | list | tuple):
        several = list(value.values() if isinstance(value, dict) else value)
        return first_number(sum(several) / len(several)) if several else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
