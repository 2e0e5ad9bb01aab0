"""Tasks and their kinds. Every file of this folder that registers a `Kind` is a kind; nothing else lists them."""

import importlib
import pkgutil

from mtlkit.tasks._base import KINDS, DecoderTarget, Kind, Target, Task, kinds, register

for _module in pkgutil.iter_modules(__path__):
    if not _module.name.startswith("_"):
        importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["KINDS", "DecoderTarget", "Kind", "Target", "Task", "kinds", "register"]
