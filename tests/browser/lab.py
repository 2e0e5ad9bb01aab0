"""A real JupyterLab in a headless Chromium: notebooks are written, run, operated by keyboard and mouse, and asked."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

TESTS = Path(__file__).parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

# The pictures on the page, as one text that changes when one of them does.
PICTURES = "[...document.querySelectorAll('.jp-OutputArea img')].map(e => e.src).join()"
# From a key press to the changed picture, decoded and painted, in milliseconds; null while nothing changed.
WATCH = f"""() => {{ window.seen = {PICTURES}; window.pressed = null; window.changed = null;
  addEventListener('keydown', () => window.pressed ??= performance.now(), {{once: true, capture: true}});
  const look = async () => {{
    const now = {PICTURES};
    if (now === window.seen) return requestAnimationFrame(look);
    await Promise.all([...document.querySelectorAll('.jp-OutputArea img')].map(e => e.decode()));
    requestAnimationFrame(() => window.changed = performance.now() - window.pressed);
  }}; look(); }}"""

# For a notebook's first cell: toy models to train, the same in each kernel; whether λ in a run's history is the formula
# with the α and β in force at each step; how many trainings are under way in the background.
TOY = """
import asyncio
import numpy as np
import torch; torch.set_num_threads(1); torch.manual_seed(0)
import mtlkit as mk, toy
corpus = toy.corpus(["colour", "tags", "old"])
encoder = mk.load_encoder(toy.encoder_folder("."))
def make(steps=20_000, **settings):
    model = mk.MultiTaskModel(encoder, corpus.tasks)
    return mk.Run(model, corpus, mk.Sigmoid(), steps=steps, batch_size=16, lr=1e-3, validate=None, **settings)

def holds(run):
    steps, losses, start = run.history.steps(), run.history.losses(), run.history.settings["weighting"]
    force = {name: np.full((len(steps), 1), start[name]) for name in ("alpha", "beta")}
    for event in run.history.events:
        force[event["setting"]][steps >= event["step"]] = event["value"]
    formula = 1 / (1 + np.exp(-force["alpha"] * (losses - force["beta"])))
    whole = list(steps) == list(range(1, run.done + 1))
    return whole and bool(np.nanmax(abs(run.history.weights() - formula)) < 1e-5)

def trainings():
    return sum("mtlkit" in task.get_coro().cr_code.co_filename for task in asyncio.all_tasks())
"""


def chromium() -> str | None:
    """The system's Chromium."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Lab:
    """A Jupyter server of its own in `folder`, and a browser. theme: as JupyterLab calls it. playwright: None for the
    server alone, until `browse`."""

    def __init__(self, folder: Path, playwright=None, theme: str = "JupyterLab Light"):
        self.notebooks, self.home = folder / "notebooks", folder / "home"
        self.notebooks.mkdir(parents=True)
        settings = self.home / "config/lab/user-settings/@jupyterlab"
        for file, content in (
            ("apputils-extension/themes", {"theme": theme}),
            ("apputils-extension/notification", {"fetchNews": "false"}),
            ("notebook-extension/tracker", {"windowingMode": "none"}),  # cells out of sight are on the page too
        ):
            path = settings / f"{file}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        env = os.environ | {
            "JUPYTER_CONFIG_DIR": str(self.home / "config"),
            "JUPYTER_RUNTIME_DIR": str(self.home / "runtime"),
            "IPYTHONDIR": str(self.home / "ipython"),
            "PYTHONPATH": os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")])),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }
        options = {
            "ServerApp.port": self.url.rsplit(":", 1)[1],
            "ServerApp.root_dir": self.notebooks,
            "ServerApp.disable_check_xsrf": True,
            "IdentityProvider.token": "",
            "LabApp.news_url": "",
            "LabApp.expose_app_in_browser": True,  # for commands
            "JupyterNotebookApp.expose_app_in_browser": True,
            "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        }
        command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root"]
        self.log = open(folder / "server.log", "w")  # noqa: SIM115 - closed in close()
        self.server = subprocess.Popen(
            command + [f"--{name}={value}" for name, value in options.items()],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )
        self._wait()
        if playwright is not None:
            self.browse(playwright)

    def browse(self, playwright) -> None:
        self.browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)

    def _wait(self, seconds: float = 90.0) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.server.poll() is None:
            try:
                urllib.request.urlopen(f"{self.url}/api", timeout=2)
                return
            except OSError:
                time.sleep(0.3)
        self.close()
        raise RuntimeError(f"JupyterLab did not start: {Path(self.log.name).read_text()[-2000:]}")

    def open(self, name: str, cells: list[str], width: int = 1400, height: int = 1000, app="lab/tree") -> "Notebook":
        """A new notebook with these code cells, in a page of its own; app "notebooks" is Notebook 7."""
        import nbformat.v4 as v4

        made = v4.new_notebook(cells=[v4.new_code_cell(source) for source in cells])
        made.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        (self.notebooks / f"{name}.ipynb").write_text(json.dumps(made))
        return Notebook(self, name, {"width": width, "height": height}, app)

    def ask(self, path: str, method: str = "GET"):
        request = urllib.request.Request(f"{self.url}/api/{path}", method=method)
        with urllib.request.urlopen(request, timeout=20) as answer:
            body = answer.read()
        return json.loads(body) if body else None

    def close(self) -> None:
        if browser := getattr(self, "browser", None):
            browser.close()
        if self.server.poll() is None:
            self.server.send_signal(signal.SIGTERM)
            try:
                self.server.wait(20)
            except subprocess.TimeoutExpired:
                self.server.kill()
        self.log.close()


class Notebook:
    """An open notebook. `page` is Playwright's; `errors` are those of its console."""

    def __init__(self, lab: Lab, name: str, viewport: dict, app: str):
        self.lab, self.name, self.viewport, self.app = lab, name, viewport, app
        self.visit()

    def visit(self) -> None:
        """Open it in a new tab."""
        self.page, self.errors = self.lab.browser.new_page(viewport=self.viewport), []
        page = self.page
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: self.errors.append(said.text) if said.type == "error" else None)
        page.goto(f"{self.lab.url}/{self.app}/{self.name}.ipynb?reset")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=90_000)
        self._wait_for(lambda: self._session() is not None, 90, "the kernel")  # else JupyterLab asks for one
        self.wait_until_idle()
        page.wait_for_timeout(500)
        if self.app == "lab/tree":
            page.keyboard.press("Control+b")  # the side bar away

    def wait_until_idle(self) -> None:
        self.page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", timeout=90_000)

    def command(self, name: str, seconds: float = 60.0, **arguments) -> None:
        """One of JupyterLab's commands, without its menu; until it is done."""
        begin = """([name, args]) => { window.done = false;
            window.jupyterapp.commands.execute(name, args).finally(() => window.done = true) }"""
        self.page.evaluate(begin, [name, arguments])
        self.page.wait_for_function("() => window.done", timeout=1000 * seconds)

    def output(self, cell: int):
        """What a cell has put out."""
        return self.page.locator(".jp-CodeCell").nth(cell).locator(".jp-OutputArea")

    def run_all(self, seconds: float = 120.0) -> None:
        """Run every cell and wait for the last to end; RuntimeError with what a cell raised."""
        self.command("notebook:run-all-cells", seconds)
        if "" in self.numbers():
            raise RuntimeError(" ".join(self.page.locator("[data-mime-type$=stderr]").all_inner_texts()))

    def run_cell(self, index: int, seconds: float = 120.0) -> None:
        before = self.numbers()[index]
        self.page.locator(".jp-CodeCell .jp-InputArea-editor").nth(index).click()
        self.page.keyboard.press("Control+Enter")
        self._wait_for(lambda: self.numbers()[index] not in ("", before), seconds)

    def numbers(self) -> list[str]:
        """The [n] of each code cell; "" where it never ran or still runs."""
        prompts = self.page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()
        return [text if (text := prompt.strip("[]: \xa0")).isdigit() else "" for prompt in prompts]

    def slider(self, index: int):
        """The handle of a slider, where the keys go."""
        handle = self.page.locator(".noUi-handle").nth(index)
        handle.scroll_into_view_if_needed()
        handle.click()  # makes its cell the active one
        handle.focus()
        return handle

    def button(self, text: str, cell: int | None = None):
        """By its text; in the output of a cell."""
        where = self.page if cell is None else self.output(cell)
        return where.locator("button.jupyter-button", has_text=text)

    def drag(self, handle, *offsets: float) -> None:
        """Take a slider's handle with the mouse, to these places beside where it is, in pixels, and let it go."""
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        for offset in offsets:
            self.page.mouse.move(x + offset, y)
        self.page.mouse.up()

    def pictures(self) -> str:
        return self.page.evaluate(PICTURES)

    def latency(self, handle, key: str) -> float:
        """Milliseconds from pressing a key on a slider's handle to the next picture on the screen."""
        self.page.evaluate(WATCH)
        handle.press(key)
        return self.page.wait_for_function("() => window.changed", timeout=20_000).json_value()

    def kernel(self, code: str) -> str:
        """What this code prints, or gives, in the notebook's own kernel."""
        from jupyter_client import BlockingKernelClient

        kernel = self._session()["kernel"]["id"]
        client = BlockingKernelClient(connection_file=str(self.lab.home / f"runtime/kernel-{kernel}.json"))
        client.load_connection_file()
        client.start_channels()
        said = []

        def hear(message):
            content = message["content"]
            said.append(content.get("text") or content.get("data", {}).get("text/plain") or content.get("evalue") or "")

        try:
            client.execute_interactive(code, timeout=60, allow_stdin=False, store_history=False, output_hook=hear)
        finally:
            client.stop_channels()
        return "".join(said).strip()

    def wait(self, code: str, seconds: float = 60.0) -> None:
        """Wait until an expression holds in the kernel."""
        self._wait_for(lambda: self.kernel(code) == "True", seconds, code)

    def close(self) -> None:
        self.page.close()
        if session := self._session():
            self.lab.ask(f"sessions/{session['id']}", "DELETE")

    def _session(self) -> dict | None:
        return next((s for s in self.lab.ask("sessions") if s["path"] == f"{self.name}.ipynb"), None)

    def _wait_for(self, true, seconds: float, what: str = "the cells to run") -> None:
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                raise TimeoutError(f"Waited {seconds:g} s for {what}.")
            self.page.wait_for_timeout(200)
