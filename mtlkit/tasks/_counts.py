"""Metrics from what each row adds to a sum, so that any number of resamples is one matrix product; and those of
numbers, which are no sums. Arrays in, arrays out: nothing here knows of tasks or models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def entity_counts(predicted: Iterable[Sequence[str]], true: Iterable[Sequence[str]]) -> np.ndarray:
    """Entities of each row's BIO tags: (rows, 3), those found rightly, all predicted, all true.

    An entity is right where span and label agree. An I- tag that goes on no entity of its label opens one, as CoNLL's
    script and seqeval 1.2.2 have it.
    """
    rows = [(entities(p), entities(t)) for p, t in zip(predicted, true, strict=True)]
    return np.array([(len(p & t), len(p), len(t)) for p, t in rows], dtype=np.int64).reshape(-1, 3)


def entities(tags: Sequence[str]) -> set[tuple[str, int, int]]:
    """(label, first word, word after the last) of the entities that BIO tags mark."""
    found, label, start = set(), None, 0
    for at, tag in enumerate([*tags, "O"]):
        here = None if tag == "O" else tag[2:]
        if label is not None and (here != label or tag[0] == "B"):
            found.add((label, start, at))
            label = None
        if label is None:
            label, start = here, at
    return found


def entity_scores(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Micro F1, precision and recall of sums (…, 3) of `entity_counts`; 0 where there is nothing to divide by."""
    right, predicted, true = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    return {
        "f1": divide(2 * right, predicted + true),
        "precision": divide(right, predicted),
        "recall": divide(right, true),
    }


CHARACTERS = range(1, 7)  # the lengths of the stretches of characters that chrF compares


def chrf_counts(said: str, right: str) -> list[int]:
    """Of each length of chrF: the stretches of characters that the two texts have in common, those of the first, and
    those of the second. Spaces don't count."""
    counts = []
    said, right = ("".join(text.split()) for text in (said, right))
    for n in CHARACTERS:
        ours, theirs = (Counter(text[i : i + n] for i in range(len(text) - n + 1)) for text in (said, right))
        counts += [(ours & theirs).total(), ours.total(), theirs.total()]
    return counts


def chrf(sums: np.ndarray) -> np.ndarray:
    """chrF of sums (…, 18) of `chrf_counts`, from 0 to 1, as sacrebleu 2.6 has it of 100: F₂ of the mean precision and
    recall over those lengths of which both sides have stretches (Popović 2015, "chrF", WMT)."""
    both, ours, theirs = np.moveaxis(sums.reshape(*sums.shape[:-1], len(CHARACTERS), 3), -1, 0)
    lengths = ((ours > 0) & (theirs > 0)).sum(-1)
    precision, recall = (divide(divide(both, side).sum(-1), lengths) for side in (ours, theirs))
    return divide(5 * precision * recall, 4 * precision + recall)


def class_counts(predicted: ArrayLike, true: ArrayLike, classes: int):
    """What each row adds to the confusion matrix's diagonal, column sums and row sums: a sparse (rows, 3 · classes) of
    three ones a row, so that 150 classes cost no more than two. These three give accuracy, F1 and Matthews."""
    from scipy.sparse import csr_array

    predicted, true = np.asarray(predicted), np.asarray(true)
    rows = np.arange(len(true))
    right = predicted == true
    columns = np.concatenate([true[right], classes + predicted, 2 * classes + true])
    numbers = np.concatenate([rows[right], rows, rows])
    return csr_array((np.ones(len(columns)), (numbers, columns)), shape=(len(true), 3 * classes))


def tag_counts(predicted: Sequence[Sequence[int]], true: Sequence[Sequence[int]], tags: int):
    """The same of rows of tags (class numbers, one a word): a sparse (rows, 3 · tags)."""
    from scipy.sparse import csr_array

    lengths = [len(row) for row in true]
    words = class_counts([t for row in predicted for t in row], [t for row in true for t in row], tags)
    rows = np.repeat(np.arange(len(true)), lengths)
    return csr_array((np.ones(len(rows)), (rows, np.arange(len(rows)))), shape=(len(true), len(rows))) @ words


def label_counts(predicted, true) -> np.ndarray:
    """The same of yes/no labels (rows, labels): (rows, 3 · labels), dense."""
    predicted, true = np.asarray(predicted, dtype=bool), np.asarray(true, dtype=bool)
    return np.concatenate([predicted & true, predicted, true], axis=1).astype(np.float64)


def class_scores(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Accuracy, macro F1, Matthews' correlation, and of two classes the F1 of the second, of sums (…, 3 · classes) of
    `class_counts`. As in scikit-learn, macro F1 is the mean over the classes that occur among answers or truths, and
    Matthews is 0 where either is constant (Gorodkin 2004, for more than two classes)."""
    right, predicted, true = thirds(sums)
    rows, occurs = true.sum(-1), predicted + true > 0
    f1 = divide(2 * right, predicted + true)
    by_chance = (predicted * true).sum(-1)
    spreads = (rows**2 - (predicted**2).sum(-1)) * (rows**2 - (true**2).sum(-1))
    scores = {
        "accuracy": divide(right.sum(-1), rows),
        "macro_f1": divide(f1.sum(-1), occurs.sum(-1)),
        "matthews": divide(rows * right.sum(-1) - by_chance, np.sqrt(spreads)),
    }
    return scores | ({"f1": f1[..., 1]} if f1.shape[-1] == 2 else {})


def label_scores(sums: np.ndarray) -> dict[str, np.ndarray]:
    """Micro and macro F1 of sums (…, 3 · labels) of `label_counts`; the latter is the mean over the labels that occur
    among answers or truths, as for classes."""
    right, predicted, true = thirds(sums)
    occurs, f1 = predicted + true > 0, divide(2 * right, predicted + true)
    return {
        "micro_f1": divide(2 * right.sum(-1), (predicted + true).sum(-1)),
        "macro_f1": divide(f1.sum(-1), occurs.sum(-1)),
    }


def absent_labels(sums: np.ndarray) -> dict[str, float]:
    """How many classes or labels no row truly has, of sums (3 · classes,), where there are some: macro F1 does not know
    them, unless an answer names them."""
    count = int((thirds(sums)[2] == 0).sum())
    return {"absent_labels": float(count)} if count else {}


def regression(predicted: ArrayLike, true: ArrayLike):
    """The statistic (see `_statistic.py`) of numbers: Pearson's and Spearman's correlation, mean absolute error, R²;
    correlations and R² are NaN in a draw where a side, or for R² the truth, is constant."""
    predicted, true = (np.asarray(side, dtype=np.float64) for side in (predicted, true))
    places = [np.unique(side, return_inverse=True)[1] for side in (predicted, true)]

    def statistic(rows):
        said, right = predicted[rows], true[rows]
        spread = (right - right.mean(-1, keepdims=True)) ** 2
        errors = right - said
        with np.errstate(divide="ignore", invalid="ignore"):
            r2 = 1 - (errors**2).sum(-1) / spread.sum(-1)
        return {
            "pearson": correlation(said, right),
            "spearman": correlation(*(ranks(place[rows]) for place in places)),
            "mae": np.abs(errors).mean(-1),
            "r2": np.where(constant(right), np.nan, r2),
        }

    return statistic


def ranks(places: np.ndarray) -> np.ndarray:
    """The mean ranks, from 1, within each draw of whole numbers (resamples, n): by counting, without sorting."""
    draws = len(places)
    size = int(places.max()) + 1
    numbered = places + np.arange(draws)[:, None] * size
    count = np.bincount(numbered.ravel(), minlength=draws * size).reshape(draws, size)
    return (np.cumsum(count, axis=1) - (count - 1) / 2).ravel()[numbered]


def correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Pearson's r along the last axis; NaN where one side is constant."""
    undefined = constant(a) | constant(b)
    a, b = (side - side.mean(-1, keepdims=True) for side in (a, b))
    with np.errstate(divide="ignore", invalid="ignore"):
        r = (a * b).sum(-1) / np.sqrt((a * a).sum(-1) * (b * b).sum(-1))
    return np.where(undefined, np.nan, r)


def constant(values: np.ndarray) -> np.ndarray:
    """Whether all along the last axis are the same."""
    return values.max(-1) == values.min(-1)


def thirds(sums: np.ndarray) -> list[np.ndarray]:
    return np.split(np.asarray(sums, dtype=np.float64), 3, axis=-1)


def divide(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a / b, and 0 where b is 0."""
    a, b = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    return np.divide(a, b, out=np.zeros(a.shape), where=b != 0)
