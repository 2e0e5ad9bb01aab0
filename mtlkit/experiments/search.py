"""Settings to be tuned: where to look for them, and what to draw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mtlkit.weighting import Weighting, get
from mtlkit.weighting._registry import check_settings


class Search:
    """A method by name, with a range for each setting to be tuned: `Search("sigmoid", alpha=(-5, 5), beta=[0.5, 1])`.

    The first trial is the method at its defaults (all λ_i = 1 for "fixed").

    Args:
        name: of a weighting.
        **ranges: setting → a pair (low, high), drawn evenly; where both are above 0 and a factor of ten or more apart,
            evenly in the logarithm; or a list of values to choose from. `lambdas` of "fixed" draws one for each task.

    Raises:
        ValueError: an unknown method or setting, no setting, or a range that is neither.

    Example:
        >>> Search("sigmoid", alpha=[3.0]).draw(1, ["topic"]).settings["alpha"]
        3.0
    """

    def __init__(self, name: str, **ranges: Any):
        known = check_settings(name, ranges)
        for setting, values in ranges.items():
            if not isinstance(values, list) and not (isinstance(values, tuple) and len(values) == 2):
                raise ValueError(f"The range of {setting} is a pair (low, high) or a list, found {values!r}.")
        if not ranges:
            raise ValueError(f"Search({name!r}) names no setting to tune: one of {', '.join(known) or 'none'}.")
        self.name, self.ranges = name, ranges

    def draw(self, trial: int, tasks: Sequence[str], seed: int = 0) -> Weighting:
        """The method of one trial; the same for the same seed.

        Args:
            trial: 0, 1, …
            tasks: their names.
            seed: of the draw.

        Returns:
            A new weighting.
        """
        if trial == 0:
            return get(self.name, **({"lambdas": [1.0] * len(tasks)} if self.name == "fixed" else {}))
        random = np.random.default_rng([seed, trial])
        each = {setting: self._number(setting, values, tasks, random) for setting, values in self.ranges.items()}
        return get(self.name, **each)

    def _number(self, setting: str, values, tasks, random):
        if setting == "lambdas":
            return {task: _draw(values, random) for task in tasks}
        return _draw(values, random)


def _draw(values, random):
    if isinstance(values, list):
        return values[random.integers(len(values))]
    low, high = values
    if low > 0 and high >= 10 * low:
        return float(math.exp(random.uniform(math.log(low), math.log(high))))
    return float(random.uniform(low, high))
