"""Cockpit: run, pause, step and reset a training, and steer its weighting by sliders while it runs."""

from __future__ import annotations

from mtlkit.training.code import settings_code, weighting_code
from mtlkit.training.run import Run
from mtlkit.widgets import status_html as status_html
from mtlkit.widgets.controls import Slider, line, on_kernel_thread
from mtlkit.widgets.throttle import Budget, shown_steps
from mtlkit.widgets.training_panel import WAITING, TrainingPanel, check_same

MEASURE = {"every": 2.0, "share": 0.01}  # the tasks' shares of the gradient: a backward pass for each


def cockpit(run: Run) -> Cockpit:
    """A panel that trains a run in the background of the notebook: run, pause, step, reset; losses and λ_i live.

    What the weighting declares in its `controls` gets a slider. A move acts from the very next step on; the history
    records it as an event. Training stops on pause, when its cell is run again, and when another panel takes over the
    run or model.

    Args:
        run: what is trained.

    Returns:
        The panel: show it as the last value of a cell. `run_headless()` trains without a browser.
    """
    return Cockpit(run)


class Cockpit(TrainingPanel):
    """What `cockpit` gives.

    Attributes:
        status: as in `TrainingPanel`.
        buttons: as in `TrainingPanel`, and "finish".
        sliders: setting → `Slider`, whose `value` may be set.
    """

    kind = "cockpit"

    def __init__(self, run: Run):
        from mtlkit.plots import LossesAndWeights

        self.run, self.chart = run, LossesAndWeights(run.tasks)
        self._update_chart()
        self.sliders = {
            name: Slider(
                control,
                run.weighting.settings[name],
                on_kernel_thread(self.catch_errors(lambda value, name=name: self._steer(name, value))),
                run.tasks if control.per_task else (),
            )
            for name, control in run.weighting.controls.items()
        }
        self._in_force = {name: slider.setting for name, slider in self.sliders.items()}
        self.scores, self.share_bar = line("auto", "14px"), line("auto", "14px")
        self._show_readouts()
        super().__init__(
            run,
            [run.model],
            self.chart.figure,
            controls=[slider.widget for slider in self.sliders.values()],
            below=[self.share_bar, self.scores],
            more={"finish": ("Finish", "fast-forward", "Train to the end, drawing only there", "finish")},
        )

    @property
    def name(self) -> str:
        return f"cockpit: step {self.run.done} of {self.run.steps}; run the cell to use it"

    def finish(self) -> None:
        """Train to the end in the background, drawing only there."""
        self.start()
        self._quietly = True

    # -- state -------------------------------------------------------------------------------------------------
    def _state(self) -> dict:
        history = self.run.history
        return {
            "run": history.settings,
            "events": history.events,
            "step": self.run.done,
            "settings": self.run.weighting.settings,  # moves that wait for the next step, too
        }

    def _restore(self, state: dict) -> None:
        check_same(self.run, state["run"])
        self._train_again(state["events"], state["step"])
        self.run.steer("cockpit", **{n: v for n, v in state["settings"].items() if v != self.run.weighting.settings[n]})
        self._draw()

    def code(self) -> str:
        return (
            "import mtlkit as mk\n\n# model and corpus as in this notebook\n"
            f"weighting = {weighting_code(self.run)}\n"
            f"run = mk.Run(model, corpus, weighting, {settings_code(self.run)})\n"
            f"panel = mk.widgets.cockpit(run)\npanel.state = {self.state}\npanel"
        )

    # -- training ----------------------------------------------------------------------------------------------
    def _begin(self, doing: str) -> None:
        self._measuring = Budget(**MEASURE)
        super()._begin(doing)

    def _take_step(self) -> None:
        if self._measuring.due() and not self._quietly and self.run.done < self.run.steps:
            self._measuring.spend(self._measure)
        next(self.run, None)

    def _measure(self) -> None:
        self.run.history.add_shares(self.run.done + 1, self.run.gradient_norms())
        self.share_bar.value = status_html.share_bar(self.run.history)

    def _steer(self, setting: str, value) -> None:
        slider = self.sliders[setting]
        try:
            self.run.steer("cockpit", **{setting: value})
        except ValueError:  # as before, and said in the panel
            slider.show(self._in_force[setting])
            raise
        self._in_force[setting] = value
        whose = f" of {slider.picker.value}" if isinstance(value, dict) else ""
        label = slider.control.label.split(":")[0]
        self._tell(f"{label}{whose} = {slider.value:g} acts from step {self.run.done + 1} on.".replace("-", "−"))

    # -- what is shown -----------------------------------------------------------------------------------------
    def _offered(self) -> dict[str, bool]:
        return super()._offered() | {"finish": self.busy or self.status in WAITING}

    def _show_state(self) -> None:
        for slider in self.sliders.values():
            slider.enable(self.status not in ("finished", "closed"))
        super()._show_state()

    def _draw(self) -> None:
        for name, slider in self.sliders.items():  # a replayed event or a line of code may have moved it
            value = self.run.weighting.settings[name]
            # Against what was in force, not the slider: a move that is still on its way here must not be undone.
            if value != self._in_force[name]:
                self._in_force[name] = value
                slider.show(value)
        super()._draw()
        self._show_readouts()

    def _update_chart(self) -> None:
        self.chart.update(self.run.history, until=shown_steps(self.run.done, self.run.steps))

    def _show_readouts(self) -> None:
        self.scores.value, self.share_bar.value = status_html.scores(self.run), status_html.share_bar(self.run.history)

    def _intro(self) -> str:
        if not self.sliders:
            return f"The weighting {self.run.weighting.name!r} declares nothing to steer."
        several = [slider.control.label.split(":")[0] for slider in self.sliders.values() if len(set(slider.each)) > 1]
        said = [f"There is one {name} per task: pick the task, or move all at once." for name in several]
        return " ".join(said) or "Press Run and move a slider while it trains: the move acts at the next step."
