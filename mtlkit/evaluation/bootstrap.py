"""Percentile intervals over resampled rows (Efron 1979, "Bootstrap methods", Annals of Statistics 7), all resamples at
once.

    bootstrap(statistic, n, resamples, seed) → metric → (low, high)

A *statistic* says what a metric is on any draw of the n rows, for many draws at once: it takes rows' numbers
(resamples, n) and gives metric → values (resamples,). There are three ways to have one:

- `of_sums(counts, from_counts)`: for metrics of sums over rows. `counts` (n, k) is a tensor, an array or a sparse
  array; `from_counts` turns sums (…, k) into metric → (…). All draws are one matrix product. `counts.py` has the counts
  of entities, of classes and of yes/no labels; whatever is a ratio of sums goes the same way, BLEU and chrF included
  (matches and totals of each order).
- A function of one's own over the drawn rows, such as `regression(predicted, true)` in `counts.py`, whose Spearman's
  correlation is no sum.
- `of_pairs(pairs, metrics)`: any metrics of (predicted, true) pairs, one draw after the other. Slow, and always right.

`point(statistic, n)` is the metric on the rows themselves, so that one statistic gives value and interval.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np

Statistic = Callable[[np.ndarray], dict[str, np.ndarray]]

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


def point(statistic: Statistic, n: int) -> dict[str, float]:
    """Each metric on the n rows themselves."""
    return {metric: float(values[0]) for metric, values in statistic(np.arange(n)[None]).items()}


def of_sums(counts, from_counts: Callable[[np.ndarray], dict[str, np.ndarray]]) -> Statistic:
    """The statistic of metrics that are a function of sums over rows.

    Args:
        counts: (n, k), what each row adds; a tensor, an array or a sparse array.
        from_counts: sums (…, k) → metric → (…).
    """
    import scipy.sparse

    if not scipy.sparse.issparse(counts):
        counts = np.asarray(counts, dtype=np.float64)

    def statistic(rows):
        return from_counts(multiplicities(rows) @ counts)

    return statistic


def of_pairs(pairs: list, metrics: Callable[[list], dict[str, float]]) -> Statistic:
    """The statistic of any metrics of a list of pairs."""

    def statistic(rows):
        values = [metrics([pairs[i] for i in drawn]) for drawn in rows.tolist()]
        return {metric: np.array([found[metric] for found in values]) for metric in values[0]}

    return statistic


def multiplicities(rows: np.ndarray) -> np.ndarray:
    """How often each draw (resamples, n) holds each of the n rows: (resamples, n)."""
    draws, n = rows.shape
    numbered = rows + np.arange(draws)[:, None] * n
    return np.bincount(numbered.ravel(), minlength=draws * n).reshape(draws, n).astype(np.float64)
