"""What figures read of a training's record and of an atlas: figures know no room above them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    import pandas


class HistoryLike(Protocol):
    """A `History`, or whatever has these."""

    tasks: tuple[str, ...]
    settings: dict[str, Any]
    events: list[dict]

    def steps(self) -> np.ndarray: ...
    def losses(self) -> np.ndarray: ...
    def weights(self) -> np.ndarray: ...
    def metrics(self) -> pandas.DataFrame: ...


class AtlasLike(Protocol):
    """An `Atlas`, or whatever has these."""

    axes: dict[str, np.ndarray]

    @property
    def maps(self) -> Mapping[str, str]: ...
    def map(self, what: str = "mean") -> np.ndarray: ...
    def best(self, what: str = "mean") -> dict[str, float]: ...
    def as_good(self, what: str = "mean") -> np.ndarray | None: ...
    def cell(self, **settings: float) -> tuple[int, int]: ...
