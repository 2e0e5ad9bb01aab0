"""Whatever is clicked, moved and typed in a cockpit, in whatever order: what its history says is what acted."""

import asyncio

import numpy as np
import pytest
import toy
from hypothesis import given, settings
from hypothesis import strategies as st
from loop import others

import mtlkit as mk

pytest.importorskip("matplotlib").use("Agg")

TASKS = ["colour", "tags", "rare"]
START = {"alpha": 1.0, "beta": 0.5}
STEPS = 25

values = st.one_of(st.floats(-8, 8), st.sampled_from([0.0, -1.0, 0.5, 3.0]))
moves = st.lists(
    st.one_of(
        st.tuples(st.just("click"), st.sampled_from(["run", "pause", "step", "reset", "finish"])),
        st.tuples(st.just("wait"), st.integers(1, 8)),
        st.tuples(st.just("slide"), st.sampled_from(["alpha", "beta"]), values),
        st.tuples(st.just("type"), st.sampled_from(["alpha", "beta"]), values),
        st.tuples(st.just("pick"), st.sampled_from(["all tasks", *TASKS])),
        st.tuples(st.just("code"), st.sampled_from(["alpha", "beta"]), values),
    ),
    max_size=20,
)


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    encoder = mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.getbasetemp())))
    corpus = toy.corpus(TASKS)

    def make(**more):
        model = mk.MultiTaskModel(encoder, corpus.tasks)
        weighting = mk.Sigmoid(**START)
        return mk.Run(model, corpus, weighting, steps=STEPS, batch_size=8, lr=1e-3, validate=None, **more)

    return make


async def do(panel, kind: str, *what) -> None:
    if kind == "click":
        panel.buttons[what[0]].click()
    elif kind == "wait":
        for _ in range(what[0]):
            await asyncio.sleep(0)
    elif kind == "slide":
        slider = panel.sliders[what[0]].slider
        slider.value = min(max(slider.min, what[1]), slider.max)
    elif kind == "type":
        panel.sliders[what[0]].number.value = what[1]
    elif kind == "pick":
        panel.sliders["beta"].picker.value = what[0]
    elif kind == "code":
        setattr(panel.run.weighting, what[0], what[1])


def in_force(history: mk.History, step: int, setting: str) -> np.ndarray:
    """The setting's value for each task at a step, by the recorded events alone."""
    value = START[setting]
    for event in history.events:
        if event["setting"] == setting and event["step"] <= step:
            value = event["value"]
    return np.array([value[task] if isinstance(value, dict) else value for task in history.tasks])


@settings(max_examples=20, deadline=None)
@given(moves=moves)
def test_whatever_is_done_the_history_is_what_acted(make, moves):
    async def notebook():
        panel = mk.widgets.cockpit(make())
        for move in moves:
            await do(panel, *move)
            can = {name for name, button in panel.buttons.items() if not button.disabled}
            assert ("run" in can) == (panel.status in ("ready", "paused")) and ("pause" in can) == panel.busy
            assert others() or not panel.busy
        panel.pause()
        await asyncio.sleep(0)
        assert not others()
        return panel

    panel = asyncio.run(notebook())
    history = panel.run.history
    assert history.steps().tolist() == list(range(1, panel.run.done + 1))

    losses, weights = history.losses(), history.weights()
    for step, loss, weight in zip(history.steps(), losses, weights, strict=True):
        alpha, beta = in_force(history, step, "alpha"), in_force(history, step, "beta")
        there = np.isfinite(loss)
        expected = 1 / (1 + np.exp(-alpha * (loss - beta)))
        np.testing.assert_allclose(weight[there], expected[there], rtol=1e-4, atol=1e-6)
        assert np.isnan(weight[~there]).all()

    again = make(events=history.events)
    for _ in range(panel.run.done):
        next(again)
    mine, other = (h.frame().drop(columns="seconds") for h in (history, again.history))
    assert mine.equals(other) and again.history.events == history.events

    state, fresh = panel.state, mk.widgets.cockpit(make())
    fresh.state = state
    assert fresh.state == state
    for one in (panel, fresh):
        one.close()
