"""Loss weights: losses in, λ out. Every file of this folder that registers a `Weighting` is a method by name."""

import importlib
import pkgutil

from mtlkit.weighting.base import Control, Weighting
from mtlkit.weighting.registry import METHODS, Method, get, names, register

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

from mtlkit.weighting.equal import Equal  # noqa: E402
from mtlkit.weighting.fixed import Fixed  # noqa: E402
from mtlkit.weighting.sigmoid import Sigmoid  # noqa: E402

__all__ = ["METHODS", "Control", "Equal", "Fixed", "Method", "Sigmoid", "Weighting", "get", "names", "register"]
