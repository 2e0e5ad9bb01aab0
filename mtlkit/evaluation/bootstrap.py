"""Percentile intervals over resampled rows (Efron 1979, "Bootstrap methods", Annals of Statistics 7), all resamples at
once."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from mtlkit.tasks import Statistic

PERCENTILES = (2.5, 97.5)
BLOCK = 4_000_000  # drawn rows held at once: 32 MB of their numbers


def bootstrap(
    statistic: Statistic,
    n: int,
    resamples: int,
    seed: int | np.random.Generator = 0,
    groups: np.ndarray | None = None,
) -> dict[str, tuple[float, float]]:
    """The 2.5 % and 97.5 % points of each metric over resamples of n rows, drawn with replacement.

    Args:
        statistic: rows' numbers (resamples, n) → metric → values (resamples,).
        n: how many rows there are.
        resamples: how often they are drawn; at least 1.
        seed: of the draws; or the generator that makes them.
        groups: (n,), a number for each row; whole groups are drawn, as many as there are (Field & Welsh 2007,
            "Bootstrapping clustered data", Journal of the Royal Statistical Society B 69). None: each row its own.

    Returns:
        Metric → (low, high). Draws where it is undefined (NaN) are left out; NaN where it is in none defined.
    """
    random = np.random.default_rng(seed)
    draws: dict[str, list[np.ndarray]] = {}
    for rows in _rows(n, resamples, random) if groups is None else _grouped_rows(groups, resamples, random):
        for metric, values in statistic(rows).items():
            draws.setdefault(metric, []).append(values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # undefined in every resample
        points = {metric: np.nanpercentile(np.concatenate(values), PERCENTILES) for metric, values in draws.items()}
    return {metric: (float(low), float(high)) for metric, (low, high) in points.items()}


def _rows(n: int, resamples: int, random: np.random.Generator) -> Iterator[np.ndarray]:
    """Numbers of the drawn rows (draws, n), many draws at once."""
    block = max(1, BLOCK // n)
    for start in range(0, resamples, block):
        yield random.integers(n, size=(min(block, resamples - start), n))


def _grouped_rows(groups: np.ndarray, resamples: int, random: np.random.Generator) -> Iterator[np.ndarray]:
    """The same, one draw after the other (1, rows of its groups): groups differ in size."""
    order = np.argsort(groups, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)
    for _ in range(resamples):
        yield np.concatenate([members[k] for k in random.integers(len(members), size=len(members))])[None]
