"""Tasks and their kinds. Every file of this folder that registers a `Kind` is a kind; nothing else lists them."""

import importlib
import pkgutil

from mtlkit.tasks._kind import KINDS, Kind, kinds, register
from mtlkit.tasks._statistic import Statistic
from mtlkit.tasks._target import DecoderTarget, Target, TextRows
from mtlkit.tasks._task import Task

for _module in pkgutil.iter_modules(__path__):
    if not _module.name.startswith("_"):
        importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["KINDS", "DecoderTarget", "Kind", "Statistic", "Target", "Task", "TextRows", "kinds", "register"]
