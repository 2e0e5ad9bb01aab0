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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """For `--dist loadgroup`: a file's tests run in one process, where its fixtures are made once. The browser is one
    group; so are, under "processes", the tests that start processes of their own."""
    here = Path(__file__).parent
    rooms = {item: item.path.relative_to(here).parts[0] for item in items}
    items.sort(key=lambda item: LONGEST.index(rooms[item]) if rooms[item] in LONGEST else len(LONGEST))
    for item in items:
        if not item.get_closest_marker("xdist_group"):
            group = "browser" if rooms[item] == "browser" else str(item.path.relative_to(here))
            item.add_marker(pytest.mark.xdist_group(group))


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
