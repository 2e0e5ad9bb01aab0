"""A run says when a task has next to no weight any more, and only then."""

import math
import warnings

import pandas as pd
import pytest
import torch
import toy

import mtlkit as mk
from mtlkit.training.notices import STEPS, WeightNotice


@pytest.fixture(scope="module")
def corpus():
    """Colours, and a task that is solved from the first step on: its label is always the same."""
    table = toy.rows(96, 0) | {"same": ["yes"] * 96}
    tasks = [mk.Task("colour", "classification"), mk.Task("same", "classification", labels=["yes", "no"])]
    return mk.Corpus.from_frames({"train": pd.DataFrame(table)}, tasks=tasks)


def said(corpus, folder, weighting, steps=2 * STEPS) -> list[str]:
    model = mk.MultiTaskModel(folder, corpus.tasks)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in mk.Run(model, corpus, weighting, steps=steps, batch_size=16, lr=1e-3, head_lr=3e-2, validate=None):
            pass
    return [str(w.message) for w in caught if "mean weight" in str(w.message)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return toy.encoder_folder(str(tmp_path_factory.getbasetemp()))


@pytest.mark.parametrize("weighting", ["famo", "gls"])
def test_a_solved_task_that_takes_all_of_the_weight_is_said_once(corpus, folder, weighting):
    (message,) = said(corpus, folder, weighting, steps=4 * STEPS)
    assert f"The weighting {weighting!r} has given the task 'colour' less than a thousandth" in message


def test_equal_weights_and_chosen_constants_say_nothing(corpus, folder):
    assert said(corpus, folder, "equal") == said(corpus, folder, mk.Fixed({"colour": 1e-6, "same": 1.0})) == []


def notice(losses, lam, steps, weighting="dwa") -> set[str]:
    watch = WeightNotice(("a", "b", "c"), mk.weighting.get(weighting), torch.device("cpu"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for k in range(steps):
            watch.add(torch.tensor(losses), torch.tensor(lam(k)))
            watch.warn()
    return watch.said


def test_only_a_weight_that_stays_low_is_said():
    losses = [1.0, 1.0, 1.0]
    assert notice(losses, lambda k: [1.0, 1e-5, 1.0], STEPS - 1) == set()
    assert notice(losses, lambda k: [1.0, 1e-5, 1.0], STEPS) == {"b"}
    assert notice(losses, lambda k: [1.0, 1.0 if k % 40 == 39 else 1e-5, 1.0], 4 * STEPS) == set()
    assert notice(losses, lambda k: [1.0, math.nan, 1.0], 2 * STEPS) == set(), "a method that has no λ"


def test_a_loss_in_a_large_unit_needs_a_small_weight():
    assert notice([1600.0, 1.0, 1.0], lambda k: [1 / 1600, 1.0, 1.0], 2 * STEPS) == set()
    assert notice([1600.0, 1.0, 1.0], lambda k: [1e-9, 1.0, 1.0], 2 * STEPS) == {"a"}


def test_an_absent_task_neither_starves_nor_recovers():
    watch = WeightNotice(("a", "b"), mk.weighting.get("dwa"), torch.device("cpu"))
    for _ in range(STEPS):
        watch.add(torch.tensor([1.0, 1.0]), torch.tensor([1.0, 1e-6]))
        watch.add(torch.tensor([1.0, math.nan]), torch.tensor([1.0, 0.0]))
    with pytest.warns(UserWarning, match="'b' less than a thousandth"):
        watch.warn()
