"""The files that describe the environment agree, the commands exist, and importing the package is light."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT, CONTRACTS = PYPROJECT["project"], PYPROJECT["tool"]["importlinter"]
HEAVY = {"transformers", "datasets", "pandas", "matplotlib", "sklearn", "scipy", "ipywidgets", "papermill", "nbconvert"}


def pins() -> dict[str, str]:
    lines = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    matches = [re.fullmatch(r"([A-Za-z0-9._-]+)==([0-9][0-9A-Za-z.]*)", line) for line in lines if line]
    assert all(matches), "requirements.txt should hold name==version only, no addresses, paths or options"
    names = [re.sub(r"[-_.]+", "-", match[1]).lower() for match in matches]
    assert len(set(names)) == len(names) > 50
    return dict(zip(names, (match[2] for match in matches), strict=True))


def test_every_dependency_is_pinned_within_its_bounds():
    extras = [text for extra in PROJECT["optional-dependencies"].values() for text in extra]
    wanted = [Requirement(text) for text in PROJECT["dependencies"] + extras if not text.startswith("mtlkit")]
    assert len(wanted) >= 20
    for requirement in wanted:
        version = pins()[re.sub(r"[-_.]+", "-", requirement.name).lower()]
        assert requirement.specifier.contains(version), f"{requirement} against {version} in requirements.txt"
    assert pins()["torch"] == "2.13.0"  # the version of which CI finds a build for CPUs


def test_conda_gets_the_same_versions():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    python, pip, from_pip = environment["dependencies"]
    assert (pip, from_pip) == ("pip", {"pip": ["-r requirements.txt"]})
    assert SpecifierSet(PROJECT["requires-python"]).contains(python.removeprefix("python="))


def test_the_readme_names_commands_that_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(_code((ROOT / "README.md").read_text()))))
    assert {"lab", "course"} <= named <= targets


def test_continuous_integration_runs_the_command_for_all_tests():
    script = (ROOT / ".ci" / "run").read_text()
    assert script.rstrip().splitlines()[-1] == "make test"
    assert subprocess.run(["bash", "-n", ROOT / ".ci" / "run"]).returncode == 0


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make on this machine")
@pytest.mark.parametrize(
    "python, said",
    [
        ("exit 1", "needs Python 3.11 or newer"),  # whatever is asked of it: as an old one answers
        ('case "$*" in *ensurepip*) exit 1;; esac', "apt install python3-venv"),
        ("", "needs Python 3.11 or newer"),  # none found at all
    ],
    ids=["too old", "no venv", "none"],
)
def test_a_python_that_will_not_do_is_said_in_one_line_with_the_remedy(tmp_path, python, said):
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\n{python}\n")
    script.chmod(0o755)
    given = f"PYTHON={script if python else ''}"
    made = subprocess.run(["make", "-s", "lab", given], cwd=tmp_path, capture_output=True, text=True)
    assert made.returncode != 0 and not (tmp_path / ".venv").exists()
    (line,) = made.stdout.splitlines()
    assert said in line and "make PYTHON=/path/to/python3.11 lab" in line


def test_imports_run_one_way():
    assert not CONTRACTS.get("ignore_imports") and not any("ignore_imports" in c for c in CONTRACTS["contracts"])
    script = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([script, "--no-cache", "--no-logo"], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_weighting_method_is_held_apart_from_the_others():
    (methods,) = (c["modules"] for c in CONTRACTS["contracts"] if c["type"] == "independence")
    files = {p.stem for p in (ROOT / "mtlkit" / "weighting").glob("[!_]*.py")}
    assert sorted(methods) == sorted(f"mtlkit.weighting.{name}" for name in files)


def test_importing_any_module_imports_nothing_heavy():
    modules = [p.relative_to(ROOT).with_suffix("") for p in sorted((ROOT / "mtlkit").rglob("*.py"))]
    names = [".".join(p.parts).removesuffix(".__init__") for p in modules]
    assert "mtlkit.course.runner" in names
    code = f"""
import importlib, sys
for name in {names}:
    importlib.import_module(name)
    heavy = {HEAVY} & set(sys.modules)
    assert not heavy, f"import {{name}} imports {{', '.join(sorted(heavy))}}"
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=os.environ)
    assert run.returncode == 0, run.stderr.splitlines()[-1]


def test_a_task_kind_and_a_weighting_are_one_file_each(tmp_path):
    """What CONTRIBUTING says: the file is put there, and nothing else has to name it, from training to answers."""
    package = shutil.copytree(ROOT / "mtlkit", tmp_path / "mtlkit", ignore=shutil.ignore_patterns("__pycache__"))
    kind = "from mtlkit.tasks.regression import Regression\nfrom mtlkit.tasks import register\n\n\n"
    (package / "tasks" / "stars.py").write_text(kind + '@register\nclass Stars(Regression):\n    name = "stars"\n')
    weighting = "from mtlkit.weighting.equal import Equal\nfrom mtlkit.weighting import register\n\n\n"
    third = "    def weights(self, losses, present):\n        return super().weights(losses, present) / 3\n"
    (package / "weighting" / "mine.py").write_text(weighting + f'@register("mine")\nclass Mine(Equal):\n{third}')
    code = f"""
import sys; sys.path.append({str(Path(__file__).parent)!r})
import pandas as pd, toy, mtlkit as mk
assert mk.__file__.startswith({str(tmp_path)!r})
frames = {{name: pd.DataFrame(toy.rows(48, i)) for i, name in enumerate(("train", "validation", "test"))}}
tasks = [mk.Task("size", "stars"), mk.Task("old", "classification")]
corpus = mk.Corpus.from_frames(frames, tasks=tasks)
encoder = mk.load_encoder(toy.encoder_folder("."))
run = mk.Run(mk.MultiTaskModel(encoder, corpus.tasks), corpus, "mine", steps=4, batch_size=16)
mk.fit(run)
assert (abs(run.history.weights() - 1 / 3) < 1e-6).all(), "the method of the file acted"
assert "size" in set(run.history.metrics().task), "and the kind was validated"
table = mk.evaluate(run.model, corpus.test, bootstrap=10).set_index(["task", "metric"])
main = ("size", run.model.tasks[0].main_metric)
assert table.low[main] <= table.value[main] <= table.high[main] and table.rows[main] == 48
texts = corpus.test.texts[:3]
answers = run.model.predict(texts)
assert all("value" in answer["size"] and "label" in answer["old"] for answer in answers)
run.model.save("saved")
again = mk.MultiTaskModel.load("saved")
assert again.tasks[0].kind == "stars"
assert all(abs(a["size"]["value"] - b["size"]["value"]) < 1e-4 for a, b in zip(answers, again.predict(texts)))
found = mk.compare({{"mine": "mine", "equal": "equal"}}, corpus, encoder, seeds=1, budget=2, folder="kept")
assert not found.failed and set(found.results.method) >= {{"mine", "equal"}}
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert run.returncode == 0, run.stderr[-3000:]


def _code(markdown: str) -> list[str]:
    """What a README sets as code, in blocks and in lines."""
    return re.findall(r"```.*?```", markdown, re.DOTALL) + re.findall(r"`[^`\n]+`", markdown)
