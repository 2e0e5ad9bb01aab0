"""Intervals of means over seeds and folds, and what they allow to say.

Everything that the kit claims of noisy numbers, in a report, a verdict or the title of a figure, is decided here.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas
    from numpy.typing import ArrayLike

CHANCE = 0.05  # how often a claim may be false
FEWEST = 3  # seeds, without which nothing is decided
POWER = 0.8  # how often so many seeds as `seeds_needed` gives find a difference that is there
MOST = 10_000  # seeds that it counts to


@functools.cache
def critical(freedom: float, comparisons: int = 1) -> float:
    """The two-sided point of Student's t that chance passes in 5 % of cases, in any of so many comparisons (Bonferroni:
    t at 1 − 0.05/m)."""
    from scipy.stats import t

    return float(t.ppf(1 - CHANCE / (2 * comparisons), freedom))


def interval(values: ArrayLike, comparisons: int = 1, *, folds: bool = False) -> tuple[float, float, float]:
    """Mean, low and high of values over seeds, or over folds: Student's t interval.

    Args:
        values: (n,); NaN is left out. For a difference: that of each pair.
        comparisons: how many such intervals decide something together: all of them hold the true mean in 95 %.
        folds: the values are those of k folds, whose probes share most of their rows: the variance of the mean is then
            (1/k + 1/(k − 1)) s², as Nadeau & Bengio 2003 have it ("Inference for the generalization error", Machine
            Learning 52), since the folds alone would look too sure.

    Returns:
        low and high are NaN where nothing is known of how the values vary: fewer than three of them (two of folds), or
        all alike.

    References:
        Student 1908, "The probable error of a mean", Biometrika 6.
    """
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    n = len(values)
    mean = float(values.mean()) if n else math.nan
    if n < (2 if folds else FEWEST) or _alike(values):
        return mean, math.nan, math.nan
    error = values.std(ddof=1) * math.sqrt(1 / n + (1 / (n - 1) if folds else 0))
    half = critical(n - 1, comparisons) * error
    return mean, mean - half, mean + half


def intervals(table: pandas.DataFrame, comparisons: int = 1, *, folds: bool = False) -> pandas.DataFrame:
    """`interval` of each column of a table, seeds or folds × columns: column → mean, low, high."""
    import pandas as pd

    rows = [interval(table[column], comparisons, folds=folds) for column in table.columns]
    return pd.DataFrame(rows, index=table.columns, columns=["mean", "low", "high"])


def in_words(mean: float, low: float, high: float, form: str = "{} ({} to {})") -> str:
    """A difference with its interval, as `form` has it; the difference alone where there is no interval."""
    told = [f"{value:+.3f}".replace("-", "−") for value in (mean, low, high)]
    return form.format(*told) if math.isfinite(low) else told[0]


def verdict(difference: pandas.DataFrame) -> str:
    """What a method's `difference` allows to say of the mean over tasks: "better", "worse", or "open", where the
    interval holds 0 or there is none."""
    low, high = difference.loc["mean", ["low", "high"]]
    return "better" if low > 0 else "worse" if high < 0 else "open"


def seeds_needed(differences: ArrayLike, comparisons: int = 1) -> int | None:
    """How many seeds would tell the mean difference from 0 in four of five cases, if it and its spread are as seen.

    Args:
        differences: one for each seed, (n,).
        comparisons: as of the interval that decides.

    Returns:
        At least 3. None for fewer than three differences or a spread of 0, of which nothing follows, and beyond 10,000
        seeds.

    References:
        Cohen 1988, "Statistical power analysis for the behavioral sciences", on the t test of paired means.
    """
    from scipy.stats import nct

    values = np.asarray(differences, dtype=float)
    values = values[np.isfinite(values)]
    if len(values) < FEWEST or _alike(values):
        return None
    effect = abs(values.mean()) / values.std(ddof=1)

    def power(n: int) -> float:
        return float(nct.sf(critical(n - 1, comparisons), n - 1, effect * math.sqrt(n)))

    high = FEWEST
    while power(high) < POWER:
        high *= 2
        if high > MOST:
            return None
    low = max(FEWEST - 1, high // 2)  # too few, or too few to decide
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(middle) >= POWER else (middle, high)
    return high


def _alike(values: np.ndarray) -> bool:
    """Whether they are the same but for rounding."""
    return bool(np.ptp(values) <= 1e-12 * np.abs(values).max())


@dataclass(frozen=True)
class Estimate:
    """A number and how far chance may have moved it.

    Attributes:
        value: the number.
        error: its standard error; 0 for what chance doesn't move, NaN where it isn't known.
        freedom: degrees of freedom of the error.
    """

    value: float
    error: float = 0.0
    freedom: float = math.inf

    @classmethod
    def from_interval(cls, value: float, low: float, high: float) -> Estimate:
        """Of a metric with the 95 % interval that `evaluate` gives."""
        return cls(value, (high - low) / (2 * critical(math.inf)))

    @classmethod
    def from_steps(cls, values: ArrayLike) -> Estimate:
        """The mean of successive values (n,), such as the losses of n steps. The error is that of their distances from
        step to step (von Neumann 1941), which a trend hardly changes; its freedom is told a little low, as that error
        is not independent of the mean."""
        values = np.asarray(values, dtype=float)
        n = len(values)
        if n < 2:
            return cls(float(values.mean()) if n else math.nan, math.nan)
        error = math.sqrt(float((np.diff(values) ** 2).mean()) / 2 / n)
        return cls(float(values.mean()), error, max(1.0, (n - 1) / 2))


def surely_above(a: Estimate, b: Estimate, comparisons: int = 1) -> bool:
    """Whether a lies above b by more than chance does: False in 95 % of cases where they are alike, in all of so many
    comparisons together, and wherever an error isn't known."""
    error = math.hypot(a.error, b.error)
    if not (math.isfinite(error) and math.isfinite(a.value) and math.isfinite(b.value)):
        return False
    return a.value - b.value > critical(min(a.freedom, b.freedom), comparisons) * error


def order(estimates: dict[str, Estimate]) -> tuple[list[str], list[str]]:
    """The names that surely lie above all others, and below all others: each list holds one name or none."""
    pairs = max(1, len(estimates) * (len(estimates) - 1))  # each twice: it may name the highest, and the lowest

    def ends(sign: int) -> list[str]:
        turned: dict[str, Estimate] = {n: Estimate(sign * e.value, e.error, e.freedom) for n, e in estimates.items()}
        return [
            name
            for name, one in turned.items()
            if len(turned) > 1 and all(surely_above(one, e, pairs) for n, e in turned.items() if n != name)
        ]

    return ends(1), ends(-1)
