"""lr="find": where the losses turn, on a copy, and then the run as if the rates had been given."""

import math

import matplotlib
import numpy as np
import pytest
import torch
import toy

import mtlkit as mk
from mtlkit.training import run as runs
from mtlkit.training.range_test import STEPS, RangeTest

RATES = np.geomspace(1e-6, 1e-2, 41)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return toy.encoder_folder(str(tmp_path_factory.getbasetemp()))


@pytest.fixture(scope="module")
def corpus():
    return toy.corpus(["colour", "size", "rare"])


def make(folder, corpus, **settings):
    settings = {"steps": 6, "batch_size": 16, "validate": None} | settings
    return mk.Run(mk.MultiTaskModel(mk.load_encoder(folder), corpus.tasks), corpus, "uncertainty", **settings)


def valley(bottom, rates=RATES, depth=0.5):
    """A loss that falls over the logarithm of the rate and rises after `bottom`."""
    return 1 - depth + depth / 2 * np.abs(np.log10(rates / bottom))


def test_half_of_the_rate_at_which_the_losses_turn_is_taken():
    losses = np.stack([valley(1e-4), valley(1e-4)], axis=1)
    test = RangeTest(("a", "b"), RATES, losses)
    assert test.turn == pytest.approx(1e-4, rel=0.3) and test.lr == test.turn / 2


def test_noise_of_single_batches_does_not_move_it_far():
    random = np.random.default_rng(0)
    found = []
    for _ in range(200):
        noise = random.normal(1, 0.15, (len(RATES), 3))
        found.append(RangeTest(("a", "b", "c"), RATES, valley(1e-4)[:, None] * noise).turn)
    assert np.mean(np.abs(np.log10(np.array(found) / 1e-4)) < 0.5) > 0.9  # within a factor of three


def test_a_task_that_is_often_absent_counts_by_what_there_is():
    losses = np.stack([valley(1e-4), np.where(np.arange(41) % 3, np.nan, valley(1e-4))], axis=1)
    test = RangeTest(("a", "rare"), RATES, losses)
    assert test.turn == pytest.approx(1e-4, rel=0.3) and np.isfinite(test.smooth).all()


@pytest.mark.parametrize("losses", [np.ones((41, 1)), np.linspace(1, 3, 41)[:, None]])
def test_where_the_losses_never_fall_nothing_is_proposed(losses):
    test = RangeTest(("a",), RATES, losses)
    assert test.lr is None
    assert mk.plots.range_test(test).get_title(loc="left") == "No rate makes the losses fall by a twentieth"


def test_the_run_is_as_if_its_rates_had_been_given(folder, corpus):
    found = make(folder, corpus, lr="find")
    assert found.range_test.lr == found.config.lr and found.done == 0
    default = make(folder, corpus)
    factor = found.config.lr / default.config.lr
    assert found.config.head_lr == pytest.approx({task: factor * r for task, r in default.config.head_lr.items()})
    given = make(folder, corpus, lr=found.config.lr, head_lr=found.config.head_lr)
    losses = [[step.losses for step in run] for run in (found, given, found.clone())]
    for other in losses[1:]:
        for a, b in zip(losses[0], other, strict=True):
            torch.testing.assert_close(a, b, rtol=0, atol=0, equal_nan=True)


def test_it_tries_rates_around_the_default_and_ends_where_the_losses_break(folder, corpus):
    test = make(folder, corpus, lr="find").range_test
    default = make(folder, corpus).config.lr
    assert test.rates[0] == pytest.approx(default / 100) and test.rates[-1] <= default * 100
    assert len(test.rates) <= STEPS and test.losses.shape == (len(test.rates), 3)
    assert default / 20 < test.lr < default * 50


def test_where_nothing_falls_the_default_stays_and_it_is_said(folder, corpus, monkeypatch):
    monkeypatch.setattr(runs, "find_rate", lambda run: RangeTest(run.tasks, RATES, np.ones((41, 3))))
    with pytest.warns(UserWarning, match="falls? at no rate"):
        run = make(folder, corpus, lr="find")
    assert run.config.lr == make(folder, corpus).config.lr


def test_a_checkpointed_run_that_finds_its_rate_goes_on(folder, corpus, tmp_path):
    whole = make(folder, corpus, lr="find")
    mk.fit(whole)
    settings = {"lr": "find", "checkpoint": tmp_path / "run", "checkpoint_every": 2}
    begun = make(folder, corpus, **settings)
    for _ in range(3):
        next(begun)
    resumed = make(folder, corpus, **settings)
    assert resumed.resumed_from == 2
    mk.fit(resumed)
    np.testing.assert_array_equal(resumed.history.losses(), whole.history.losses())


def test_its_figure_names_the_rate_and_the_tasks(folder, corpus):
    test = make(folder, corpus, lr="find").range_test
    ax = mk.plots.range_test(test)
    ax.figure.canvas.draw()
    assert ax.get_xscale() == "log" and "half of it is taken" in ax.get_title(loc="left")
    said = mk.plots.alt(ax)
    assert all(task in said for task in test.tasks) and not math.isnan(test.lr)
    matplotlib.pyplot.close(ax.figure)
