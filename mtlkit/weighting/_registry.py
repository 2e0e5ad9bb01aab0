"""Weighting methods by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from mtlkit.utils.errors import unknown
from mtlkit.utils.registry import Registry
from mtlkit.weighting._need import Need
from mtlkit.weighting._weighting import Weighting

if TYPE_CHECKING:
    import pandas

W = TypeVar("W", bound=type[Weighting])  # the decorated class stays what it is to an editor


@dataclass(frozen=True)
class Method:
    """A registered weighting: its class, where it comes from, and what the loop must supply for it.

    Args:
        cls: the class.
        paper: where it comes from, as it is cited; "" for nowhere.
        needs: what it needs beyond the losses.

    Example:
        >>> METHODS["famo"].kind, METHODS["famo"].needs
        ('loss-based', frozenset({<Need.SECOND_FORWARD: 'second_forward'>}))
    """

    cls: type[Weighting]
    paper: str
    needs: frozenset[Need]

    @property
    def kind(self) -> str:
        """What it works on: "gradient-based" for what combines the tasks' gradients, else "loss-based"."""
        return "gradient-based" if Need.JACOBIAN in self.needs else "loss-based"

    @property
    def cost(self) -> str:
        """What a step costs beyond the losses, in words."""
        return "; ".join(need.cost for need in sorted(self.needs)) or "nothing"


METHODS: Registry[Method] = Registry("weighting", "mtlkit.weightings")


def register(name: str, *, paper: str = "") -> Callable[[W], W]:
    """Class decorator: makes the weighting known as `name`.

    A package of yours can offer it to whoever installs it, by the entry-point group "mtlkit.weightings".

    Args:
        name: what `get`, `Run` and `compare` call it.
        paper: where it comes from.

    Returns:
        The decorator, which gives the class as it is.

    Raises:
        ValueError: the name is taken by another class.
    """

    def add(cls: W) -> W:
        METHODS.add(name, Method(cls, paper, cls.needs), cls)
        cls.name = name
        return cls

    return add


def names() -> pandas.DataFrame:
    """All registered weightings.

    Returns:
        A table by name: kind ("loss-based" or "gradient-based"), what a step costs beyond the losses, paper.

    Example:
        >>> names().loc["equal", "kind"]
        'loss-based'
    """
    import pandas as pd

    rows = [(name, m.kind, m.cost, m.paper) for name, m in sorted(METHODS.items())]
    return pd.DataFrame(rows, columns=["name", "kind", "cost", "paper"]).set_index("name")


def get(name: str, **settings: Any) -> Weighting:
    """A new weighting by name.

    Args:
        name: as `names()` lists them.
        **settings: those of its class.

    Returns:
        The weighting.

    Raises:
        ValueError: an unknown name or setting, with the right ones, or a missing setting.

    Example:
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
