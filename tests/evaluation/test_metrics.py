"""Which row of the split each judged answer is about, for every kind."""

import numpy as np
import pytest
from each_kind import KINDS, run_of

from mtlkit.evaluation.metrics import predictions_and_targets


@pytest.mark.parametrize("kind", KINDS)
def test_every_pair_is_about_a_labelled_row_of_the_split(kind):
    run = run_of(kind)
    split = run.corpus.test
    pairs, rows = predictions_and_targets(run.model, run.model.tokenize(split))
    for task in run.model.tasks:
        labelled = [row for row, label in enumerate(split.labels(task)) if label is not None]
        assert len(pairs[task.name]) == len(rows[task.name]) and set(rows[task.name]) <= set(labelled), task.name
        if task.column is not None:
            assert sorted(rows[task.name]) == labelled, task.name


def test_a_pair_holds_the_label_of_its_row():
    run = run_of("helpdesk")
    split = run.corpus.test
    pairs, rows = predictions_and_targets(run.model, run.model.tokenize(split))
    for task in ("topic", "urgency"):
        truths = split.labels(task)
        right = np.array([float(truth) for _, truth in pairs[task]])
        assert right == pytest.approx(np.array([float(truths[row]) for row in rows[task]]), abs=1e-5), task
