"""A notebook that is broken in one way, for every way: each must be found, and a sound one must pass."""

import asyncio
import json
import os
import queue
import shutil
import sys
import time
import weakref
from pathlib import Path

import nbformat
import pytest

from mtlkit import cli, courseware
from mtlkit.course import kernel as kernel
from mtlkit.utils import threads

DATA = Path(__file__).parent / "data"
BROKEN = DATA / "broken"

# The notebook → what its verdict must say. Only the first three would fail under papermill alone.
WHEN_RUN = {
    "raises": "IndexError: list index out of range",
    "raises_as_announced": "ZeroDivisionError",
    "kernel_dies": "the kernel died in In [",
    "never_ends": "ran past the time-out of 2 s",
    "slider_callback": "a widget's callback: ZeroDivisionError",
    "output_in_a_task": "in the background of In [1], after its end: ValueError: the loss is NaN",
    "dead_task": "the asyncio task train died: ValueError: the loss is NaN",
    "forgotten_task": "ValueError: the loss is NaN",
    "stray_task": "the asyncio task train still runs at the end of the notebook",
    "dead_thread": "ValueError: the loss is NaN",
    "traceback_on_stderr": "a traceback on stderr: ZeroDivisionError",
    "figure_of_yesterday": "is tagged `figure` and shows none",
    "figure_in_a_widget": "is tagged `figure` and shows none",
}
AS_A_FILE = {
    "committed_not_executed": "not executed from top to bottom in one go: the cells are numbered [None]",
    "committed_out_of_order": "not executed from top to bottom in one go: the cells are numbered [2, 1]",
    "committed_machine_path": "In [1] `print(__file__)` shows a path of someone's machine: /home/ada",
    "committed_stray_metadata": "In [1] `1 + 1` carries stray metadata: execution",
    "committed_injected_parameters": "In [2] `steps = 1` is a leftover of papermill (injected-parameters)",
    "committed_widgets_without_state": "metadata.widgets has no state",
    "committed_without_alt": "shows a picture without alt text",
}


@pytest.fixture(scope="module")
def results():
    paths = [BROKEN / f"{name}.ipynb" for name in WHEN_RUN]
    found = courseware.run_all([p for p in paths if p.stem != "never_ends"], jobs=2, timeout=120)
    found.append(courseware.run(BROKEN / "never_ends.ipynb", timeout=2))
    return {result.path.stem: result for result in found}


def notebook(path: Path, *cells: str) -> Path:
    made = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    made.cells = [nbformat.v4.new_code_cell(cell) for cell in cells]
    nbformat.write(made, path)
    return path


def test_every_broken_notebook_is_expected_to_fail():
    assert {path.stem for path in BROKEN.glob("*.ipynb")} == set(WHEN_RUN) | set(AS_A_FILE)


@pytest.mark.parametrize("name", WHEN_RUN)
def test_a_broken_notebook_fails_and_says_why(results, name):
    assert results[name].verdict == "FAILED"
    assert len(results[name].problems) == 1
    assert WHEN_RUN[name] in results[name].problems[0]


@pytest.mark.parametrize("name", AS_A_FILE)
def test_a_file_that_must_not_be_committed_says_why(name):
    (problem,) = courseware.committed_problems(BROKEN / f"{name}.ipynb")
    assert AS_A_FILE[name] in problem


def test_a_sound_notebook_passes_and_leaves_nothing_beside_it(tmp_path):
    path = Path(shutil.copy(DATA / "sound.ipynb", tmp_path))
    before = path.read_bytes()
    result = courseware.run(path, parameters={"steps": 7, "unknown": 1})
    assert (result.ok, result.problems, result.figures) == (True, (), 1)
    assert "steps 7" in json.dumps(result.notebook)
    assert [p.name for p in tmp_path.iterdir()] == ["sound.ipynb"]
    assert path.read_bytes() == before
    assert all("check_pending_tasks" not in cell.source for cell in result.notebook.cells)


def test_refresh_makes_a_copy_that_can_be_committed_and_makes_the_same_again(tmp_path):
    path = Path(shutil.copy(DATA / "sound.ipynb", tmp_path))
    assert all(result.ok for result in courseware.refresh([path]))
    assert courseware.committed_problems(path) == []
    text = path.read_text()
    assert "A rising line." in text and "image/png" in text
    assert "widget-view" not in text and "OldError" not in text and '"papermill"' not in text
    courseware.refresh([path])
    assert path.read_text() == text


@pytest.mark.parametrize(
    "cell, problem",
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import sys\n\nprint(sys.prefix)", "shows a path of someone's machine"),
        ("print('x' * 700_000)", "more than 600"),
    ],
)
def test_refresh_leaves_a_notebook_alone_that_could_not_be_committed(tmp_path, cell, problem):
    path = notebook(tmp_path / "one.ipynb", cell)
    before = path.read_bytes()
    (result,) = courseware.refresh([path])
    assert not result.ok and problem in result.problems[0]
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_the_kernel_is_this_interpreter_whatever_python3_kernels_there_are(tmp_path, monkeypatch):
    other = tmp_path / "kernels" / "python3"
    other.mkdir(parents=True)
    spec = {"argv": ["/nowhere/python", "-f", "{connection_file}"], "display_name": "x", "language": "python"}
    (other / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    path = notebook(tmp_path / "one.ipynb", "import os, sys\n\nprint(sys.executable, os.environ['OMP_NUM_THREADS'])")
    result = courseware.run(path, threads=1)
    assert result.ok and result.notebook.cells[0].outputs[0].text.split() == [sys.executable, "1"]


def test_kernels_beside_one_another_let_idle_threads_sleep_early(tmp_path, monkeypatch):
    for name in threads.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    path = notebook(tmp_path / "one.ipynb", "import os\n\nprint(os.environ.get('GOMP_SPINCOUNT'))")
    for given, found in (({"threads": 1}, str(threads.SPINS)), ({}, "None")):
        result = courseware.run(path, **given)
        assert result.ok and result.notebook.cells[0].outputs[0].text.strip() == found


def test_the_last_look_bears_what_other_libraries_leave_in_memory(capsys):
    class Gone: ...

    proxy = weakref.proxy(Gone())  # dead at once: isinstance(proxy, …) raises ReferenceError
    asyncio.run(kernel.check_pending_tasks(0))
    assert type(proxy) in weakref.ProxyTypes
    assert json.loads(capsys.readouterr().out) == [
        "the asyncio task check_pending_tasks still runs at the end of the notebook: stop it, or await it"
    ]


def test_text_is_kept_as_a_terminal_shows_it(tmp_path):
    cell = "import sys\nfor i in range(3):\n    print(f'\\r{i} of 2', end='')\n    print('w', file=sys.stderr)"
    result = courseware.run(notebook(tmp_path / "one.ipynb", cell))
    assert {o.name: o.text for o in result.notebook.cells[0].outputs} == {"stdout": "2 of 2", "stderr": "w\nw\nw\n"}


def test_a_page_shows_alt_text_and_links_to_pages(tmp_path):
    result = courseware.run(DATA / "sound.ipynb")
    page = courseware.page(result.notebook, result.path)
    assert 'alt="A rising line."' in page and 'href="sound_too.html"' in page


def test_a_page_keeps_solutions_folded(tmp_path):
    path = notebook(tmp_path / "one.ipynb")
    folded = "<details><summary>Solution</summary>\n\n```python\nanswer = 42\n```\n\n</details>"
    made = courseware.read(path)
    made.cells.append(nbformat.v4.new_markdown_cell(folded))
    page = courseware.page(made, path)
    assert page.index("<summary>Solution") < page.index(">42<") < page.index("</details>")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of a sound and a broken notebook, seen from the folder above it."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    shutil.copy(DATA / "sound.ipynb", folder / "00_sound.ipynb")
    shutil.copy(BROKEN / "traceback_on_stderr.ipynb", folder / "01_broken.ipynb")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_runs_all_writes_pages_and_is_red_when_one_fails(course, capsys):
    assert cli.main(["course", "--jobs", "2", "-p", "steps", "9"]) == 1
    said = capsys.readouterr().out
    assert "traceback on stderr: ZeroDivisionError" in said and "2 run, 1 failed" in said
    out = course / "build" / "course"
    names = ["00_sound.html", "00_sound.ipynb", "01_broken.html", "01_broken.ipynb", "index.html"]
    assert sorted(os.listdir(out)) == names
    assert "steps 9" in (out / "00_sound.html").read_text()
    index = (out / "index.html").read_text()
    assert 'href="00_sound.html"' in index and "FAILED" in index and "ZeroDivisionError" in index


def test_only_runs_what_it_names_and_update_puts_the_copies_in_place(course, capsys):
    assert cli.main(["course", "--only", "00", "--out", "pages", "--update"]) == 0
    assert "1 run, 0 failed" in capsys.readouterr().out
    assert courseware.committed_problems("notebooks/00_sound.ipynb") == []


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--only", "07"], "There is no notebook '07'. Known: 00_sound, 01_broken."),
        (["-p", "stpes", "3"], "There is no parameter 'stpes'. Did you mean 'steps'?"),
        (["nowhere"], "There is no notebook (*.ipynb) in nowhere"),
        (["--jobs", "0"], "0 should be above 0."),
        (["--update", "-p", "steps", "3"], "leave -p out"),
    ],
)
def test_a_wrong_command_says_what_is_there_and_runs_nothing(course, capsys, arguments, said):
    with pytest.raises(SystemExit) as stop:
        cli.main(["course", *arguments])
    assert stop.value.code == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert not (course / "build").exists()


def test_parameters_are_python_literals_or_text():
    pairs = [["steps", text] for text in ("3", "1e-3", "'a'", "helpdesk", "false", "[1, 2]")]
    values = [cli.parse_parameters([pair], [DATA / "sound.ipynb"])["steps"] for pair in pairs]
    assert values == [3, 1e-3, "a", "helpdesk", False, [1, 2]]


def test_the_course_is_copied_and_what_someone_changed_stays(tmp_path):
    from mtlkit.course.lab import copy_course

    folder = tmp_path / "mine"
    copied, left = copy_course(folder)
    assert copied[0] == "00_start_here.ipynb" and left == []
    assert sorted(os.listdir(folder)) == copied
    (folder / copied[0]).write_text("my work")
    (folder / copied[1]).unlink()
    assert copy_course(folder) == ([copied[1]], [copied[0]])
    assert (folder / copied[0]).read_text() == "my work"
    with pytest.raises(ValueError, match="is a file; a folder for the notebooks is due"):
        copy_course(folder / copied[0])


@pytest.mark.parametrize(
    "given, ours, jupyters",
    [
        ("lab", "lab", ""),
        ("lab mine --no-browser --port 8890", "lab mine", "--no-browser --port 8890"),
        ("lab --port 8890", "lab", "--port 8890"),
        ("lab -h", "lab -h", ""),
        ("course --only 04", "course --only 04", ""),
    ],
)
def test_from_the_first_option_of_lab_on_all_is_jupyterlabs(given, ours, jupyters):
    assert cli._split(given.split()) == (ours.split(), jupyters.split())


def test_a_reply_that_came_without_a_notice_is_found_within_a_second():
    """ZeroMQ tells of a message once; a waiter that missed it sees it when it looks again."""
    waits = []

    async def get_msg(timeout):
        waits.append(timeout)
        if len(waits) < 3:
            raise queue.Empty
        return "reply"

    assert asyncio.run(kernel.look_again(get_msg)(timeout=100.0)) == "reply"
    assert len(waits) == 3 and max(waits) <= 1.0


def test_a_reply_that_never_comes_is_waited_for_as_long_as_asked():
    async def get_msg(timeout):
        await asyncio.sleep(timeout)
        raise queue.Empty

    started = time.monotonic()
    with pytest.raises(queue.Empty):
        asyncio.run(kernel.look_again(get_msg, every=0.02)(timeout=0.1))
    assert time.monotonic() - started >= 0.1


def test_a_run_looks_again_for_its_cells_replies(monkeypatch, tmp_path):
    waits, look_again = [], kernel.look_again

    def noted(get_msg):
        def get(timeout):
            waits.append(timeout)
            return get_msg(timeout=timeout)

        return look_again(get)

    monkeypatch.setattr(kernel, "look_again", noted)
    assert courseware.run(notebook(tmp_path / "sound.ipynb", "1 + 1"), timeout=60).ok
    assert waits and max(waits) <= 1.0
