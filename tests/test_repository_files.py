"""What a host of repositories reads, agrees with the package: version, workflows, templates, hooks."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import mtlkit as mk

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
MAKE = (ROOT / "Makefile").read_text(encoding="utf-8")
HOSTED = sorted(path for path in (ROOT / ".github").rglob("*.yml"))


def load(path: Path | str) -> dict:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def test_the_version_stands_in_one_place_and_the_others_say_the_same():
    assert PROJECT["project"]["dynamic"] == ["version"] and "version" not in PROJECT["project"]
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "mtlkit/__init__.py"
    assert load("CITATION.cff")["version"] == mk.__version__
    newest = re.search(r"^## \[.*?\] ?([\d.]*)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest[1] == mk.__version__


def test_what_the_changelog_calls_the_new_name_is_there():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    now = [cell for line in text.splitlines() if line.startswith("| `mk.") for cell in line.split("|")[2:3]]
    names = re.findall(r"`mk\.([\w.]+)`", " ".join(now))
    assert len(names) >= 8
    for name in names:
        thing = mk
        for part in name.split("."):
            thing = getattr(thing, part)


@pytest.mark.parametrize("path", HOSTED, ids=[path.name for path in HOSTED])
def test_a_hosts_files_are_yaml_of_their_kind(path):
    content = load(path)
    if path.parent.name == "workflows":
        assert {"name", "jobs"} <= set(content) and content["permissions"] == {"contents": "read"}
        for job in content["jobs"].values():
            assert job["runs-on"] == "ubuntu-latest" and all("uses" in s or "run" in s for s in job["steps"])
    elif path.name == "dependabot.yml":
        assert {update["package-ecosystem"] for update in content["updates"]} == {"pip", "github-actions"}
    elif path.name != "config.yml":
        assert {"name", "description", "body"} <= set(content)
        assert {part["type"] for part in content["body"]} <= {"input", "textarea"}


def test_every_python_that_the_package_names_is_tested():
    jobs = load(".github/workflows/test.yml")["jobs"]
    named = [c.split(" :: ")[-1] for c in PROJECT["project"]["classifiers"] if re.search(r":: 3\.\d+$", c)]
    assert jobs["pinned"]["strategy"]["matrix"]["python"] == named
    assert named[0] == PROJECT["project"]["requires-python"].removeprefix(">=")
    bounds = jobs["bounds"]["strategy"]["matrix"]["include"]
    assert {one["dependencies"] for one in bounds} == {"lowest-direct", "highest"}


def test_the_hooks_lint_what_make_test_lints():
    (repo,) = load(".pre-commit-config.yaml")["repos"]
    hooks = {hook["entry"].replace(" --force-exclude", "") for hook in repo["hooks"]}
    recipe = MAKE.split("\ntest:")[1].split("\n\n")[0].replace("&&", "\n")
    linted = [line.strip() for line in recipe.splitlines() if line.strip().startswith(".venv/bin/")]
    linted = {line.replace(" . ", " ").removesuffix(" .") for line in linted if "pytest" not in line}
    assert linted <= {hook for hook in hooks} | {f"{hook} --no-cache --no-logo" for hook in hooks}


def test_all_is_what_the_notebooks_can_ask_for():
    extras = PROJECT["project"]["optional-dependencies"]
    asked = {name for text in extras["all"] for name in re.findall(r"[\w-]+", text.partition("[")[2])}
    assert asked | {"plots", "widgets", "peers", "site", "test", "all"} == set(extras)
    assert "mtlkit[widgets]" in extras["course"] and "mtlkit[plots]" in extras["widgets"]
    light = " ".join(PROJECT["project"]["dependencies"])
    assert not re.search("matplotlib|widget|jupyter|ipykernel|papermill|nbconvert", light)
