"""Cockpit: run, pause, step and reset a training, and steer its α and β by sliders while it runs."""

from __future__ import annotations

import asyncio
import time
import weakref

from mtlkit.history import History
from mtlkit.training import NonFiniteError, Run
from mtlkit.widgets import readouts
from mtlkit.widgets.controls import Slider, at_home, button, line, row
from mtlkit.widgets.figure import DRAWING
from mtlkit.widgets.pace import Budget, shown_steps
from mtlkit.widgets.panel import Panel

# A drawing at most four times a second, and for 6 % of the time: the browser and the event loop take some as well.
DRAW = {"every": 0.25, "share": 0.06}
SAY = {"every": 0.25, "share": 0.01}  # the line of text is cheaper
MEASURE = {"every": 1.0, "share": 0.03}  # the tasks' shares of the gradient: a backward pass for each

_PANELS: weakref.WeakSet[Cockpit] = weakref.WeakSet()


def cockpit(run: Run) -> Cockpit:
    """A panel that trains `run` in the background of the notebook: run, pause, step, reset; losses and λ_i live.

    What the weighting declares in its `controls` gets a slider: a move acts from the very next step on, is recorded as
    an event of the history and drawn there. Training stops on pause, when its cell is run again, and when another panel
    takes over the same run or model. Show it as the last value of a cell; `run_headless()` needs no browser.
    """
    return Cockpit(run)


class Cockpit(Panel):
    """What `cockpit` gives.

    status: "ready", "running", "paused", "finished", "stopped" (by an error, then in `error`) or "closed" (another
    panel took over). sliders: setting → `Slider`, whose `value` may be set. buttons: "run", "pause", "step", "reset".
    """

    def __init__(self, run: Run):
        from mtlkit.plots import LossesAndWeights

        self.run, self.error, self._task = run, None, None
        self.cell = _cell()
        for panel in list(_PANELS):
            if panel is not self and (panel.run.model is run.model or _again(panel.cell, self.cell)):
                panel.retire(for_good=_again(panel.cell, self.cell))
        _PANELS.add(self)

        self.chart = LossesAndWeights(run.tasks)
        self._update_chart()
        self.buttons = {
            "run": button("Run", "play", "Train until paused or finished", at_home(self.start), "primary"),
            "pause": button("Pause", "pause", "Stop after the step that is under way", at_home(self.pause)),
            "step": button("Step", "step-forward", "One optimizer step", at_home(self.step)),
            "finish": button("Finish", "fast-forward", "Train to the end, drawing only there", at_home(self.finish)),
            "reset": button(
                "Reset", "undo", "Back to the first weights, settings and an empty history", at_home(self.reset)
            ),
        }
        self.sliders = {
            name: Slider(
                control,
                run.weighting.settings[name],
                at_home(self.watched(lambda value, name=name: self._steer(name, value))),
                run.tasks if control.per_task else (),
            )
            for name, control in run.weighting.controls.items()
        }
        self._in_force = {name: slider.setting for name, slider in self.sliders.items()}
        self.line, self.notice, self.scores = line("34px", "14px"), line("40px", "14px"), line("auto", "14px")
        self.dial = line("auto", "14px")
        super().__init__(
            self.chart.figure,
            above=[row([*self.buttons.values(), self.line]), *(s.widget for s in self.sliders.values()), self.notice],
            below=[self.dial, self.scores],
        )
        self._enter("finished" if run.done >= run.steps else "paused" if run.done else "ready")
        self._show_scores()
        self._show_dial()
        self._notice(self._about_sliders())

    kind = "cockpit"

    @property
    def name(self) -> str:
        return f"cockpit: step {self.run.done} of {self.run.steps}; run the cell to use it"

    # -- what the buttons do -----------------------------------------------------------------------------------
    def start(self, quietly: bool = False) -> None:
        """Train in the background of the notebook, until paused or finished; `quietly`: no drawing on the way."""
        if self.status in ("running", "finished", "closed"):
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._notice("Outside a notebook nothing runs in the background: use run_headless().", alarm=True)
            return
        self._begin()
        self._quietly = quietly
        self._task = loop.create_task(self._train())

    def finish(self) -> None:
        """Train to the end in the background, drawing only there."""
        if self.status == "running":
            self._quietly = True
        else:
            self.start(quietly=True)

    def pause(self) -> None:
        """No further step after the one under way."""
        if self.status == "running":
            self._task = None
            self._enter("paused")
            self._draw()

    def step(self) -> None:
        """One step, then wait."""
        if self.status in ("ready", "paused", "stopped"):
            self._begin()
            if self._advance():
                self.pause()

    def reset(self) -> None:
        """First weights, first settings, an empty history."""
        if self.status == "closed":
            return
        self._task = self.error = None
        self.run.reset()
        self._enter("ready")
        self._notice(self._about_sliders())
        self._draw()

    def run_headless(self, steps: int | None = None) -> History:
        """Train here and now to the end, or so many steps; gives the history. An error in the training is raised.

        The final figure lies then in the output of the cell that shows the panel; this cell shows it if none does.
        """
        try:
            self._train_until(self.run.steps if steps is None else min(self.run.done + steps, self.run.steps))
        finally:
            if self.status != "closed":
                self.keep()
        return self.run.history

    def _train_until(self, last: int) -> None:
        """Here and now, up to the step `last`."""
        if self.status == "closed":
            raise ValueError("Another panel has taken over this model's training: use that one.")
        self._begin()
        try:
            while self.run.done < last and self._advance():
                pass
        finally:
            if self.status == "running":
                self._enter("finished" if self.run.done >= self.run.steps else "paused")
            self._draw()
        if self.error is not None:
            raise self.error

    def _state(self) -> dict:
        history = self.run.history
        return {
            "run": history.settings,
            "events": history.events,
            "step": self.run.done,
            "settings": self.run.weighting.settings,  # moves that wait for the next step, too
        }

    def _restore(self, state: dict) -> None:
        """Train again from the start, with the same moves at the same steps."""
        if self.status == "closed":
            raise ValueError("Another panel has taken over this model's training: use that one.")
        for name, value in self.run.history.settings.items():
            if state["run"].get(name) != value:
                raise ValueError(f"The state is of another run: its {name} is {state['run'].get(name)}, here {value}.")
        self._task = self.error = None
        self.run.reset(events=state["events"])
        self._train_until(state["step"])
        self.run.steer("cockpit", **{n: v for n, v in state["settings"].items() if v != self.run.weighting.settings[n]})
        self._draw()

    def code(self) -> str:
        return (
            "import mtlkit as mk\n\n# model and corpus as in this notebook\n"
            f"weighting = {readouts.weighting_code(self.run)}\n"
            f"run = mk.Run(model, corpus, weighting, {readouts.settings_code(self.run)})\n"
            f"panel = mk.widgets.cockpit(run)\npanel.state = {self.state}\npanel"
        )

    def retire(self, for_good: bool = False) -> None:
        """Stop for another panel; `for_good`: nobody sees this one any more, its widgets go."""
        self._task = None
        self._enter("closed")
        self._notice("A newer panel trains this model: use that one.", alarm=True)
        _PANELS.discard(self)
        if for_good:
            self.close()

    # -- training ----------------------------------------------------------------------------------------------
    def _begin(self) -> None:
        self._task, self.error = None, None
        self._drawing, self._saying, self._measuring = Budget(**DRAW), Budget(**SAY), Budget(**MEASURE)
        self._quietly = False
        self._since = (time.perf_counter(), self.run.done)
        self._enter("running")
        self._notice("")

    async def _train(self) -> None:
        me = asyncio.current_task()
        try:
            while self._task is me and self._advance():
                await asyncio.sleep(0)  # slider moves and clicks are heard here
        except asyncio.CancelledError:
            if self._task is me:
                self.pause()
            raise

    def _advance(self) -> bool:
        """One step; whether there is another to come."""
        try:
            if self._measuring.due() and not self._quietly and self.run.done < self.run.steps:
                self._measuring.spend(self._measure)
            step = next(self.run, None)
        except Exception as error:  # in the panel, in plain words: the task ends, and run_headless raises it
            self._task, self.error = None, error
            self._enter("stopped")
            self._notice(_plain(error), alarm=True)
            self._draw()
            return False
        if step is None or self.run.done >= self.run.steps:
            self._task = None
            self._enter("finished")
            self._draw()
            return False
        if self._saying.due():
            self._saying.spend(self._show_line)
        if self._drawing.due() and not self._quietly:
            self._drawing.spend(self._draw)
        return True

    def _measure(self) -> None:
        self.run.history.add_shares(self.run.done + 1, self.run.gradient_norms())
        self._show_dial()

    def _steer(self, setting: str, value) -> None:
        self.run.steer("cockpit", **{setting: value})
        self._in_force[setting] = value
        slider = self.sliders[setting]
        whose = f" of {slider.picker.value}" if isinstance(value, dict) else ""
        label = slider.control.label.split(":")[0]
        self._notice(f"{label}{whose} = {slider.value:g} acts from step {self.run.done + 1} on.".replace("-", "−"))

    # -- what is shown -----------------------------------------------------------------------------------------
    def _enter(self, status: str) -> None:
        self.status = status
        live = status in ("ready", "paused", "stopped")
        for name, on in (
            ("run", live),
            ("step", live),
            ("pause", status == "running"),
            ("reset", status != "closed"),
            ("finish", live or status == "running"),
        ):
            self.buttons[name].disabled = not on
        for slider in self.sliders.values():
            slider.enable(status not in ("finished", "closed"))
        self._show_line()

    def _draw(self) -> None:
        for name, slider in self.sliders.items():  # a replayed event or a line of code may have moved it
            value = self.run.weighting.settings[name]
            # Against what was in force, not the slider: a move that is still on its way here must not be undone.
            if value != self._in_force[name]:
                self._in_force[name] = value
                slider.show(value)
        with DRAWING:
            self._update_chart()
            self.picture.redraw()
        self._show_line()
        self._show_scores()

    def _update_chart(self) -> None:
        self.chart.update(self.run.history, until=shown_steps(self.run.done, self.run.steps))

    def _show_line(self) -> None:
        run = self.run
        pace = None
        if self.status == "running":
            pace = (time.perf_counter() - self._since[0]) / max(run.done - self._since[1], 1)
        self.line.value = readouts.progress(run, self.status, pace)

    def _show_scores(self) -> None:
        self.scores.value = readouts.scores(self.run)

    def _show_dial(self) -> None:
        self.dial.value = readouts.dial(self.run.history)

    def _notice(self, text: str, alarm: bool = False) -> None:
        self.notice.value = readouts.notice(text, alarm)

    def _about_sliders(self) -> str:
        if not self.sliders:
            return f"The weighting {self.run.weighting.name!r} declares nothing to steer."
        several = [slider.control.label.split(":")[0] for slider in self.sliders.values() if len(set(slider.each)) > 1]
        said = [f"There is one {name} per task: pick the task, or move all at once." for name in several]
        return " ".join(said) or "Press Run and move a slider while it trains: the move acts at the next step."


def _plain(error: Exception) -> str:
    """An error for the panel: what to do is in the text of those that the kit raises itself."""
    if isinstance(error, NonFiniteError):
        return f"Stopped. {error}"
    return f"Stopped by an error: {type(error).__name__}: {error}"


def _cell() -> tuple[str, str] | None:
    """(the notebook's cell, this execution of it), where the frontend tells."""
    import sys

    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    cell = (parent.get("metadata") or {}).get("cellId")
    return (cell, parent["header"]["msg_id"]) if cell else None


def _again(before: tuple[str, str] | None, now: tuple[str, str] | None) -> bool:
    """Whether `now` is a later execution of the same cell."""
    return before is not None and now is not None and before[0] == now[0] and before[1] != now[1]
