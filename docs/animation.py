"""The README's animation: ``python docs/animation.py`` films α being moved while a training runs in a real JupyterLab.

Writes docs/cockpit.gif (at most 2 MB). Needs Chromium, and a quiet machine: what is filmed runs at its own pace.
"""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "browser"))

from lab import Lab  # noqa: E402

CELL = """import mtlkit as mk

corpus = mk.load_corpus("helpdesk", tasks=["topic", "sentiment", "urgency", "symptoms"])
model = mk.MultiTaskModel(mk.load_encoder("bert-tiny"), corpus.tasks)
run = mk.Run(model, corpus, mk.Sigmoid(alpha=1.0, beta=0.5), steps=200, validate=50, seed=0)
panel = mk.widgets.cockpit(run)
panel"""
MOVES = {40: ("ArrowRight", 16), 90: ("ArrowLeft", 64)}  # step → key, how often
EVERY, LAST = 0.4, 150  # seconds between two pictures; the step at which it ends
WIDTH, COLOURS, MOST = 820, 64, 2_000_000


def film(notebook) -> list[Image.Image]:
    """Pictures of the panel while it trains and α is moved."""
    frames, moves = [], dict(MOVES)
    panel = notebook.page.locator(".jp-OutputArea-output .widget-vbox").first
    notebook.button("Run").click()
    done = 0
    while done < LAST:
        done = int(notebook.kernel("print(run.done)"))
        for step in [step for step in moves if step <= done]:
            key, times = moves.pop(step)
            handle = notebook.slider(0)
            for n in range(times):
                handle.press(key)
                if n % 4 == 3:
                    frames.append(shot(panel))
        frames.append(shot(panel))
        notebook.page.wait_for_timeout(1000 * EVERY)
    return frames


def shot(panel) -> Image.Image:
    picture = Image.open(io.BytesIO(panel.screenshot())).convert("RGB")
    return picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.LANCZOS)


def save(frames: list[Image.Image], path: Path) -> int:
    """One palette for all pictures, so that only what changes is stored; gives the bytes."""
    size = (WIDTH, min(f.height for f in frames))
    palette = frames[-1].crop((0, 0, *size)).quantize(COLOURS, dither=Image.Dither.NONE)
    small = [f.crop((0, 0, *size)).quantize(palette=palette, dither=Image.Dither.NONE) for f in frames]
    small[0].save(path, save_all=True, append_images=small[1:], duration=200, loop=0, optimize=True)
    return path.stat().st_size


def main() -> None:
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        lab = Lab(Path(folder), playwright)
        try:
            notebook = lab.open("cockpit", [CELL], width=1100, height=1100)
            notebook.run_all()
            notebook.page.wait_for_timeout(1500)
            frames = film(notebook)
        finally:
            lab.close()
    size = save(frames, HERE / "cockpit.gif")
    print(f"{len(frames)} pictures, {size / 1e6:.2f} MB")
    if size > MOST:
        sys.exit(f"More than {MOST / 1e6:.0f} MB: take fewer pictures or colours.")


if __name__ == "__main__":
    main()
