"""Loss weights: losses in, λ out. One method a file, one base class, a registry by name."""

from mtlkit.weighting.base import Weighting
from mtlkit.weighting.equal import Equal
from mtlkit.weighting.fixed import Fixed
from mtlkit.weighting.registry import METHODS, Method, get, names, register
from mtlkit.weighting.sigmoid import Sigmoid

__all__ = ["METHODS", "Equal", "Fixed", "Method", "Sigmoid", "Weighting", "get", "names", "register"]
