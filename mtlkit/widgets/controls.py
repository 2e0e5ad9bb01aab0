"""What panels are operated with: a slider with a number to type beside it, buttons, lines that keep their height."""

from __future__ import annotations

import asyncio
import html
import math
import threading
from collections.abc import Callable, Sequence

from mtlkit.weighting import Control
from mtlkit.weighting._control import first_number

INK = "color: var(--jp-ui-font-color1, #222)"
ALARM = "color: var(--jp-error-color1, #b00020)"

KEYS = "Arrow keys move it, or type a number beside it."


class Slider:
    """A slider for one setting and its number, both always showing the same value; as `widget`.

    control: what the weighting declares of the setting. tasks: where the setting takes one number per task, a picker
    chooses whose the slider moves, "all tasks" at first. on_move is called with each new setting that a person or code
    makes; not by `show`. value: the number shown. setting: that, or task → number.
    """

    def __init__(self, control: Control, setting, on_move: Callable, tasks: Sequence[str] = ()):
        import ipywidgets as w

        self.control, self.on_move, self.tasks, self._quiet = control, on_move, tuple(tasks), None
        self._each = self._spread(setting)
        value, tip = self._mean(), f"{control.help} {KEYS}"
        low, high = (self._position(v) for v in (min(control.low, value), max(control.high, value)))
        step = control.step
        if control.scale == "signed log":
            step = 0.05
            low, high = math.floor(low / step) * step, math.ceil(high / step) * step  # 0 is one of the steps
        wide = w.Layout(flex="1 1 auto", width="auto", min_width="10em")
        self.slider = w.FloatSlider(
            self._position(value), min=low, max=high, step=step, readout=False, layout=wide, tooltip=tip
        )
        self.number = w.FloatText(value, step=control.step, layout=w.Layout(width="6em", flex="0 0 auto"), tooltip=tip)
        self.picker = w.Dropdown(
            options=["all tasks", *self.tasks],
            layout=w.Layout(width="8em", flex="0 0 auto"),
            tooltip="Whose number the slider moves",
        )
        name = label(control.label, tip, layout=w.Layout(width="13.5em", flex="0 0 auto"), style={"font_size": "15px"})
        row = w.Layout(width="100%", height="34px", align_items="center", overflow="hidden")
        parts = [name, *([self.picker] if self.tasks else []), self.slider, self.number]
        self.widget = w.HBox(parts, layout=row)
        self._value = value
        self.number.observe(self._typed, "value")
        self.slider.observe(self._moved, "value")
        self.picker.observe(lambda _: self._display(self._chosen()), "value")

    @property
    def value(self) -> float:
        return self._value

    @value.setter
    def value(self, value: float) -> None:
        self._display(value)

    @property
    def setting(self) -> float | dict[str, float]:
        """One number, or task → number where they differ."""
        numbers = set(self._each.values())
        return numbers.pop() if len(numbers) == 1 else dict(self._each)

    @property
    def each(self) -> list[float]:
        """The setting's numbers, one per task where there is a picker."""
        return list(self._each.values())

    def show(self, setting) -> None:
        """Move the slider to a setting that is in force already."""
        self._quiet = threading.get_ident()  # a move that is told of meanwhile, in another thread, still counts
        try:
            self._each = self._spread(setting)
            self._display(self._chosen())
        finally:
            self._quiet = None

    def enable(self, on: bool) -> None:
        self.slider.disabled = self.number.disabled = self.picker.disabled = not on

    def _spread(self, setting) -> dict:
        """Task → number; one nameless task where there is no picker."""
        if not self.tasks:
            return {"": first_number(setting)}
        several = dict(zip(self.tasks, setting, strict=True)) if isinstance(setting, list | tuple) else setting
        return {t: several[t] if isinstance(several, dict) else float(several) for t in self.tasks}

    def _mean(self) -> float:
        return rounded(sum(self._each.values()) / len(self._each))

    def _chosen(self) -> float:
        """What the slider shows of the settings: the number of the task that is picked, or the mean."""
        return self._each.get(self.picker.value, self._mean())

    def _display(self, value: float) -> None:
        """Slider and number to `value`; what is new in it is told of by `_moved`."""
        position = self._position(value)
        self.slider.min, self.slider.max = min(self.slider.min, position), max(self.slider.max, position)
        self._value = value
        if self.slider.value == position:
            self.number.value = value
        self.slider.value = position

    def _typed(self, change) -> None:
        if not math.isfinite(change["new"]):
            self.number.value = self.value
        elif change["new"] != self.value:  # else it follows the slider: an answer would pull that back under the hand
            self.value = change["new"]

    def _moved(self, change) -> None:
        # By hand, and the number follows; less than half a step is the browser's: it draws a value between the slider's
        # steps at the nearest one, and reports that as a move.
        if abs(change["new"] - self._position(self._value)) > (self.slider.step or 0) / 2 * (1 + 1e-9):
            self._value = self._number(change["new"])
        self.number.value = self._value
        picked = self.picker.value
        if self._quiet == threading.get_ident() or self._value == self._chosen():
            return  # already in force, or another task's number came into view
        self._each = {t: self._value if picked in (t, "all tasks") else v for t, v in self._each.items()}
        self.on_move(self.setting)

    def _position(self, value: float) -> float:
        """Where on the slider a value lies."""
        if self.control.scale == "linear":
            return value
        return math.copysign(math.log10(1 + abs(value) / self.control.step), value)

    def _number(self, position: float) -> float:
        """The value at a place of the slider; on a signed log scale with two digits, as no hand means more."""
        if self.control.scale == "linear":
            return rounded(position)
        return float(f"{math.copysign(self.control.step * (10 ** abs(position) - 1), position):.2g}")


def rounded(value: float) -> float:
    """Without what adding up a slider's steps leaves: 1.1, not 1.0999999999999996."""
    return float(f"{value:.10g}")


def on_kernel_thread(callback: Callable) -> Callable:
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

    wide = w.Layout(width="auto", min_width="5.4em")
    made = w.Button(description=text, icon=icon, tooltip=tooltip, button_style=style, layout=wide)
    made.on_click(lambda _: on_click())
    return made


def label(text: str, tip: str, **look):
    """The name of the control beside it, with its tooltip: a slider shows its own only on a name of its own."""
    import ipywidgets as w

    return w.HTML(f'<span title="{html.escape(tip)}" style="{INK}">{html.escape(text)}</span>', **look)


def row(children):
    """Buttons and a line of text beside one another."""
    import ipywidgets as w

    return w.HBox(list(children), layout=w.Layout(width="100%", height="36px"))


def line(height: str, size: str = "15px"):
    """A text (HTML; escape what comes from data) of fixed height: what is in it moves nothing below it."""
    import ipywidgets as w

    return w.HTML(
        layout=w.Layout(height=height, margin="0 2px", flex="1 1 auto", overflow="hidden"), style={"font_size": size}
    )
