"""Percentile intervals over resampled rows (Efron 1979, "Bootstrap methods", Annals of Statistics 7), all resamples at
once."""

from __future__ import annotations

import warnings

import numpy as np

from mtlkit.tasks import Statistic

PERCENTILES = (2.5, 97.5)
BLOCK = 4_000_000  # drawn rows held at once: 32 MB of their numbers


def bootstrap(
    statistic: Statistic, n: int, resamples: int, seed: int | np.random.Generator = 0
) -> dict[str, tuple[float, float]]:
    """The 2.5 % and 97.5 % points of each metric over resamples of n rows, drawn with replacement.

    Args:
        statistic: rows' numbers (resamples, n) → metric → values (resamples,).
        n: how many rows there are.
        resamples: how often they are drawn; at least 1.
        seed: of the draws; or the generator that makes them.

    Returns:
        Metric → (low, high). Draws where it is undefined (NaN) are left out; NaN where it is in none defined.
    """
    random = np.random.default_rng(seed)
    block = max(1, BLOCK // n)
    draws: dict[str, list[np.ndarray]] = {}
    for start in range(0, resamples, block):
        rows = random.integers(n, size=(min(block, resamples - start), n))
        for metric, values in statistic(rows).items():
            draws.setdefault(metric, []).append(values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # undefined in every resample
        points = {metric: np.nanpercentile(np.concatenate(values), PERCENTILES) for metric, values in draws.items()}
    return {metric: (float(low), float(high)) for metric, (low, high) in points.items()}
