"""Run: what acted is what is recorded; the same seed gives the same history; killed and gone on with, too."""

import copy
import dataclasses
import math
import time
from pathlib import Path
from types import SimpleNamespace

import child
import numpy as np
import pandas as pd
import pytest
import torch
import toy
from scipy.stats import binom

import mtlkit as mk
from mtlkit.batching import epoch_order, evaluation_batches, sampling_probabilities, tokenize_split
from mtlkit.training import checkpoint
from mtlkit.training.optimizer import default_lr, peak_rates
from mtlkit.training.rng import set_randomness
from mtlkit.training.run import NonFiniteError

TASKS = ["colour", "size", "tags", "rare"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return toy.encoder_folder(str(tmp_path_factory.getbasetemp()))


@pytest.fixture(scope="module")
def corpus():
    return toy.corpus(TASKS)


@pytest.fixture
def make(folder, corpus):
    def make(weighting="equal", **settings):
        settings = {"steps": 12, "batch_size": 16, "lr": 1e-3, "validate": None} | settings
        own = settings.pop("corpus", corpus)
        return mk.Run(mk.MultiTaskModel(mk.load_encoder(folder), own.tasks), own, weighting, **settings)

    return make


def same(a: mk.History, b: mk.History) -> bool:
    """Bit for bit, times aside."""
    return (
        a.frame().drop(columns="seconds").equals(b.frame().drop(columns="seconds"))
        and a.metrics().equals(b.metrics())
        and a.events == b.events
    )


# -- the one seam -----------------------------------------------------------------------------------
def test_a_run_is_an_iterator_over_its_steps(make):
    run = make()
    steps = list(run)
    assert [s.step for s in steps] == list(range(1, 13)) and run.done == 12
    assert [s.epoch for s in steps] == [1] * 6 + [2] * 6
    assert steps[-1].examples == 2 * 96 and steps[0].lr == pytest.approx(5e-4)
    assert list(run) == []


def test_the_recorded_weights_are_the_formula_of_the_recorded_losses(make):
    run = make(mk.Sigmoid(alpha=2.0, beta=0.7))
    mk.fit(run)
    losses, weights = run.history.losses(), run.history.weights()
    there = ~np.isnan(losses)
    assert there[:, :3].all() and 0 < there[:, 3].sum() < 12
    expected = 1 / (1 + np.exp(-2.0 * (losses[there] - 0.7)))
    np.testing.assert_allclose(weights[there], expected, rtol=1e-5)
    assert np.isnan(weights[~there]).all()


@pytest.mark.parametrize("accumulate", [1, 2])
@pytest.mark.parametrize(
    "weighting",
    [
        mk.Fixed({"colour": 0.03, "size": 0.0, "tags": 0.2, "rare": 0.1}),
        mk.Sigmoid(alpha=-4.0, beta=0.5),
        mk.Sigmoid(alpha=-2.0, beta=0.5, detach=False),
    ],
    ids=["fixed", "sigmoid", "total"],
)
def test_what_is_recorded_is_what_acted(make, weighting, accumulate):
    """A step moves the parameters by the gradient of Σ λ_i L_i with the recorded λ. Under plain gradient descent: what
    AdamW does in its first step is the same for λ and λ/2."""
    run = make(weighting, precision="fp32", batch_size=96 // accumulate, accumulate=accumulate, lr=0.02, head_lr=0.02)
    run.optimizer = torch.optim.SGD([{"params": g["params"], "lr": g["lr"]} for g in run.optimizer.param_groups])
    for module in run.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    model = copy.deepcopy(run.model).train()
    step = next(run)
    rows = model.tokenize(run.corpus.train)
    (whole,) = evaluation_batches(rows, model.tasks, len(rows))  # an epoch is a step here
    losses = model.losses(whole)
    torch.testing.assert_close(step.losses, losses.detach(), rtol=1e-4, atol=1e-5)
    (losses * step.weights).sum().backward()
    expected = {name: p.grad for name, p in model.named_parameters() if p.grad is not None}
    assert 0.01 < torch.stack([g.norm() for g in expected.values()]).norm() < 1, "below 1 nothing is clipped"
    after = dict(run.model.named_parameters())
    for name, before in model.named_parameters():
        moved = (before - after[name]).detach() / step.lr
        torch.testing.assert_close(moved, expected.get(name, torch.zeros_like(moved)), rtol=1e-3, atol=2e-5)


def test_a_task_with_weight_nought_does_not_move_its_head(make):
    run = make(mk.Fixed({"colour": 1.0, "size": 0.0, "tags": 1.0, "rare": 1.0}))
    before = run.model.heads["size"][1].bias.clone()
    mk.fit(run)
    assert torch.equal(before, run.model.heads["size"][1].bias)


def test_a_step_is_never_changed_by_a_later_one(make):
    run = make()
    first = next(run)
    kept = first.losses.clone(), first.weights.clone()
    mk.fit(run)
    torch.testing.assert_close(first.losses, kept[0], equal_nan=True, rtol=0, atol=0)
    assert torch.equal(first.weights, kept[1])
    with pytest.raises(AttributeError):
        first.step = 5


@pytest.mark.parametrize("frozen, moves", [("encoder.", "heads."), ("heads.", "encoder.")])
def test_a_rate_of_nought_freezes(make, frozen, moves):
    run = make(**{"lr" if frozen == "encoder." else "head_lr": 0.0})
    before = weights_of(run)
    mk.fit(run)
    still = {name for name, weight in run.model.named_parameters() if torch.equal(weight, before[name])}
    assert still >= {name for name, _ in run.model.named_parameters() if name.startswith(frozen)}
    assert not any(name.startswith(moves) for name in still)


def test_training_learns(folder):
    corpus = toy.corpus(["colour", "tags"], train=192)
    model = mk.MultiTaskModel(mk.load_encoder(folder), corpus.tasks)
    mk.fit(mk.Run(model, corpus, epochs=20, batch_size=16, lr=3e-3, validate=None))
    found = mk.evaluate(model, corpus.test).set_index(["task", "metric"]).value
    assert found["colour", "accuracy"] > 0.9 and found["tags", "f1"] > 0.9


# -- the same again ---------------------------------------------------------------------------------
def test_the_same_seed_gives_the_same_history_whatever_is_drawn_in_between(make):
    one, two, other = make("sigmoid"), make("sigmoid"), make("sigmoid", seed=1)
    mk.fit(one)
    for _ in two:
        torch.rand(3)
        np.random.rand()
    mk.fit(other)
    assert same(one.history, two.history) and not same(one.history, other.history)


def test_a_run_leaves_the_global_random_state_alone(make):
    run = make()
    state = torch.get_rng_state()
    next(run)
    run.gradient_norms()
    assert torch.equal(state, torch.get_rng_state())


def test_reset_goes_back_to_the_first_weights(make):
    run = make(mk.Sigmoid(alpha=1.0, relative=True, smoothing=0.5))
    run.steer("test", alpha=3.0)
    first = mk.fit(run)
    assert first.events == [{"step": 1, "who": "test", "setting": "alpha", "value": 3.0}]
    run.reset()
    assert run.done == 0 and len(run.history) == 0 and run.weighting.alpha == 1.0
    run.steer("test", alpha=3.0)
    assert same(first, mk.fit(run))


class Learned(mk.weighting.Weighting):
    """A weight per task that is trained with the model."""

    def __init__(self, alpha: float = 1.0):
        super().__init__()
        self.alpha = alpha
        self.logs = torch.nn.Parameter(torch.zeros(len(TASKS)))

    def total(self, losses, present):
        return (self.alpha * self.logs.exp() * losses - self.logs).where(present, 0.0).sum(-1)


@pytest.mark.parametrize("weighting", [mk.Sigmoid(alpha=2.0, relative=True), Learned()], ids=["sigmoid", "learned"])
def test_again_is_the_same_run_from_the_same_first_weights(make, weighting):
    run = make(weighting)
    first = run.clone()
    for step in run:
        if step.step == 6:
            run.steer(alpha=5.0)
    trained = weights_of(run)
    again, other = run.clone(), run.clone("equal", seed=3)
    assert again.done == 0 and again.weighting.alpha != 5.0 and run.weighting.alpha == 5.0
    assert same(train(again), train(first)) and not same(again.history, run.history)
    assert other.weighting.name == "equal" and other.config == dataclasses.replace(run.config, seed=3)
    assert equal_weights(weights_of(run), trained), "the run itself is not touched"


# -- some of a model's tasks ------------------------------------------------------------------------
def test_some_of_a_models_tasks_are_trained_and_the_others_watched(folder, corpus):
    model = mk.MultiTaskModel(mk.load_encoder(folder), corpus.tasks)
    before = {name: weight.clone() for name, weight in model.named_parameters()}
    run = mk.Run(model, corpus, tasks=["tags", "colour"], steps=6, batch_size=16, lr=1e-3, validate=3)
    mk.fit(run)
    assert run.tasks == run.history.tasks == ("colour", "tags") and run.history.losses().shape == (6, 2)
    assert set(run.history.metrics().task) == set(TASKS), "the others are watched"
    moved = {name for name, weight in model.named_parameters() if not torch.equal(weight, before[name])}
    assert {name.split(".")[1] for name in moved if name.startswith("heads.")} == {"colour", "tags"}


@pytest.mark.parametrize("weighting", ["sigmoid", "upgrad", "gradnorm", "famo", "coba"])
@pytest.mark.parametrize("accumulate", [1, 2])
def test_every_kind_of_weighting_trains_some_tasks(make, weighting, accumulate):
    run = make(weighting, tasks=["colour", "tags"], steps=3, accumulate=accumulate, validate=2)
    assert mk.fit(run).weights().shape == (3, 2) and np.isfinite(run.history.weights()).all()
    assert run.clone().tasks == ("colour", "tags")


def test_a_corpus_needs_only_the_tasks_that_are_trained(folder, corpus):
    model = mk.MultiTaskModel(mk.load_encoder(folder), corpus.tasks)
    with pytest.raises(ValueError, match=r"a task the corpus lacks.*'size'.*Run\(…, tasks=\[…\]\)"):
        mk.Run(model, corpus.only(["colour"]), steps=2)
    run = mk.Run(model, corpus.only(["colour"]), tasks=["colour"], steps=2, batch_size=16, validate=1)
    assert set(mk.fit(run).metrics().task) == {"colour"}


@pytest.mark.parametrize(
    "tasks, said", [(["colur"], "Did you mean 'colour'"), ([], "a list of names"), ("colour", "list of names")]
)
def test_tasks_that_are_not_there_are_said(make, tasks, said):
    with pytest.raises(ValueError, match=said):
        make(tasks=tasks)


# -- what a backward pass left behind -----------------------------------------------------------------
def interrupted(run):
    """Stops between the gradients and the optimizer's step, as a kernel's interrupt may."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run.optimizer, "step", raises(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            next(run)


def raises(error):
    def stop(*_, **__):
        raise error

    return stop


@pytest.mark.parametrize("weighting", ["equal", "upgrad"])
def test_gradients_of_an_earlier_backward_pass_do_not_enter_a_run(make, weighting):
    whole, run = mk.fit(make(weighting)), make(weighting)
    (batch,) = evaluation_batches(run.model.tokenize(run.corpus.train), run.model.tasks, 96)
    for parameter in run.model.parameters():
        parameter.jac = torch.ones(4, *parameter.shape)
    run.model.losses(batch).sum().backward()
    again = mk.Run(run.model, run.corpus, weighting, steps=12, batch_size=16, lr=1e-3, validate=None)
    assert same(mk.fit(again), whole)


@pytest.mark.parametrize("weighting", ["equal", "upgrad"])
@pytest.mark.parametrize("back", [True, False], ids=["reset", "go-on"])
def test_an_interrupted_step_leaves_nothing_for_the_next(make, weighting, back):
    run = make(weighting)
    whole = mk.fit(run.clone())
    for _ in range(4):
        next(run)
    interrupted(run)
    if back:
        run.reset()
    assert same(mk.fit(run), whole)


def test_a_failed_step_under_accumulation_leaves_no_jacobian_to_the_next_run_of_the_model(make):
    whole = mk.fit(make("upgrad", accumulate=2))
    run = make("upgrad", accumulate=2)
    hook = run.model.heads["size"].register_forward_hook(late(lambda *a: a[2] * math.nan))
    with pytest.raises(NonFiniteError):
        next(run)
    hook.remove()
    again = mk.Run(run.model, run.corpus, "upgrad", steps=12, batch_size=16, lr=1e-3, validate=None, accumulate=2)
    assert same(mk.fit(again), whole)


def late(hook):
    """A hook that begins at its second call: the second micro-batch."""
    calls = []
    return lambda *a: calls.append(a) or (hook(*a) if len(calls) > 1 else None)


# -- which rows are drawn ---------------------------------------------------------------------------
@pytest.fixture(scope="module")
def disjoint():
    """90 rows with a colour, 10 others with a size: no row has both."""
    table = toy.rows(100, 0)
    table["colour"][90:] = [None] * 10
    table["size"][:90] = [None] * 90
    tasks = [mk.Task("colour", "classification"), mk.Task("size", "regression")]
    return mk.Corpus.from_frames({"train": pd.DataFrame(table)}, tasks)


@pytest.mark.parametrize("tau", [0, 0.5, 1.0])
def test_tasks_are_drawn_by_the_power_of_their_size(make, disjoint, tau):
    batches = make(corpus=disjoint, sampling=tau).batches
    seen = np.concatenate([batches[k].index for k in range(20 * len(batches))])  # 20 epochs
    assert len(seen) == 20 * 100 and len(batches) == 7
    share = 10**tau / (10**tau + 90**tau)
    deviation = math.sqrt(share * (1 - share) / len(seen))
    assert (seen >= 90).mean() == pytest.approx(share, abs=4 * deviation)
    each = np.bincount(seen, minlength=100)[90:]  # rows of a task are alike
    assert np.abs(each - each.mean()).max() < 4 * math.sqrt(each.mean())


def test_copies_of_a_row_lie_in_different_batches():
    """Grouping by length would else put them side by side: few texts, each read several times, in one batch."""
    lengths = np.random.default_rng(0).integers(5, 40, 1000)
    probabilities = np.where(np.arange(1000) < 60, 0.5 / 60, 0.5 / 940)  # 60 rows are drawn as often as the other 940
    order = epoch_order(lengths, 20, 0, 1, probabilities)
    assert sum(map(len, order)) == 1000 and len(order) == 50 and max(map(len, order)) == 20
    assert np.bincount(np.concatenate(order))[:60].mean() > 7
    assert np.mean([len(np.unique(batch)) for batch in order]) > 19.5  # independent draws: 19.1
    spread = np.mean([np.ptp(lengths[batch]) for batch in order])
    assert spread < 0.75 * np.ptp(lengths), "and are still grouped by length"


def test_a_row_with_two_labels_is_drawn_for_either(folder, corpus):
    tokenized = tokenize_split(corpus.train, mk.load_encoder(folder), corpus.tasks)
    found = sampling_probabilities(
        tokenized, corpus.tasks, 0.5
    )  # three tasks label all of 96 rows, "rare" every tenth: 10
    assert found.sum() == pytest.approx(1)
    both = (3 * 96**-0.5 + 10**-0.5) / (3 * 96**-0.5)
    assert found[0] / found[1] == pytest.approx(both) and found[1] == found[2]


def test_without_sampling_every_row_is_read_once_an_epoch(make):
    batches = make().batches
    assert sorted(np.concatenate([batches[k].index for k in range(6)])) == list(range(96))


def test_the_same_seed_draws_the_same_rows_again_and_after_a_stop(make, tmp_path):
    whole = make(sampling=0.5)
    train(whole)
    assert whole.history.settings["sampling"] == 0.5
    assert same(train(whole.clone()), whole.history), "again keeps the sampling"
    assert not same(train(whole.clone(sampling=None)), whole.history)
    for step in make(sampling=0.5, checkpoint=tmp_path, checkpoint_every=4):
        if step.step == 7:
            break
    gone_on = make(sampling=0.5, checkpoint=tmp_path, checkpoint_every=4)
    assert gone_on.resumed_from == 4 and same(train(gone_on), whole.history)


def train(run: mk.Run) -> mk.History:
    for _ in run:
        pass
    return run.history


@pytest.mark.parametrize("on", ["parameters", "representation"])
def test_gradient_cosines_are_those_of_the_tasks_own_gradients_and_change_nothing(make, on):
    one, two = make(), make()
    next(one), next(two)
    found = two.gradient_cosines(on)
    batch, model = two.batches[1], copy.deepcopy(two.model).train()
    gradients = {}
    for name in batch.targets:
        with torch.random.fork_rng(devices=[]):
            set_randomness(two.device, two.random)
            vectors = model.encode(batch)
            loss = model.task_losses(batch, vectors)[name]
            inputs = list(model.encoder.parameters()) if on == "parameters" else [vectors[0]]
            grads = torch.autograd.grad(loss, inputs, allow_unused=True)
        gradients[name] = torch.cat([torch.zeros(0) if g is None else g.flatten() for g in grads])
    a, b = list(gradients)[:2]
    expected = float(torch.cosine_similarity(gradients[a], gradients[b], dim=0))
    assert found.loc[a, b] == pytest.approx(expected, abs=1e-4) == found.loc[b, a]
    assert found.loc[a, a] == pytest.approx(1, abs=1e-4)
    mk.fit(one), mk.fit(two)
    assert np.array_equal(one.history.losses(), two.history.losses(), equal_nan=True)
    with pytest.raises(ValueError, match="Did you mean 'representation'"):
        two.gradient_cosines("representations")


def test_gradient_norms_change_nothing(make):
    one, two = make("sigmoid"), make("sigmoid")
    for _ in one:
        pass
    norms = None
    for _ in two:
        if two.done < 12:
            norms = two.gradient_norms()
    assert same(one.history, two.history)
    assert set(norms) <= set(TASKS) and all(n > 0 for n in norms.values())


# -- steering ---------------------------------------------------------------------------------------
def test_a_setting_acts_at_the_very_next_step_and_is_recorded(make):
    run = make(mk.Sigmoid(alpha=1.0, beta=0.5))
    next(run)
    run.steer("cockpit", alpha=-4.0)
    step = next(run)
    run.weighting.beta = 0.1
    next(run)
    expected = 1 / (1 + math.exp(4.0 * (float(step.losses[0]) - 0.5)))
    assert float(step.weights[0]) == pytest.approx(expected, rel=1e-5)
    assert run.history.events == [
        {"step": 2, "who": "cockpit", "setting": "alpha", "value": -4.0},
        {"step": 3, "who": "code", "setting": "beta", "value": 0.1},
    ]


def test_replayed_events_give_the_same_history(make):
    run = make(mk.Sigmoid())
    for step in run:
        if step.step == 3:
            run.steer("cockpit", alpha=5.0)
        if step.step == 7:
            run.steer("cockpit", alpha=-1.0, beta=2.0)
    again = make(mk.Sigmoid(), events=run.history.events)
    assert same(run.history, mk.fit(again)) and len(again.history.events) == 3


def test_steering_what_is_not_there_names_the_right_settings(make):
    with pytest.raises(ValueError, match="Did you mean 'alpha'"):
        make("sigmoid").steer(alfa=1)


# -- several batches a step -------------------------------------------------------------------------
def test_accumulated_batches_are_one_large_batch(folder, corpus):
    """Two halves of one batch: the same mean losses, one λ, the same gradient."""
    model = mk.MultiTaskModel(mk.load_encoder(folder), corpus.tasks)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    run = mk.Run(model, corpus, "sigmoid", steps=4, batch_size=16, accumulate=2, precision="fp32", validate=None)
    from mtlkit.batching import collate, generator
    from mtlkit.training.gradients import compute_gradients

    halves = [run.batches[0], run.batches[1]]
    index = np.concatenate([b.index for b in halves])
    whole = collate(run.batches.tokenized, index, corpus.tasks, generator(0))
    model.train()
    losses = model.losses(whole)
    lam = run.weighting(losses.detach(), whole.present)
    losses.backward(lam)
    expected = [p.grad.clone() for p in model.parameters() if p.grad is not None]
    model.zero_grad()
    found, found_lam, _present = compute_gradients(run, halves)
    torch.testing.assert_close(found, losses.detach(), atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(found_lam, lam, atol=1e-5, rtol=1e-4)
    grads = [p.grad for p in model.parameters() if p.grad is not None]
    for a, b in zip(grads, expected, strict=True):
        torch.testing.assert_close(a, b, atol=2e-4 * float(b.abs().max()) + 1e-6, rtol=1e-3)


def test_the_rate_rises_over_a_tenth_of_the_steps_and_falls_to_nought(make):
    run = make(steps=40, lr=1e-3, head_lr=5e-3)
    rates = []
    for step in run:
        groups = [group["lr"] for group in run.optimizer.param_groups]
        assert groups[0] == step.lr == pytest.approx(min(groups)) and max(groups) == pytest.approx(5 * step.lr)
        rates.append(step.lr / 1e-3)
    assert rates[:4] == pytest.approx([0.25, 0.5, 0.75, 1.0])
    assert np.diff(rates[3:]) == pytest.approx([-1 / 37] * 36) and rates[-1] == pytest.approx(1 / 37)


@pytest.mark.parametrize(
    "model_type, parameters, width, lr, head_lr",
    [
        ("bert", 110e6, 768, 2e-5, 3.9e-3),  # BERT base
        ("bert", 22e6, 384, 8e-5, 7.8e-3),  # MiniLM
        ("bert", 1.2e6, 128, 1e-3, 2.3e-2),  # bert-tiny
        ("bert", 1e4, 16, 2e-3, 3e-2),  # no rate is higher
        ("t5", 110e6, 512, 1e-4, 5.9e-3),
        ("t5", 22e6, 512, 4e-4, 5.9e-3),
    ],
)
def test_the_default_rates_are_the_documented_ones(model_type, parameters, width, lr, head_lr):
    config = SimpleNamespace(model_type=model_type)
    encoder = SimpleNamespace(config=config, size=lambda: parameters, hidden_size=width)
    kinds = {"tags": "tagging", "price": "regression", "topics": "multilabel", "mask": "mlm", "new": "mlm"}
    tasks = [mk.Task(n, k, labels=["a", "b"] if k in ("tagging", "multilabel") else None) for n, k in kinds.items()]
    heads = {name: SimpleNamespace(pretrained=name == "mask") for name in kinds}
    found, rates = peak_rates(SimpleNamespace(encoder=encoder, tasks=tasks, heads=heads), 1000)
    assert found == pytest.approx(lr, rel=0.05)
    expected = {"tags": head_lr, "price": head_lr / 3, "topics": 3 * head_lr, "mask": found, "new": head_lr}
    assert rates == pytest.approx(expected, rel=0.05)


def test_a_head_that_came_with_the_encoder_is_known():
    for pretrained in (True, False):
        model = mk.MultiTaskModel(mk.load_encoder("bert-tiny", pretrained=pretrained), [mk.Task("mlm", "mlm")])
        lr, rates = peak_rates(model, 1000)
        assert (rates["mlm"] == lr) == pretrained


def test_a_short_training_takes_longer_steps():
    bert = mk.load_encoder("bert-tiny")
    rates = [default_lr(bert, steps) / default_lr(bert, 1000) for steps in (10, 250, 500, 5000)]
    assert rates == pytest.approx([2, 2, 2**0.5, 1], rel=0.05)


def test_each_head_is_trained_at_its_own_rate(make):
    run = make(lr=None)
    assert (run.config.lr, run.config.head_lr) == peak_rates(run.model, run.steps)
    assert make(lr=1e-4).config.head_lr == run.config.head_lr  # a head starts from nothing, whatever the encoder does
    task, *others = run.tasks
    given = make(head_lr={task: 5e-4})
    assert given.config.head_lr == run.config.head_lr | {task: 5e-4}
    rates = {id(p): group["lr"] for group in given.optimizer.param_groups for p in group["params"]}
    for name, head in given.model.heads.items():
        assert {rates[id(p)] for p in head.parameters()} == {given.config.head_lr[name]}
    assert set(make(head_lr=5e-4).config.head_lr.values()) == {5e-4} and others


@pytest.mark.parametrize("lr, own", [(1e-5, 1e-3), (1e-3, 1e-2)])
def test_a_weightings_own_parameters_learn_at_ten_times_the_encoders_rate(make, lr, own):
    run = make("uncertainty", lr=lr, head_lr=5e-4)
    (group,) = [g for g in run.optimizer.param_groups if any(p is run.weighting.s for p in g["params"])]
    assert group["lr"] == pytest.approx(own) and len(group["params"]) == 1


def test_a_t5_learns_faster_than_its_size_says():
    bert, t5 = mk.load_encoder("bert-tiny"), mk.load_encoder("t5-tiny")
    assert t5.size() > bert.size() and default_lr(t5, 1000) > 3 * default_lr(bert, 1000)


# -- validation -------------------------------------------------------------------------------------
@pytest.mark.parametrize("validate, at", [("epoch", [6, 12]), (5, [5, 10, 12]), (None, [])])
def test_validation_is_recorded_when_asked_for(make, validate, at):
    run = make(validate=validate)
    mk.fit(run)
    assert sorted(set(run.history.metrics().step)) == at


def test_an_interval_holds_95_percent(make, corpus):
    """Accuracy is a proportion: the resampled ones are binomial, whose 2.5 % and 97.5 % points are known."""
    model, rows = make().model, len(corpus.train)
    found = mk.evaluate(model, corpus.train, bootstrap=1000).set_index(["task", "metric"]).loc[("colour", "accuracy")]
    assert 0.15 < found.value < 0.85 and found.rows == rows
    low, high = binom.ppf([0.025, 0.975], rows, found.value) / rows
    assert (found.low, found.high) == pytest.approx((low, high), abs=1.01 / rows)


def test_rows_of_a_group_are_drawn_together(make, corpus):
    """Eight copies of each row say no more than the row: the interval is that of the rows alone."""
    model, split = make().model, corpus.train
    copies = split.select([row for row in range(len(split)) for _ in range(8)])
    ticket = [row for row in range(len(split)) for _ in range(8)]

    def width(split, **more):
        table = mk.evaluate(model, split, bootstrap=400, **more).groupby("task").first()
        return table["high"] - table["low"]

    alone = width(split)
    assert (width(copies) <= 0.5 * alone).all() and alone.max() > 0
    assert width(copies, groups=ticket).to_numpy() == pytest.approx(alone.to_numpy(), rel=0.2)
    column = width(copies, groups="text").to_numpy()
    assert column == pytest.approx(width(copies, groups=copies.texts).to_numpy())
    with pytest.raises(ValueError, match="groups: .*'tex'.*'text'"):
        mk.evaluate(model, split, bootstrap=10, groups="tex")
    with pytest.raises(ValueError, match="a value for each row: 96 are due, found 2"):
        mk.evaluate(model, split, bootstrap=10, groups=[1, 2])


def test_a_model_is_evaluated_on_a_corpus_that_has_some_of_its_tasks(make, corpus):
    model = make().model
    whole, part = mk.evaluate(model, corpus.test), mk.evaluate(model, corpus.only(["tags"]).test)
    assert part.equals(whole[whole.task == "tags"].reset_index(drop=True))
    with pytest.raises(ValueError, match="none of the model.s tasks: it has old; the model answers"):
        mk.evaluate(model, toy.corpus(["old"]).test)


def test_the_validation_is_that_of_evaluate(make, corpus):
    run = make(validate="epoch")
    mk.fit(run)
    last = run.history.metrics().query("step == 12").set_index(["task", "metric"]).value
    direct = mk.evaluate(run.model, corpus.validation).set_index(["task", "metric"]).value
    assert last.to_dict() == pytest.approx(direct.to_dict(), nan_ok=True)


# -- what goes wrong --------------------------------------------------------------------------------
def test_a_loss_that_is_not_finite_stops_before_the_step_and_names_the_task(make):
    run = make()
    next(run)
    before = {k: v.clone() for k, v in run.model.state_dict().items()}
    with torch.no_grad():
        run.model.heads["size"][1].bias.fill_(math.nan)
    with pytest.raises(NonFiniteError, match=r"Step 2: the loss of task 'size' is not finite .*colour: loss .*λ 1"):
        next(run)
    run.model.heads["size"][1].bias.data.copy_(before["heads.size.1.bias"])
    assert all(torch.equal(before[k], v) for k, v in run.model.state_dict().items()) and run.done == 1


def test_a_gradient_that_is_not_finite_names_its_task(make):
    run = make()
    next(run)
    before = {k: v.clone() for k, v in run.model.state_dict().items()}
    run.model.heads["size"].register_full_backward_hook(lambda *a: (torch.full_like(a[1][0], math.inf),))
    with pytest.raises(NonFiniteError, match="Step 2: the gradient of task 'size' is not finite"):
        next(run)
    assert all(torch.equal(before[k], v) for k, v in run.model.state_dict().items())


@pytest.mark.parametrize(
    "value, error, said",
    [(-0.5, ValueError, "below 0"), (math.nan, NonFiniteError, "not finite"), (math.inf, NonFiniteError, "not finite")],
)
def test_a_weight_that_is_none_stops_before_the_step_and_names_method_and_task(make, value, error, said):
    class Slips(mk.weighting.Weighting):
        def weights(self, losses, present):
            return torch.where(torch.arange(losses.shape[-1]) == 1, value, torch.ones_like(losses))

    run = make(weighting=Slips())
    before = {k: v.clone() for k, v in run.model.state_dict().items()}
    task = run.tasks[1]
    with pytest.raises(
        error, match=f"Step 1: the weighting 'Slips' gave the task '{task}' .* {said} .*loss .*λ {value}"
    ):
        next(run)
    assert all(torch.equal(before[k], v) for k, v in run.model.state_dict().items()) and run.done == 0


def test_the_gradient_of_a_total_may_be_below_0(make):
    run = make(weighting=mk.Sigmoid(alpha=-20.0, beta=1.0, detach=False))
    mk.fit(run)
    assert (run.history.weights() < 0).any()


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"weighting": "sigmod"}, "Did you mean 'sigmoid'"),
        ({"precision": "fp16"}, "precision"),
        ({"epochs": 2, "steps": 5}, "not both"),
        ({"steps": 0}, "steps is a whole number of at least 1, found 0"),
        ({"batch_size": 1.5}, "batch_size"),
        ({"validate": "never"}, "validate"),
        ({"lr": -1e-3}, 'lr is None or "find", or a finite learning rate of at least 0 .0: frozen.; found -0.001'),
        ({"lr": math.nan}, "lr is None or .* found nan"),
        ({"lr": "fnd"}, "lr is None or \"find\".* found 'fnd'"),
        ({"lr": "find", "head_lr": 1e-3}, "leave head_lr out"),
        ({"head_lr": math.inf}, "head_lr is None, or a finite .* found inf"),
        ({"head_lr": "fast"}, "head_lr is None, or .* found 'fast'"),
        ({"head_lr": {"colour": -1.0}}, "head_lr of 'colour' is None, or a finite .* found -1.0"),
        ({"head_lr": {"color": 1e-3}}, "head_lr: .*'color'.*colour"),
        ({"seed": -1}, "seed is a whole number of at least 0, found -1"),
        ({"seed": None}, "seed is a whole number of at least 0, found None"),
        ({"epochs": 0, "steps": 5}, "epochs is a whole number of at least 1, found 0"),
        ({"checkpoint_every": 0}, "checkpoint_every is a whole number of at least 1, found 0"),
        ({"validate": 0}, "validate is a whole number of at least 1, found 0"),
        ({"sampling": -1}, "0 .each task alike. to 1 .each label alike.*Found -1"),
        ({"sampling": "size"}, "There is no sampler .size.. Known: msft, pike"),
        ({"sampling": math.nan}, "sampling"),
        ({"weighting": mk.Fixed({"colour": 1.0, "sise": 1.0})}, "Did you mean 'size'"),
        ({"weighting": mk.Sigmoid(beta={"hue": 1.0})}, "There is no task 'hue'"),
        ({"events": [{"step": 1, "who": "x", "setting": "gamma", "value": 1}], "weighting": "sigmoid"}, "gamma"),
    ],
)
def test_a_wrong_setting_says_what_is_right(make, settings, message):
    with pytest.raises(ValueError, match=message):
        make(**settings)


def test_a_model_of_other_tasks_is_refused(folder, corpus):
    model = mk.MultiTaskModel(mk.load_encoder(folder), toy.corpus(["old"]).tasks)
    with pytest.raises(ValueError, match="no task 'old'"):
        mk.Run(model, corpus)


# -- checkpoints ------------------------------------------------------------------------------------
SETTINGS = {"validate": 5, "checkpoint_every": 4}


def steered(run, until=None):
    for step in run:
        if step.step == 5:
            run.steer("cockpit", alpha=3.0)
        if step.step == until:
            return


def weights_of(run):
    return {k: v.clone() for k, v in run.model.state_dict().items()}


def equal_weights(a, b):
    return all(torch.equal(a[k], b[k]) for k in a)


@pytest.mark.parametrize("stop", [2, 4, 6, 9, 12])
def test_a_run_gone_on_with_is_one_never_stopped(make, tmp_path, stop):
    whole = make(mk.Sigmoid(relative=True, smoothing=0.5), **SETTINGS)
    steered(whole)
    steered(make(mk.Sigmoid(relative=True, smoothing=0.5), checkpoint=tmp_path, **SETTINGS), until=stop)
    again = make(mk.Sigmoid(relative=True, smoothing=0.5), checkpoint=tmp_path, **SETTINGS)
    assert again.resumed_from == stop // 4 * 4
    steered(again)
    assert same(whole.history, again.history) and equal_weights(weights_of(whole), weights_of(again))
    assert same(mk.History.load(tmp_path / "history.jsonl"), whole.history)


def saved_step(folder: Path) -> int:
    pointer = folder / "LATEST"
    return int(pointer.read_text().strip()[-8:]) if pointer.exists() else 0


def test_killed_at_any_instant_it_goes_on_bit_for_bit(folder, tmp_path):
    """kill -9 three times in mid-training, then to the end; against one run that was never stopped."""
    killed, starts = tmp_path / "killed", []
    for instant in (0.0, 0.013, 0.029):
        process, said = child.start(folder, TASKS, str(killed))
        starts.append(said.recv())
        while saved_step(killed) < starts[-1] + 16:
            assert process.is_alive()
            time.sleep(0.005)
        time.sleep(instant)
        process.kill()
        process.join()
    assert starts[0] == 0 < starts[1] < starts[2] < saved_step(killed) < 90
    for folder_of_run in (killed, tmp_path / "whole"):
        process, said = child.start(folder, TASKS, str(folder_of_run))
        process.join()
        assert (said.recv() > 0) == (folder_of_run == killed) and said.recv() == "done"
    killed, whole = (mk.History.load(tmp_path / n / "history.jsonl") for n in ("killed", "whole"))
    assert len(whole) == 90 and same(killed, whole)
    states = [torch.load(next((tmp_path / n).glob("step-*/state.pt")), weights_only=True) for n in ("killed", "whole")]
    assert equal_weights(states[0]["model"], states[1]["model"])


@pytest.mark.parametrize(
    "other, message",
    [
        ({"batch_size": 8}, "batch_size was 16 and is 8"),
        ({"weighting": mk.Sigmoid(alpha=2.0)}, "weighting was"),
        ({"seed": 5}, "seed was 0 and is 5"),
        ({"sampling": 0.5}, "sampling was None and is 0.5"),
    ],
)
def test_going_on_with_other_settings_is_refused(make, tmp_path, other, message):
    steered(make("sigmoid", checkpoint=tmp_path), until=6)
    with pytest.raises(ValueError, match=message):
        make(**({"weighting": "sigmoid", "checkpoint": tmp_path} | other))


def test_going_on_with_other_data_is_refused(make, folder, tmp_path):
    steered(make("sigmoid", checkpoint=tmp_path), until=6)
    other = toy.corpus(TASKS, train=80)
    model = mk.MultiTaskModel(mk.load_encoder(folder), other.tasks)
    with pytest.raises(ValueError, match="data was"):
        mk.Run(model, other, "sigmoid", steps=12, batch_size=16, lr=1e-3, validate=None, checkpoint=tmp_path)


def test_texts_and_first_weights_are_hashed_once(make, tmp_path, monkeypatch):
    hashed = []
    for name in ("digest", "digest_state"):
        function = getattr(checkpoint, name)
        monkeypatch.setattr(checkpoint, name, lambda *a, name=name, f=function: hashed.append(name) or f(*a))
    run = make("sigmoid", checkpoint=tmp_path, checkpoint_every=1)
    mk.fit(run)
    run.reset()  # and saved again
    assert run.steps > 3 and sorted(hashed) == ["digest", "digest_state"]


def test_a_foreign_folder_and_a_damaged_checkpoint_say_so(make, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_text("")
    with pytest.raises(ValueError, match="holds no checkpoint but cat.jpg"):
        make(checkpoint=tmp_path / "photos")
    mk.fit(make(checkpoint=tmp_path / "c"))
    file = next((tmp_path / "c").glob("step-*/state.pt"))
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(ValueError, match="can't be read"):
        make(checkpoint=tmp_path / "c")


def test_nothing_is_unpickled_from_a_checkpoint(make, tmp_path):
    mk.fit(make(checkpoint=tmp_path))
    file = next(tmp_path.glob("step-*/state.pt"))
    torch.save({"model": Path("/")}, file)  # an object, where tensors and plain values are due
    with pytest.raises(ValueError, match="can't be read"):
        make(checkpoint=tmp_path)


def test_fit_shows_losses_and_weights(make, capsys):
    mk.fit(make())
    assert "colour" in (shown := capsys.readouterr().err) and "λ" in shown
