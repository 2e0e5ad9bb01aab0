"""Intervals of means over folds and seeds, and what they allow to say."""

import math

import numpy as np


def verdict(difference) -> str:
    """What a method's `difference` allows to say of the mean over tasks: "better", "worse", or "open", where the
    interval holds 0."""
    low, high = difference.loc["mean", ["low", "high"]]
    return "better" if low > 0 else "worse" if high < 0 else "open"


def interval(values) -> tuple[float, float, float]:
    """Mean, low, high of the values of k folds: a 95 % t interval with the variance of Nadeau & Bengio 2003 ("Inference
    for the generalization error", Machine Learning 52), (1/k + 1/(k − 1)) s²: the folds' probes share most of their
    rows, so that the folds alone would look too sure. NaN, NaN for fewer than two."""
    from scipy.stats import t

    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    k = len(values)
    if k < 2:
        return (float(values.mean()) if k else math.nan), math.nan, math.nan
    half = t.ppf(0.975, k - 1) * values.std(ddof=1) * math.sqrt(1 / k + 1 / (k - 1))
    return float(values.mean()), float(values.mean() - half), float(values.mean() + half)
