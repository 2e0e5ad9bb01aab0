"""The atlas in a real JupyterLab: a click on the map, the keyboard, the chooser."""

from lab import PICTURES

CELL = """
import numpy as np, torch
import mtlkit as mk
torch.set_num_threads(1)
corpus = mk.load_corpus("helpdesk", tasks=["topic", "urgency"])
corpus = corpus.sample(100, seed=0).sample(50, seed=0, split="validation")
model = mk.MultiTaskModel(mk.load_encoder("bert-tiny"), corpus.tasks)
made = mk.atlas(model, corpus, alpha=np.linspace(-3, 6, 10), beta=np.linspace(0, 3, 7), steps=20, seeds=2)
look = mk.widgets.atlas(made)
look
"""


def test_atlas(notebook):
    book = notebook(CELL)
    book.run_all()
    image = book.page.locator(".jp-OutputArea-output img[width]").first
    image.wait_for()
    box = image.bounding_box()
    map_box = book.kernel("print(*look.map.ax.get_position().bounds)").split()
    left, bottom, width, height = map(float, map_box)
    before = book.pictures()
    image.click(position={"x": box["width"] * (left + 0.25 * width), "y": box["height"] * (1 - bottom - 0.93 * height)})
    book.wait("look.cell == (2, 6)")
    book.page.wait_for_function(f"before => {PICTURES} !== before", arg=before)
    book.slider(0).press("ArrowRight")
    book.wait("look.cell == (3, 6)")
    book.page.select_option(".jupyter-widgets select >> nth=0", "urgency")
    book.wait("look.what == 'urgency'")
    book.button("Best").click()
    book.wait("look.cell == made.cell(**made.best('urgency'))")
    book.button("Code").click()
    book.page.locator("pre", has_text="mk.widgets.atlas(atlas)").wait_for()
    assert image.bounding_box()["height"] == box["height"], "no jump in height"
    assert book.errors == []
