"""Explorer and cockpit in a real JupyterLab, operated by keyboard and mouse as a learner does."""

import ast

import pytest

SETUP = """
import tempfile
import torch; torch.set_num_threads(1)
import mtlkit as mk, toy
corpus = toy.corpus(["colour", "tags", "old", "rare"])
encoder = mk.load_encoder(toy.encoder_folder(tempfile.mkdtemp()))
def make(steps=5000, **settings):
    model = mk.MultiTaskModel(encoder, corpus.tasks)
    return mk.Run(model, corpus, mk.Sigmoid(), steps=steps, batch_size=16, lr=1e-3, validate=None, **settings)
"""
TASKS = "len([t for t in __import__('asyncio').all_tasks() if 'TrainingPanel' in t.get_coro().__qualname__])"


def loudly(notebook) -> None:
    """Nothing may have gone wrong unseen: neither on the console nor on stderr in a cell."""
    page = notebook.page
    wrong = ".jp-OutputArea-output:is([data-mime-type$='stderr'], [data-mime-type$='error'])"
    texts = [text for text in page.locator(wrong).all_inner_texts() if "Error" in text]
    assert texts == [] and notebook.errors == []


def shown(notebook, cell: int):
    """The pictures in the output of a cell that can be seen."""
    area = notebook.page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea")
    return [picture for picture in area.locator("img").all() if picture.is_visible()]


@pytest.mark.parametrize("recorded", [False, True], ids=["curve", "history"])
def test_explorer(notebook, recorded):
    train = "run = make(40)\nfor step in run: pass\nlook = mk.widgets.explorer(run.history)\nlook"
    book = notebook(SETUP, train if recorded else "look = mk.widgets.explorer()\nlook")
    book.run_all()
    (picture,) = shown(book, 1)  # one figure, not the picture for who has no kernel beside it
    place, first = picture.bounding_box(), book.pictures()

    beta = book.slider(1)
    book.latency(beta, "ArrowRight")
    assert book.pictures() != first
    book.wait("look.model.weighting.beta == 0.55")
    for _ in range(5):
        beta.press("ArrowRight")
    book.wait("look.model.weighting.beta == 0.8")  # none is lost, none pulled back
    alpha = book.slider(0)
    alpha.press("PageDown")
    book.wait("look.model.weighting.alpha < 0.9")
    assert picture.bounding_box() == place, "the picture stays where it is"

    number = book.page.locator(".widget-text input[type=number]").nth(1)
    number.fill("7.5")
    number.press("Enter")
    book.wait("look.model.weighting.beta == 7.5 and look.sliders['beta'].slider.max == 7.5")
    book.button("Reset").click()
    book.wait("look.model.weighting.settings['alpha'] == 1.0 and look.model.weighting.beta == 0.5")
    book.page.wait_for_function("() => document.querySelectorAll('.widget-text input')[1].value === '0.5'")
    loudly(book)


def test_cockpit_steers_a_running_training(notebook):
    book = notebook(SETUP, "run = make()\npanel = mk.widgets.cockpit(run)\npanel")
    book.run_all()
    (picture,) = shown(book, 1)
    place = picture.bounding_box()
    assert "step 0 of 5000" in book.page.locator(".jp-CodeCell").nth(1).inner_text()

    book.button("Run").click()
    book.wait("run.done >= 20")
    alpha = book.slider(0)
    for _ in range(6):
        alpha.press("ArrowRight")
    last = "run.history.events[-1]['value']"
    book.wait(f"run.history.events and 1.5 < {last} == panel.sliders['alpha'].value and run.weighting.alpha == {last}")
    book.wait("panel.sliders['alpha'].slider.value > 1.3")  # all six have arrived
    book.wait("run.done >= run.history.events[-1]['step'] + 10")
    assert book.kernel("panel.status") == "'running'", "it never stopped"
    event = ast.literal_eval(book.kernel("run.history.events[-1]"))
    assert (event["who"], event["setting"]) == ("cockpit", "alpha")
    difference = (
        "import numpy as np\n"
        "steps, L, lam = run.history.steps(), run.history.losses(), run.history.weights()\n"
        f"before, after = steps < run.history.events[0]['step'], steps >= {event['step']}\n"
        f"alpha = {event['value']}\n"
        "sigmoid = lambda alpha, L: 1 / (1 + np.exp(-alpha * (L - 0.5)))\n"
        "float(max(np.nanmax(abs(lam[p] - sigmoid(a, L[p]))) for p, a in ((before, 1.0), (after, alpha)))) < 1e-5"
    )
    assert book.kernel(difference) == "True", "λ is the formula with the α in force at that step"
    assert picture.bounding_box() == place

    book.button("Pause").click()
    book.wait(f"panel.status == 'paused' and {TASKS} == 0")
    done = int(book.kernel("run.done"))
    book.page.wait_for_function(f"document.body.innerText.includes('paused · step {done} of 5000')")
    book.button("Step").click()
    book.wait(f"run.done == {done + 1}")
    book.button("Reset").click()
    book.wait("run.done == 0 and run.weighting.alpha == 1.0")
    assert book.button("Run").is_enabled() and book.button("Pause").is_disabled()
    loudly(book)


def test_running_the_cell_again_leaves_one_training(notebook):
    cell = "run = make()\nruns = [*globals().get('runs', []), run]\npanel = mk.widgets.cockpit(run)\npanel"
    book = notebook(SETUP, cell, "other = make()\nbeside = mk.widgets.cockpit(other)\nbeside")
    book.run_all()
    book.button("Run").nth(0).click()
    book.button("Run").nth(1).click()
    book.wait("runs[0].done > 3 and other.done > 3")
    book.run_cell(1)
    book.button("Run").nth(0).click()
    book.wait("runs[1].done > 3")
    assert book.kernel(TASKS) == "2", "the new panel's, and that of the other cell"
    stopped = book.kernel("runs[0].done")
    book.wait("runs[1].done > 10 and beside.status == 'running'")
    assert book.kernel("runs[0].done") == stopped
    book.button("Pause").nth(0).click()
    book.wait(f"panel.status == 'paused' and {TASKS} == 1")
    loudly(book)


def test_an_error_of_the_training_is_said_in_the_panel(notebook):
    spoil = "with torch.no_grad(): next(run.model.parameters()).fill_(float('nan'))"
    book = notebook(SETUP, "run = make()\npanel = mk.widgets.cockpit(run)\npanel")
    book.run_all()
    book.button("Run").click()
    book.wait("run.done > 3")
    book.kernel(spoil)
    book.page.wait_for_selector("[role=alert]", timeout=30_000)
    assert "is not finite" in book.page.locator("[role=alert]").inner_text()
    book.wait(f"panel.status == 'stopped' and {TASKS} == 0")
    assert book.button("Reset").is_enabled()
    loudly(book)


def test_run_headless_in_a_cell_shows_its_end_in_the_panel(notebook):
    cells = "run = make(30)\npanel = mk.widgets.cockpit(run)\npanel", "history = panel.run_headless()\nlen(history)"
    book = notebook(SETUP, *cells)
    book.run_all()
    (_picture,) = shown(book, 1)
    assert shown(book, 2) == [], "no second copy"
    assert "finished · step 30 of 30" in book.page.locator(".jp-CodeCell").nth(1).inner_text()
    loudly(book)
