"""Is everything there that the course needs? A plain verdict on each thing, with its remedy; never a traceback."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
from dataclasses import dataclass
from importlib import import_module, metadata
from types import FunctionType

from mtlkit.utils.paths import DATA
from mtlkit.utils.threads import VARIABLES, cores, gain_of_threads

logger = logging.getLogger("mtlkit")

IMPORTED = ("torch", "transformers", "datasets", "ipywidgets")  # installed is not enough: do they load?
EXTRAS = ("plots", "widgets", "course")
CORPUS, ENCODER = "helpdesk", "bert-tiny"
ANEW = "In a terminal, in the project's folder: make lab. Or, by hand: python -m pip install -r requirements.txt"
WORTH = 1.05  # times as fast: less is not worth a second core
MONO = "font-family: var(--jp-code-font-family, monospace); line-height: 1.5; white-space: pre-wrap"


@dataclass(frozen=True)
class Finding:
    """What was found of one thing; with a `remedy` it needs mending."""

    text: str
    remedy: str = ""

    @property
    def ok(self) -> bool:
        """Whether it needs no mending."""
        return not self.remedy

    def __str__(self) -> str:
        return f"[ok]  {self.text}" if self.ok else f"[fix] {self.text}\n      → {self.remedy}"


def check_environment() -> bool:
    """Print a line for each thing that the course needs, `[ok]` or `[fix]` with the remedy.

    In a notebook one line is a widget, so that a front end that can't draw widgets shows itself.

    Returns:
        True if nothing needs mending.
    """
    found = [finding for check in CHECKS for finding in _safely(check)]
    print(*found, sep="\n")
    if "IPython" in sys.modules:
        _show_front_end()
    wrong = sum(not finding.ok for finding in found)
    print("All is there." if not wrong else f"{wrong} to mend. Do what the arrows say, then run this cell again.")
    return not wrong


def _safely(check: FunctionType) -> list[Finding]:
    try:
        return check()
    except Exception as error:  # whatever it is, a newcomer gets a remedy
        logger.warning("A check of the environment failed.", exc_info=True)
        what = (check.__doc__ or check.__name__).rstrip(".")
        return [Finding(f"{what}: {type(error).__name__}: {_first_line(error)}", ANEW)]


def _python() -> list[Finding]:
    """The Python that runs this notebook."""
    from packaging.specifiers import SpecifierSet

    version, needed = ".".join(map(str, sys.version_info[:3])), metadata.metadata("mtlkit")["Requires-Python"]
    if SpecifierSet(needed).contains(version):
        return [Finding(f"Python {version}")]
    return [Finding(f"Python {version}; the course needs {needed}", f"Install a newer Python. {ANEW}")]


def _packages() -> list[Finding]:
    """The packages that mtlkit and its course need."""
    from packaging.requirements import Requirement

    needed = [Requirement(text) for text in metadata.requires("mtlkit") or ()]
    needed = [r for r in needed if r.name != "mtlkit" and _asked_for(r.marker)]
    found = [_package(r) for r in sorted(needed, key=lambda r: (r.name not in IMPORTED, r.name))]
    named = [f for r, f in found if r.name in IMPORTED or not f.ok]
    rest = sum(r.name not in IMPORTED and f.ok for r, f in found)
    return [*named, *([Finding(f"{rest} further packages")] if rest else [])]


def _asked_for(marker) -> bool:
    """Whether a requirement is one of the package itself or of an extra that the course takes."""
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *EXTRAS))


def _package(needed) -> tuple:
    """(the requirement, what was found of it): is it there, new enough, and does it load?"""
    mend = f'In a cell: %pip install "{needed}"  Then restart the kernel (menu Kernel).'
    try:
        version = metadata.version(needed.name)
    except metadata.PackageNotFoundError:
        return needed, Finding(f"{needed.name} is not installed", mend)
    if not needed.specifier.contains(version, prereleases=True):
        return needed, Finding(f"{needed.name} {version}; the course needs {needed.specifier}", mend)
    if needed.name in IMPORTED:
        try:
            import_module(needed.name)
        except Exception as error:  # what a package raises that does not load is its own affair
            logger.warning("%s does not load.", needed.name, exc_info=True)
            text = f"{needed.name} {version} does not load: {type(error).__name__}: {_first_line(error)}"
            return needed, Finding(text, mend.replace("install", "install --force-reinstall"))
    return needed, Finding(f"{needed.name} {version}")


def _data() -> list[Finding]:
    """The embedded data."""
    about = json.loads((DATA / CORPUS / "corpus.json").read_text(encoding="utf-8"))
    return _files("texts and labels", CORPUS, list(about["files"].values()))


def _encoder() -> list[Finding]:
    """The embedded encoder."""
    return _files("encoder", f"encoders/{ENCODER}", ["config.json", "tokenizer.json", "model.safetensors"])


def _files(what: str, folder: str, names: list[str]) -> list[Finding]:
    lacking = [n for n in names if not (DATA / folder / n).is_file() or not (DATA / folder / n).stat().st_size]
    if not lacking:
        size = sum((DATA / folder / n).stat().st_size for n in names) / 1e6
        return [Finding(f"{what} {folder.split('/')[-1]} ({size:.1f} MB, embedded: nothing is downloaded)")]
    text = f"{what}: data/{folder} lacks {', '.join(lacking)}"
    return [Finding(text, "Get them back: git checkout -- data  or get the project's folder anew.")]


def _cores() -> list[Finding]:
    """The processor."""
    n = cores()
    if n == 1:
        return [Finding("1 CPU core: it does, at half the speed")]
    told = f"{n} CPU cores"
    if "torch" in sys.modules and "OMP_NUM_THREADS" not in os.environ and gain_of_threads() < WORTH:
        told += ". A small training is about as fast with one thread as with all: torch.set_num_threads(1) leaves the "
        told += "other cores to other work"
    if not any(name in os.environ for name in VARIABLES):
        told += ". To train in two notebooks at once, start JupyterLab by `make lab` or `mtlkit lab`: "
        told += "idle threads then leave the cores to the other"
    return [Finding(told)]


def _gpu() -> list[Finding]:
    """The graphics processor."""
    torch = sys.modules.get("torch")
    if torch is None:  # it was said above
        return []
    if torch.cuda.is_available():
        return [Finding(f"GPU {torch.cuda.get_device_name()}: training uses it")]
    if torch.backends.mps.is_available():
        return [Finding("GPU of Apple silicon: training uses it")]
    if shutil.which("nvidia-smi") and torch.version.cuda is None:
        return [Finding("a GPU, unused: this torch is a build for CPUs, which do for the course")]
    return [Finding("no GPU: none is needed")]


CHECKS = (_python, _packages, _data, _encoder, _cores, _gpu)


def _show_front_end() -> None:
    """A line that only a front end with widgets can show; whoever can't gets another text in its place."""
    try:
        import html

        from IPython import get_ipython
        from IPython.display import display
        from ipywidgets import HTML

        if get_ipython() is None:
            return
        live = "[ok]  widgets: this line is one, so sliders and buttons will work"
        dead = (
            "[–]   widgets: on a page without a kernel there are none, and this line stands in their place.\n"
            "      → If you have just run this cell yourself: %pip install ipywidgets  "
            "then restart JupyterLab and reload the page."
        )
        ink = f"{MONO}; color: var(--jp-content-font-color1, inherit); font-size: var(--jp-code-font-size, 13px)"
        widget = HTML(f'<div style="{ink}; padding-left: 5px">{html.escape(live)}</div>', layout={"margin": "0"})
        bundle = {
            "application/vnd.jupyter.widget-view+json": widget.get_view_spec(),
            "text/html": f'<div style="{MONO}; font-size: 13px">{html.escape(dead)}</div>',
            "text/plain": dead,
        }
        display(bundle, raw=True)
    except Exception as error:  # whatever it is, a newcomer gets a remedy
        logger.warning("No widget can be shown.", exc_info=True)
        print(Finding(f"widgets: {type(error).__name__}: {_first_line(error)}", ANEW))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]
