"""Intervals hold what they say they hold, and no title or verdict is made of noise: by simulation, with fixed seeds."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mtlkit.evaluation.intervals import Estimate, interval, intervals, order, seeds_needed, surely_above, verdict
from mtlkit.plots.findings import (
    TOO_FEW,
    comparison_finding,
    loss_finding,
    losses_compared,
    metric_finding,
    validation_finding,
    weight_finding,
)

DRAWS = 4_000


# -- over seeds ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("seeds", [3, 5, 10])
def test_an_interval_holds_the_true_difference_in_95_percent(seeds):
    drawn = np.random.default_rng(seeds).normal(0.02, 0.01, size=(DRAWS, seeds))
    held = [low <= 0.02 <= high for _, low, high in map(interval, drawn)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.011), "three standard errors of the share"


def test_of_seven_methods_that_are_all_like_the_baseline_none_is_called_better_or_worse_in_95_percent():
    random, false = np.random.default_rng(0), 0
    for _ in range(500):
        baseline = random.normal(size=5)
        apart = [random.normal(size=5) - baseline for _ in range(7)]
        told = {verdict(intervals(pd.DataFrame({"mean": one}), 7)) for one in apart}
        false += told != {"open"}
    assert false <= 0.05 * 500


def test_the_interval_by_hand():
    values = [0.1, 0.2, 0.4]
    spread = stats.sem(values)
    t, t_of_three = 4.302653, 7.648804  # two degrees of freedom, at 1 − 0.05 and 1 − 0.05/3
    assert interval(values) == pytest.approx((0.7 / 3, 0.7 / 3 - t * spread, 0.7 / 3 + t * spread))
    assert interval(values, 3)[2] == pytest.approx(0.7 / 3 + t_of_three * spread)
    assert interval([*values, math.nan]) == interval(values)


@pytest.mark.parametrize("values", [[], [0.5], [0.5, 0.6], [0.5, 0.5, 0.5], [0.1 + 0.2, 0.3, 0.3]])
def test_there_is_none_where_nothing_is_known_of_how_values_vary(values):
    mean, low, high = interval(values)
    assert math.isnan(low) and math.isnan(high)
    assert math.isnan(mean) if not values else mean == pytest.approx(np.mean(values))
    assert verdict(intervals(pd.DataFrame({"mean": values}, dtype=float))) == "open"


def test_so_many_seeds_find_the_difference_in_four_of_five_cases():
    seen = np.array([0.3, 1.3, 2.3]) - 0.7  # mean 0.6, deviation 1
    needed = seeds_needed(seen)
    drawn = np.random.default_rng(1).normal(0.6, 1.0, size=(DRAWS, needed))
    assert np.mean([interval(one)[1] > 0 for one in drawn]) == pytest.approx(0.8, abs=0.03)
    fewer = np.random.default_rng(1).normal(0.6, 1.0, size=(DRAWS, needed - 3))
    assert np.mean([interval(one)[1] > 0 for one in fewer]) < 0.8
    assert seeds_needed(seen, 7) > needed
    assert seeds_needed([1.0, 1.001, 0.999]) == 3, "never fewer"
    assert seeds_needed([0.1, 0.2]) is seeds_needed([0.1, 0.1, 0.1]) is seeds_needed([-1.0, 0.0, 1.0]) is None


# -- what may be said ---------------------------------------------------------------------------------------------
def test_above_and_the_order_by_hand():
    low, high, unknown = Estimate(0.5, 0.01), Estimate(0.6, 0.01), Estimate(0.9, math.nan)
    assert surely_above(high, low) and not surely_above(low, high)
    assert not surely_above(Estimate(0.52, 0.01), low), "1.4 standard errors"
    assert not surely_above(unknown, low) and not surely_above(high, unknown)
    assert order({"a": low, "b": high}) == (["b"], ["a"]) and order({"a": low}) == ([], [])
    assert order({"a": low, "b": high, "c": Estimate(0.6, 0.01)}) == ([], ["a"])
    assert Estimate.from_interval(0.5, 0.402, 0.598).error == pytest.approx(0.05, abs=1e-4)


def noisy(random, tasks: int, steps: int) -> dict[str, np.ndarray]:
    """Losses that only jump from batch to batch."""
    return {f"t{k}": random.gamma(4.0, 0.25, size=steps) for k in range(tasks)}


@pytest.mark.parametrize("steps", [20, 60, 400])
def test_titles_say_nothing_of_losses_and_weights_that_are_noise(steps):
    random, false = np.random.default_rng(steps), {"fell": 0, "weighs": 0, "lower": 0}
    for tasks in (1, 2, 6):
        for _ in range(400):
            losses, others = noisy(random, tasks, steps), noisy(random, tasks, steps)
            weighs, fell = weight_finding(losses), loss_finding(losses)
            false["fell"] += "no more than" not in fell and "No loss changed" not in fell
            false["weighs"] += tasks > 1 and "for certain" not in weighs and "the same weight" not in weighs
            false["lower"] += "neither" not in losses_compared(losses, others)
    assert max(false.values()) <= 0.05 * 3 * 400, false


def test_titles_say_what_is_there():
    random = np.random.default_rng(0)
    falling = noisy(random, 3, 200)
    falling = {t: y * np.linspace(1, end, 200) for (t, y), end in zip(falling.items(), (0.1, 0.9, 0.6), strict=True)}
    assert loss_finding({t: falling[t] for t in ("t0", "t2")}).startswith("The loss of t0 fell most, to 1")
    assert weight_finding({"a": np.full(50, 0.5), "b": np.full(50, 0.2), "c": np.full(50, 0.3)}) == (
        "a weighs most at the end, λ = 0.50; b least, 0.20"
    )
    higher = {t: y + 0.1 + 0.001 * random.normal(size=200) for t, y in falling.items()}
    assert losses_compared(falling, higher) == "Lower loss at the end: A on 3 of 3 tasks"
    assert losses_compared(falling, falling) == "The two runs have the same losses"
    few = noisy(random, 2, 19)
    assert loss_finding(few) == losses_compared(few, noisy(random, 2, 19)) == TOO_FEW


def scored(random, tasks: int, rows: int = 300, truth: float = 0.6) -> dict[str, tuple[float, float, float]]:
    """Accuracies of so many rows, each with its 95 % interval."""
    value = random.binomial(rows, truth, size=tasks) / rows
    half = 1.96 * np.sqrt(value * (1 - value) / rows)
    return {f"t{k}": one for k, one in enumerate(zip(value, value - half, value + half, strict=True))}


@pytest.mark.parametrize("tasks", [1, 2, 8])
def test_titles_say_nothing_of_metrics_that_are_noise(tasks):
    random, draws = np.random.default_rng(tasks), 1_000
    false = {"ahead": 0, "above": 0, "best": 0, "risen": 0}
    for _ in range(draws):
        one, two, three = (scored(random, tasks) for _ in range(3))
        metrics, floor = dict.fromkeys(one, "accuracy"), dict.fromkeys(one, 0.6)
        ahead = comparison_finding({task: {"one": one[task], "two": two[task], "three": three[task]} for task in one})
        false["ahead"] += not ahead.startswith("No one is ahead")
        false["above"] += not metric_finding(one, metrics, floor).startswith("0 of")
        false["best"] += tasks > 1 and not metric_finding(one, metrics, {}).startswith("No task is best")
        validations = [(10 * k, task, of[task][0], 300) for k, of in enumerate((one, two)) for task in of]
        table = pd.DataFrame(validations, columns=["step", "task", "value", "rows"])
        false["risen"] += not validation_finding(table).startswith("0 of")
    assert max(false.values()) <= 0.05 * draws, false
