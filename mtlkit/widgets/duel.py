"""Duel: two settings of the weighting trained in lockstep, on the same axes, and their metrics side by side."""

from __future__ import annotations

import asyncio
import time
import weakref
from collections.abc import Callable
from types import SimpleNamespace

from mtlkit.history import History
from mtlkit.training import Run
from mtlkit.widgets import readouts
from mtlkit.widgets.cockpit import _PANELS as COCKPITS
from mtlkit.widgets.cockpit import DRAW, SAY, _again, _cell, _plain
from mtlkit.widgets.controls import at_home, button, line, row
from mtlkit.widgets.figure import DRAWING
from mtlkit.widgets.lockstep import Lockstep
from mtlkit.widgets.overlay import Overlay
from mtlkit.widgets.pace import Budget
from mtlkit.widgets.panel import Panel
from mtlkit.widgets.verdict import Verdict

SEEDS = 3  # further ones, at the button
TIP = f"At the end: train both settings anew with {SEEDS} further seeds, for the interval of the difference"
INTRO = "Same data, batches and first weights: only the weighting differs. Metrics come at the end."

_PANELS: weakref.WeakSet[Duel] = weakref.WeakSet()


def duel(run_a: Run, run_b: Run) -> Duel:
    """A panel that trains two runs in lockstep, one step of each in turn, and draws both on the same axes.

    They may differ in the weighting and its settings alone: make the second with `run_a.again(weighting)`. At the end,
    each task's main metric stands below, and the difference; "Over seeds" trains both settings anew with further seeds,
    for an interval. Show it as the last value of a cell; `run_headless()` needs no browser.
    Errors: ValueError that names what else differs (data, tasks, seed, batch size, steps, first weights, …), or that
    both train the same model.
    """
    return Duel(run_a, run_b)


class Duel(Panel):
    """What `duel` gives. pair: the `Lockstep`, which knows no widget. buttons: "run", "pause", "step", "reset",
    "seeds". status: "ready", "running", "over seeds", "paused", "finished", "stopped" (by an error) or "closed"."""

    kind = "duel"

    def __init__(self, run_a: Run, run_b: Run):
        self.pair, self._task, self.cell = Lockstep(run_a, run_b), None, _cell()
        self._since = (time.perf_counter(), self.pair.done)
        models = [run.model for run in self.pair.runs.values()]
        for panel in [*_PANELS, *COCKPITS]:
            runs, again = panel.pair.runs.values() if panel in _PANELS else [panel.run], _again(panel.cell, self.cell)
            if again or any(run.model in models for run in runs):
                panel.retire(for_good=again)
        _PANELS.add(self)
        self.chart = Overlay(self.pair.runs)
        press = {
            "run": ("Run", "play", "Train both until paused or finished", self.start, "primary"),
            "pause": ("Pause", "pause", "Stop after the steps that are under way", self.pause),
            "step": ("Step", "step-forward", "One optimizer step of each", self.step),
            "reset": ("Reset", "undo", "Back to the first weights, settings and empty histories", self.reset),
            "seeds": ("Over seeds", "random", TIP, self.start_seeds),
        }
        self.buttons = {
            name: button(text, icon, tip, at_home(self.watched(do)), *style)
            for name, (text, icon, tip, do, *style) in press.items()
        }
        self.line, self.notice = line("34px", "14px"), line("40px", "14px")
        self.scores = Verdict(self.pair)
        above = [row([*self.buttons.values(), self.line]), self.notice]
        super().__init__(self.chart.figure, above=above, below=[self.scores.widget])
        self._show_state()
        self._tell(INTRO)

    status = property(lambda self: self.pair.status)

    @property
    def name(self) -> str:
        return f"duel: step {self.pair.done} of {self.pair.steps}; run the cell to use it"

    # -- what the buttons do -----------------------------------------------------------------------------------
    def start(self) -> None:
        """Train both in the background of the notebook, until paused or finished."""
        if self.status in ("ready", "paused", "stopped"):
            self._in_background("running", self._advance, "run_headless()")

    def start_seeds(self) -> None:
        """Train both settings anew for further seeds, in the background; the table then shows the interval."""
        if self.status == "finished":
            seeds = self.pair.over_seeds(SEEDS)
            if self._in_background("over seeds", lambda: self._advance_seeds(seeds), f"table(seeds={SEEDS})"):
                about = max(SEEDS * self.pair.seconds, 1)
                self._tell(f"Both settings anew with {SEEDS} further seeds: about {about:.0f} s.")

    def pause(self) -> None:
        """No further step after the one under way."""
        if self.status in ("running", "over seeds"):
            self._end()
            self._tell(self.scores.finding)

    def step(self) -> None:
        """One step of each, then wait."""
        if self.status in ("ready", "paused", "stopped"):
            self._begin("running")
            if self._advance():
                self._end()

    def reset(self) -> None:
        """First weights, first settings, empty histories."""
        if self.status != "closed":
            self._task = None
            self.pair.reset()
            self.scores.clear()
            self._tell(INTRO)
            self._end()

    def run_headless(self, steps: int | None = None) -> tuple[History, History]:
        """Train both here and now to the end, or so many steps; gives A's and B's history. An error is raised.

        The final figure lies then in the output of the cell that shows the panel; this cell shows it if none does.
        """
        self._train_here(self.pair.steps if steps is None else self.pair.done + steps)
        self.keep()
        if self.pair.error is not None:
            raise self.pair.error
        a, b = self.pair.runs.values()
        return a.history, b.history

    def table(self, seeds: int | None = None):
        """Each task's main metric now, as a pandas table: task, metric, a, b, difference (b − a); on
        `corpus.validation`, or `corpus.test` where there is none.

        seeds: train both settings anew for so many further seeds, which draw heads, order of batches, masking and
        dropout. Then a, b and difference are means over these and the duel itself, low and high the 95 % t interval of
        the paired differences, and seeds says over how many. Errors: ValueError before the duel is finished.
        """
        if self.status in ("running", "over seeds") and seeds is not None:
            raise ValueError("Something is being trained in the panel: pause it, or wait for its end.")
        table = self.pair.table(seeds)
        self.scores.show(table)
        return table

    def retire(self, for_good: bool = False) -> None:
        """Stop for another panel; `for_good`: nobody sees this one any more, its widgets go."""
        self._task, self.pair.doing = None, "closed"
        self._show_state()
        self._tell("A newer panel trains one of these models: use that one.", alarm=True)
        _PANELS.discard(self)
        if for_good:
            self.close()

    # -- state -------------------------------------------------------------------------------------------------
    def _state(self) -> dict:
        return self.pair.state()

    def _restore(self, state: dict) -> None:
        """Train again from the start, with the same moves at the same steps."""
        self._check_open()
        self.pair.check(state)
        self.pair.reset(state["events"])
        self.scores.clear()
        self._end()
        self._train_here(state["step"])

    def code(self) -> str:
        made = "import mtlkit as mk\n\n# model and corpus as in this notebook\n" + self.pair.code()
        return f"{made}\npanel = mk.widgets.duel(run_a, run_b)\npanel.state = {self.state}\npanel"

    # -- training ----------------------------------------------------------------------------------------------
    def _in_background(self, what: str, advance: Callable[[], bool], instead: str) -> bool:
        """Begin what `advance` does step by step, unless there is no event loop to do it in."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._tell(f"Outside a notebook nothing runs in the background: use {instead}.", alarm=True)
            return False
        self._begin(what)
        self._task = loop.create_task(self._work(advance))
        return True

    def _check_open(self) -> None:
        if self.status == "closed":
            raise ValueError("Another panel has taken over one of these models: use that one.")

    def _begin(self, what: str) -> None:
        self._task, self.pair.doing = None, what
        self._drawing, self._saying = Budget(**DRAW), Budget(**SAY)
        self._since = (time.perf_counter(), self.pair.done)
        self._tell("")
        self._show_state()

    def _end(self) -> None:
        """Nothing is under way any more: the status is that of the runs."""
        self._task = None
        if self.pair.doing != "closed":
            self.pair.doing = None
        self._draw()

    def _train_here(self, last: int) -> None:
        """To step `last`, or the end."""
        self._check_open()
        last = min(last, self.pair.steps)
        if self.pair.done < last:
            self._begin("running")
        try:
            while self.pair.done < last and self._advance():
                pass
        finally:
            if self.status in ("running", "over seeds"):
                self._end()
        if self.status == "finished" and not self.scores.finding:  # the runs came finished
            self._measure()

    async def _work(self, advance: Callable[[], bool]) -> None:
        me = asyncio.current_task()
        try:
            while self._task is me and advance():
                await asyncio.sleep(0)  # clicks are heard here
        except BaseException as error:  # cancelled with its loop, or by what nobody foresaw
            if self._task in (me, None):
                self._end()
                self._tell(_plain(error) if isinstance(error, Exception) else "", alarm=True)
            raise

    def _advance(self) -> bool:
        """One step of each; whether there is another to come."""
        more = self.pair.step()
        if more:
            if self._saying.due():
                self._saying.spend(self._show_line)
            if self._drawing.due():
                self._drawing.spend(self._draw)
            return True
        self._end()
        if self.pair.error is not None:
            self._tell(_plain(self.pair.error).replace("Stopped", f"Stopped in run {self.pair.whose}", 1), alarm=True)
        else:
            self._measure()
        return False

    def _advance_seeds(self, seeds) -> bool:
        """One step of a further seed's runs; whether there is another to come."""
        try:
            progress = next(seeds, None)
        except Exception as error:  # in the panel, in plain words: the background task ends
            self._end()
            self._tell(f"Stopped. {error}", alarm=True)
            return False
        if progress is not None:
            if self._saying.due():
                self._saying.spend(lambda: self._show_line(progress))
            return True
        self._end()
        self._measure(SEEDS)
        return False

    def _measure(self, seeds: int | None = None) -> None:
        try:
            self.scores.show(self.pair.table(seeds))
        except ValueError as error:  # no rows to measure on
            self._tell(str(error), alarm=True)
        else:
            self._tell(self.scores.finding)

    # -- what is shown -----------------------------------------------------------------------------------------
    def _show_state(self) -> None:
        status = self.status
        live = status in ("ready", "paused", "stopped")
        offered = {"run": live, "step": live, "reset": status != "closed", "seeds": status == "finished"}
        offered["pause"] = status in ("running", "over seeds")
        for name, on in offered.items():
            self.buttons[name].disabled = not on
        self._show_line()

    def _draw(self) -> None:
        with DRAWING:
            self.chart.update()
            self.picture.redraw()
        self._show_state()

    def _show_line(self, progress: tuple[int, int] | None = None) -> None:
        """progress: (steps, of how many) over further seeds."""
        pair, seconds = self.pair, time.perf_counter() - self._since[0]
        if progress is None:
            pace = seconds / max(pair.done - self._since[1], 1) if pair.doing == "running" else None
            self.line.value = readouts.progress(pair, self.status, pace)
        else:
            done, steps = progress
            seen = SimpleNamespace(done=done, steps=steps, seconds=seconds)
            self.line.value = readouts.progress(seen, self.status, seconds / max(done, 1))

    def _tell(self, text: str, alarm: bool = False) -> None:
        self.notice.value = readouts.notice(text, alarm)
