"""The course with no one in front of it: run notebooks headlessly, and fail on what papermill alone would miss.

`run` executes one notebook and says what is wrong with it; `refresh` puts the executed copy, cleaned, in its place;
`committed_problems` judges a notebook file as it lies in the repository.
"""

import ast
import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mtlkit.course import kernel as kernel
from mtlkit.course.notebook import (
    cell_name,
    clean,
    committed_problems,
    images,
    merge_streams,
    output_problems,
    page,
    read,
    tags,
    without_leftovers,
)
from mtlkit.utils.errors import unknown
from mtlkit.utils.extras import require
from mtlkit.utils.threads import cores, limited, sleep_early

logger = logging.getLogger("mtlkit")

__all__ = [
    "Result",
    "committed_problems",
    "find",
    "keep",
    "page",
    "parameters_of",
    "read",
    "refresh",
    "run",
    "run_all",
]

require("mk.courseware", "course", "papermill", "nbconvert", "ipykernel")

_LAST_LOOK = "mtlkit-last-look"


@dataclass(frozen=True)
class Result:
    """What came of one notebook: `problems` is empty when all is well."""

    path: Path
    seconds: float
    figures: int
    problems: tuple[str, ...]
    notebook: Any  # the executed copy, an nbformat NotebookNode

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.problems

    @property
    def verdict(self) -> str:
        """In a word: "ok" or "FAILED"."""
        return "ok" if self.ok else "FAILED"


def find(folder: str | Path, only: Iterable[str] = ()) -> list[Path]:
    """The notebooks of a folder, in order; with `only`, those whose name starts with one of these ("04", "04_dyn").

    Raises FileNotFoundError where there is none, ValueError for an `only` that fits none.
    """
    paths, only = sorted(Path(folder).glob("*.ipynb")), tuple(only)
    if not paths:
        raise FileNotFoundError(f"There is no notebook (*.ipynb) in {folder}: give the folder of the course.")
    for start in only:
        if not any(path.name.startswith(start) for path in paths):
            raise ValueError(unknown("notebook", start, [path.stem for path in paths]))
    return [path for path in paths if not only or path.name.startswith(only)]


def parameters_of(path: str | Path) -> dict[str, str]:
    """The names that a notebook's `parameters` cell assigns, with their values as written."""
    sources = [cell.source for cell in read(path).cells if "parameters" in tags(cell)]
    found = {}
    for statement in ast.parse("\n".join(sources)).body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            found |= {target.id: ast.unparse(statement.value) for target in targets if isinstance(target, ast.Name)}
    return found


def run(
    path: str | Path,
    *,
    parameters: dict | None = None,
    timeout: float = 600,
    threads: int | None = None,
    on_cell: Callable[[Path], None] = lambda path: None,
) -> Result:
    """Execute a notebook in a kernel of its own and look where papermill does not.

    `parameters` that the notebook does not declare are left out; `timeout` is in seconds per cell; `threads` is how
    many each library may use (None: as many as it likes); `on_cell` is called after each code cell. The kernel is
    this interpreter's and works in an empty temporary folder: a headless run leaves nothing beside the notebook.
    """
    path, ear, started = Path(path), kernel.MessageListener(), time.perf_counter()
    given = {name: value for name, value in (parameters or {}).items() if name in parameters_of(path)}
    env = {"OMP_NUM_THREADS": str(threads)} | sleep_early() if threads else {}
    with tempfile.TemporaryDirectory(prefix="mtlkit-", ignore_cleanup_errors=True) as folder:
        notebook = without_leftovers(read(path))
        notebook, stopped = _execute(notebook, given, Path(folder), ear, env, timeout, lambda: on_cell(path))
    problems = output_problems(notebook, finished=not stopped) + ear.problems()
    if stopped and not (problems and stopped.startswith("PapermillExecutionError")):  # that one is in the cell
        # A time-out interrupts the kernel: that KeyboardInterrupt is not a problem of its own.
        problems = [stopped, *(problem for problem in problems if "KeyboardInterrupt" not in problem)]
    if notebook.cells and _LAST_LOOK in tags(notebook.cells[-1]):
        said = notebook.cells.pop().outputs
        problems += json.loads(next((o.text for o in said if o.get("name") == "stdout"), "[]"))
    figures = sum(images(cell) for cell in notebook.cells)
    return Result(path, time.perf_counter() - started, figures, tuple(problems), notebook)


def run_all(
    paths: Iterable[str | Path],
    *,
    jobs: int = 1,
    on_result: Callable[[Result], None] = lambda result: None,
    **settings: Any,
) -> list[Result]:
    """`run` over several notebooks, `jobs` at a time sharing the cores that this process may use; `settings` are those
    of `run`."""
    if jobs > 1 or limited():
        settings.setdefault("threads", max(1, cores() // jobs))

    def one(path):
        result = run(path, **settings)
        on_result(result)
        return result

    with ThreadPoolExecutor(jobs) as pool:  # threads do: the work is in the kernels, which are processes
        futures = [pool.submit(one, path) for path in paths]
        try:
            return [future.result() for future in futures]
        except BaseException:  # Ctrl-C: without this, the threads would first see their notebooks through
            pool.shutdown(wait=False, cancel_futures=True)
            while any(future.running() for future in futures):
                kernel.kill_kernels()
                time.sleep(0.1)
            raise


def refresh(paths: Iterable[str | Path], **settings: Any) -> list[Result]:
    """Execute notebooks and put the clean executed copy in their place, where nothing is wrong with it.

    A notebook that fails, or whose copy could not be committed, stays as it is; its result says why.
    """
    return [keep(result) for result in run_all(paths, **settings)]


def keep(result: Result) -> Result:
    """Write a result's notebook, cleaned, over its source, unless something forbids it: then the result says what."""
    import nbformat

    if not result.ok:
        return result
    aside = result.path.with_name(f".{result.path.name}.new")
    try:
        nbformat.write(clean(result.notebook), aside)
        problems = committed_problems(aside)
        if not problems:
            os.replace(aside, result.path)
    finally:
        aside.unlink(missing_ok=True)
    return replace(result, problems=tuple(problems))


def _execute(notebook, parameters, folder, ear, env, timeout, on_cell):
    """Papermill's part: the executed notebook, and why it stopped early ("" when it did not)."""
    import nbformat
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError

    source = f"from mtlkit.course.kernel import check_pending_tasks\nawait check_pending_tasks({min(5.0, timeout / 2)})"
    notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": [_LAST_LOOK]}))
    work, saved, log, running, stopped = folder / "work", folder / "executed.ipynb", folder / "kernel.log", [], ""
    work.mkdir()
    env["IPYTHONDIR"] = str(folder / "ipython")  # nobody's own start-up files
    logging.getLogger("papermill").addHandler(logging.NullHandler())  # what it would say, the result says
    try:
        papermill.execute_notebook(
            notebook,
            saved,  # after every cell: what a crash leaves can be looked at
            parameters=parameters,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            execution_timeout=timeout,  # papermill's own default is forever
            kernel_manager_class=kernel.kernel_manager_class(ear, env, log),
            resources={"metadata": {"path": str(work)}},
            on_cell_execute=lambda cell, cell_index: running.append(cell),
            on_cell_executed=lambda **_: on_cell(),
        )
    except CellTimeoutError:
        stopped = f"{cell_name(running[-1])} ran past the time-out of {timeout:g} s"
    except DeadKernelError:
        why = kernel.last_line(log.read_text(errors="replace")) or "out of memory, or a crash in native code?"
        stopped = f"the kernel died in {cell_name(running[-1])} ({why})"
    except Exception as error:  # whatever it is belongs in the table; the other notebooks go on
        logger.warning("The notebook could not be run to its end.", exc_info=True)
        said = log.read_text(errors="replace") if log.exists() and not running else str(error)
        stopped = f"{type(error).__name__}: {kernel.last_line(said) or error}"
    executed = read(saved) if saved.exists() else notebook
    executed.cells = [cell for cell in executed.cells if "papermill-error-cell-tag" not in tags(cell)]
    for cell in executed.cells:
        merge_streams(cell)
    return executed, stopped
