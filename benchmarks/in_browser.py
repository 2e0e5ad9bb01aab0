"""The panels in a real JupyterLab in headless Chromium: how long from a key press to the new picture, and what steering
costs a training. Rows as in measures.py."""

import statistics
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "browser")]

from lab import Lab, chromium  # noqa: E402

TOY = """
import tempfile, torch, mtlkit as mk, toy
torch.set_num_threads(1)
corpus = toy.corpus(["colour", "tags", "old", "rare"])
model = mk.MultiTaskModel(mk.load_encoder(toy.encoder_folder(tempfile.mkdtemp())), corpus.tasks)
run = mk.Run(model, corpus, mk.Sigmoid(2.0, 0.7), steps=300, batch_size=16, lr=1e-3, validate=None)
other = run.clone(mk.Sigmoid(-1.0, 0.7))
for each in (run, other):
    for step in each: pass
"""
ATLAS = """
pooled = corpus.only(["colour", "old", "rare"])
model = mk.MultiTaskModel(model.encoder, pooled.tasks)
atlas = mk.atlas(model, pooled, mk.Sigmoid, alpha=range(-10, 11), beta=range(-10, 11), steps=50)
"""
CURVE = "curve={'step': (1, 60, 120, 180, 240), 'λ': (0.0, 1.0, 0.05)}"
PANELS = {  # name → (cell, which slider): an arrow key moves it by one step, five to the right and five back
    "explorer": ("mk.widgets.explorer()", 1),
    "explorer of a run": ("mk.widgets.explorer(run)", 1),
    "replay": ("mk.widgets.replay(run.history)", 0),
    "replay of two runs": ("mk.widgets.replay(run.history, other.history)", 0),
    "atlas, 21 × 21": (ATLAS + "panel = mk.widgets.atlas(atlas)\npanel.cell = 10, 10\npanel", 0),
    "guess by a curve": (f"g = mk.widgets.guess('How does λ move?', {CURVE})", 0),
}
REAL = """
import asyncio, time, mtlkit as mk
corpus = mk.load_corpus("helpdesk", tasks=["topic", "sentiment", "urgency", "symptoms"])
model = mk.MultiTaskModel(mk.load_encoder("bert-tiny"), corpus.tasks)
run = mk.Run(model, corpus, mk.Sigmoid(), steps=STEPS, validate=None)
fitted, steered = [], []
def fit():
    run.reset()
    start = time.perf_counter()
    for step in run: pass
    fitted.append(time.perf_counter() - start)
async def steer():
    panel.reset()
    start = time.perf_counter()
    panel.start()
    await panel._task
    steered.append(time.perf_counter() - start)
"""


@contextmanager
def laboratory():
    """A JupyterLab; None where there is no browser."""
    if chromium() is None:
        print("no Chromium: the rows measured in a browser are missing", flush=True)
        yield None
        return
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        lab = Lab(Path(folder), playwright)
        try:
            yield lab
        finally:
            lab.close()


def slider_to_picture(presses=60):
    rows = []
    with laboratory() as lab:
        for number, (name, (cell, which)) in enumerate(PANELS.items() if lab else ()):
            book = lab.open(f"panel-{number}", [TOY, cell, "'whole'"])  # a cell that fails before the last is told
            book.run_all()
            handle = book.slider(which)
            keys = [("ArrowRight", "ArrowLeft")[n // 5 % 2] for n in range(presses)]
            took = [book.latency(handle, key) / 1000 for key in keys][5:]  # the first warm up
            book.close()
            late = statistics.quantiles(took, n=20)[-1]
            what = f"key press to new picture, {name}"
            rows.append((f"{what}: median, seconds", statistics.median(took), 0.1, f"{len(took)} presses"))
            rows.append((f"{what}: 95th percentile", late, 0.2, f"longest {max(took):.2f} s"))
            print(f"{name}: {statistics.median(took):.3f}, {late:.3f} s", flush=True)
    return rows


def lost_to_steering(rounds=8, steps=100):
    """The cockpit in the browser, its α moved once a second, against the plain loop just before it."""
    with laboratory() as lab:
        if lab is None:
            return []
        book = lab.open("steering", [REAL.replace("STEPS", str(steps)), "panel = mk.widgets.cockpit(run)\npanel"])
        book.run_all()
        alpha = book.slider(0)
        for number in range(rounds + 1):
            book.kernel("fit()")
            book.kernel("task = asyncio.get_running_loop().create_task(steer())")
            until = float(book.kernel("fitted[-1]")) * 0.9
            for press in range(int(until)):  # without asking meanwhile: that would cost, too
                alpha.press("ArrowRight" if press % 4 < 2 else "ArrowLeft")
                book.page.wait_for_timeout(1000)
            book.wait(f"len(steered) == {number + 1}", 120)
        moves = book.kernel("len(run.history.events)")
        fitted, steered = (eval(book.kernel(name))[1:] for name in ("fitted", "steered"))  # the first warm up
        book.close()
    low, lost, high = statistics.quantiles(1 - f / s for f, s in zip(fitted, steered, strict=True))
    print(f"lost to steering: {low:.3f} to {lost:.3f} to {high:.3f}", flush=True)
    details = f"quartiles {low:.2f} and {high:.2f} of {rounds} pairs of {steps} steps, {moves} moves each"
    return [("throughput lost to live steering, share", lost, 0.1, details)]


ALL = [slider_to_picture, lost_to_steering]
