"""PiKE and mSFT: against sequences worked out by hand, and what a run then reads, keeps and goes back to."""

import copy
import math

import numpy as np
import pandas as pd
import pytest
import torch
import toy

import mtlkit as mk
from mtlkit.training import gradients


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return toy.encoder_folder(str(tmp_path_factory.getbasetemp()))


@pytest.fixture(scope="module")
def apart():
    """Two tasks with rows of their own: 64 and 32."""
    colour, old = toy.corpus(["colour"], train=64), toy.corpus(["old"], train=32)
    return mk.Corpus.merge([colour, old])


def make(folder, corpus, weighting="equal", **settings):
    settings = {"steps": 12, "batch_size": 16, "lr": 1e-3, "validate": None} | settings
    return mk.Run(mk.MultiTaskModel(mk.load_encoder(folder), corpus.tasks), corpus, weighting, **settings)


def told(sampler, tasks, values, every=10, steps=1000):
    """A sampler told a table of metrics, a validation a row; what it answered to each."""
    sampler.setup(tasks, steps)
    return [sampler.on_metrics(every * (k + 1), row) for k, row in enumerate(values)]


# -- PiKE's rule ------------------------------------------------------------------------------------
def test_pike_multiplies_probabilities_by_its_factors():
    sampler = mk.PiKE(zeta1=0.5, zeta2=0.2, every=5)
    sampler.setup(["a", "b", "c"], 100)
    assert sampler.probabilities.tolist() == [1 / 3] * 3
    weights = np.ones(3) / 3
    for squares, variances in [([4.0, 1.0, 0.0], [10.0, 400.0, 0.0]), ([0.2, 3.0, 1.0], [7.0, 9.0, 100.0])]:
        sampler.update(squares, variances, batch_size=20)
        weights = weights * np.exp(0.5 * np.array(squares) - 0.2 / (2 * 20) * np.array(variances))
        weights /= weights.sum()
        np.testing.assert_allclose(sampler.probabilities, weights, rtol=1e-12)


def test_moments_of_a_gradient_are_told_without_bias(monkeypatch):
    mean, deviation, parts, rows = torch.tensor([1.0, -2.0, 0.5]), 0.8, 4, 5  # ‖∇L‖² 5.25, a row's variance 3 · 0.64
    draw = torch.Generator().manual_seed(0)

    def drawn(run, batch, on):
        of_rows = mean + deviation * torch.randn(rows, 3, generator=draw)
        return None, iter([("task", of_rows.mean(0))])

    class Part:
        size = rows

    monkeypatch.setattr(gradients, "_task_gradients", drawn)
    found = np.array([gradients.gradient_moments(None, [Part()] * parts) for _ in range(4000)])
    np.testing.assert_allclose(found.mean(0), [5.25, 3 * 0.64], rtol=0.02)


def test_a_task_without_rows_has_no_gradient():
    assert gradients.gradient_moments(None, []) == (0.0, 0.0)


# -- a run under PiKE -------------------------------------------------------------------------------
def rows_of(run, task):
    """The share of a run's next batch that has a label of the task."""
    batch = run.batches[run.done]
    return batch.targets[task].size / batch.size if task in batch.targets else 0.0


def test_pike_draws_tasks_alike_at_first_and_then_by_its_probabilities(folder, apart):
    run = make(folder, apart, sampling=mk.PiKE(zeta1=0.0, zeta2=0.0, every=4), steps=200)
    alike = [rows_of(run, "old") for _ in run]
    assert np.mean(alike) == pytest.approx(0.5, abs=0.03)  # 3,200 rows: a deviation of 0.009
    run = make(folder, apart, sampling=mk.PiKE(zeta1=0.0, zeta2=0.0, every=4))
    run.sampler.logits = [0.0, math.log(1 / 9)]
    run._feed.load_state_dict(run._feed.state_dict())
    assert run.sampler.probabilities == pytest.approx([0.9, 0.1])
    assert np.mean([rows_of(run, "old") for _ in run]) == pytest.approx(0.1, abs=0.08)


def test_pike_looks_at_the_gradients_every_so_many_steps(folder, apart):
    run = make(folder, apart, sampling=mk.PiKE(zeta1=5.0, zeta2=0.0, every=4))
    seen = [run.sampler.probabilities.tolist() for _ in run]
    changes = [k + 1 for k in range(1, 12) if seen[k] != seen[k - 1]]
    assert changes == [5, 9] and seen[0] != [0.5, 0.5]  # before steps 1, 5 and 9
    expected = make(folder, apart, sampling=mk.PiKE(zeta1=5.0, zeta2=0.0, every=4))
    squares = []
    for task in expected._feed.tasks:
        squares.append(gradients.gradient_moments(expected, expected._feed._parts(task, expected))[0])
    assert squares[0] != squares[1]
    longer = int(np.argmax(squares))
    next(expected)
    assert expected.sampler.probabilities.argmax() == longer


def test_a_run_under_pike_is_the_same_again_and_from_a_checkpoint(folder, apart, tmp_path):
    sampling = mk.PiKE(zeta1=5.0, every=4)
    whole = make(folder, apart, sampling=sampling)
    mk.fit(whole)
    losses = whole.history.losses()
    begun = make(folder, apart, sampling=sampling, checkpoint=tmp_path / "run", checkpoint_every=6)
    for _ in range(7):
        next(begun)
    resumed = make(folder, apart, sampling=sampling, checkpoint=tmp_path / "run", checkpoint_every=6)
    assert resumed.resumed_from == 6
    mk.fit(resumed)
    np.testing.assert_array_equal(resumed.history.losses(), losses)
    whole.reset()
    assert whole.sampler.probabilities.tolist() == [0.5, 0.5]
    mk.fit(whole)
    np.testing.assert_array_equal(whole.history.losses(), losses)
    clone = whole.clone()
    assert clone.sampler.settings == sampling.settings and clone.sampler is not whole.sampler
    mk.fit(clone)
    np.testing.assert_array_equal(clone.history.losses(), losses)


def test_an_interrupt_after_the_look_does_not_look_twice(folder, apart, monkeypatch):
    run, other = (make(folder, apart, sampling=mk.PiKE(zeta1=5.0, every=4)) for _ in range(2))
    mk.fit(other)

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(run), "_apply_gradients", interrupted)
        with pytest.raises(KeyboardInterrupt):
            next(run)
    mk.fit(run)
    assert run.sampler.logits == other.sampler.logits


def test_a_given_sampler_stays_as_it_is(folder, apart):
    sampler = mk.PiKE(zeta1=5.0)
    mk.fit(make(folder, apart, sampling=sampler))
    assert sampler.tasks == () and not hasattr(sampler, "logits")


def test_pike_accumulates(folder, apart):
    run = make(folder, apart, sampling=mk.PiKE(zeta1=5.0, every=3), accumulate=2, steps=7)
    assert len(list(run)) == 7 and run.sampler.updates == 3


def test_where_every_row_has_all_labels_pike_has_nothing_to_choose(folder):
    corpus = toy.corpus(["colour", "old"])
    with pytest.raises(ValueError, match="nothing to choose"):
        make(folder, corpus, sampling="pike")


def test_a_frozen_encoder_has_no_gradients_for_pike(folder, apart):
    encoder = mk.load_encoder(folder)
    encoder.requires_grad_(False)
    with pytest.raises(ValueError, match="pike.*frozen"):
        mk.Run(mk.MultiTaskModel(encoder, apart.tasks), apart, sampling="pike", validate=None)


# -- mSFT's rule ------------------------------------------------------------------------------------
def test_msft_drops_what_peaked_first_and_goes_back_there():
    sampler = mk.MSFT(budget=30)
    values = [(0.5, 0.2, 0.1), (0.7, 0.4, 0.2), (0.6, 0.3, 0.3)]  # a and b peak at 20, c at the end
    assert told(sampler, ["a", "b", "c"], values) == [None, None, 20]
    assert sampler.active == ["c"]
    values = [(0.9, 0.9, 0.4), (0.0, 0.0, 0.5), (0.0, 0.0, 0.4)]
    assert [sampler.on_metrics(s, v) for s, v in zip([40, 50, 60], values, strict=True)] == [None, None, 50]
    assert sampler.active == []
    assert sampler.rollbacks == [
        {"step": 30, "to": 20, "dropped": ["a", "b"]},
        {"step": 60, "to": 50, "dropped": ["c"]},
    ]


def test_a_peak_is_one_of_the_present_roll_out():
    sampler = mk.MSFT(budget=20)
    rising, then = [(0.1, 0.8), (0.2, 0.9)], [(0.3, 0.5), (0.25, 0.6)]
    assert told(sampler, ["a", "b"], rising + then) == [None, None, None, 30]
    assert sampler.active == ["b"]  # 0.6 is no match for 0.9, but the best of its roll-out


def test_of_equal_metrics_the_first_is_the_peak_and_tasks_without_a_metric_stay():
    sampler = mk.MSFT(budget=30)
    assert told(sampler, ["a", "b"], [(0.5, math.nan), (0.5, math.nan), (0.4, math.nan)]) == [None, None, 10]
    assert sampler.active == ["b"]
    assert [sampler.on_metrics(s, (0.1, math.nan)) for s in (40, 50, 60)] == [None] * 3


def test_the_last_step_ends_a_roll_out():
    sampler = mk.MSFT(budget=30)
    sampler.setup(["a", "b"], 20)
    assert sampler.on_metrics(10, (0.5, 0.1)) is None
    assert sampler.on_metrics(20, (0.4, 0.2), last=True) == 10


def test_without_a_budget_every_task_may_be_dropped():
    sampler = mk.MSFT()
    sampler.setup(["a", "b", "c"], 100)
    assert sampler.length == 25


# -- a run under mSFT -------------------------------------------------------------------------------
SCRIPT = {  # the step → main metrics of colour and old: colour peaks at 4, old never before the end
    2: (0.5, 0.1),
    4: (0.6, 0.2),
    6: (0.4, 0.3),
    8: (0.3, 0.4),
    10: (0.3, 0.5),
    12: (0.3, 0.6),
}


@pytest.fixture
def scripted(monkeypatch):
    """Metrics as SCRIPT has them, whatever the model says."""
    from mtlkit.training import run as module

    def use(script, tasks=("colour", "old")):
        left = [dict(zip(tasks, ({"accuracy": value} for value in values), strict=True)) for values in script.values()]

        def metrics(model, *args, **kwargs):
            calls.append(1)
            return left[len(calls) - 1], dict.fromkeys(tasks, 40)

        calls: list = []
        monkeypatch.setattr(module, "compute_metrics", metrics)

    return use


def weights(run):
    return torch.cat([p.detach().flatten() for p in run.model.parameters()])


def test_a_run_goes_back_to_the_peak_and_trains_what_is_left(folder, apart, scripted):
    scripted(SCRIPT)
    run = make(folder, apart, sampling=mk.MSFT(budget=6), validate=2)
    states, seen = {}, {}
    for step in run:
        states[step.step] = (weights(run), copy.deepcopy(run.optimizer.state_dict()["state"]))
        seen[step.step] = [not math.isnan(loss) for loss in step.losses.tolist()]
    assert run.done == 12
    torch.testing.assert_close(states[6][0], states[4][0], rtol=0, atol=0)  # taken back right after the validation
    for number, state in states[4][1].items():
        torch.testing.assert_close(states[6][1][number]["exp_avg"], state["exp_avg"], rtol=0, atol=0)
    assert any(seen[k][0] for k in range(1, 7)) and not any(seen[k][0] for k in range(7, 13))
    assert all(seen[k][1] for k in range(7, 13))
    assert run.sampler.rollbacks == [{"step": 6, "to": 4, "dropped": ["colour"]}]
    assert run.history.metrics().step.max() == 12


def test_a_run_ends_when_no_task_is_left(folder, apart, scripted):
    scripted({2: (0.5, 0.5), 4: (0.4, 0.4), 6: (0.3, 0.3)})
    run = make(folder, apart, sampling=mk.MSFT(budget=6), validate=2)
    states = {step.step: weights(run) for step in run}
    assert run.done == run.steps == 6 and run.config.steps == 12 and not run.model.training
    torch.testing.assert_close(weights(run), states[2], rtol=0, atol=0)
    run.reset()
    assert run.steps == 12 and run.sampler.active == ["colour", "old"]


def test_a_run_under_msft_goes_on_from_a_checkpoint(folder, apart, scripted, tmp_path):
    for name, stops in (("before", 5), ("after", 8)):
        scripted(SCRIPT)
        whole = make(folder, apart, sampling=mk.MSFT(budget=6), validate=2)
        mk.fit(whole)
        scripted(SCRIPT)
        settings = {"validate": 2, "checkpoint": tmp_path / name, "checkpoint_every": 1}
        begun = make(folder, apart, sampling=mk.MSFT(budget=6), **settings)
        for _ in range(stops):
            next(begun)
        resumed = make(folder, apart, sampling=mk.MSFT(budget=6), **settings)
        mk.fit(resumed)
        assert resumed.resumed_from == stops and resumed.sampler.rollbacks == whole.sampler.rollbacks
        torch.testing.assert_close(weights(resumed), weights(whole), rtol=0, atol=0)


def test_a_validation_by_hand_is_none_of_msft(folder, apart, scripted):
    scripted({k: (0.5, 0.1 * k) for k in range(1, 5)})
    run = make(folder, apart, sampling=mk.MSFT(budget=6), validate=3)
    next(run)
    run.validate()
    assert run.sampler.peaks == set()


def test_what_msft_learns_of_rows_with_several_labels_is_the_tasks_left(folder, scripted):
    scripted(SCRIPT)
    corpus = toy.corpus(["colour", "old"])
    run = make(folder, corpus, sampling=mk.MSFT(budget=6), validate=2)
    lam = np.array([step.weights.tolist() for step in run])
    assert (lam[:6] == 1).all() and (lam[6:] == [0, 1]).all()


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"validate": None}, "compares the validations"),
        ({"validate": 4}, "4 steps apart"),
    ],
)
def test_msft_needs_validations_to_compare(folder, apart, settings, says):
    with pytest.raises(ValueError, match=says):
        make(folder, apart, sampling=mk.MSFT(budget=6), **settings)


def test_msft_needs_validation_rows(folder, apart):
    corpus = mk.Corpus({"train": apart.train.dataset}, apart.tasks)
    with pytest.raises(ValueError, match="msft.*validation rows"):
        make(folder, corpus, sampling="msft", validate=2)


# -- what may be asked for --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("sampling", "says"),
    [
        ("pyke", "sampler.*'pike'"),
        ({"name": "pike", "zeta": 1}, "setting of the sampler 'pike'.*zeta1"),
        (-1, "sampling is None"),
        (True, "sampling is None"),
        ([0.5], "sampling is None"),
    ],
)
def test_what_is_no_sampling_is_said(folder, apart, sampling, says):
    with pytest.raises(ValueError, match=says):
        make(folder, apart, sampling=sampling)


@pytest.mark.parametrize("settings", [{"zeta1": -1.0}, {"zeta2": math.nan}, {"every": 0}, {"every": 1.5}])
def test_settings_of_pike_have_ranges(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        mk.PiKE(**settings)


def test_a_budget_holds_two_steps():
    with pytest.raises(ValueError, match="budget is a whole number of at least 2"):
        mk.MSFT(budget=1)


def test_a_race_takes_settings_of_the_run_as_a_method(folder, apart, tmp_path):
    methods = {
        "equal": "equal",
        "pike": {"sampling": mk.PiKE(zeta1=5.0, every=4)},
        "msft": {"sampling": mk.MSFT(budget=4), "validate": 2},
        "still": {"weighting": "dwa", "lr": 0.0},
    }
    found = mk.compare(methods, apart, folder, budget=8, seeds=1, alone=False, folder=tmp_path)
    assert found.names == list(methods) and not found.failed
    assert found.weightings["still"].name == "dwa" and found.weightings["pike"].name == "equal"
    lr = found.history("still", 0).settings["lr"]
    assert lr == 0.0 and found.history("equal", 0).settings["lr"] > 0
    assert found.history("pike", 0).settings["sampling"]["zeta1"] == 5.0
    files = set(tmp_path.rglob("*.json"))
    again = mk.compare(methods, apart, folder, budget=8, seeds=1, alone=False, folder=tmp_path)
    assert set(tmp_path.rglob("*.json")) == files
    pd.testing.assert_frame_equal(again.results, found.results)


def test_a_race_says_which_setting_is_unknown(folder, apart):
    with pytest.raises(ValueError, match="setting of a run.*'samplin'"):
        mk.compare({"equal": "equal", "b": {"samplin": "pike"}}, apart, folder, seeds=1)
    with pytest.raises(ValueError, match="sets this itself"):
        mk.compare({"equal": "equal", "b": {"seed": 1}}, apart, folder, seeds=1)


def test_a_duel_has_no_steps_taken_back(folder, apart):
    run = make(folder, apart, sampling=mk.MSFT(budget=6), validate=2)
    with pytest.raises(ValueError, match="takes steps back"):
        mk.widgets.duel(run, run.clone("dwa"))
