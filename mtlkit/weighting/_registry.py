"""Weighting methods by name."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mtlkit.utils.errors import unknown
from mtlkit.weighting._base import COSTS, Weighting


@dataclass(frozen=True)
class Method:
    """A registered weighting: its class, where it comes from, and what `Run` must supply for it."""

    cls: type[Weighting]
    paper: str
    needs: frozenset[str]

    @property
    def kind(self) -> str:
        return "gradient-based" if "jacobian" in self.needs else "loss-based"

    @property
    def cost(self) -> str:
        """What a step costs beyond the losses, in words."""
        return "; ".join(COSTS[need] for need in sorted(self.needs)) or "nothing"


METHODS: dict[str, Method] = {}


def register(name: str, *, paper: str = "") -> Callable[[type[Weighting]], type[Weighting]]:
    """Class decorator: makes the weighting known as `name`. ValueError if the name is taken by another class."""

    def add(cls: type[Weighting]) -> type[Weighting]:
        taken = METHODS.get(name)
        # The same class anew is a notebook cell that was run again.
        if taken and (taken.cls.__module__, taken.cls.__qualname__) != (cls.__module__, cls.__qualname__):
            raise ValueError(f"The weighting name {name!r} is taken by {taken.cls.__name__}: choose another.")
        cls.name = name
        METHODS[name] = Method(cls, paper, frozenset(cls.needs))
        return cls

    return add


def names():
    """All registered weightings, as a pandas table: name, kind ("loss-based" or "gradient-based"), what a step costs
    beyond the losses, paper."""
    import pandas as pd

    rows = [(name, m.kind, m.cost, m.paper) for name, m in sorted(METHODS.items())]
    return pd.DataFrame(rows, columns=["name", "kind", "cost", "paper"]).set_index("name")


def get(name: str, **settings) -> Weighting:
    """A new weighting by name. ValueError for an unknown name or setting, with the right ones, or a missing one.

    >>> get("sigmoid", alpha=2.0).settings["alpha"]
    2.0
    """
    parameters = check_settings(name, settings)
    for setting, parameter in parameters.items():
        if parameter.default is inspect.Parameter.empty and setting not in settings:
            raise ValueError(f"The weighting {name!r} needs {setting}: get({name!r}, {setting}=…).")
    return METHODS[name].cls(**settings)


def check_settings(name: str, settings: Iterable[str]) -> Mapping[str, inspect.Parameter]:
    """All settings of the weighting `name`; ValueError if it isn't there, or has not those of `settings`."""
    if name not in METHODS:
        raise ValueError(unknown("weighting", name, sorted(METHODS)))
    parameters = inspect.signature(METHODS[name].cls).parameters
    for setting in settings:
        if setting not in parameters:
            raise ValueError(unknown(f"{name!r} setting", setting, parameters))
    return parameters
