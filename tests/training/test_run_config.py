"""A run's settings travel whole: into its clone, its record, its checkpoint, its model card and the code that makes it
again."""

import dataclasses
import inspect

import pytest
import toy

import mtlkit as mk
from mtlkit.training.config import RunConfig

OTHER = {  # field of `RunConfig` → a value that no default gives; a field that is missing here fails below
    "tasks": ("rare",),
    "steps": 7,
    "batch_size": 12,
    "accumulate": 2,
    "lr": 2e-4,
    "head_lr": {"colour": 3e-3, "rare": 1e-3},
    "layer_decay": 0.75,
    "precision": "bf16",
    "validate": 4,
    "sampling": 0.5,
    "seed": 4,
}
FIELDS = [field.name for field in dataclasses.fields(RunConfig)]
BESIDE = {"model", "corpus", "weighting", "events", "device", "checkpoint", "checkpoint_every"}
WEIGHTING = {"alpha": 2.0, "beta": 0.7, "relative": True, "smoothing": 0.5}


@pytest.fixture(scope="module")
def corpus():
    return toy.corpus(["colour", "rare"])


@pytest.fixture(scope="module")
def model(corpus, tmp_path_factory):
    encoder = mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.getbasetemp())))
    return mk.MultiTaskModel(encoder, corpus.tasks)


@pytest.fixture
def run(model, corpus):
    return mk.Run(mk.MultiTaskModel(model.encoder, model.tasks), corpus, mk.Sigmoid(**WEIGHTING), **OTHER)


def losses(run: mk.Run) -> list:
    return [(step.losses.tolist(), step.weights.tolist(), step.lr) for step in run]


def test_every_argument_of_a_run_is_a_setting_or_comes_beside_them(run):
    assert set(inspect.signature(mk.Run).parameters) == {*FIELDS, *BESIDE, "epochs"}  # epochs become steps
    assert dataclasses.asdict(run.config) == OTHER


@pytest.mark.parametrize("name", FIELDS)
def test_a_setting_off_its_default_travels(name, model, corpus, tmp_path):
    def make(**settings):
        return mk.Run(mk.MultiTaskModel(model.encoder, model.tasks), corpus, **settings)

    run, plain = make(**{name: OTHER[name]}), make()
    assert getattr(run.config, name) == OTHER[name] != getattr(plain.config, name)
    assert run.clone().config == run.config
    assert run.history.settings[name] == OTHER[name]
    assert f"{name}={OTHER[name]!r}" in mk.widgets.cockpit(run).code()
    scores = mk.evaluate(model, corpus.test)
    assert mk.model_card(model, corpus, scores, run=run) != mk.model_card(model, corpus, scores, run=plain)
    make(**{name: OTHER[name]}, checkpoint=tmp_path)
    with pytest.raises(ValueError, match=f"belongs to another run: .*{name} was"):
        make(checkpoint=tmp_path)


def test_the_cockpits_code_makes_the_same_training_again(run, model, corpus):
    panel = mk.widgets.cockpit(run)
    panel.run_headless(steps=3)
    panel.sliders["alpha"].value = -3.0
    panel.run_headless(steps=2)
    names = {"model": mk.MultiTaskModel(model.encoder, model.tasks), "corpus": corpus}
    exec(panel.code(), names)
    assert names["run"].config == run.config and names["run"].weighting.settings == run.weighting.settings
    assert names["run"].done == 5 and names["run"].history.events == run.history.events
    assert losses(names["run"]) == losses(run)


def test_the_duels_code_makes_both_trainings_again(run, model, corpus):
    duel = mk.widgets.duel(run, run.clone("equal"))
    names = {"model": mk.MultiTaskModel(model.encoder, model.tasks), "corpus": corpus}
    exec(duel.code(), names)
    assert names["run_a"].config == names["run_b"].config == run.config
    assert losses(names["run_b"]) == losses(run.clone("equal"))
