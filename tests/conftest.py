"""What holds in every test: no network, no window, the same random numbers."""

import os
import random

os.environ["HF_HUB_OFFLINE"] = "1"  # before anything imports a Hub library; kernels inherit it
os.environ["MPLBACKEND"] = "Agg"

import numpy as np
import pytest
import torch


@pytest.fixture(autouse=True)
def seeded():
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
