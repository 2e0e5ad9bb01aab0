"""Kinds and weightings of another installed package are found by its entry points."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import mtlkit as mk

KIND = """
from mtlkit.tasks import register
from mtlkit.tasks.regression import Regression

@register
class Minutes(Regression):
    name = "minutes_waited"
"""
METHOD = '''
from mtlkit.weighting import Weighting, register

@register("inverse_of_somebody", paper="Somebody 2026")
class Inverse(Weighting):
    """λ_i = 1 / L_i."""

    def weights(self, losses, present):
        return 1 / losses
'''
POINTS = """[mtlkit.kinds]
minutes_waited = somebody.kind

[mtlkit.weightings]
inverse_of_somebody = somebody.method
"""
CODE = """
import torch, mtlkit as mk
print(mk.Task("wait", "minutes_waited").spec.name)
print(mk.weighting.get("inverse_of_somebody")(torch.tensor([2.0, 4.0])).tolist())
print(mk.weighting.names().loc["inverse_of_somebody", "paper"], "minutes_waited" in mk.tasks.kinds())
"""


@pytest.fixture
def site(tmp_path) -> Path:
    """A folder with the package "somebody" as pip leaves it."""
    package, info = tmp_path / "somebody", tmp_path / "somebody-1.0.dist-info"
    package.mkdir(), info.mkdir()
    (package / "__init__.py").write_text("")
    (package / "kind.py").write_text(KIND), (package / "method.py").write_text(METHOD)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: somebody\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(POINTS)
    return tmp_path


def run(site: Path) -> subprocess.CompletedProcess:
    path = os.pathsep.join([str(site), str(Path(mk.__file__).parents[1])])
    return subprocess.run(
        [sys.executable, "-c", CODE], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True
    )


def test_what_an_installed_package_offers_is_there_by_its_name(site):
    done = run(site)
    assert done.stdout.splitlines() == ["minutes_waited", "[0.5, 0.25]", "Somebody 2026 True"], done.stderr


def test_a_package_that_cannot_be_loaded_is_named_and_stops_nobody_else(site):
    (site / "somebody" / "kind.py").write_text("import no_such_thing")
    done = run(site)
    assert "The package 'somebody' offers the task kind 'minutes_waited', which can't be loaded" in done.stderr
    assert "No module named 'no_such_thing'" in done.stderr
    assert "There is no task kind 'minutes_waited'" in done.stderr  # the code above asks for it
