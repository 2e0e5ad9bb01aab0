"""Do intervals over seeds hold what they say? ``python benchmarks/intervals.py [TRAININGS]``.

helpdesk is trained many times from bert-tiny with two weightings and nothing else different (20 steps; a training is
known by its seed). The mean of all paired differences stands for the truth; then 3, 5 or 10 of the pairs are drawn
again and again, and each interval either holds that truth or does not. The same with normal numbers, with accuracies of
few rows, whose differences are often alike, and where one training of ten fails altogether, of which few seeds can know
nothing. Beside Student's t stands the percentile bootstrap over seeds, which the kit used before.
"""

import sys
from pathlib import Path

import numpy as np
import page

import mtlkit as mk
from mtlkit.evaluation.intervals import interval

TABLE = Path(__file__).with_name("INTERVALS.md")
TASKS = ["topic", "sentiment", "urgency", "symptoms"]
SEEDS, DRAWS, RESAMPLES, STEPS = (3, 5, 10), 4_000, 2_000, 20


def trained(count: int) -> dict[str, np.ndarray]:
    """Task, and the mean → the differences of that many paired trainings."""
    corpus = mk.load_corpus("helpdesk", TASKS)
    methods = {"equal": "equal", "rlw": "rlw"}
    settings = {"seeds": count, "budget": STEPS, "alone": False, "batch_size": 16, "jobs": 1}
    found = mk.compare(methods, corpus, mk.load_encoder("bert-tiny"), split="validation", **settings)
    apart = found.values("rlw") - found.values("equal")
    return {f"helpdesk, {name}": apart[name].dropna().to_numpy() for name in apart.columns}


def simulated(random: np.random.Generator) -> dict[str, np.ndarray]:
    """Large pools of paired differences of other shapes."""
    n = 100_000
    skill = random.normal(0.8, 0.02, size=(2, n)).clip(0, 1)
    few = random.binomial(50, skill) / 50
    return {
        "normal": random.normal(0.02, 0.01, n),
        "accuracies of 50 rows": few[1] - few[0],
        "one training of ten fails": random.normal(0.02, 0.01, n) - 0.3 * (random.random(n) < 0.1),
    }


def percentile(values: np.ndarray, random: np.random.Generator) -> tuple[float, float]:
    """The percentile bootstrap of the mean."""
    means = values[random.integers(len(values), size=(RESAMPLES, len(values)))].mean(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def coverage(pool: np.ndarray, seeds: int, random: np.random.Generator) -> tuple[float, float, float]:
    """How often t's and the bootstrap's interval hold the pool's mean; and how often t gives none, as all alike."""
    truth, held = pool.mean(), np.zeros((DRAWS, 2))
    none = 0
    for k in range(DRAWS):
        values = random.choice(pool, seeds, replace=len(pool) > 10_000)
        _, low, high = interval(values)
        none += np.isnan(low)
        held[k, 0] = not (low > truth or high < truth)
        low, high = percentile(values, random)
        held[k, 1] = low <= truth <= high
    return *held.mean(0), none / DRAWS


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    random = np.random.default_rng(0)
    rows = []
    for name, pool in (simulated(random) | trained(count)).items():
        for seeds in SEEDS:
            ours, theirs, none = coverage(pool, seeds, random)
            rows.append(f"| {name} | {seeds} | {ours:.1%} | {theirs:.1%} | {none:.1%} |")
    lines = [
        "# Do intervals over seeds hold what they say?",
        "",
        f"Written by `python benchmarks/intervals.py`. {page.about(__doc__)}",
        f"{count} pairs of trainings; {DRAWS:,} draws a row; 95 % is what both say.",
        "",
        "| differences | seeds | Student's t holds the truth | percentile bootstrap | t: none, as seeds are alike |",
        "| --- | ---: | ---: | ---: | ---: |",
        *rows,
    ]
    page.write(TABLE, lines)


if __name__ == "__main__":
    main()
