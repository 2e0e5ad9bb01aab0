"""The exercises' checks: `mk.check.sigmoid_weight(answer)` says what is right, or which idea led astray.

Every file of this folder that declares exercises with `@exercise` adds them; nothing else lists them.
"""

import importlib
import pkgutil

from mtlkit.course.checks.base import EXERCISES, Exercise, Verdict, exercise
from mtlkit.course.checks.progress import Progress, progress
from mtlkit.utils.errors import unknown

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["EXERCISES", "Exercise", "Progress", "Verdict", "exercise", "progress"]


def __getattr__(name: str):
    if name in EXERCISES:
        return EXERCISES[name]
    raise AttributeError(unknown("exercise", name, EXERCISES))


def __dir__():
    return [*__all__, *EXERCISES]
