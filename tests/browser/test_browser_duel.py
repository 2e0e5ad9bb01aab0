"""The duel in a real JupyterLab, operated by mouse and keyboard as a learner does."""

SETUP = """
import tempfile
import torch; torch.set_num_threads(1)
import mtlkit as mk, toy
corpus = toy.corpus(["colour", "tags", "old"])
model = mk.MultiTaskModel(mk.load_encoder(toy.encoder_folder(tempfile.mkdtemp())), corpus.tasks)
run_a = mk.Run(model, corpus, mk.Sigmoid(alpha=3.0), steps=150, batch_size=16, lr=1e-3, validate=None)
run_b = run_a.clone("equal")
panel = mk.widgets.duel(run_a, run_b)
panel
"""
TASKS = "len([t for t in __import__('asyncio').all_tasks() if 'TrainingPanel' in t.get_coro().__qualname__])"


def test_two_settings_are_trained_in_lockstep_and_compared(notebook):
    book = notebook(SETUP)
    book.run_all()
    pictures = [p for p in book.page.locator(".jp-OutputArea img").all() if p.is_visible()]
    assert len(pictures) == 1, "not the picture for who has no kernel beside it"
    place, first = pictures[0].bounding_box(), book.pictures()
    table = book.page.locator(".jp-OutputArea table")
    below = table.bounding_box()

    book.button("Run").focus()
    book.page.keyboard.press("Enter")
    book.wait("panel.pair.done >= 5")
    book.button("Pause").click()
    book.wait(f"panel.status == 'paused' and run_a.done == run_b.done and {TASKS} == 0")
    assert book.pictures() != first and book.button("Over seeds").is_disabled()
    done = int(book.kernel("run_a.done"))
    book.button("Step").click()
    book.wait(f"run_a.done == run_b.done == {done + 1}")
    book.page.wait_for_function(f"document.body.innerText.includes('paused · step {done + 1} of 150')")

    book.button("Run").click()
    book.wait(f"panel.status == 'finished' and {TASKS} == 0")
    difference = book.kernel("print(f'{panel.table().difference[0]:+.3f}'.replace('-', '−'))")
    assert difference in table.inner_text()
    assert pictures[0].bounding_box() == place and table.bounding_box()["y"] == below["y"]

    book.button("Reset").click()
    book.wait("run_a.done == run_b.done == 0")
    book.button("Code").click()
    book.page.wait_for_selector("pre:has-text('run_b = run_a.clone(mk.weighting.get(\\'equal\\'))')")
    wrong = ".jp-OutputArea-output:is([data-mime-type$='stderr'], [data-mime-type$='error'])"
    assert book.page.locator(wrong).all_inner_texts() == [] and book.errors == []
