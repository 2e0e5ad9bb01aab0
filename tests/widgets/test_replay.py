"""Replay: the logic without widgets; then the panel, driven from code as a person would drive it."""

import asyncio
import json
import re
import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from loop import others, until

import mtlkit as mk
from mtlkit.experiments.recording import SPEEDS, Playback
from mtlkit.training.history import History
from mtlkit.training.run import Step

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")

TASKS = ("colour", "tags", "<rare>")
START = {"name": "sigmoid", "alpha": 2.0, "beta": 0.5}


def recorded(steps: int, events=(), pace: float = 0.05, tasks=TASKS, seed: int = 0, shares=()) -> History:
    """As a run would have recorded it; the last task is in every third batch only."""
    history, draw = History(tasks, {"weighting": dict(START)}), np.random.default_rng(seed)
    for step in range(1, steps + 1):
        losses, weights = draw.uniform(0.1, 2, len(tasks)), draw.uniform(0, 1, len(tasks))
        if step % 3:
            losses[-1], weights[-1] = np.nan, 0.0
        history.add_step(
            Step(step, 1, torch.from_numpy(losses), torch.from_numpy(weights), 1e-3, pace * step, 8 * step)
        )
    for step, setting, value in events:
        history.add_event({"step": step, "who": "cockpit", "setting": setting, "value": value})
    for step in shares:
        history.add_shares(step, {task: float(step + i) for i, task in enumerate(tasks)})
    return history


EVENTS = [(11, "alpha", 4.0), (11, "beta", 0.7), (20, "alpha", -3.0)]


@pytest.fixture
def first():
    return recorded(30, EVENTS, shares=(1, 15))


@pytest.fixture
def longer():
    """Of the same tasks, in another order."""
    return recorded(40, [(5, "beta", 1.5)], tasks=TASKS[::-1], seed=1)


def text(panel) -> str:
    return " ".join(re.sub("<[^>]*>|&emsp;", " ", panel.told.widget.value).split())


# -- the logic ------------------------------------------------------------------------------------------------------
def test_a_step_is_what_the_history_holds_of_it(first):
    (moment,) = Playback(first).at(12)
    np.testing.assert_array_equal(list(moment.losses.values()), first.losses()[11])
    np.testing.assert_array_equal(list(moment.weights.values()), first.weights()[11])
    assert list(moment.losses) == list(TASKS)
    assert np.isnan(Playback(first).at(13)[0].losses["<rare>"]), "absent there"


def test_settings_in_force_are_the_first_ones_and_what_changed_since(first):
    playback = Playback(first)
    assert playback.at(10)[0].settings == START and playback.at(10)[0].event is None
    assert playback.at(11)[0].settings == START | {"alpha": 4.0, "beta": 0.7}, "from that very step on"
    assert playback.at(19)[0].event == first.events[1]
    assert playback.at(30)[0].settings == START | {"alpha": -3.0, "beta": 0.7}


def test_shares_are_those_measured_last(first):
    playback = Playback(first)
    assert playback.at(14)[0].measured == 1 and playback.at(15)[0].measured == 15
    assert playback.at(20)[0].shares == pytest.approx({"colour": 15 / 48, "tags": 16 / 48, "<rare>": 17 / 48})
    assert Playback(recorded(3)).at(2)[0].shares == {}


@pytest.mark.parametrize("speed", SPEEDS)
def test_it_plays_at_the_pace_of_the_recording(first, speed):
    playback = Playback(first)  # 50 ms a step
    playback.speed = speed
    assert playback.tick(0.06) and playback.step == 1 + int(0.06 * speed / 0.05)
    playback.step = 10
    for _ in range(7):  # what a picture leaves over counts for the next
        playback.tick(0.01)
    assert playback.step == min(30, 10 + int(0.07 * speed / 0.05 + 1e-9))
    assert not playback.tick(60.0) and playback.step == 30


def test_without_times_it_plays_ten_steps_a_second():
    playback = Playback(recorded(30, pace=0.0))
    playback.tick(0.55)
    assert playback.step == 6


def test_a_longer_run_laid_over_it_goes_on_alone(first, longer):
    playback = Playback(first, longer)
    assert (playback.first, playback.last) == (1, 40)
    this, other = playback.at(35)
    assert not this.recorded and np.isnan(list(this.losses.values())).all()
    assert other.recorded and other.losses["tags"] == longer.losses()[34, 1]
    assert not Playback(longer, first).tick(40 * 0.05), "its pace reaches to the end of the longer one"


def test_bad_input_is_refused(first):
    with pytest.raises(ValueError, match="The history has no step yet"):
        mk.widgets.replay(History(TASKS))
    with pytest.raises(ValueError, match="The history has no step yet"):
        mk.widgets.replay(first, History(TASKS))
    with pytest.raises(ValueError, match="only the first has '<rare>'; only the second has 'old', 'size'"):
        mk.widgets.replay(first, recorded(3, tasks=("colour", "tags", "size", "old")))
    with pytest.raises(ValueError, match="found a dict; of a run take run.history"):
        mk.widgets.replay({"losses": []})
    playback = Playback(first)
    for step in (0, 31, 2.5, float("nan"), None, "3"):
        with pytest.raises(ValueError, match="they go from 1 to 30"):
            playback.step = step
    with pytest.raises(ValueError, match="one of 1, 4, 16, found 2"):
        playback.speed = 2
    assert (playback.step, playback.speed) == (1, 1)


EVENT = st.tuples(st.integers(1, 34), st.sampled_from(["alpha", "beta"]), st.floats(-5, 5))
MOVE = st.one_of(
    st.tuples(st.just("scrub"), st.integers(-5, 40)),
    st.tuples(st.just("tick"), st.floats(0, 0.5)),
    st.tuples(st.just("speed"), st.sampled_from(SPEEDS)),
)


@settings(max_examples=40, deadline=None)
@given(events=st.lists(EVENT, max_size=6), moves=st.lists(MOVE, max_size=15))
def test_whatever_moves_it_the_step_exists_and_its_settings_are_those_of_the_events(events, moves):
    playback = Playback(recorded(30, events))
    for move, by in moves:
        before = playback.step
        if move == "tick":
            assert playback.tick(by) == (playback.step < 30) and playback.step >= before
        elif move == "speed":
            playback.speed = by
        elif 1 <= by <= 30:
            playback.step = by
            assert playback.step == by
        else:
            with pytest.raises(ValueError, match="There is no step"):
                playback.step = by
            assert playback.step == before
        assert 1 <= playback.step <= 30
        expected = dict(START)
        for step, setting, value in sorted(events, key=lambda event: event[0]):
            if step <= playback.step:
                expected[setting] = value
        assert playback.at()[0].settings == expected


# -- the panel ------------------------------------------------------------------------------------------------------
def test_the_slider_shows_the_step(first):
    panel = mk.widgets.replay(first)
    picture, height = panel.picture.image.value, panel.told.widget.layout.height
    panel.slider.value = 21
    assert panel.step == 21 and panel.picture.image.value != picture
    assert panel.told.widget.layout.height == height != "auto"
    losses, weights = first.losses()[20], first.weights()[20]
    assert f"Step 21 loss λ gradient share, step 15 colour {losses[0]:.2f} {weights[0]:.2f} 31%" in text(panel)
    assert "sigmoid, α = −3, β = 0.7 last changed by cockpit at step 20: α = −3" in text(panel)
    for line, dots, values in zip(panel.chart.lines, panel.chart.dots[0], (losses, weights), strict=True):
        assert set(line.get_xdata()) == {21}
        np.testing.assert_allclose(dots.get_offsets()[:2], [[21, values[0]], [21, values[1]]])
    assert "A line stands at step 21" in panel.picture.alt
    panel.step = 1
    assert panel.slider.value == 1 and "nothing changed so far" in text(panel)


def test_names_from_data_are_escaped():
    history = recorded(3, [(2, "beta", {"colour": 1.0, "tags": 0.5, "<rare>": 0.1})])
    panel = mk.widgets.replay(history)
    panel.step = 3
    assert "<rare>" not in panel.told.widget.value and "tags 0.5, &lt;rare&gt; 0.1" in panel.told.widget.value
    assert "<rare>" not in panel.picture.words.value


def test_a_run_laid_over_another(first, longer):
    panel = mk.widgets.replay(first, longer)
    panel.step = 24
    (lam, other) = first.weights()[23, 0], longer.weights()[23, 2]
    row = re.search("colour ([^a-z]*)", text(panel))[1].split()
    expected = [first.losses()[23, 0], longer.losses()[23, 2], lam, other, lam - other]
    assert [float(cell.replace("−", "-")) for cell in row[:5]] == pytest.approx(expected, abs=0.006)
    assert "This run : sigmoid, α = −3" in text(panel) and "The other : sigmoid, α = 2, β = 1.5" in text(panel)
    for ax, values in zip(panel.chart.axes, (longer.losses(), longer.weights()), strict=True):
        color, thin = panel.chart.chart.looks["colour"]["color"], panel.chart.thick / 2
        over = [line for line in ax.lines if (line.get_color(), line.get_linewidth()) == (color, thin)]
        assert len(over) == 1 and list(over[0].get_xdata()) == list(range(3, 41, 3)), "thin, in the task's colour"
        np.testing.assert_allclose(over[0].get_ydata(), values[2::3, 2])
        assert ax.get_ylim()[1] >= np.nanmax(values) and ax.get_xlim() == (1, 40)
    panel.step = 35
    assert "This run (has no step 35)" in text(panel)
    assert np.isnan(panel.chart.dots[0][0].get_offsets()[:, 1].astype(float)).all()


def test_losses_of_another_size_in_the_other_run_are_seen():
    small = recorded(10)
    large = History.from_arrays(TASKS, 1000 * small.losses(), small.weights(), {"weighting": dict(START)})
    for pair in ((small, large), (large, small)):
        top = mk.widgets.replay(*pair).chart.axes[0]
        assert top.get_ylim()[0] < 0.1 and top.get_ylim()[1] >= 1000 * np.nanmax(small.losses())


def test_it_plays_to_the_end_and_stops():
    async def notebook():
        panel = mk.widgets.replay(recorded(30, pace=0.02))
        panel.speed = 4
        seen, ticks, tick = [], [], panel.playback.tick
        panel.slider.observe(lambda change: seen.append(change["new"]), "value")
        panel.playback.tick = lambda seconds: ticks.append(seconds) or tick(seconds)
        panel.toggle.click()
        assert panel.playing and panel.toggle.description == "Pause" and panel.step == 1, "the cell returns at once"
        await until(lambda: not panel.playing)
        assert panel.step == 30 == seen[-1] and seen == sorted(seen)
        assert sum(ticks) * 4 >= 29 * 0.02 and len(seen) <= sum(ticks) / 0.1 + 1, "some ten pictures a second"
        await until(lambda: not others(), 1)
        assert panel.toggle.description == "Play"
        panel.toggle.click()
        assert panel.step == 1 and panel.playing, "from the start again"
        panel.close()
        await until(lambda: not others(), 1)

    asyncio.run(notebook())


def test_pause_a_move_by_hand_and_close_leave_no_task(first):
    async def notebook():
        panel = mk.widgets.replay(first)
        for stop in (panel.toggle.click, lambda: setattr(panel.slider, "value", 17), panel.close):
            panel.step = 2
            panel.toggle.click()
            panel.play()
            assert len(others()) == 1, "one at a time"
            await until(lambda: panel.step > 2)
            assert panel.playing
            stop()
            at = panel.step
            await until(lambda: not others(), 1)
            assert panel.step == at and not panel.playing
        assert at != 17

    asyncio.run(notebook())


def test_running_the_cell_again_stops_the_one_before(first, monkeypatch):
    cell = ["a", "first"]
    monkeypatch.setattr("mtlkit.widgets.panel._cell", lambda: tuple(cell))

    async def notebook():
        one = mk.widgets.replay(first)
        one.play()
        cell[:] = "b", "second"
        beside = mk.widgets.replay(first)
        beside.play()
        cell[:] = "a", "third"
        mk.widgets.replay(first)
        await until(lambda: len(others()) == 1, 1)
        assert not one.playing and beside.playing
        beside.pause()

    asyncio.run(notebook())


def test_of_moves_that_came_meanwhile_only_the_last_is_drawn(first, monkeypatch):
    """JupyterLab tells of them in a thread of their own, while the kernel's own may be busy."""

    async def notebook():
        panel = mk.widgets.replay(first)
        drawn = []
        monkeypatch.setattr(panel.picture, "redraw", lambda: drawn.append(panel.step))

        def drag():
            for step in (5, 6, 7, 8):
                panel.slider.value = step

        thread = threading.Thread(target=drag)
        thread.start()
        thread.join()
        assert panel.step == 1, "not in the middle of what the kernel is doing"
        await until(lambda: panel.step == 8)
        await asyncio.sleep(0.02)
        assert drawn == [8] and panel.slider.value == 8

    asyncio.run(notebook())


def test_outside_of_a_notebook_it_says_what_to_do(first):
    panel = mk.widgets.replay(first)
    panel.toggle.click()
    assert "set `step` instead" in panel.error_line.value and not panel.playing


def test_an_error_while_it_plays_is_said_and_ends_it(first, monkeypatch):
    async def notebook():
        panel = mk.widgets.replay(first)
        monkeypatch.setattr(panel.told, "update", lambda *_: 1 / 0)
        panel.play()
        (task,) = others()
        with pytest.raises(ZeroDivisionError):
            await task
        assert "ZeroDivisionError" in panel.error_line.value
        assert not panel.playing and panel.toggle.description == "Play"

    asyncio.run(notebook())


def test_its_state_comes_back(first, longer):
    panel = mk.widgets.replay(first, longer)
    panel.slider.value = 12
    panel.speeds.value = 16
    assert panel.speed == 16
    state = json.loads(json.dumps(panel.state))
    again = mk.widgets.replay(first, longer)
    again.state = state
    assert (again.step, again.speed, again.speeds.value, again.slider.value) == (12, 16, 16, 12)
    assert again.picture.image.value == panel.picture.image.value
    given = {"run": type("", (), {"history": first}), "other": type("", (), {"history": longer})}
    exec(panel.code().rsplit("\n", 1)[0], given)
    assert given["panel"].state == state
    with pytest.raises(ValueError, match="no step 99 to show: they go from 1 to 40"):
        again.state = state | {"step": 99}
    with pytest.raises(ValueError, match="speed should be one of 1, 4, 16"):
        again.state = state | {"speed": 3}
