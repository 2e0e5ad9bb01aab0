"""Duel: two settings of the weighting trained in lockstep, on the same axes, and their metrics side by side."""

from __future__ import annotations

import logging
import time
from types import SimpleNamespace

from mtlkit.experiments.paired_runs import Lockstep
from mtlkit.training.run import Run
from mtlkit.widgets import status_html as status_html
from mtlkit.widgets.metrics_table import Verdict
from mtlkit.widgets.training_panel import TrainingPanel, check_same
from mtlkit.widgets.two_run_chart import Overlay

logger = logging.getLogger("mtlkit")

SEEDS = 3  # further ones, at the button
TIP = f"At the end: train both settings anew with {SEEDS} further seeds, for the interval of the difference"


def duel(run_a: Run, run_b: Run) -> Duel:
    """A panel that trains two runs in lockstep, one step of each in turn, and draws both on the same axes.

    At the end it shows each task's main metric, and the difference. "Over seeds" trains both settings anew with further
    seeds, for an interval.

    Args:
        run_a: the first run.
        run_b: the second, made with `run_a.clone(weighting)`: they may differ in the weighting and its settings alone.
            One may be trained already: the other catches up.

    Returns:
        The panel: show it as the last value of a cell. `run_headless()` trains without a browser.

    Raises:
        ValueError: something that is no run, a model or weighting that both share, or another difference (tasks, data,
            seed, batch size, steps, first weights, …), which is named.
    """
    return Duel(run_a, run_b)


class Duel(TrainingPanel):
    """What `duel` gives.

    Attributes:
        pair: the `Lockstep`, which knows no widget.
        status: as in `TrainingPanel`, and "over seeds".
        buttons: as in `TrainingPanel`, and "seeds".
    """

    kind = "duel"

    def __init__(self, run_a: Run, run_b: Run):
        self.pair = Lockstep(run_a, run_b)
        self.chart, self.scores = Overlay(self.pair.runs), Verdict(self.pair)
        super().__init__(
            self.pair,
            [run.model for run in self.pair.runs.values()],
            self.chart.figure,
            below=[self.scores.widget],
            more={"seeds": ("Over seeds", "random", TIP, "start_seeds")},
        )

    @property
    def name(self) -> str:
        return f"duel: step {self.pair.done} of {self.pair.steps}; run the cell to use it"

    # -- what the buttons do -----------------------------------------------------------------------------------
    def start_seeds(self) -> None:
        """Train both settings anew for further seeds, in the background; the table then shows the interval."""
        if self.status == "finished":
            seeds = self.pair.over_seeds(SEEDS)
            if self._in_background("over seeds", lambda: self._advance_seeds(seeds), f"table(seeds={SEEDS})"):
                about = max(SEEDS * self.pair.seconds, 1)
                self._tell(f"Both settings anew with {SEEDS} further seeds: about {about:.0f} s.")

    def pause(self) -> None:
        if self.busy:
            super().pause()
            self._tell(self.scores.finding)

    def table(self, seeds: int | None = None):
        """Each task's main metric now, on `corpus.validation`, or on `corpus.test` where there is none.

        Args:
            seeds: train both settings anew for so many further seeds, which draw heads, order of batches, masking and
                dropout (None: only this duel).

        Returns:
            A table: task, metric, a, b, difference (b − a). With seeds the three are means over these and the duel
            itself; low and high are the 95 % t interval of the paired differences, seeds how many are behind it.

        Raises:
            ValueError: seeds that are no whole number above 0, or asked for before the duel is finished or while
                something is trained; a further seed whose training failed; no rows to measure on.
        """
        if self.busy and seeds is not None:
            raise ValueError("Something is being trained in the panel: pause it, or wait for its end.")
        table = self.pair.table(seeds)
        self.scores.show(table)
        return table

    # -- state -------------------------------------------------------------------------------------------------
    def _state(self) -> dict:
        return self.pair.state()

    def _restore(self, state: dict) -> None:
        for (name, run), about in zip(self.pair.runs.items(), state["runs"], strict=True):
            check_same(run, about, f"run {name}")
        self._train_again(state["events"], state["step"])

    def code(self) -> str:
        made = "import mtlkit as mk\n\n# model and corpus as in this notebook\n" + self.pair.code()
        return f"{made}\npanel = mk.widgets.duel(run_a, run_b)\npanel.state = {self.state}\npanel"

    # -- training ----------------------------------------------------------------------------------------------
    def _take_step(self) -> None:
        self.pair.step()

    def _at_end(self) -> None:
        self._measure()

    def _back(self, events=None) -> None:
        super()._back(events)
        self.scores.clear()

    def _advance_seeds(self, seeds) -> bool:
        """One step of a further seed's runs; whether there is another to come."""
        try:
            progress = next(seeds, None)
        except Exception as error:  # in the panel, in plain words: the background task ends
            logger.warning("A further seed of the duel stopped.", exc_info=True)
            self._end()
            self._tell(f"Stopped. {error}", alarm=True)
            return False
        if progress is None:
            self._end()
            self._measure(SEEDS)
            return False
        if self._saying.due():
            self._saying.spend(lambda: self._show_seeds(*progress))
        return True

    def _measure(self, seeds: int | None = None) -> None:
        try:
            self.scores.show(self.pair.table(seeds))
        except ValueError as error:  # no rows to measure on
            self._tell(str(error), alarm=True)
        else:
            self._tell(self.scores.finding)

    # -- what is shown -----------------------------------------------------------------------------------------
    def _offered(self) -> dict[str, bool]:
        return super()._offered() | {"seeds": self.status == "finished"}

    def _update_chart(self) -> None:
        self.chart.update()

    def _show_seeds(self, done: int, steps: int) -> None:
        seconds = time.perf_counter() - self._since[0]
        seen = SimpleNamespace(done=done, steps=steps, seconds=seconds)
        self.line.value = status_html.progress(seen, self.status, seconds / max(done, 1))

    def _intro(self) -> str:
        said = "Same data, batches and first weights: only the weighting differs. Metrics come at the end."
        behind, ahead = sorted(self.pair.runs, key=lambda name: self.pair.runs[name].done)
        done = self.pair.runs[ahead].done
        return said if done == self.pair.done else f"{said} {ahead} is at step {done}: {behind} catches up first."

    def _in_words(self, error: Exception) -> str:
        return super()._in_words(error).replace("Stopped", f"Stopped in run {self.pair.whose}", 1)
