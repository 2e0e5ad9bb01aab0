"""What holds in every test: no network, no window, the same random numbers, no figure of another test."""

import os
import random
import sys

os.environ["HF_HUB_OFFLINE"] = "1"  # before anything imports a Hub library; kernels inherit it
os.environ["MPLBACKEND"] = "Agg"

import numpy as np
import pytest
import torch

torch.set_num_threads(1)  # toy models: a second thread costs more than it brings; kernels and children have their own


@pytest.fixture(autouse=True)
def seeded():
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def own_figures():
    """A test's figures end with it: the next one may count what it leaves open. So do the colours that its own tasks
    got, which are few."""
    yield
    pyplot, look = (sys.modules.get(name) for name in ("matplotlib.pyplot", "mtlkit.plots.style_guide"))
    if pyplot:
        pyplot.close("all")
    if look:
        look._OWN.clear()
