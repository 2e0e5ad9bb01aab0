"""No kind of task waits for a GPU between its batch and its gradients: seen on a CPU; test_gpu.py sees the rest."""

import pytest
from each_kind import KINDS, run_of
from waiting import NoSync


@pytest.mark.parametrize("kind", KINDS)
def test_losses_and_gradients_ask_nothing_of_the_device(kind):
    run = run_of(kind, device="cpu")
    batch = run.batches[0]
    with NoSync():
        run.model.losses(batch).sum().backward()
