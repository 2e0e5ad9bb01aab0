"""JupyterLab tells of clicks and slider moves in a thread of their own. The cockpit trains in the notebook's thread all
the same, and a move in the middle of a step is recorded for the step in which it acts."""

import asyncio
import threading

import numpy as np
import pytest
import toy
from loop import until

import mtlkit as mk

TASKS = ["colour", "tags", "rare"]


@pytest.fixture
def make(tmp_path_factory):
    folder = toy.encoder_folder(str(tmp_path_factory.getbasetemp()))
    corpus = toy.corpus(TASKS)

    def make(**settings):
        settings = {"steps": 12, "batch_size": 16, "lr": 1e-3, "validate": None} | settings
        return mk.Run(mk.MultiTaskModel(mk.load_encoder(folder), corpus.tasks), corpus, mk.Sigmoid(), **settings)

    return make


def from_elsewhere(action) -> None:
    """Do it in another thread, and wait for its end."""
    thread = threading.Thread(target=action)
    thread.start()
    thread.join()


def in_the_middle_of(run, step: int, action) -> list[int]:
    """Have `action` done in another thread while the model computes the losses of `step`; gives the list of the
    threads that trained."""
    losses, threads = run.model.task_losses, []

    def spied(batch, vectors):
        threads.append(threading.get_ident())
        if run.done + 1 == step:
            from_elsewhere(action)
        return losses(batch, vectors)

    run.model.task_losses = spied
    return threads


def test_clicks_from_another_thread_train_in_the_notebooks_thread(make):
    async def notebook():
        panel = mk.widgets.cockpit(make(steps=500))
        threads = in_the_middle_of(panel.run, 5, panel.buttons["pause"].click)
        from_elsewhere(panel.buttons["run"].click)
        await until(lambda: panel.status == "paused")
        assert panel.run.done == 5, "the step that was under way came to its end"
        from_elsewhere(panel.buttons["step"].click)
        await until(lambda: panel.run.done == 6)
        from_elsewhere(panel.buttons["reset"].click)
        await until(lambda: panel.run.done == 0 and panel.status == "ready")
        assert set(threads) == {threading.get_ident()}

    asyncio.run(notebook())


def test_a_move_in_the_middle_of_a_step_acts_and_is_recorded_from_the_next(make):
    async def notebook():
        panel = mk.widgets.cockpit(make())
        slider, seen = panel.sliders["alpha"].slider, []
        slider.observe(lambda change: seen.append(change["new"]), "value")
        in_the_middle_of(panel.run, 6, lambda: setattr(panel.sliders["alpha"], "value", 7.0))
        from_elsewhere(panel.buttons["run"].click)
        await until(lambda: panel.status == "finished")
        return panel.run.history, seen

    history, seen = asyncio.run(notebook())
    assert history.events == [{"step": 7, "who": "cockpit", "setting": "alpha", "value": 7.0}]
    assert len(seen) == 1, "the slider was not pulled back under the hand"
    for steps, alpha in ((slice(0, 6), 1.0), (slice(6, None), 7.0)):
        formula = 1 / (1 + np.exp(-alpha * (history.losses()[steps] - 0.5)))
        np.testing.assert_allclose(history.weights()[steps], formula, rtol=1e-5)
    replay = make(events=history.events)
    for _ in replay:
        pass
    np.testing.assert_array_equal(replay.history.losses(), history.losses())


def test_a_move_that_the_browser_tells_twice_is_one(make):
    panel = mk.widgets.cockpit(make())
    panel.sliders["beta"].value = 1.2
    said = panel.notice.value
    assert "step 1 on" in said
    panel.run_headless(steps=2)
    panel.sliders["beta"].slider.value = 1.2000000000000002  # its own sum of steps, for the 1.2 that was typed
    assert "step 3" not in panel.notice.value
    panel.run_headless(steps=1)
    assert [event["step"] for event in panel.run.history.events] == [1]
