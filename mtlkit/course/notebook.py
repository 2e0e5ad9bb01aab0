"""A notebook as a file: what is wrong in its outputs, and what a copy that is committed must be.

A committed notebook is executed, so that pages without a kernel show its figures, and small, clean and stable.
"""

from __future__ import annotations

import base64
import copy
import html
import io
import logging
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mtlkit.course.kernel import TRACEBACK, last_line

if TYPE_CHECKING:
    from nbformat import NotebookNode

logger = logging.getLogger("mtlkit")

WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
MAX_BYTES = 600 * 1024
LEFTOVERS = {"injected-parameters", "papermill-error-cell-tag"}  # cells that papermill adds
KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
KEEP_NOTEBOOK = {"kernelspec", "language_info"}
KEEP_CELL = {"tags", "jupyter"}
_MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|Users|root|tmp|var/folders)/[\w.-]+|\b[A-Z]:\\+Users\\+\w+")
_PROGRESS = re.compile(r"\d%\||\dit \[")  # what tqdm leaves where its bar cannot be drawn


def read(path: str | Path) -> NotebookNode:
    """The notebook in a file, as an nbformat 4 NotebookNode."""
    import nbformat

    return nbformat.read(path, as_version=4)


def tags(cell) -> set[str]:
    """The tags of a cell."""
    return set(cell.metadata.get("tags", []))


def images(cell) -> int:
    """How many of the cell's own outputs are pictures (one inside a widget is not)."""
    outputs = cell.get("outputs", [])
    return sum(any(kind.startswith("image/") for kind in output.get("data", {})) for output in outputs)


def cell_name(cell) -> str:
    """How a message names a cell: its number, and how it begins."""
    begin = next((line for line in cell.source.splitlines() if line.strip()), "")[:50]
    number = f"In [{cell.execution_count or ' '}]" if cell.cell_type == "code" else f"the {cell.cell_type} cell"
    return f"{number} `{begin}`"


def output_problems(notebook, finished: bool = True) -> list[str]:
    """Errors and tracebacks in the outputs of cells and of widgets, and `figure` cells without a picture.

    `finished`: the run came to its end, so that a missing figure is one.
    """
    places = [(cell_name(cell), cell.outputs) for cell in notebook.cells if cell.cell_type == "code"]
    models = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {}).values()
    places += [("a widget's callback", model["state"].get("outputs", [])) for model in models]
    problems = []
    for where, outputs in places:
        for output in outputs:
            if output["output_type"] == "error":
                problems.append(f"{where}: {output['ename']}: {output['evalue']}")
        stderr = "".join(o["text"] for o in outputs if o.get("name") == "stderr")
        if TRACEBACK in stderr:
            problems.append(f"{where}: a traceback on stderr: {last_line(stderr)}")
    for cell in notebook.cells:
        if finished and "figure" in tags(cell) and not images(cell):
            problems.append(f"{cell_name(cell)} is tagged `figure` and shows none")
    return problems


def merge_streams(cell) -> None:
    """One stdout and one stderr a cell, as a terminal would show them: a carriage return begins the line anew.

    (nbclient's own `coalesce_streams` takes minutes on a line of a megabyte.)
    """
    merged, streams = [], {}
    for output in cell.get("outputs", []):
        if output.output_type == "stream" and output.name in streams:
            streams[output.name].text += output.text
        else:
            merged.append(output)
            if output.output_type == "stream":
                streams[output.name] = output
    for output in streams.values():
        lines = output.text.replace("\r\n", "\n").split("\n")
        output.text = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines)
    if cell.cell_type == "code":
        cell.outputs = merged


def without_leftovers(notebook: NotebookNode) -> NotebookNode:
    """A copy of a notebook without a trace of earlier executions: only what its author wrote."""
    notebook = copy.deepcopy(notebook)
    notebook.metadata.pop("widgets", None)  # papermill keeps an old state when the new run has none
    notebook.metadata.pop("papermill", None)
    notebook.cells = [cell for cell in notebook.cells if not LEFTOVERS & tags(cell)]
    for cell in notebook.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return notebook


def clean(notebook: NotebookNode) -> NotebookNode:
    """A copy of an executed notebook for those who read it without a kernel: small, stable, no dead widgets.

    A widget without its kernel is a dead slider, and its state is large: what stays is the figure that the cell
    drew beside it. A view that has nothing but its Python repr becomes one line; a progress bar goes.
    """
    import nbformat

    notebook = copy.deepcopy(notebook)
    notebook.metadata = {name: value for name, value in notebook.metadata.items() if name in KEEP_NOTEBOOK}
    notebook.metadata |= {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
    for cell in notebook.cells:
        cell.metadata = {name: value for name, value in cell.metadata.items() if name in KEEP_CELL and value}
        if cell.cell_type == "code":
            cell.outputs = [kept for output in cell.outputs if (kept := _without_widget(output))]
            for output in cell.outputs:
                _squeeze(output)
    return nbformat.from_dict(notebook)


def _without_widget(output):
    if output.output_type == "stream":
        output.text = "".join(t for t in output.text.splitlines(keepends=True) if not _PROGRESS.search(t))
        return output if output.text.strip() else None
    data = output.get("data", {})
    if data.pop(WIDGET_VIEW, None) is None or any(kind.startswith(("image/", "text/html")) for kind in data):
        return output
    if _PROGRESS.search(data.get("text/plain", "")):
        return None
    data["text/plain"] = "[interactive: run this cell to use it]"
    return output


def committed_problems(path: str | Path) -> list[str]:
    """What is wrong with a notebook file as a thing to commit: executed top to bottom, small, clean, renders."""
    import nbformat

    path = Path(path)
    notebook, problems = read(path), []
    if path.stat().st_size > MAX_BYTES:
        problems.append(f"the file has {path.stat().st_size // 1024} KB, more than {MAX_BYTES // 1024}")
    counts = [cell.execution_count for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    if counts != list(range(1, len(counts) + 1)):
        problems.append(f"not executed from top to bottom in one go: the cells are numbered {counts}")
    problems += [found for cell in notebook.cells for found in _stray(cell)]
    if stray := set(notebook.metadata) - KEEP_NOTEBOOK - {"widgets"}:
        problems.append(f"the notebook carries stray metadata: {', '.join(sorted(stray))}")
    if notebook.metadata.get("kernelspec", {}).get("name") != "python3":
        problems.append("the kernelspec is not python3: JupyterLab would ask for a kernel")
    widgets = notebook.metadata.get("widgets")
    if widgets is not None and not widgets.get(WIDGET_STATE, {}).get("state"):
        problems.append("metadata.widgets has no state: pages that show notebooks say 'Invalid Notebook'")
    problems += output_problems(notebook)
    try:
        nbformat.validate(notebook)
        page(notebook, path)
    except Exception as error:  # whatever it is, a reader would see no page
        logger.warning("%s does not render as HTML.", path, exc_info=True)
        problems.append(f"it does not render as HTML: {type(error).__name__}: {str(error).splitlines()[0]}")
    return problems


def page(notebook, path: Path) -> str:
    """The notebook as one HTML page that needs no kernel; links to other notebooks become links to their pages."""
    from nbconvert import HTMLExporter

    notebook = clean(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"(\]\([\w./-]+)\.ipynb\b", r"\1.html", cell.source)
        for output in cell.get("outputs", []):
            _show_alt(output)
    where = {"metadata": {"name": path.stem, "path": str(path.parent)}}
    # embed_images would close every <details> at once and so show all solutions; outputs hold their pictures anyway.
    return HTMLExporter().from_notebook_node(notebook, where)[0]


def _show_alt(output) -> None:
    """Make a picture with alt text an <img> of its own: nbconvert's template would leave the text out."""
    data = output.get("data", {})
    for kind in ("image/png", "image/jpeg"):
        if kind in data and (alt := _alt(output, kind)):
            width = output.metadata.get(kind, {}).get("width")
            size = f' width="{width}"' if width else ""
            picture = f'<img alt="{html.escape(alt)}"{size} src="data:{kind};base64,{data[kind].strip()}">'
            output.data = {"text/html": picture}
            return


def _squeeze(output) -> None:
    """Pack a PNG as tightly as it goes, pixel for pixel the same: live figures are packed quickly instead."""
    from PIL import Image

    if "image/png" in output.get("data", {}):
        packed = io.BytesIO()
        Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).save(packed, "PNG", optimize=True)
        output.data["image/png"] = base64.b64encode(packed.getvalue()).decode()


def _stray(cell) -> list[str]:
    """What a cell of a committed notebook must not carry."""
    problems = []
    if left := LEFTOVERS & tags(cell):
        problems.append(f"{cell_name(cell)} is a leftover of papermill ({', '.join(left)})")
    if stray := set(cell.metadata) - KEEP_CELL:
        problems.append(f"{cell_name(cell)} carries stray metadata: {', '.join(sorted(stray))}")
    if any(_without_alt(output) for output in cell.get("outputs", [])):
        problems.append(f"{cell_name(cell)} shows a picture without alt text")
    for found in sorted(_machine_paths(_text(cell))):
        problems.append(f"{cell_name(cell)} shows a path of someone's machine: {found}")
    return problems


def _without_alt(output) -> bool:
    return any(not _alt(output, kind) for kind in output.get("data", {}) if kind.startswith("image/"))


def _alt(output, kind: str) -> str:
    """Alt text lies in the output's metadata, under its kind or beside it (where nbconvert looks)."""
    said = output.get("metadata", {})
    return said.get(kind, {}).get("alt") or said.get("alt") or ""


def _text(cell) -> str:
    """The cell as a reader sees it: source and outputs, pictures aside."""
    parts = [cell.source]
    for output in cell.get("outputs", []):
        parts += [output.get("text", ""), *output.get("traceback", [])]
        parts += [str(v) for kind, v in output.get("data", {}).items() if kind[:6] != "image/" or "svg" in kind]
    return "\n".join(parts)


def _machine_paths(text: str) -> set[str]:
    here = {str(p) for p in (Path.home(), Path(sys.prefix), Path.cwd()) if len(p.parts) > 2}  # not "/", not "/src"
    return set(_MACHINE_PATH.findall(text)) | {path for path in here if path in text}
