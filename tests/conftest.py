"""What holds in every test: no network, no window, the same random numbers, no figure of another test."""

import os
import random
import sys
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"  # before anything imports a Hub library; kernels inherit it
os.environ["MPLBACKEND"] = "Agg"
os.environ["OMP_NUM_THREADS"] = "1"  # toy models: a second thread costs more than it brings, and two processes test

import numpy as np
import pytest
import torch

LONGEST = ["browser", "notebooks", "experiments", "widgets", "course", "training"]  # these first: no long tail
PROCESSES = {
    "experiments/test_comparison.py",
    "course/test_runner.py",
    "training/test_run.py",
}  # start some: one by one


def pytest_collection_modifyitems(items):
    rooms = {item: item.path.relative_to(Path(__file__).parent).parts[0] for item in items}
    items.sort(key=lambda item: LONGEST.index(rooms[item]) if rooms[item] in LONGEST else len(LONGEST))


def group_of(test: str) -> str:
    """Tests of one group follow each other in one process: a file's, whose fixtures are made once; a notebook's, which
    runs once; the browser's; and those that start processes of their own."""
    file = test.split("::")[0].removeprefix("tests/")
    if file.startswith("notebooks/"):
        return test.partition("[")[2] or test
    return "browser" if file.startswith("browser/") else "processes" if file in PROCESSES else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    # Not by `xdist_group`: pytest-xdist 3.8 writes the group into a node id that pytest 9.2 no longer reads.
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return group_of(nodeid)

    return Groups(config, log)


@pytest.fixture(autouse=True)
def seeded():
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def own_figures():
    """A test's figures end with it: the next one may count what it leaves open."""
    yield
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot:
        pyplot.close("all")
