"""Intervals over resampled rows: all resamples at once say what one after the other says."""

import math
import random
import warnings

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn import metrics as sk

from mtlkit.evaluation.bootstrap import bootstrap
from mtlkit.tasks import _counts as counts
from mtlkit.tasks._statistic import of_pairs, of_sums, point


def bio(rng, longest=12):
    """Any sequence of BIO tags, those that no annotator writes included: I- after O or another label, or first."""
    return [rng.choice(["O", "B-a", "I-a", "B-b", "I-b", "I-c-d"]) for _ in range(rng.randrange(longest))]


def damaged(rng, tags):
    """The same with some tags changed, so that entities agree often, and often don't."""
    return [rng.choice(["O", "B-a", "I-a", "I-b"]) if rng.random() < 0.2 else tag for tag in tags]


def test_entities_are_those_of_seqeval():
    from seqeval.metrics.sequence_labeling import get_entities, precision_recall_fscore_support

    rng = random.Random(0)
    true = [bio(rng) for _ in range(20_000)]
    predicted = [damaged(rng, tags) for tags in true]
    expected = []
    for p, t in zip(predicted, true, strict=True):
        p, t = set(get_entities(p)), set(get_entities(t))
        expected.append((len(p & t), len(p), len(t)))
    found = counts.entity_counts(predicted, true)
    assert found.tolist() == [list(row) for row in expected]
    assert 0.1 < found[:, 0].sum() / found[:, 1].sum() < 0.9

    scores = counts.entity_scores(found.sum(0))
    precision, recall, f1, _ = precision_recall_fscore_support(true, predicted, average="micro")
    assert (scores["precision"], scores["recall"], scores["f1"]) == pytest.approx((precision, recall, f1), abs=1e-12)


def test_nothing_found_and_nothing_there_counts_zero():
    scores = counts.entity_scores(counts.entity_counts([["O"], []], [["O"], []]).sum(0))
    assert {name: float(value) for name, value in scores.items()} == {"f1": 0, "precision": 0, "recall": 0}
    assert counts.entity_counts([], []).shape == (0, 3)
    with pytest.raises(ValueError, match="zip"):
        counts.entity_counts([["O"]], [])


def seqeval_scores(pairs):
    from seqeval.metrics import f1_score, precision_score, recall_score

    predicted, true = map(list, zip(*pairs, strict=True))
    functions = {"f1": f1_score, "precision": precision_score, "recall": recall_score}
    return {name: float(f(true, predicted, zero_division=0)) for name, f in functions.items()}


def classification_scores(pairs):
    predicted, true = zip(*pairs, strict=True)
    found = {
        "accuracy": sk.accuracy_score(true, predicted),
        "macro_f1": sk.f1_score(true, predicted, average="macro", zero_division=0),
        "matthews": sk.matthews_corrcoef(true, predicted),
    }
    return found | ({"f1": sk.f1_score(true, predicted, zero_division=0)} if max(true) < 2 else {})


def multilabel_scores(pairs):
    predicted, true = map(np.array, zip(*pairs, strict=True))
    macro = sk.f1_score(true, predicted, average="macro", zero_division=np.nan)  # over the labels that occur
    return {"micro_f1": sk.f1_score(true, predicted, average="micro", zero_division=0), "macro_f1": macro}


def regression_scores(pairs):
    predicted, true = map(np.array, zip(*pairs, strict=True))
    return {
        "pearson": stats.pearsonr(predicted, true)[0],
        "spearman": stats.spearmanr(predicted, true)[0],
        "mae": sk.mean_absolute_error(true, predicted),
        "r2": sk.r2_score(true, predicted) if len(set(true.tolist())) > 1 else math.nan,
    }


def tagging_case(n):
    rng = random.Random(1)
    true = [bio(rng) for _ in range(n)]
    predicted = [damaged(rng, tags) for tags in true]
    statistic = of_sums(counts.entity_counts(predicted, true), counts.entity_scores)
    return statistic, list(zip(predicted, true, strict=True)), seqeval_scores


def classification_case(n, classes):
    rng = np.random.default_rng(2)
    true = rng.integers(classes, size=n)
    predicted = np.where(rng.random(n) < 0.6, true, rng.integers(classes, size=n))
    statistic = of_sums(counts.class_counts(predicted, true, classes), counts.class_scores)
    return statistic, list(zip(predicted.tolist(), true.tolist(), strict=True)), classification_scores


def multilabel_case(n):
    rng = np.random.default_rng(3)
    true = rng.random((n, 5)) < [0.5, 0.3, 0.1, 0.02, 0]
    predicted = true ^ (rng.random((n, 5)) < 0.1)
    statistic = of_sums(torch.tensor(counts.label_counts(predicted, true)), counts.label_scores)  # a tensor will do
    return statistic, list(zip(predicted.tolist(), true.tolist(), strict=True)), multilabel_scores


def regression_case(n, levels=7, offset=0.0):
    rng = np.random.default_rng(4)
    true = rng.integers(levels, size=n) + offset  # ties, as ratings have
    predicted = (true + rng.normal(size=n)).round(1)
    statistic = counts.regression(predicted, true)
    return statistic, list(zip(predicted.tolist(), true.tolist(), strict=True)), regression_scores


CASES = {
    "tagging": lambda: tagging_case(40),
    "two classes": lambda: classification_case(40, 2),
    "150 classes": lambda: classification_case(60, 150),
    "labels": lambda: multilabel_case(40),
    "numbers": lambda: regression_case(40),
    "far from zero": lambda: regression_case(40, offset=1e6),
    "few rows, often undefined": lambda: regression_case(3, levels=2),
    "one class, one row": lambda: classification_case(1, 2),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.filterwarnings("ignore")  # the witnesses warn of what is undefined
def test_values_and_intervals_are_those_of_one_draw_after_the_other(case):
    statistic, pairs, metrics = CASES[case]()
    n, slow = len(pairs), of_pairs(pairs, metrics)
    close = {"rel": 1e-6 if case == "far from zero" else 1e-9, "nan_ok": True}
    assert point(statistic, n) == pytest.approx(metrics(pairs), **close)
    found, expected = bootstrap(statistic, n, 25, seed=5), bootstrap(slow, n, 25, seed=5)
    assert found.keys() == expected.keys()
    for metric, interval in expected.items():
        assert found[metric] == pytest.approx(interval, **close), metric


def test_the_interval_is_the_middle_95_percent():
    values = np.random.default_rng(0).normal(size=400)
    statistic = of_sums(np.stack([values, np.ones(400)], 1), lambda s: {"mean": s[..., 0] / s[..., 1]})
    low, high = bootstrap(statistic, 400, 4_000)["mean"]
    half = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.1 * half)


def test_a_seed_decides_and_blocks_change_nothing(monkeypatch):
    statistic = regression_case(30)[0]
    once = bootstrap(statistic, 30, 50, seed=1)
    assert bootstrap(statistic, 30, 50, seed=1) == once != bootstrap(statistic, 30, 50, seed=2)
    assert bootstrap(statistic, 30, 50, np.random.default_rng(1)) == once
    monkeypatch.setattr("mtlkit.evaluation.bootstrap.BLOCK", 100)  # three draws at once
    again = bootstrap(statistic, 30, 50, seed=1)
    assert all(again[metric] == pytest.approx(interval) for metric, interval in once.items())


def test_undefined_draws_are_left_out_and_none_defined_is_nan():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        same = bootstrap(counts.regression([1.0, 2.0, 3.0], [0.1, 0.1, 0.1]), 3, 20)
        some = bootstrap(counts.regression([1.0, 2.0], [0.1, 0.3]), 2, 40)
    assert all(math.isnan(end) for metric in ("pearson", "spearman", "r2") for end in same[metric])
    assert same["mae"][0] > 0
    assert some["pearson"] == pytest.approx((1.0, 1.0))


def test_rows_that_hang_together_are_drawn_together():
    """Ten rows of each of 40 groups that say nearly the same: as good as 40 rows."""
    held = {"alone": 0, "together": 0}
    groups = np.repeat(np.arange(40), 10)
    for seed in range(300):
        random = np.random.default_rng(seed)
        values = np.repeat(random.normal(size=40), 10) + 0.1 * random.normal(size=400)
        for how, of in (("alone", None), ("together", groups)):
            low, high = bootstrap(lambda rows, v=values: {"mean": v[rows].mean(-1)}, 400, 200, seed, of)["mean"]
            held[how] += low <= 0 <= high
    assert held["alone"] / 300 < 0.6 and held["together"] / 300 > 0.9


def test_groups_of_one_row_each_are_rows():
    values = np.random.default_rng(0).normal(size=300)
    statistic = lambda rows: {"mean": values[rows].mean(-1)}  # noqa: E731
    alone, each = (np.array(bootstrap(statistic, 300, 2_000, 1, of)["mean"]) for of in (None, np.arange(300)[::-1]))
    assert each == pytest.approx(alone, abs=0.02)
