"""The cockpit in Notebook 7, steered by typing and by the mouse: it takes the arrow keys for itself."""

import pytest
from lab import TOY, Lab


@pytest.fixture
def book(playwright, tmp_path):
    pytest.importorskip("notebook", reason="Notebook 7 is not installed: pip install notebook")
    lab = Lab(tmp_path, playwright)  # of its own: a server that served JupyterLab before refuses it files of that name
    book = lab.open("notebook7", [TOY, "run = make()\npanel = mk.widgets.cockpit(run)\npanel"], app="notebooks")
    book.errors.clear()  # Notebook 7's own, before anything of ours is on the page
    yield book
    lab.close()


def test_the_cockpit_in_notebook_7(book):
    book.run_all()
    panel = book.output(1)
    picture = panel.locator("img:visible")
    place, first = picture.bounding_box(), book.pictures()
    book.button("Run").click()
    book.wait("run.done >= 5")

    number = panel.locator("input[type=number]").first
    number.fill("-3.9")
    number.press("Enter")
    book.wait("run.weighting.alpha == -3.9 and run.history.events[-1]['value'] == -3.9")
    book.drag(panel.locator(".noUi-handle").first, 50, 100, 150)
    book.wait("-3.9 < run.history.events[-1]['value'] == run.weighting.alpha == panel.sliders['alpha'].value")
    book.wait("panel.status == 'running' and run.done >= run.history.events[-1]['step'] + 10")

    book.button("Pause").click()
    book.wait("panel.status == 'paused' and trainings() == 0")
    assert book.kernel("holds(run)") == "True", "λ is the formula with the α in force at each step"
    assert number.input_value() == book.kernel("print(f\"{panel.sliders['alpha'].value:g}\")")
    assert f"paused · step {book.kernel('run.done')} of 20000" in panel.inner_text()
    assert picture.bounding_box() == place and book.pictures() != first
    assert book.errors == []
