"""What holds in every test: no network, no window, the same random numbers."""

import os
import random

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
