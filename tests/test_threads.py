"""How many threads compute: no more than the process may use, and one where more are no faster."""

import torch

from mtlkit.utils import threads


def test_torch_has_no_more_threads_than_cores_unless_the_user_chose(monkeypatch):
    before = torch.get_num_threads()
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")  # as in a container with a share of its host's cores
    assert threads.cores() == 1
    try:
        torch.set_num_threads(2)
        monkeypatch.setenv("OMP_NUM_THREADS", "2")
        threads.share_cores()
        assert torch.get_num_threads() == 2
        monkeypatch.delenv("OMP_NUM_THREADS")
        threads.share_cores()
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_measuring_threads_leaves_no_trace():
    torch.manual_seed(0)
    expected, before = torch.rand(1), torch.get_num_threads()
    torch.manual_seed(0)
    assert threads.steps_a_second(1, seconds=0.01) > 0
    assert torch.rand(1) == expected and torch.get_num_threads() == before
