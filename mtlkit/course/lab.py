"""The course for who has no checkout: a copy of its notebooks, and JupyterLab on the first."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from mtlkit.utils.extras import require
from mtlkit.utils.files import write_file
from mtlkit.utils.paths import NOTEBOOKS
from mtlkit.utils.threads import cores, limited, sleep_early

require("mtlkit lab", "course", "jupyterlab", "ipykernel")

FIRST = "00_start_here.ipynb"


def copy_course(folder: str | Path) -> tuple[list[str], list[str]]:
    """Copies the notebooks into a folder, which is made where it isn't there. A file that differs stays as it is: it
    holds someone's work. Gives the names of what was copied and of what was left.

    Raises ValueError where `folder` is a file.
    """
    folder, copied, left = Path(folder), [], []
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{str(folder)!r} is a file; a folder for the notebooks is due.")
    folder.mkdir(parents=True, exist_ok=True)
    for notebook in sorted(NOTEBOOKS.glob("*.ipynb")):
        text, to = notebook.read_text(encoding="utf-8"), folder / notebook.name
        if not to.exists():
            write_file(to, [text])
            copied.append(to.name)
        elif to.read_text(encoding="utf-8", errors="replace") != text:
            left.append(to.name)
    return copied, left


def open_lab(folder: str | Path, options: Sequence[str] = ()) -> None:
    """JupyterLab on the course in a folder, until it is stopped. options: of JupyterLab's own command. Its kernels are
    many: their idle threads leave the cores to one another."""
    from jupyterlab.labapp import LabApp

    os.environ.update(sleep_early())
    if limited():
        os.environ.setdefault("OMP_NUM_THREADS", str(cores()))
    LabApp.launch_instance(["--notebook-dir", str(folder), f"--LabApp.default_url=/lab/tree/{FIRST}", *options])
