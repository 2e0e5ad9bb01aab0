"""What `import mtlkit` tells the threads of torch: to sleep while they wait, unless user or torch were there first."""

import os
import subprocess
import sys

import pytest

NAMES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")


def told(first: str, **given) -> list[str | None]:
    env = {name: value for name, value in os.environ.items() if name not in NAMES} | given
    code = f"import {first}, os; print(*(os.environ.get(name) for name in {NAMES}))"
    run = subprocess.run([sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True)
    return run.stdout.split()


@pytest.mark.parametrize(
    "first, given, expected",
    [
        ("mtlkit", {}, ["PASSIVE", "0"]),
        ("mtlkit, torch", {}, ["PASSIVE", "0"]),
        ("torch, mtlkit", {}, ["None", "None"]),  # too late: torch has read them
        ("mtlkit", {"OMP_WAIT_POLICY": "ACTIVE"}, ["ACTIVE", "None"]),
        ("mtlkit", {"GOMP_SPINCOUNT": "100"}, ["None", "100"]),
    ],
)
def test_what_the_user_set_stays_and_torch_must_come_later(first, given, expected):
    assert told(first, **given) == expected


def test_the_environment_check_says_where_torch_came_first():
    check = "mtlkit as mk; mk.check_environment(); import sys"
    assert "torch was imported before mtlkit" in " ".join(told("torch, " + check))
    assert "torch was imported before" not in " ".join(told(check))
