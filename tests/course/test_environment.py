"""The environment check: every verdict with its remedy, and no traceback whatever is missing."""

import importlib.metadata
import json
import os
import shutil
import sys

import pytest

import mtlkit as mk
from mtlkit.course import environment
from mtlkit.utils import threads

VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A data folder in which all is there."""
    files = {"helpdesk": ["train.jsonl"], "encoders/bert-tiny": ["config.json", "tokenizer.json", "model.safetensors"]}
    for folder, names in files.items():
        (tmp_path / folder).mkdir(parents=True)
        for name in names:
            (tmp_path / folder / name).write_text("x")
    (tmp_path / "helpdesk" / "corpus.json").write_text(json.dumps({"files": {"train": "train.jsonl"}}))
    monkeypatch.setattr(environment, "DATA", tmp_path)
    monkeypatch.setattr(environment, "gain_of_threads", lambda: 1.8)
    return tmp_path


def check(capsys) -> tuple[bool, list[str], str]:
    """(the verdict, the lines of what needs mending with their remedies, all that was printed)."""
    good = mk.check_environment()
    said = capsys.readouterr().out
    lines = said.splitlines()
    return good, ["\n".join(lines[i : i + 2]) for i, line in enumerate(lines) if line.startswith("[fix]")], said


def test_where_all_is_there_it_says_so(data, capsys):
    good, wrong, said = check(capsys)
    assert good and wrong == []
    for what in ("Python 3", "torch 2", "transformers 5", "ipywidgets 8", "helpdesk", "bert-tiny", "CPU core", "GPU"):
        assert f"{what}" in said
    assert said.splitlines()[-1] == "All is there."


def test_a_missing_and_an_old_package_are_named_with_the_line_that_mends_it(data, capsys, monkeypatch):
    installed = importlib.metadata.version

    def version(name):
        if name == "transformers":
            return "4.30.0"
        if name == "tqdm":
            raise importlib.metadata.PackageNotFoundError(name)
        return installed(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    good, wrong, said = check(capsys)
    assert not good and len(wrong) == 2
    assert "transformers 4.30.0; the course needs >=5.0" in wrong[0] and '%pip install "transformers>=5.0"' in wrong[0]
    assert "tqdm is not installed" in wrong[1] and "%pip install" in wrong[1]
    assert said.splitlines()[-1].startswith("2 to mend")


def test_a_package_that_does_not_load_is_one_to_mend(data, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)  # importing it raises
    good, wrong, _ = check(capsys)
    assert not good and len(wrong) == 1, "said once"
    assert "torch" in wrong[0] and "does not load" in wrong[0] and "--force-reinstall" in wrong[0]


@pytest.mark.parametrize("lost, named", [("helpdesk", "corpus.json"), ("encoders", "model.safetensors")])
def test_missing_data_is_named(data, capsys, lost, named):
    shutil.rmtree(data / lost)
    good, wrong, _ = check(capsys)
    assert not good and len(wrong) == 1 and named in wrong[0] and "→" in wrong[0]


def test_an_empty_file_counts_as_missing(data, capsys):
    (data / "helpdesk" / "train.jsonl").write_text("")
    assert "train.jsonl" in check(capsys)[1][0]


def test_a_python_too_old_is_said(data, capsys, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 1, "final", 0))
    _, wrong, _ = check(capsys)
    assert len(wrong) == 1 and "Python 3.9.1" in wrong[0] and ">=3.11" in wrong[0]


def test_whatever_goes_wrong_there_is_no_traceback(data, capsys, monkeypatch):
    def metadata(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "metadata", metadata)
    monkeypatch.setattr(importlib.metadata, "requires", metadata)
    good, wrong, _ = check(capsys)
    assert not good and len(wrong) == 2 and all("make lab" in each for each in wrong)


def test_in_a_notebook_one_line_is_a_widget_and_reads_well_without(data, capsys, monkeypatch):
    import IPython
    import IPython.display

    shown = []
    monkeypatch.setattr(IPython, "get_ipython", lambda: object())
    monkeypatch.setattr(IPython.display, "display", lambda bundle, **_: shown.append(bundle))
    assert mk.check_environment()
    (bundle,) = shown
    assert bundle[VIEW]["model_id"] and "restart JupyterLab" in bundle["text/plain"] and "<div" in bundle["text/html"]
    assert "Traceback" not in capsys.readouterr().out


def test_where_one_thread_is_as_fast_that_is_said(data, capsys, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    for gain, told in ((0.6, True), (1.01, True), (1.4, False)):
        monkeypatch.setattr(environment, "gain_of_threads", lambda gain=gain: gain)
        mk.check_environment()
        assert ("torch.set_num_threads(1) leaves the other cores" in capsys.readouterr().out) == told


def test_who_did_not_choose_how_threads_wait_is_told_where_they_sleep_early(data, capsys, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    for name in threads.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    mk.check_environment()
    assert "start JupyterLab by `make lab`" in capsys.readouterr().out
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    mk.check_environment()
    assert "[ok]  2 CPU cores\n" in capsys.readouterr().out
    assert threads.sleep_early() == {}
