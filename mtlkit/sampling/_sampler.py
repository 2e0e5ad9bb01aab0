"""What samplers have in common, and how they are named."""

from __future__ import annotations

import copy
import inspect
import math
import numbers
from collections.abc import Sequence
from typing import Any

from mtlkit.utils.errors import unknown

SAMPLERS: dict[str, type[Sampler]] = {}


class Sampler:
    """Decides while a run trains which tasks' rows it reads next.

    Attributes:
        name: by which `Run(sampling=…)` knows it.
        tasks: the tasks' names, known after `setup`.
    """

    name = "sampler"
    tasks: tuple[str, ...] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        SAMPLERS[cls.name] = cls

    def setup(self, tasks: Sequence[str], steps: int) -> None:
        """Begin a run: what was learnt is forgotten.

        Args:
            tasks: the names of those that are trained.
            steps: of the run.
        """
        self.tasks = tuple(tasks)
        self._begin(steps)

    def _begin(self, steps: int) -> None:
        """What a sampler knows before the first step."""

    @property
    def settings(self) -> dict:
        """The constructor's settings; plain types."""
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def state_dict(self) -> dict:
        """What was learnt since `setup`.

        Returns:
            Plain types.
        """
        own = {k: v for k, v in vars(self).items() if k not in self.settings and k != "tasks"}
        return copy.deepcopy(own)

    def load_state_dict(self, state: dict) -> None:
        """Go on from there.

        Args:
            state: of `state_dict`.
        """
        vars(self).update(copy.deepcopy(state))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.settings.items())})"


def as_sampling(sampling: Sampler | dict | str | float | None) -> Sampler | float | None:
    """What `Run(sampling=…)` means: None, an exponent τ, or a sampler of its own; ValueError for anything else."""
    if sampling is None:
        return None
    if isinstance(sampling, Sampler):
        return copy.deepcopy(sampling)
    if isinstance(sampling, str):
        sampling = {"name": sampling}
    if isinstance(sampling, dict):
        settings = dict(sampling)
        name = settings.pop("name", None)
        if name not in SAMPLERS:
            raise ValueError(unknown("sampler", str(name), SAMPLERS))
        for setting in settings:
            if setting not in (known := inspect.signature(SAMPLERS[name]).parameters):
                raise ValueError(unknown(f"setting of the sampler {name!r}", setting, known))
        return SAMPLERS[name](**settings)
    if isinstance(sampling, bool) or not isinstance(sampling, numbers.Real) or not 0 <= sampling < math.inf:
        raise ValueError(
            "sampling is None, the exponent τ of n_i^τ, 0 (each task alike) to 1 (each label alike), or a sampler: "
            f"{', '.join(map(repr, SAMPLERS))}. Found {sampling!r}."
        )
    return float(sampling)


def described(sampling: Sampler | float | None) -> dict | float | None:
    """In plain types, as `as_sampling` takes them."""
    return {"name": sampling.name, **sampling.settings} if isinstance(sampling, Sampler) else sampling


def at_least(what: str, value, least: float, whole: bool = False):
    """The number; ValueError if it is none, or below `least`."""
    kind = numbers.Integral if whole else numbers.Real
    if isinstance(value, bool) or not isinstance(value, kind) or not least <= value < math.inf:
        raise ValueError(f"{what} is a {'whole' if whole else 'finite'} number of at least {least:g}, found {value!r}.")
    return int(value) if whole else float(value)
