"""Replay in a real JupyterLab: scrubbed by keys, typed, played and paused."""

SETUP = """
import numpy as np, torch, mtlkit as mk
from mtlkit.training.run import Step

def recorded(steps, seed, **start):
    history = mk.History(("topic", "urgency"), {"weighting": {"name": "sigmoid", **start}})
    draw = np.random.default_rng(seed)
    for step in range(1, steps + 1):
        losses = torch.from_numpy(draw.uniform(0.5, 1, 2) * 0.99**step)
        history.add_step(Step(step, 1, losses, losses / 2, 1e-3, 0.02 * step, step))
        history.add_shares(step, {"topic": 1.0, "urgency": float(step)})
    history.add_event({"step": 100, "who": "cockpit", "setting": "alpha", "value": 4.0})
    return history
"""
PANEL = "panel = mk.widgets.replay(recorded(400, 0, alpha=1.0), recorded(300, 1, alpha=-2.0))\npanel"
TASKS = "len([t for t in __import__('asyncio').all_tasks() if 'Replay' in t.get_coro().__qualname__])"


def test_replay(notebook):
    book = notebook(SETUP, PANEL)
    book.run_all()
    page, output = book.page, book.page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea")
    (picture,) = [image for image in output.locator("img").all() if image.is_visible()]
    place, first = picture.bounding_box(), book.pictures()

    book.latency(book.slider(0), "ArrowRight")
    assert book.pictures() != first
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    book.wait("panel.step == 6")
    assert "α = 1" in output.inner_text() and "nothing changed so far" in output.inner_text()

    number = output.locator(".widget-readout")
    number.fill("120")
    number.press("Enter")
    book.wait("panel.step == 120")
    page.wait_for_function("document.body.innerText.includes('Step 120')")
    assert "last changed by cockpit at step 100: α = 4" in output.inner_text()

    book.button("4×").click()
    book.button("Play").click()
    book.wait(f"panel.speed == 4 and panel.step > 140 and panel.playing and {TASKS} == 1")
    book.button("Pause").click()
    book.wait(f"not panel.playing and {TASKS} == 0")
    step = int(book.kernel("panel.step"))
    page.wait_for_function(f"document.body.innerText.includes('Step {step}')")
    assert number.inner_text() == str(step)
    assert picture.bounding_box() == place, "nothing above it or in it changed its height"

    book.button("16×").click()
    book.button("Play").click()
    book.wait(f"panel.step == 400 and not panel.playing and {TASKS} == 0")
    page.wait_for_function("document.body.innerText.includes('has no step 400')")
    book.button("Play").click()
    book.run_cell(1)
    book.wait(f"panel.step == 1 and not panel.playing and {TASKS} == 0")
    wide, table = (output.locator(what).first.bounding_box()["width"] for what in (".widget-image", "table"))
    assert table < wide, "nothing is cut at the right"
    assert book.errors == []
