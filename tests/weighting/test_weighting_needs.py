"""Methods that are told more than the losses: norms of gradients, losses and metrics on validation rows."""

import math

import numpy as np
import pytest
import torch
import toy

import mtlkit as mk
from mtlkit.batching import evaluation_batches

TASKS = ("a", "b", "c")
LOSSES = torch.tensor([2.0, 0.5, 1.0], dtype=torch.float64)
ALL, SECOND = torch.ones(3, dtype=torch.bool), torch.tensor([True, False, True])


def get(name: str, **settings):
    weighting = mk.weighting.get(name, **settings)
    weighting.setup(TASKS, serves=mk.weighting.Need)
    return weighting


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.mktemp("encoder"))))


def run_of(encoder, weighting, tasks=("colour", "tags", "old"), **settings):
    corpus = toy.corpus(list(tasks))
    settings = {"steps": 6, "batch_size": 16, "lr": 1e-3, "validate": None} | settings
    return mk.Run(mk.MultiTaskModel(encoder, corpus.tasks), corpus, weighting, **settings)


# -- GradNorm -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("alpha", [0.0, 1.5])
@pytest.mark.parametrize("present", [ALL, SECOND], ids=["all", "one absent"])
def test_gradnorm_goes_down_the_slope_of_its_loss(alpha, present, monkeypatch):
    """The gradient of Σ |λ_i n_i − target_i| by w, targets constant, against finite differences."""
    slopes = []
    monkeypatch.setattr("mtlkit.weighting.gradnorm.adam", lambda method, slope, where, lr: slopes.append(slope))
    method, norms = get("gradnorm", alpha=alpha), torch.tensor([0.3, 2.0, 1.1], dtype=torch.float64)
    method(LOSSES), method.on_gradient_norms(norms, LOSSES, ALL)  # the first losses
    method.w = torch.tensor([0.4, -0.2, 0.1], dtype=torch.float64)
    losses = LOSSES * torch.tensor([0.9, 0.5, 0.2])
    method.on_gradient_norms(norms, losses, present)
    there = present.nonzero().flatten().tolist()

    def lengths(w):
        odds = [math.exp(w[i]) for i in there]
        return [len(there) * o / sum(odds) * float(norms[i]) for o, i in zip(odds, there, strict=True)]

    w, fallen = method.w.tolist(), [float(losses[i] / LOSSES[i]) for i in there]
    rates = [f / np.mean(fallen) for f in fallen]
    targets = [np.mean(lengths(w)) * rate**alpha for rate in rates]
    for i in range(3):
        ends = []
        for sign in (1, -1):
            moved = [v + sign * 1e-6 * (j == i) for j, v in enumerate(w)]
            ends.append(sum(abs(x - t) for x, t in zip(lengths(moved), targets, strict=True)))
        assert float(slopes[-1][i]) == pytest.approx((ends[0] - ends[1]) / 2e-6, abs=1e-6)


def test_gradnorm_makes_the_weighted_gradients_equally_long():
    method, norms = get("gradnorm", alpha=0.0), torch.tensor([0.5, 2.0, 1.0], dtype=torch.float64)
    for _ in range(400):
        lam = method(LOSSES)
        method.on_gradient_norms(norms, LOSSES, ALL)
    assert lam.sum() == pytest.approx(3)
    torch.testing.assert_close(lam * norms, (lam * norms).mean().expand(3), rtol=0.05, atol=0)


def test_gradnorm_gives_more_to_who_lags_behind():
    method = get("gradnorm", alpha=1.5)
    for k in range(200):
        losses = LOSSES * torch.tensor([1.0, 0.98**k, 0.98**k], dtype=torch.float64)
        lam = method(losses)
        method.on_gradient_norms(torch.ones(3, dtype=torch.float64), losses, ALL)
    assert lam[0] > 1.5 > lam[1] and lam[1] == pytest.approx(float(lam[2]))


@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_run_tells_gradnorm_the_norms_on_what_all_tasks_share(encoder, accumulate):
    """Against the gradients of the batch's losses by its token vectors, the same dropout off."""
    method, told = mk.weighting.GradNorm(), []
    method.on_gradient_norms = lambda norms, losses, present: told.append((norms, losses))
    run = run_of(encoder, method, steps=3, accumulate=accumulate, lr=1e-30, head_lr=1e-30)
    for module in run.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    run.model.encoder.config.attention_probs_dropout_prob = 0.0
    for layer in run.model.encoder.backbone.encoder.layer:
        layer.attention.self.dropout.p = 0.0
    steps = list(run)
    assert len(told) == 3
    for number, (norms, losses) in enumerate(told):
        torch.testing.assert_close(losses, steps[number].losses)
        batches = [run.batches[number * accumulate + k] for k in range(accumulate)]
        rows = [sum(len(b.targets[t].rows) for b in batches) for t in run.tasks]
        for i, task in enumerate(run.tasks):
            squares = 0.0
            for batch in batches:
                tokens, pooled = run.model.encode(batch)
                loss = run.model.task_losses(batch, (tokens, pooled))[task]
                (slope,) = torch.autograd.grad(loss * len(batch.targets[task].rows) / rows[i], tokens)
                squares += float((slope**2).sum())
            assert float(norms[i]) == pytest.approx(squares**0.5, rel=1e-4)


# -- CoBa ---------------------------------------------------------------------------------------------------------
def slope(values):
    return np.polyfit(np.arange(len(values)), values, 1)[0]


def softmax(values):
    odds = np.exp(np.asarray(values) - np.max(values))
    return odds / odds.sum()


@pytest.mark.parametrize("warm_up, size", [(4, 6), (5, 3)], ids=["", "warm-up longer than the window"])
@pytest.mark.parametrize("clamp, second", [(True, False), (False, False), (False, True)])
def test_coba_by_hand(clamp, second, warm_up, size):
    """The paper's formulas in NumPy, on losses of which one falls ever faster and then turns around."""
    method = get("coba", warm_up=warm_up, window=size, tau=5.0, clamp=clamp, second_softmax=second)
    turns = [1 - 0.003 * k**2 if k < 8 else 0.8 + 0.03 * (k - 7) for k in range(12)]
    looks = np.array([[2 * 0.9**k, 0.5 * turns[k], 1.0 - 0.1 * k + 0.01 * k**2] for k in range(12)])
    ratios, slopes, worst = looks / looks[0], [], []
    factors = []
    for k, now in enumerate(looks):
        method.on_validation(torch.tensor(now), ALL)
        lam = method(LOSSES).numpy()
        if k + 1 < warm_up:
            np.testing.assert_allclose(lam, [1 / 3] * 3)
            continue
        window = ratios[max(0, k + 1 - size) : k + 1]
        slopes.append([slope(window[:, i]) for i in range(3)])
        worst.append(slope(window.max(1)))
        last = np.array(slopes[-size:])
        relative = softmax(3 * last[-1] / np.abs(last[-1]).sum())
        absolute = softmax(-len(last) * last[-1] / np.abs(last).sum(0))
        n = len(worst)
        factor = n * softmax(-5.0 * n * np.array(worst) / np.abs(worst).sum())[-1]
        factors.append(factor)
        factor = min(factor, 1.0) if clamp else factor
        expected = factor * relative + (1 - factor) * absolute
        if second:
            expected = softmax(3 * expected) * (1 - 3 / 30) + 1 / 30
        np.testing.assert_allclose(lam, expected, rtol=1e-6)
    assert max(factors) > 1 and min(factors) < 0.9, "both sides of the clamp were tried"


def test_coba_takes_weight_from_who_overfits():
    method = get("coba", warm_up=10, window=10)
    for k in range(40):
        turned = 0.7 + 0.02 * max(k - 15, 0)
        losses = [1.0 - 0.01 * k, max(1.0 - 0.02 * k, turned), 1.0 - 0.01 * k]
        method.on_validation(torch.tensor(losses), ALL)
    lam = method(LOSSES)
    assert lam[1] < lam[0] and lam[1] < 1 / 3 and lam.sum() == pytest.approx(1)
    lam = method(LOSSES, SECOND)
    assert lam[1] == 0 and lam.sum() == pytest.approx(1)


def test_coba_bears_looks_without_a_task():
    method = get("coba", warm_up=3, window=4)
    for k in range(10):
        method.on_validation(LOSSES * 0.9**k, ALL if k % 2 else SECOND)
        assert method(LOSSES).isfinite().all()
    assert method.slopes[1, -1] < 0, "its slope is that of the looks that saw it"


def test_looking_at_validation_rows_changes_nothing_else(encoder):
    """In the warm-up CoBa is fixed weights of 1/3, bit for bit; and it saw a batch before every second step."""
    method, looks = mk.weighting.CoBa(every=2), []
    tell = method.on_validation
    method.on_validation = lambda losses, present: (looks.append(losses), tell(losses, present))
    coba, fixed = run_of(encoder, method), run_of(encoder, mk.Fixed([1 / 3] * 3))
    for ours, theirs in zip(coba, fixed, strict=True):
        torch.testing.assert_close(ours.losses, theirs.losses, rtol=1e-6, atol=0)
    assert len(looks) == 3 and looks[0].shape == (3,)
    fresh = run_of(encoder, mk.weighting.CoBa())
    fresh.model.eval()
    with torch.no_grad():
        torch.testing.assert_close(looks[0], fresh.model.losses(fresh._looks[0]))


def test_the_looks_of_an_epoch_see_all_validation_rows(encoder):
    """Nothing moves at a rate of 0: the mean of the two looks, at half of the rows each, is the loss on all rows."""
    method, looks = mk.weighting.CoBa(), []
    method.on_validation = lambda losses, present: looks.append(losses)
    settings = {"steps": 4, "batch_size": 20, "lr": 0.0, "head_lr": 0.0, "precision": "fp32"}
    run = run_of(encoder, method, tasks=("colour", "old"), **settings)
    mk.fit(run)
    rows = run.model.tokenize(run.corpus.validation)
    (whole,) = evaluation_batches(rows, run.model.tasks, len(rows))
    with torch.no_grad():
        expected = run.model.losses(whole)
    assert len(looks) == 4 and not torch.allclose(looks[0], looks[1], rtol=1e-3)
    for first in (0, 2):
        torch.testing.assert_close((looks[first] + looks[first + 1]) / 2, expected, rtol=1e-4, atol=1e-5)


# -- task priority ------------------------------------------------------------------------------------------------
def test_task_priority_by_hand():
    method = get("task_priority", gamma=2.0, momentum=0.5)
    torch.testing.assert_close(method(LOSSES), torch.ones(3, dtype=torch.float64))
    method.on_metrics(torch.tensor([0.5, math.nan, -0.3], dtype=torch.float64))
    lam = [0.25 * math.log(2), 1.0, -(0.99**2) * math.log(0.01)]
    torch.testing.assert_close(method(LOSSES), torch.tensor(lam, dtype=torch.float64))
    method.on_metrics(torch.tensor([1.0, 0.8, math.nan], dtype=torch.float64))
    kappa = (0.5 + 0.99) / 2
    lam = [-((1 - kappa) ** 2) * math.log(kappa), -0.04 * math.log(0.8), lam[2]]
    torch.testing.assert_close(method(LOSSES), torch.tensor(lam, dtype=torch.float64))


def test_a_run_tells_task_priority_its_metrics(encoder):
    run = run_of(encoder, "task_priority", validate=2)
    lam = [step.weights.tolist() for step in run]
    assert lam[0] == lam[1] == [1.0, 1.0, 1.0] != lam[2] == lam[3]
    main = {t.name: t.main_metric for t in run.model.tasks}
    found = run.history.metrics().query("step == 2").set_index(["task", "metric"])["value"]
    for i, task in enumerate(run.tasks):
        kappa = min(max(found[task, main[task]], 0.01), 0.99)
        assert lam[2][i] == pytest.approx(-(1 - kappa) * math.log(kappa), rel=1e-4)


def test_without_validation_rows_it_is_said(encoder):
    corpus = toy.corpus(["colour", "old"])
    only = mk.Corpus({"train": corpus.train.dataset}, tasks=corpus.tasks)
    model = mk.MultiTaskModel(encoder, corpus.tasks)
    for name in ("coba", "task_priority"):
        with pytest.raises(ValueError, match=f"'{name}' needs validation rows; the corpus has no validation split"):
            mk.Run(model, only, name, steps=2)
    with pytest.raises(ValueError, match="'task_priority' needs the run's validations: validate='epoch'"):
        mk.Run(model, corpus, "task_priority", steps=2, validate=None)
