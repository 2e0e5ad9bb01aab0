"""Explorer and cockpit, driven from code: setting a slider's value and clicking a button fire what a person fires."""

import asyncio
import base64
import gc
import io
import json

import numpy as np
import pytest
import torch
import toy
from loop import others, until

import mtlkit as mk
from mtlkit.training.run import NonFiniteError
from mtlkit.widgets.controls import Slider
from mtlkit.widgets.explorer import WhatIf

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

TASKS = ["colour", "tags", "rare"]
VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return toy.encoder_folder(str(tmp_path_factory.getbasetemp()))


@pytest.fixture(scope="module")
def corpus():
    return toy.corpus(TASKS)


@pytest.fixture
def make(folder, corpus):
    def make(weighting=None, **settings):
        settings = {"steps": 20, "batch_size": 16, "lr": 1e-3, "validate": None} | settings
        model = mk.MultiTaskModel(mk.load_encoder(folder), corpus.tasks)
        return mk.Run(model, corpus, mk.Sigmoid() if weighting is None else weighting, **settings)

    return make


@pytest.fixture
def trained(make):
    """A run with a task that is often absent, and settings that changed on the way."""
    run = make(mk.Sigmoid(alpha=2.0, beta=0.7))
    for _ in range(10):
        next(run)
    run.steer("code", alpha=4.0)
    list(run)
    return run


def same(a: mk.History, b: mk.History) -> bool:
    """Bit for bit, times aside."""
    return (
        a.frame().drop(columns="seconds").equals(b.frame().drop(columns="seconds"))
        and a.metrics().equals(b.metrics())
        and a.events == b.events
    )


def train(run: mk.Run) -> mk.History:
    for _ in run:
        pass
    return run.history


def sigmoid(loss, alpha, beta):
    return 1 / (1 + np.exp(-alpha * (loss - beta)))


def size(png: bytes) -> tuple[int, int]:
    from PIL import Image

    return Image.open(io.BytesIO(png)).size


# -- explorer -------------------------------------------------------------------------------------------------------
def test_what_if_with_the_recorded_settings_is_what_was_recorded(make):
    run = make(mk.Sigmoid(alpha=3.0, beta=0.8))
    list(run)
    np.testing.assert_allclose(WhatIf(run.history).weights(), run.history.weights(), rtol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [{"relative": True}, {"smoothing": 0.5}, {"normalize": True}, {"size_exponent": -0.5}, {"detach": False}],
    ids=lambda s: next(iter(s)),
)
def test_what_if_keeps_the_other_settings_of_the_run(make, settings):
    run = make(mk.Sigmoid(alpha=2.0, beta=0.6, **settings))
    list(run)
    model = WhatIf(run.history)
    np.testing.assert_allclose(model.weights(), run.history.weights(), rtol=1e-5)
    assert model.note(), "the reader is told that the curve is not the whole truth"
    model.weighting.beta = 2.0
    first = model.weights()
    np.testing.assert_array_equal(first, model.weights())  # nothing is left over from one look to the next


def test_what_if_answers_the_question_by_the_formula(trained):
    model = WhatIf(trained.history)
    model.weighting.alpha, model.weighting.beta = -5.0, 1.1
    losses = trained.history.losses()
    np.testing.assert_allclose(model.weights(), sigmoid(losses, -5.0, 1.1), rtol=1e-5)
    assert np.isnan(model.weights()[np.isnan(losses)]).all() and np.isnan(losses).any()


def test_what_if_over_a_run_with_another_weighting_and_with_a_beta_per_task(make):
    equal = make("equal")
    list(equal)
    assert WhatIf(equal.history).start == {"alpha": 1.0, "beta": 0.5}
    several = make(mk.Sigmoid(beta={"colour": 1.0, "tags": 0.5, "rare": 0.3}))
    list(several)
    assert WhatIf(several.history).start["beta"] == pytest.approx(0.6)


def test_a_history_without_steps_is_refused(make):
    with pytest.raises(ValueError, match="no step yet"):
        mk.widgets.explorer(make().history)


@pytest.mark.parametrize("recorded", [True, False], ids=["history", "curve alone"])
def test_explorer_draws_what_the_sliders_say(trained, recorded):
    panel = mk.widgets.explorer(trained.history if recorded else None)
    first = panel.picture.image.value
    start = {name: slider.value for name, slider in panel.sliders.items()}
    panel.sliders["alpha"].value = -3.0
    panel.sliders["beta"].slider.value = 0.9
    loss, weight = panel.chart.curve.line.get_data()
    np.testing.assert_allclose(weight, sigmoid(loss, -3.0, 0.9), atol=1e-9)
    moved = panel.picture.image.value
    assert moved != first and size(moved) == size(first)
    if recorded:
        x, y = panel.chart.lines["rare"].get_data()
        seen = ~np.isnan(trained.history.losses()[:, 2])
        np.testing.assert_array_equal(x, np.flatnonzero(seen) + 1)
        np.testing.assert_allclose(y, sigmoid(trained.history.losses()[seen, 2], -3.0, 0.9), rtol=1e-5)
    panel.buttons["reset"].click()
    assert {name: slider.value for name, slider in panel.sliders.items()} == start
    assert panel.picture.image.value == first


def test_run_it_for_real_lays_the_real_weights_over_what_they_would_have_been(make):
    run = make(mk.Sigmoid(alpha=1.0, beta=0.5))
    recorded = train(run)
    weights = {name: p.clone() for name, p in run.model.state_dict().items()}
    panel = mk.widgets.explorer(run)
    panel.sliders["alpha"].value = -8.0
    would = panel.model.weights()
    real = panel.run_headless()
    assert same(real, train(make(mk.Sigmoid(alpha=-8.0, beta=0.5)))) and len(recorded) == 20
    assert all(torch.equal(p, weights[name]) for name, p in run.model.state_dict().items()), (
        "the run itself is untouched"
    )
    _x, y = panel.chart.real["colour"].get_data()
    np.testing.assert_allclose(y, real.weights()[:, 0])
    apart = np.nanmean(np.abs(real.weights() - would), axis=0)
    assert apart.max() > 0.005 and panel.model.apart(real)["colour"] == pytest.approx(apart[0])
    assert f"{apart.max():.2f} from what it would have been" in panel.said.value
    panel.sliders["alpha"].value = 3.0
    assert len(panel.chart.real["colour"].get_xdata()) == 0 and panel.real is None and panel.said.value == ""


def test_run_it_for_real_in_the_background_and_stop_when_a_slider_moves(make):
    async def notebook():
        run = make(mk.Sigmoid())
        train(run)
        panel = mk.widgets.explorer(run)
        panel.buttons["real"].click()
        await until(lambda: panel.real.done == 20 and panel._task is None)
        first = panel.real.history
        panel.buttons["real"].click()
        real = panel.real
        await until(lambda: real.done >= 2)
        panel.sliders["beta"].value = 2.0
        done = real.done
        await asyncio.sleep(0.2)
        assert real.done <= done + 1 and not others()
        return first, run.history

    assert same(*asyncio.run(notebook()))
    panel = mk.widgets.explorer(train(make()))
    assert "real" not in panel.buttons
    with pytest.raises(ValueError, match="explorer\\(run\\) instead of"):
        panel.run_headless()


def test_a_typed_number_moves_the_slider_and_may_widen_it():
    panel = mk.widgets.explorer()
    alpha = panel.sliders["alpha"]
    beta = panel.sliders["beta"]
    beta.number.value = 7.5
    assert beta.slider.value == beta.slider.max == 7.5 and panel.model.weighting.beta == 7.5
    beta.slider.value = -0.5
    assert beta.number.value == -0.5
    beta.number.value = float("inf")
    assert beta.number.value == beta.slider.value == -0.5
    alpha.number.value = 55.5
    assert alpha.slider.value == alpha.slider.max and panel.model.weighting.alpha == alpha.value == 55.5


def test_a_signed_log_scale_has_equal_factors_on_either_side_of_0():
    alpha = mk.widgets.explorer().sliders["alpha"]
    seen = []
    for step in range(-46, 47):
        alpha.slider.value = 0.05 * step
        seen.append(alpha.value)
    assert seen == sorted(seen) and seen == [-value for value in reversed(seen)] and 0.0 in seen
    assert seen[-1] == pytest.approx(20, rel=0.05)
    high = [value for value in seen if value > 2]
    factors = np.divide(high[1:], high[:-1])
    assert len(high) > 15 and (factors > 1.05).all() and (factors < 1.2).all()
    for value in (1.234, -7.0, 0.0, 1e6):  # typed: kept as it is
        alpha.number.value = value
        assert alpha.value == alpha.number.value == value


def test_a_value_between_the_sliders_steps_stays_what_it_is():
    """The browser draws it at the nearest step, and reports that place as a move."""
    told = []
    slider = Slider(mk.Sigmoid.controls["alpha"], -2.2, told.append)
    between = slider.slider.value
    slider.slider.value = round(between / 0.05) * 0.05
    assert slider.value == slider.number.value == -2.2 and told == []
    slider.number.value = 4
    slider.slider.value = round(slider.slider.value / 0.05) * 0.05
    assert slider.value == 4 and told == [4.0]
    slider.slider.value += 0.05
    assert slider.value > 4.3 and len(told) == 2


def test_a_dragged_slider_is_not_pulled_back():
    """A browser's steps add up to 1.0999999999999996. What acts is 1.1; the slider, which has moved on, is not told."""
    panel = mk.widgets.explorer()
    slider = panel.sliders["beta"].slider
    slider.value = 1.0999999999999996
    assert panel.model.weighting.beta == panel.sliders["beta"].number.value == 1.1
    assert slider.value == 1.0999999999999996


def test_the_quick_picture_is_the_whole_drawing(trained):
    """Only lines and texts are drawn anew over a kept backdrop: it must be that of the present axes."""
    from PIL import Image

    panel = mk.widgets.explorer(trained.history)
    for value in (0.2, 2.6, 0.9, 4.9):
        panel.sliders["beta"].value = value
        quick = np.asarray(Image.open(io.BytesIO(panel.picture.image.value)).convert("RGB"), dtype=int)
        panel.picture.canvas.draw()
        whole = np.asarray(panel.picture.canvas.buffer_rgba(), dtype=int)[..., :3]
        # Where a line crosses an axis, the one may lie above the other.
        assert (np.abs(quick - whole).max(-1) > 60).mean() < 0.004


def test_moves_leave_no_open_figure_no_more_observers_and_no_more_artists():
    import matplotlib.pyplot as plt
    from matplotlib.artist import Artist

    def count():
        gc.collect()
        artists = sum(issubclass(type(thing), Artist) for thing in gc.get_objects())
        return plt.get_fignums(), repr(panel.sliders["alpha"].slider._trait_notifiers), artists

    panel = mk.widgets.explorer()
    panel.sliders["alpha"].value = 0.02
    before = count()
    for i in range(20):
        panel.sliders["alpha"].value = i / 4
    after = count()
    assert after[:2] == before[:2] and before[0] == []
    assert after[2] <= before[2]  # fewer, where something of an earlier test went only now


# -- what the cell holds --------------------------------------------------------------------------------------------
@pytest.fixture
def shown(monkeypatch):
    """What was displayed: a list of (data, metadata, display_id, update)."""
    said = []
    monkeypatch.setattr("IPython.core.interactiveshell.InteractiveShell.initialized", lambda: True)
    monkeypatch.setattr(
        "IPython.display.display",
        lambda data, metadata, raw, display_id, update=False: said.append((data, metadata, display_id, update)),
    )
    return said


@pytest.mark.parametrize("which", ["explorer", "cockpit"])
def test_the_cell_holds_widget_and_picture_in_one_output(trained, make, shown, which):
    panel = mk.widgets.explorer(trained.history) if which == "explorer" else mk.widgets.cockpit(make())
    panel._ipython_display_()
    ((data, metadata, _, _),) = shown
    assert data[VIEW]["model_id"] == panel.widget.model_id
    picture = base64.b64decode(data["image/png"])
    assert size(picture) == (metadata["image/png"]["width"], metadata["image/png"]["height"])
    assert size(picture) == size(panel.picture.image.value)
    alt = metadata["image/png"]["alt"]
    assert ("Sigmoid weight" in alt) if which == "explorer" else ("no step yet" in alt)


def test_run_headless_leaves_the_final_picture_where_the_panel_is_shown(make, shown):
    panel = mk.widgets.cockpit(make())
    panel._ipython_display_()
    panel.run_headless()
    first, last = shown
    assert last[3] and last[2] == first[2], "the same output, updated"
    assert last[0]["image/png"] != first[0]["image/png"] and "20 steps" in last[1]["image/png"]["alt"]
    mk.widgets.cockpit(make()).run_headless(steps=2)
    assert len(shown) == 3 and not shown[2][3] and "2 steps" in shown[2][1]["image/png"]["alt"], "shown where none was"


# -- cockpit --------------------------------------------------------------------------------------------------------
def test_headless_is_the_plain_loop_bit_for_bit(make):
    plain = train(make(validate=7))
    panel = mk.widgets.cockpit(make(validate=7))
    assert len(panel.run_headless(steps=5)) == 5 and panel.status == "paused"
    assert same(panel.run_headless(), plain) and panel.status == "finished"
    assert panel.run_headless() is panel.run.history, "nothing left to do"


def test_background_training_is_the_plain_loop_bit_for_bit(make):
    plain = train(make())

    async def notebook():
        panel = mk.widgets.cockpit(make())
        panel.buttons["run"].click()
        assert panel.run.done == 0, "the cell returns at once"
        await until(lambda: panel.status == "finished")
        return panel

    assert same(asyncio.run(notebook()).run.history, plain)


def test_a_slider_move_acts_at_the_very_next_step(make):
    async def notebook():
        panel = mk.widgets.cockpit(make(mk.Sigmoid(alpha=1.0, beta=0.5), steps=200))
        panel.buttons["run"].click()
        await until(lambda: panel.run.done >= 5)
        panel.sliders["alpha"].value = -4.0
        moved = panel.run.done
        await until(lambda: panel.run.done >= moved + 5)
        panel.sliders["beta"].slider.value = 1.2
        again = panel.run.done
        await until(lambda: panel.run.done >= again + 5)
        panel.buttons["pause"].click()
        return panel, moved, again

    panel, moved, again = asyncio.run(notebook())
    history = panel.run.history
    losses, weights = history.losses(), history.weights()
    for piece, alpha, beta in (
        (slice(0, moved), 1.0, 0.5),
        (slice(moved, again), -4.0, 0.5),
        (slice(again, None), -4.0, 1.2),
    ):
        np.testing.assert_allclose(weights[piece], sigmoid(losses[piece], alpha, beta), rtol=1e-5)
    assert history.events == [
        {"step": moved + 1, "who": "cockpit", "setting": "alpha", "value": -4.0},
        {"step": again + 1, "who": "cockpit", "setting": "beta", "value": 1.2},
    ]
    marks = {round(float(np.atleast_1d(m.get_xdata())[0])) for m in panel.chart.marks if hasattr(m, "get_xdata")}
    assert moved + 1 in marks, "drawn as a mark on the curve"


def test_pause_leaves_no_task_and_goes_on_where_it_was(make):
    plain = train(make())

    async def notebook():
        panel = mk.widgets.cockpit(make())
        panel.buttons["run"].click()
        panel.buttons["run"].click()  # a second click is no second training
        assert len(others()) == 1
        await until(lambda: panel.run.done >= 3)
        panel.buttons["pause"].click()
        panel.buttons["run"].click()  # before the first task woke up
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(others()) == 1
        panel.buttons["pause"].click()
        done = panel.run.done
        await until(lambda: not others())
        assert panel.run.done == done and panel.status == "paused"
        panel.buttons["step"].click()
        assert panel.run.done == done + 1 and panel.status == "paused"
        panel.buttons["run"].click()
        await until(lambda: panel.status == "finished")
        await until(lambda: not others())
        return panel

    assert same(asyncio.run(notebook()).run.history, plain)


def test_reset_gives_the_same_history_again(make):
    async def notebook():
        panel = mk.widgets.cockpit(make(mk.Sigmoid(alpha=2.0)))
        panel.buttons["run"].click()
        await until(lambda: panel.run.done >= 3)
        panel.sliders["alpha"].value = 7.5
        await until(lambda: panel.run.done >= 6)
        panel.buttons["reset"].click()  # while it runs
        await until(lambda: not others())
        assert panel.run.done == 0 and panel.status == "ready" and panel.run.weighting.alpha == 2.0
        assert panel.sliders["alpha"].value == panel.sliders["alpha"].number.value == 2.0
        panel.buttons["run"].click()
        await until(lambda: panel.status == "finished")
        return panel

    assert same(asyncio.run(notebook()).run.history, train(make(mk.Sigmoid(alpha=2.0))))


def test_replaying_the_events_gives_the_same_history(make):
    panel = mk.widgets.cockpit(make())
    panel.run_headless(steps=4)
    panel.sliders["alpha"].value = 6.0
    panel.run_headless()
    replay = mk.widgets.cockpit(make(events=panel.run.history.events))
    replay.run_headless()
    assert replay.sliders["alpha"].value == 6.0, "the slider follows what is in force"
    assert same(replay.run.history, panel.run.history)


def test_a_newer_panel_on_the_same_run_or_model_stops_the_older(make):
    async def notebook():
        first = mk.widgets.cockpit(make(steps=500))
        elsewhere = mk.widgets.cockpit(make(steps=500))
        first.buttons["run"].click()
        elsewhere.buttons["run"].click()
        await until(lambda: first.run.done >= 2 and elsewhere.run.done >= 2)
        second = mk.widgets.cockpit(first.run)
        done = first.run.done
        await until(lambda: len(others()) == 1)
        assert first.run.done == done and second.status == "paused", "the training waits for the new panel"
        assert first.status == "closed" and all(b.disabled for b in first.buttons.values())
        assert "newer panel" in first.notice.value
        first.buttons["run"].click()
        assert len(others()) == 1
        third = mk.widgets.cockpit(mk.Run(second.run.model, second.run.corpus, mk.Sigmoid(), steps=5))
        assert second.status == "closed" and third.status == "ready"
        assert elsewhere.status == "running", "another model's panel is left alone"
        elsewhere.buttons["pause"].click()
        await until(lambda: not others())

    asyncio.run(notebook())


def test_running_the_cell_again_stops_its_panel_and_frees_it(make, monkeypatch):
    from ipywidgets.widgets.widget import _instances

    where = ["cell-a", "1"]
    monkeypatch.setattr("mtlkit.widgets.panel._cell", lambda: tuple(where))

    async def notebook():
        first = mk.widgets.cockpit(make(steps=500))
        beside = mk.widgets.cockpit(make())  # two panels in one cell
        first.buttons["run"].click()
        await until(lambda: first.run.done >= 2)
        assert first.status == "running" and beside.status == "ready"
        where[1] = "2"
        widgets = len(_instances)
        mk.widgets.cockpit(make())
        await until(lambda: not others())
        assert first.status == beside.status == "closed"
        assert len(_instances) < widgets, "two panels' widgets went, one came"

    asyncio.run(notebook())


def test_an_error_of_the_training_is_shown_and_ends_the_task_cleanly(make):
    async def notebook():
        panel = mk.widgets.cockpit(make())
        await_done = 3
        panel.run_headless(steps=await_done)
        with torch.no_grad():
            next(panel.run.model.parameters()).fill_(float("nan"))
        panel.buttons["run"].click()
        await until(lambda: panel.status == "stopped")
        await until(lambda: not others())
        assert panel.run.done == await_done
        assert (
            "not finite" in panel.notice.value
            and "Step 4" in panel.notice.value
            and 'role="alert"' in panel.notice.value
        )
        return panel

    panel = asyncio.run(notebook())
    assert isinstance(panel.error, NonFiniteError)
    with pytest.raises(NonFiniteError, match="Step 4"):
        panel.run_headless()
    assert panel.status == "stopped"
    panel.buttons["reset"].click()
    assert panel.error is None and len(panel.run_headless()) == 20


def test_outside_an_event_loop_the_run_button_says_what_to_do(make):
    panel = mk.widgets.cockpit(make())
    panel.buttons["run"].click()
    assert panel.status == "ready" and "run_headless" in panel.notice.value


def test_the_buttons_offer_what_can_be_done(make):
    panel = mk.widgets.cockpit(make(steps=3))

    def can():
        return {name for name, button in panel.buttons.items() if not button.disabled}

    async def notebook():
        assert panel.status == "ready" and can() == {"run", "step", "finish", "reset"}
        panel.buttons["run"].click()
        assert panel.status == "running" and can() == {"pause", "finish", "reset"}
        panel.buttons["pause"].click()
        assert panel.status == "ready" and can() == {"run", "step", "finish", "reset"}  # before its first step
        panel.buttons["step"].click()
        assert panel.status == "paused" and can() == {"run", "step", "finish", "reset"}
        for _ in range(2):
            panel.buttons["step"].click()
        assert panel.status == "finished" and can() == {"reset"} and "finished" in panel.line.value
        assert panel.sliders["alpha"].slider.disabled
        panel.buttons["reset"].click()
        assert can() == {"run", "step", "finish", "reset"} and not panel.sliders["alpha"].slider.disabled

    asyncio.run(notebook())


def test_a_weighting_that_declares_nothing_gets_no_sliders(make):
    panel = mk.widgets.cockpit(make("equal"))
    assert panel.sliders == {} and "declares nothing to steer" in panel.notice.value
    assert len(panel.run_headless()) == 20


def test_any_weighting_gets_a_slider_for_what_it_declares(make):
    class Mine(mk.weighting.Weighting):
        controls = {
            "factor": mk.weighting.Control("factor (no unit)", "What all losses are multiplied by.", 0, 10, 0.5)
        }

        def __init__(self, factor: float = 2.0):
            super().__init__()
            self.factor = factor

        def weights(self, losses, present):
            return self.factor * torch.ones_like(losses)

    panel = mk.widgets.cockpit(make(Mine(factor=30.0)))
    slider = panel.sliders["factor"]
    assert set(panel.sliders) == {"factor"} and (slider.slider.min, slider.slider.max) == (0, 30.0)
    assert "multiplied by" in slider.slider.tooltip and slider.slider.step == 0.5
    panel.run_headless(steps=1)
    slider.value = 0.5
    panel.run_headless(steps=1)
    assert panel.run.history.weights()[:, 0].tolist() == [30.0, 0.5]


def test_a_picker_moves_one_tasks_beta_or_all(make):
    beta = {"colour": 1.0, "tags": 0.5, "rare": 0.3}
    panel = mk.widgets.cockpit(make(mk.Sigmoid(beta=beta)))
    assert panel.sliders["beta"].value == pytest.approx(0.6) and "one β per task" in panel.notice.value
    panel.run_headless(steps=2)
    assert panel.run.weighting.beta == beta, "shown, not set"
    panel.sliders["beta"].value = 0.9
    panel.run_headless(steps=1)
    assert panel.run.history.events == [{"step": 3, "who": "cockpit", "setting": "beta", "value": 0.9}]
    panel.sliders["beta"].picker.value = "tags"
    panel.sliders["beta"].value = 2.0
    panel.sliders["beta"].picker.value = "colour"
    assert panel.sliders["beta"].value == panel.sliders["beta"].number.value == 0.9
    panel.run_headless(steps=2)
    assert panel.run.history.events[1:] == [
        {"step": 4, "who": "cockpit", "setting": "beta", "value": {"colour": 0.9, "tags": 2.0, "rare": 0.9}}
    ]
    losses, weights = panel.run.history.losses()[3:], panel.run.history.weights()[3:]
    there = ~np.isnan(losses)
    np.testing.assert_allclose(weights[there], sigmoid(losses, 1.0, np.array([0.9, 2.0, 0.9]))[there], rtol=1e-5)
    panel.buttons["reset"].click()
    assert panel.sliders["beta"].value == 1.0
    assert panel.run.weighting.beta == beta


def test_a_move_that_the_method_refuses_is_said_and_taken_back(make):
    panel = mk.widgets.cockpit(make(mk.Fixed(1.0)))
    slider = panel.sliders["lambdas"]
    slider.picker.value = "tags"
    slider.number.value = 0.01
    assert panel.run.weighting.lambdas == {"colour": 1.0, "tags": 0.01, "rare": 1.0}
    with pytest.raises(ValueError, match="λ of the task 'tags' should be a finite number, 0 or more; found -3"):
        slider.number.value = -3
    assert "0 or more" in panel.error_line.value and slider.value == slider.number.value == 0.01
    assert panel.run.weighting.lambdas["tags"] == 0.01
    panel.buttons["step"].click()
    assert panel.error_line.value == "" and panel.run.history.weights()[0].tolist()[1] == pytest.approx(0.01)


def test_the_scores_are_the_main_metrics_of_the_last_validation(make):
    panel = mk.widgets.cockpit(make(validate=10))
    assert panel.scores.value.count("–") == len(TASKS)
    history = panel.run_headless()
    table = history.metrics()
    last = table[(table["step"] == 20) & (table["task"] == "colour") & (table["metric"] == "accuracy")]
    assert f"{last['value'].item():.2f}" in panel.scores.value and "at step 20" in panel.scores.value


def test_the_step_axis_grows_by_doubling_to_the_planned_steps(make):
    panel = mk.widgets.cockpit(make(steps=16))
    ends = [panel.chart.axes[1].get_xlim()[1]]
    for _ in range(16):
        panel.buttons["step"].click()
        ends.append(panel.chart.axes[1].get_xlim()[1])
    assert ends == [2] * 3 + [4] * 2 + [8] * 4 + [16] * 8


def test_drawing_keeps_within_its_share_of_the_time(monkeypatch):
    """At most twice a second, and for at most 4 % of the time however long a drawing takes."""
    from mtlkit.widgets import throttle as throttle
    from mtlkit.widgets.training_panel import DRAW

    for cost, most in ((0.001, 21), (0.067, 7), (1.0, 1)):
        now = [0.0]
        monkeypatch.setattr(throttle.time, "perf_counter", lambda now=now: now[0])
        budget, drawings = throttle.Budget(**DRAW), 0
        while now[0] < 10.0:
            if budget.due():
                budget.spend(lambda now=now, cost=cost: now.__setitem__(0, now[0] + cost))
                drawings += 1
            now[0] += 0.003
        assert 1 <= drawings <= most


def test_the_dial_shows_the_shares_that_were_measured(make, tmp_path):
    panel = mk.widgets.cockpit(make(steps=6))
    assert "not measured yet" in panel.share_bar.value
    plain = train(make(steps=6))
    history = panel.run_headless()
    assert same(history, plain), "measuring changes nothing in the training"
    table = history.shares()
    assert len(table) and (table.groupby("step").share.sum() - 1).abs().max() < 1e-9
    first = make(steps=6).gradient_norms()
    measured = table[table.step == 1].set_index("task").share.to_dict()
    assert measured == pytest.approx({task: norm / sum(first.values()) for task, norm in first.items()}, rel=1e-4)
    last = table[table.step == table.step.max()]
    for row in last.itertuples():
        assert row.task in panel.share_bar.value and f"width:{100 * row.share:.1f}%" in panel.share_bar.value
    history.save(tmp_path / "h.jsonl")
    assert mk.History.load(tmp_path / "h.jsonl").shares().equals(table)


def test_finish_trains_to_the_end_without_a_picture_on_the_way(make):
    async def notebook(press):
        panel = mk.widgets.cockpit(make(steps=150))
        drawn = []
        redraw = panel.picture.redraw
        panel.picture.redraw = lambda: drawn.append(panel.run.done) or redraw()
        for name, after in press:
            await until(lambda after=after: panel.run.done >= after)
            panel.buttons[name].click()
        await until(lambda: panel.status == "finished")
        return panel.run.history, drawn

    quiet, drawn = asyncio.run(notebook([("finish", 0)]))
    assert drawn == [150]
    steered, drawn = asyncio.run(notebook([("run", 0), ("finish", 40)]))
    assert drawn[-1] == 150 and all(step <= 42 for step in drawn[:-1])
    assert same(quiet, steered) and len(quiet) == 150


def test_the_state_of_a_steered_training_comes_back(make):
    panel = mk.widgets.cockpit(make(mk.Sigmoid(alpha=2.0)))
    panel.run_headless(steps=4)
    panel.sliders["alpha"].value = -3.0
    panel.run_headless(steps=5)
    panel.sliders["beta"].value = 1.5  # waits for the next step
    state = json.loads(json.dumps(panel.state))
    assert (state["step"], state["events"][0]["value"], state["settings"]["beta"]) == (9, -3.0, 1.5)
    other = mk.widgets.cockpit(make(mk.Sigmoid(alpha=2.0)))
    other.state = state
    assert other.status == "paused" and other.sliders["beta"].value == 1.5 and other.sliders["alpha"].value == -3.0
    assert same(other.run.history, panel.run.history)
    assert same(other.run_headless(), panel.run_headless())
    code = panel.code()
    assert eval(code.split("panel.state = ")[1].rsplit("\n", 1)[0]) == panel.state
    assert "weighting = mk.weighting.get('sigmoid', alpha=2.0)" in code and "steps=20" in code
    with pytest.raises(ValueError, match="of another run: its seed is 1, here 0"):
        panel.state = state | {"run": state["run"] | {"seed": 1}}


def test_the_explorers_state_comes_back(trained):
    panel = mk.widgets.explorer(trained.history)
    panel.sliders["alpha"].value, panel.sliders["beta"].value = -3.0, 0.9
    other = mk.widgets.explorer(trained.history)
    other.state = json.loads(json.dumps(panel.state))
    assert other.picture.image.value == panel.picture.image.value
    assert f"panel.state = {panel.state}" in panel.code()
    with pytest.raises(ValueError, match="alpha should be a finite number; found 'x'"):
        other.state = panel.state | {"alpha": "x"}
    assert other.state == panel.state


def test_unknown_widgets_are_named():
    with pytest.raises(AttributeError, match="explorer"):
        _ = mk.widgets.explore
