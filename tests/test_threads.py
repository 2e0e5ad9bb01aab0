"""How many threads compute: no more than the process may use, and one where more are no faster."""

import os
from types import SimpleNamespace

import jupyterlab.labapp
import pytest
import torch

from mtlkit.course import lab, runner
from mtlkit.utils import threads
from mtlkit.widgets import training_panel


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


@pytest.fixture
def container(monkeypatch):
    """As in a container with 3 of its host's 64 cores, whose user chose nothing."""
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "3")
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    monkeypatch.setattr(threads, "cores", lambda: 3)
    monkeypatch.setattr(runner, "cores", lambda: 3)
    monkeypatch.setattr(lab, "cores", lambda: 3)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)


@pytest.mark.parametrize("jobs, share", [(1, 3), (2, 1)])
def test_notebooks_run_headlessly_share_the_containers_cores(container, monkeypatch, jobs, share):
    given = []
    monkeypatch.setattr(runner, "run", lambda path, **settings: given.append(settings))
    runner.run_all(["a", "b"], jobs=jobs)
    assert given == [{"threads": share}] * 2


def test_the_labs_kernels_keep_to_the_containers_cores(container, monkeypatch):
    for name in threads.VARIABLES:
        monkeypatch.setenv(name, "1")
    monkeypatch.setattr(jupyterlab.labapp.LabApp, "launch_instance", lambda options: None)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    lab.open_lab("course")
    assert os.environ["OMP_NUM_THREADS"] == "7"
    monkeypatch.delenv("OMP_NUM_THREADS")
    lab.open_lab("course")
    assert os.environ.pop("OMP_NUM_THREADS") == "3"


def test_a_panel_that_trains_keeps_to_the_containers_cores(monkeypatch):
    asked = []
    monkeypatch.setattr(training_panel, "share_cores", lambda: asked.append(True))
    panel = SimpleNamespace(training=SimpleNamespace(done=0), _tell=lambda text: None, _show_state=lambda: None)
    training_panel.TrainingPanel._begin(panel, "running")
    assert asked == [True]
