"""What panels that train have in common: run, pause, step and reset, in the background of the notebook or in a cell."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from mtlkit.training.run import NonFiniteError, Run
from mtlkit.utils.threads import share_cores
from mtlkit.widgets import status_html as status_html
from mtlkit.widgets.controls import button, line, on_kernel_thread, row
from mtlkit.widgets.panel import _PANELS, Panel
from mtlkit.widgets.picture import DRAWING
from mtlkit.widgets.throttle import Budget

logger = logging.getLogger("mtlkit")

# A drawing at most twice a second, and for 3 % of the time: the browser and the event loop take as much again, and what
# two threads compute together waits for the slower one.
DRAW = {"every": 0.5, "share": 0.03}
SAY = {"every": 0.5, "share": 0.01}  # the line of text is cheaper

WAITING = ("ready", "paused", "stopped")
BUTTONS = {  # text, icon, tip, what it calls
    "run": ("Run", "play", "Train until paused or finished", "start", "primary"),
    "pause": ("Pause", "pause", "Stop after the step that is under way", "pause"),
    "step": ("Step", "step-forward", "One optimizer step", "step"),
    "reset": ("Reset", "undo", "Back to the first weights and settings, with nothing recorded", "reset"),
}


class TrainingPanel(Panel):
    """A panel over `training`, which has `done`, `steps`, `seconds`, `history`, `reset(events)`: a `Run`, or several.

    status: "ready", "running", "paused", "finished", "stopped" (by an error, then in `error`), "closed" (another panel
    took over one of the models), or what else a kind of panel does. buttons: "run", "pause", "step", "reset", …

    models: those that are trained; an older panel on one of them is closed. more: further buttons, name → (text, icon,
    tip, method). A kind of panel says in `_take_step` what a step is, in `_update_chart` how it is drawn.
    """

    def __init__(self, training, models: list, figure, controls=(), below=(), more: dict | None = None):
        self.training, self.models = training, models
        self.error, self._doing, self._task = None, None, None
        self._since = (time.perf_counter(), training.done)
        own = dict(BUTTONS)
        last = {"reset": own.pop("reset")}
        self.buttons = {
            name: button(text, icon, tip, on_kernel_thread(self.catch_errors(getattr(self, method))), *style)
            for name, (text, icon, tip, method, *style) in {**own, **(more or {}), **last}.items()
        }
        self.line, self.notice = line("34px", "14px"), line("40px", "14px")
        above = [row([*self.buttons.values(), self.line]), *controls, self.notice]
        super().__init__(figure, above=above, below=below)
        for panel in list(_PANELS):
            trains = panel is not self and isinstance(panel, TrainingPanel)
            if trains and any(model in panel.models for model in models):
                panel.retire()
        self._show_state()
        self._tell(self._intro())

    @property
    def status(self) -> str:
        if self._doing or self.error:
            return self._doing or "stopped"
        done, steps = self.training.done, self.training.steps
        return "finished" if done >= steps else "paused" if done else "ready"

    @property
    def busy(self) -> bool:
        """Whether something is under way."""
        return self._doing not in (None, "closed")

    # -- what the buttons do -----------------------------------------------------------------------------------
    def start(self) -> None:
        """Train in the background of the notebook, until paused or finished."""
        if self.status in WAITING:
            self._in_background("running", self._advance, "run_headless()")

    def pause(self) -> None:
        """No further step after the one under way."""
        if self.busy:
            self._end()

    def step(self) -> None:
        """One step, then wait."""
        if self.status in WAITING:
            self._begin("running")
            if self._advance():
                self._end()

    def reset(self) -> None:
        """First weights, first settings, an empty history."""
        if self.status != "closed":
            self._back()
            self._draw()
            self._tell(self._intro())

    def run_headless(self, steps: int | None = None):
        """Train here and now to the end, or so many steps; gives the history. An error in the training is raised.

        The final figure lies then in the output of the cell that shows the panel; this cell shows it if none does.
        """
        try:
            self._train_here(self.training.steps if steps is None else self.training.done + steps)
        finally:
            if self.status != "closed":
                self.keep()
        return self.training.history

    def retire(self) -> None:
        """Stop for another panel."""
        self._task, self._doing = None, "closed"
        self._show_state()
        self._tell("A newer panel trains this model: use that one.", alarm=True)

    def close(self) -> None:
        self.retire()
        super().close()

    # -- training ----------------------------------------------------------------------------------------------
    def _take_step(self) -> None:
        raise NotImplementedError

    def _begin(self, doing: str) -> None:
        share_cores()
        self._task, self.error, self._doing = None, None, doing
        self._drawing, self._saying, self._quietly = Budget(**DRAW), Budget(**SAY), False
        self._since = (time.perf_counter(), self.training.done)
        self._tell("")
        self._show_state()

    def _advance(self) -> bool:
        """One step; whether there is another to come. An error of the training ends it and is said in the panel."""
        try:
            self._take_step()
        except Exception as error:  # said in the panel, which must not die of a learner's weighting
            logger.warning("The training stopped at step %d.", self.training.done + 1, exc_info=True)
            self.error = error
            self._end()
            self._tell(self._in_words(error), alarm=True)
            return False
        if self.training.done >= self.training.steps:
            self._end()
            self._at_end()
            return False
        if self._saying.due():
            self._saying.spend(self._show_line)
        if self._drawing.due() and not self._quietly:
            self._drawing.spend(self._draw)
        return True

    def _at_end(self) -> None:
        """What else there is to do after the last step."""

    def _end(self) -> None:
        """Nothing is under way any more: the status is that of the training."""
        self._task = self._doing = None
        self._draw()

    def _back(self, events=None) -> None:
        """To the start. events: to be replayed from there."""
        self._task = self.error = self._doing = None
        self.training.reset(events=events)

    def _in_background(self, doing: str, advance: Callable[[], bool], instead: str) -> bool:
        """Begin what `advance` does step by step, unless there is no event loop to do it in."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._tell(f"Outside a notebook nothing runs in the background: use {instead}.", alarm=True)
            return False
        self._begin(doing)
        self._task = loop.create_task(self._work(advance))
        return True

    async def _work(self, advance: Callable[[], bool]) -> None:
        me = asyncio.current_task()
        try:
            while self._task is me and advance():
                await asyncio.sleep(0)  # slider moves and clicks are heard here
        except BaseException as error:  # cancelled with its loop, or by what nobody foresaw, as in a drawing
            if self._task in (me, None) and self._doing != "closed":
                self._task = self._doing = None
                self._show_state()
                self._tell(self._in_words(error) if isinstance(error, Exception) else "", alarm=True)
            raise

    def _train_here(self, last: int) -> None:
        """To step `last` or the end, here and now."""
        if self.status == "closed":
            raise ValueError("Another panel has taken over this model's training: use that one.")
        last = min(last, self.training.steps)
        if self.training.done >= last:
            if self.status == "finished":
                self._at_end()
            return
        self._begin("running")
        try:
            while self.training.done < last and self._advance():
                pass
        finally:
            if self.busy:
                self._end()
        if self.error is not None:
            raise self.error

    def _train_again(self, events, last: int) -> None:
        """From the start to step `last`, with the same moves at the same steps."""
        if self.status != "closed":  # else refused below
            self._back(events)
        self._train_here(last)
        self._draw()

    # -- what is shown -----------------------------------------------------------------------------------------
    def _update_chart(self) -> None:
        raise NotImplementedError

    def _intro(self) -> str:
        """What stands in the panel before the first step."""
        raise NotImplementedError

    def _offered(self) -> dict[str, bool]:
        """Button → whether it can be pressed now."""
        live = self.status in WAITING
        return {"run": live, "step": live, "pause": self.busy, "reset": self.status != "closed"}

    def _show_state(self) -> None:
        for name, on in self._offered().items():
            self.buttons[name].disabled = not on
        self._show_line()

    def _draw(self) -> None:
        with DRAWING:
            self._update_chart()
            self.picture.redraw()
        self._show_state()

    def _show_line(self) -> None:
        training = self.training
        taken = max(training.done - self._since[1], 1)
        pace = (time.perf_counter() - self._since[0]) / taken if self.status == "running" else None
        self.line.value = status_html.progress(training, self.status, pace)

    def _tell(self, text: str, alarm: bool = False) -> None:
        self.notice.value = status_html.notice(text, alarm)

    def _in_words(self, error: Exception) -> str:
        """An error for the panel: what to do is in the text of those that the kit raises itself."""
        own = isinstance(error, NonFiniteError)
        return f"Stopped. {error}" if own else f"Stopped by an error: {type(error).__name__}: {error}"


def check_same(run: Run, about: dict, whose: str = "run") -> None:
    """ValueError if a state says `about` a run other settings than `run` was made with."""
    for name, value in run.history.settings.items():
        if about.get(name) != value:
            raise ValueError(f"The state is of another {whose}: its {name} is {about.get(name)}, here {value}.")
