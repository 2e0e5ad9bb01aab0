"""New heads begin at what a model says that knows nothing but the training labels, whatever the labels' unit."""

import copy

import pandas as pd
import pytest
import torch
import toy

import mtlkit as mk
from mtlkit.batching import evaluation_batches
from mtlkit.corpus.summary import prior_loss

KINDS = ["mood", "size", "things", "tags", "stars"]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.getbasetemp())))


@pytest.fixture(scope="module")
def corpus():
    frames = {name: pd.DataFrame(toy.rows(n, seed)) for name, n, seed in (("train", 96, 0), ("validation", 200, 1))}
    for frame in frames.values():
        frame["stars"] = [1 + len(words) % 4 for words in frame.words]
        frame["mood"] = ["wet" if "boat" in text else "dry" for text in frame.text]
        frame["size"] = 1000 + 3 * frame["size"]
    given = {"size": "regression", "things": "multilabel", "tags": "tagging", "stars": "ordinal"}
    tasks = [mk.Task(n, given.get(n, "classification"), words="words" if n == "tags" else None) for n in KINDS]
    return mk.Corpus.from_frames(frames, tasks=tasks)


def losses(model, split) -> dict[str, float]:
    rows = model.tokenize(split)
    (batch,) = evaluation_batches(rows, model.tasks, len(rows))
    with torch.no_grad():
        return {name: float(loss) for name, loss in model.task_losses(batch).items()}


@pytest.mark.parametrize("task", KINDS)
def test_the_first_loss_is_that_of_a_model_that_knows_only_the_labels(encoder, corpus, task):
    corpus = corpus.only([task])
    model = mk.MultiTaskModel(encoder, corpus.tasks)
    before = losses(model, corpus.train)[task]
    mk.Run(model, corpus, steps=1, validate=None)
    expected = prior_loss(corpus, corpus.tasks[0])
    assert losses(model, corpus.train)[task] == pytest.approx(expected, rel=0.05)
    assert abs(before - expected) > 0.02 * expected, "the yardstick is not what zeros would say"


def test_labels_in_any_unit_are_learnt_alike(encoder, corpus):
    """Where heads begin at 0, R² was 0.97 with labels around 3 and below −10 with labels around 100."""
    table = {name: pd.DataFrame(toy.rows(n, seed)) for name, n, seed in (("train", 96, 0), ("test", 40, 2))}
    found = {}
    for place, unit in ((0, 1), (3, 0.01), (250, 1), (-1000, 50)):
        frames = {name: frame.assign(size=place + unit * (frame["size"] - 95) / 15) for name, frame in table.items()}
        moved = mk.Corpus.from_frames(frames, tasks=[mk.Task("size", "regression")])
        model = mk.MultiTaskModel(encoder, moved.tasks)
        for _ in mk.Run(model, moved, steps=100, batch_size=16, lr=2e-3, validate=None):
            pass
        found[place] = mk.evaluate(model, moved.test).set_index("metric").value["r2"]
    assert min(found.values()) > 0.8, found


def test_a_label_that_never_occurs_is_not_ruled_out(encoder, corpus):
    frame = pd.DataFrame({"text": ["a red car"] * 20, "colour": ["red"] * 20, "things": [["car"]] * 20})
    tasks = [
        mk.Task("colour", "classification", labels=["red", "blue"]),
        mk.Task("things", "multilabel", labels=["car", "boat"]),
    ]
    model = mk.MultiTaskModel(encoder, tasks)
    model.init_heads(mk.Corpus.from_frames({"train": frame}, tasks).train)
    answers = model.predict(["a blue boat"])[0]
    assert answers["colour"]["score"] == pytest.approx(20 / 20.5, rel=0.05)
    assert answers["things"]["scores"]["boat"] == pytest.approx(0.5 / 20, rel=0.2)


def test_a_head_that_is_not_new_keeps_what_it_knows(encoder, corpus, tmp_path):
    corpus, other = corpus.only(["size"]), corpus.only(["size"]).sample(10, seed=1)
    model = mk.MultiTaskModel(encoder, corpus.tasks)
    for _ in mk.Run(model, corpus, steps=3, validate=None):
        pass
    model.save(tmp_path / "model")
    for trained in (model, copy.deepcopy(model), mk.MultiTaskModel.load(tmp_path / "model")):
        before = {name: t.clone() for name, t in trained.state_dict().items()}
        mk.Run(trained, other, steps=3, validate=None)
        assert all(torch.equal(before[name], t) for name, t in trained.state_dict().items())


def test_what_is_saved_answers_in_its_unit(encoder, corpus, tmp_path):
    model = mk.MultiTaskModel(encoder, corpus.tasks)
    model.init_heads(corpus.train)
    model.save(tmp_path / "model")
    texts = corpus.validation.texts[:4]
    first = model.predict(texts)
    assert all(answer["size"]["value"] > 1000 for answer in first)
    assert mk.MultiTaskModel.load(tmp_path / "model").predict(texts) == first
