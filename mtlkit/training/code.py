"""The code that makes a run again: for whoever steered one by hand."""

from __future__ import annotations

import inspect
from dataclasses import asdict

from mtlkit.training.run import Run


def weighting_code(run: Run) -> str:
    """The code that makes a run's weighting, with the first settings."""
    method = dict(run.history.settings["weighting"])
    name, known = method.pop("name"), inspect.signature(type(run.weighting)).parameters
    own = "".join(f", {k}={v!r}" for k, v in method.items() if v != known[k].default)
    return f"mk.weighting.get({name!r}{own})"


def settings_code(run: Run) -> str:
    """A run's other settings, as they are handed to `Run`."""
    return ", ".join(f"{name}={value!r}" for name, value in asdict(run.config).items())
