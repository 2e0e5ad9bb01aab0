"""Every notebook of the course runs headlessly with its default parameters, and lies in the repository as it should."""

from functools import cache
from pathlib import Path

import pytest

from mtlkit import courseware
from mtlkit.course.notebook import clean

ROOT = Path(__file__).parent.parent.parent
COURSE = sorted((ROOT / "notebooks").glob("*.ipynb"))
MARK = "# NBVAL_CHECK_OUTPUT"  # at the beginning of a cell: its output must come out the same again


def reproducible(notebook) -> list:
    """Source and outputs of the cells that are marked so."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.startswith(MARK)]
    return [(cell.source, [{**out, "metadata": {}, "execution_count": 0} for out in cell.outputs]) for cell in cells]


def each(paths):
    return pytest.mark.parametrize("path", paths, ids=[path.stem for path in paths])


@cache
def executed(path):
    """A notebook's tests are all in one process (see conftest.py), so that it runs once."""
    return courseware.run(path, timeout=300)


MARKED = [path for path in COURSE if reproducible(courseware.read(path))]


def test_there_is_a_course():
    if not COURSE:
        pytest.skip("there is no notebook in notebooks/ yet")
    assert COURSE[0].stem == "00_start_here"
    assert COURSE[0] in MARKED, f"no cell of {COURSE[0].name} is marked {MARK}"


@each(COURSE)
def test_a_notebook_runs_and_nothing_in_it_is_broken(path):
    result = executed(path)
    assert result.problems == ()
    assert result.figures > 0


@each(MARKED)
def test_the_outputs_marked_as_reproducible_are_reproduced(path):
    assert reproducible(clean(executed(path).notebook)) == reproducible(courseware.read(path))


@each(COURSE)
def test_a_notebook_is_committed_executed_small_and_clean(path):
    # `make course ARGS=--update` makes it so.
    assert courseware.committed_problems(path) == []


@each(COURSE)
def test_a_notebook_can_be_told_how_long_to_train(path):
    parameters = courseware.parameters_of(path)
    assert "seed" in parameters and len(parameters) >= 2
