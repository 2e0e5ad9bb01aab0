"""Metrics of many draws of the rows at once.

A *statistic* says what each metric is on any draw of n rows, for many draws at once: it takes the rows' numbers
(draws, n) and gives metric → values (draws,). There are three ways to have one:

- `of_sums(counts, from_counts)`: for metrics of sums over rows, such as accuracy, F1 or BLEU. All draws are one matrix
  product.
- A function of one's own over the drawn rows, such as `regression` in `_counts.py`, whose Spearman's correlation is no
  sum.
- `of_pairs(pairs, metrics)`: any metrics of (predicted, true) pairs, one draw after the other. Slow, and always right.

`point(statistic, n)` is the metric on the rows themselves, so that one statistic gives value and interval.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Statistic = Callable[[np.ndarray], dict[str, np.ndarray]]


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
        return from_counts(multiplicities(rows, counts.shape[0]) @ counts)

    return statistic


def of_pairs(pairs: list, metrics: Callable[[list], dict[str, float]]) -> Statistic:
    """The statistic of any metrics of a list of pairs."""

    def statistic(rows):
        values = [metrics([pairs[i] for i in drawn]) for drawn in rows.tolist()]
        return {metric: np.array([found[metric] for found in values]) for metric in values[0]}

    return statistic


def multiplicities(rows: np.ndarray, n: int) -> np.ndarray:
    """How often each draw (resamples, of any length) holds each of the n rows: (resamples, n)."""
    draws = len(rows)
    numbered = rows + np.arange(draws)[:, None] * n
    return np.bincount(numbered.ravel(), minlength=draws * n).reshape(draws, n).astype(np.float64)
