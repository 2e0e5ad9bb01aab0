"""The atlas: a batched map of trainings that are each what a `Run` of its own would be."""

import numpy as np
import psutil
import pytest
import torch

import mtlkit as mk
from mtlkit.experiments.atlas import Atlas
from mtlkit.experiments.vectorized import VectorizedRuns
from mtlkit.tasks import KINDS, Task
from mtlkit.weighting import Weighting

TASKS = ("topic", "urgency", "symptoms", "escalated")
ALPHA, BETA = [-2.0, 0.5, 3.0], [0.0, 0.7, 1.5, 4.0]  # not square: a transposition must fail


@pytest.fixture(scope="module")
def corpus():
    small = mk.load_corpus("helpdesk", tasks=TASKS).sample(150, seed=0)
    return small.sample(80, seed=0, split="validation")


@pytest.fixture(scope="module")
def model(corpus):
    return mk.MultiTaskModel(mk.load_encoder("bert-tiny"), corpus.tasks)


@pytest.fixture(scope="module")
def atlas(model, corpus):
    return mk.atlas(model, corpus, mk.Sigmoid, alpha=ALPHA, beta=BETA, relative=True, steps=30, batch_size=8, seeds=3)


@pytest.mark.parametrize("cell", [(0, 1, 2), (1, 2, 0), (2, 0, 3), (0, 2, 1), (2, 1, 1)])
def test_each_cell_is_what_a_run_of_its_own_gives(atlas, corpus, cell):
    seed, first, second = cell
    settings = {"alpha": ALPHA[first], "beta": BETA[second]}
    run = atlas.run(seed=seed, **settings)
    for _ in run:
        pass
    np.testing.assert_allclose(run.history.losses(), atlas.losses[seed, first, second], atol=1e-5)
    np.testing.assert_allclose(run.history.weights(), atlas.weights[seed, first, second], atol=1e-5)
    found = mk.evaluate(run.model, corpus.validation)
    main = {(t.name, t.main_metric) for t in corpus.tasks}
    scores = [np.nan_to_num(r.value) for r in found.itertuples() if (r.task, r.metric) in main]
    np.testing.assert_allclose(scores, atlas.scores[seed, first, second], atol=1e-3)
    told = atlas.history(seed=seed, **settings)
    np.testing.assert_allclose(told.losses(), run.history.losses(), atol=1e-5)
    assert told.settings["weighting"] == {"name": "sigmoid", **mk.Sigmoid(relative=True, **settings).settings}


def test_absent_tasks_have_no_loss_and_no_weight(atlas):
    rare = atlas.tasks.index("escalated")
    absent = np.isnan(atlas.losses[..., rare])
    assert 0 < absent.mean() < 1
    assert (np.isnan(atlas.weights[..., rare]) == absent).all()
    assert not np.isnan(atlas.losses[..., atlas.tasks.index("topic")]).any()


def test_the_maps(atlas):
    assert list(atlas.maps) == ["mean", "worst", "spread", *TASKS, *(f"λ {t}" for t in TASKS)]
    for what in atlas.maps:
        assert atlas.map(what).shape == (3, 4)
    np.testing.assert_allclose(atlas.map("mean"), atlas.scores.mean(axis=(0, -1)), rtol=1e-6)
    each = np.stack([atlas.map(t) for t in TASKS])
    short = each - each.max(axis=(1, 2), keepdims=True)
    assert (atlas.map("worst") <= 1e-6).all() and (atlas.map("worst") <= short.min(0) + 1e-6).all()
    assert (atlas.map("spread") >= 0).all()
    best = atlas.best()
    assert atlas.map()[atlas.cell(**best)] == atlas.map().max()
    assert atlas.map("spread")[atlas.cell(**atlas.best("spread"))] == atlas.map("spread").min()
    assert atlas.as_good()[atlas.cell(**best)]
    with pytest.raises(ValueError, match="There is no map 'topics'. Did you mean 'topic'?"):
        atlas.map("topics")


def test_as_good_as_the_best_needs_seeds_and_follows_the_noise(atlas):
    one = Atlas(atlas.axes, *(a[:1] for a in (atlas.losses, atlas.weights, atlas.scores)), atlas.trainings, 0)
    assert one.as_good() is None
    random = np.random.default_rng(0)
    truth = np.linspace(0, 1, 12).reshape(3, 4, 1)
    for noise, least, most in ((1e-4, 1, 1), (10.0, 8, 12)):
        scores = truth + noise * random.standard_normal((3, 3, 4, len(TASKS)))
        made = Atlas(atlas.axes, atlas.losses, atlas.weights, scores, atlas.trainings, 0)
        assert least <= made.as_good().sum() <= most


def test_the_table_is_tidy(atlas):
    table = atlas.frame()
    assert len(table) == 3 * 3 * 4 * len(TASKS)
    row = table[(table.seed == 1) & (table.alpha == 3.0) & (table.beta == 0.7) & (table.task == "urgency")]
    assert (
        row.value.item() == pytest.approx(atlas.scores[1, 2, 1, TASKS.index("urgency")])
        and row.metric.item() == "pearson"
    )


def test_same_call_same_map(model, corpus):
    a, b = (mk.atlas(model, corpus, "sigmoid", beta=[0.0, 1.0], alpha=[1.0], steps=5) for _ in range(2))
    assert (a.losses == b.losses).all() or np.isnan(a.losses).any()
    np.testing.assert_array_equal(a.losses, b.losses)
    assert list(a.axes) == ["beta", "alpha"]


class Threshold(Weighting):
    """Asks its settings in an `if`, which a tensor of many can't answer; remembers."""

    memory = ("last",)

    def __init__(self, limit=1.0, factor=0.5):
        super().__init__()
        self.limit, self.factor = limit, factor

    def weights(self, losses, present):
        self.last = losses.detach()
        return torch.ones_like(losses) if self.limit > 1 else torch.where(losses > self.limit, 1.0, self.factor)


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        (Threshold, {"limit": [0.5, 2.0], "factor": [0.1, 0.5, 0.9]}),
        (mk.Sigmoid, {"smoothing": [0.0, 0.9], "alpha": [1.0, 2.0, 5.0]}),
        (mk.Sigmoid, {"size_exponent": [0.0, 0.5], "beta": [0.0, 2.0], "detach": False}),
    ],
)
def test_any_method_with_two_numbers_makes_a_map(model, corpus, method, settings):
    made = mk.atlas(model, corpus, method, steps=12, batch_size=8, **settings)
    (one, firsts), (two, seconds) = made.axes.items()
    for first, second in ((firsts[0], seconds[-1]), (firsts[-1], seconds[0])):
        run = made.run(**{one: first, two: second})
        for _ in run:
            pass
        told = made.history(**{one: first, two: second})
        np.testing.assert_allclose(run.history.weights(), told.weights(), atol=1e-5)


def test_a_tensor_serves_many_runs_only_where_it_gives_what_each_gives():
    runs = [{"alpha": a, "beta": b} for a in (1.0, 2.0) for b in (0.0, 1e9)]
    assert VectorizedRuns(mk.Sigmoid, runs, ["a", "b"], [1, 1]).whole is not None
    runs = [{"limit": a, "factor": b} for a in (0.5, 2.0) for b in (0.1, 0.2)]
    many = VectorizedRuns(Threshold, runs, ["a", "b"], [1, 1])
    assert many.whole is None and many.each[0].last is None  # the probe left nothing behind


class Slip(Threshold):
    """With a name that nobody bound: whether it is asked alone or together."""

    when = staticmethod(lambda limit: True)

    def weights(self, losses, present):
        return losses * factr if self.when(self.limit) else torch.ones_like(losses)  # noqa: F821


@pytest.mark.parametrize("when", [lambda limit: True, torch.is_tensor], ids=["alone", "together"])
def test_a_slip_in_a_weighting_is_shown_and_not_made_slow(when, monkeypatch):
    monkeypatch.setattr(Slip, "when", staticmethod(when))
    runs = [{"limit": a, "factor": b} for a in (0.5, 2.0) for b in (0.1, 0.2)]
    with pytest.raises(NameError, match="factr"):
        VectorizedRuns(Slip, runs, ["a", "b"], [1, 1])


def test_why_each_run_has_its_own_method_is_logged(caplog):
    runs = [{"limit": a, "factor": b} for a in (0.5, 2.0) for b in (0.1, 0.2)]
    with caplog.at_level("INFO", logger="mtlkit"):
        VectorizedRuns(Threshold, runs, ["a", "b"], [1, 1])
    (record,) = caplog.records
    assert "takes no tensor for limit, factor" in record.message and "ambiguous" in str(record.exc_info[1])


@pytest.mark.parametrize("kind", ["classification", "regression", "multilabel"])
def test_score_is_the_main_metric_of_many_models_at_once(kind):
    random = torch.Generator().manual_seed(1)
    task = Task("t", kind, labels=None if kind == "regression" else ["a", "b", "c"])
    output = torch.randn(4, 50, 1 if kind == "regression" else 3, generator=random)
    labels = {
        "classification": torch.randint(3, (50,), generator=random),
        "regression": torch.randn(50, generator=random),
        "multilabel": (torch.rand(50, 3, generator=random) > 0.6).float(),
    }[kind]
    found = KINDS[kind].score(output, labels)
    target = mk.tasks.Target(torch.arange(50), labels)
    alone = [
        task.spec.metrics(task.spec.predictions_and_targets(one, target, task), task)[task.main_metric]
        for one in output
    ]
    torch.testing.assert_close(found, torch.tensor(alone), atol=1e-6, rtol=1e-5)


def test_bad_input_is_told_clearly(model, corpus):
    def make(**settings):
        return mk.atlas(model, corpus, **{"steps": 2} | settings)

    with pytest.raises(ValueError, match="two axes.*found 1 \\(alpha\\)"):
        make(alpha=[1.0, 2.0])
    with pytest.raises(ValueError, match="The axis beta has no value"):
        make(alpha=[1.0, 2.0], beta=[])
    with pytest.raises(ValueError, match="The axis alpha needs finite numbers"):
        make(alpha=[1.0, float("nan")], beta=[0.0])
    with pytest.raises(ValueError, match="There is no 'sigmoid' setting 'gamma'"):
        make(alpha=[1.0], gamma=[0.0])
    with pytest.raises(ValueError, match="smoothing should be at least 0 and below 1"):
        make(alpha=[1.0], smoothing=[0.5, 1.5])
    with pytest.raises(ValueError, match="There is no weighting 'sigmiod'. Did you mean 'sigmoid'?"):
        make(method="sigmiod", alpha=[1.0], beta=[0.0])
    with pytest.raises(ValueError, match="steps is a whole number"):
        make(alpha=[1.0], beta=[0.0], steps=0)
    words = mk.load_corpus("helpdesk", tasks=["topic", "entities"])
    with pytest.raises(ValueError, match="task 'entities' \\(tagging\\) reads each word's. Leave it out"):
        mk.atlas(mk.MultiTaskModel(model.encoder, words.tasks), words, alpha=[1.0], beta=[0.0])


def test_a_map_that_does_not_fit_says_what_would(model, corpus, monkeypatch):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"available": 10_000_000}))
    with pytest.raises(ValueError, match="would need about .* GB.* × .* cells would fit"):
        mk.atlas(model, corpus, alpha=range(100), beta=range(100))


def test_the_learners_model_stays_as_it_is(model, corpus):
    before = {n: p.clone() for n, p in model.state_dict().items()}
    mk.atlas(model, corpus, alpha=[1.0, 2.0], beta=[0.0], steps=3)
    assert all(torch.equal(before[n], p) for n, p in model.state_dict().items())
    assert all(p.requires_grad for p in model.encoder.parameters())
