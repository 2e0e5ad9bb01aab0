"""Every notebook of the course runs headlessly with its default parameters, and lies in the repository as it should."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mtlkit import courseware

ROOT = Path(__file__).parent.parent.parent
COURSE = sorted((ROOT / "notebooks").glob("*.ipynb"))
# A notebook that runs in seconds says so in its metadata, {"mtlkit": {"quick": true}}, and is run by nbval too.
QUICK = [path for path in COURSE if courseware.read(path).metadata.get("mtlkit", {}).get("quick")]
MARK = "# NBVAL_CHECK_OUTPUT"


def stems(paths):
    return [path.stem for path in paths]


def test_there_is_a_course():
    if not COURSE:
        pytest.skip("there is no notebook in notebooks/ yet")
    assert COURSE[0].stem == "00_start_here"
    assert QUICK, "no notebook is marked quick: nbval would check nothing"


@pytest.mark.parametrize("path", COURSE, ids=stems(COURSE))
def test_a_notebook_runs_and_nothing_in_it_is_broken(path):
    result = courseware.run(path, timeout=300)
    assert result.problems == ()
    assert result.figures > 0


@pytest.mark.parametrize("path", COURSE, ids=stems(COURSE))
def test_a_notebook_is_committed_executed_small_and_clean(path):
    # `make course ARGS=--update` makes it so.
    assert courseware.committed_problems(path) == []


@pytest.mark.parametrize("path", COURSE, ids=stems(COURSE))
def test_a_notebook_can_be_told_how_long_to_train(path):
    parameters = courseware.parameters_of(path)
    assert "seed" in parameters and len(parameters) >= 2


@pytest.mark.parametrize("path", QUICK, ids=stems(QUICK))
def test_the_outputs_marked_as_reproducible_are_reproduced(path, tmp_path):
    assert MARK in path.read_text(encoding="utf-8"), f"no cell of {path.name} is marked {MARK}"
    copy = shutil.copy(path, tmp_path)  # nbval works in the notebook's folder
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, copy]
    options = ["--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout", "300"]
    run = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert run.returncode == 0, run.stdout[-4000:]
