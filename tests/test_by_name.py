"""Wherever an encoder, a weighting or a corpus is asked for, its name does, and gives what the thing itself gives."""

import pandas as pd
import pytest
import torch

import mtlkit as mk
from mtlkit.corpus import as_corpus
from mtlkit.corpus.summary import majority_baseline
from mtlkit.encoder import as_encoder
from mtlkit.evaluation import glue


@pytest.fixture(scope="module")
def encoder():
    return mk.load_encoder("bert-tiny")


@pytest.fixture
def helpdesk(monkeypatch):
    """A few rows of two tasks, which the name "helpdesk" stands for: the whole corpus would only take longer."""
    rows = mk.load_corpus("helpdesk", tasks=["topic", "urgency"])
    small = rows.sample(80).sample(40, split="validation").sample(40, split="test")
    monkeypatch.setattr("mtlkit.corpus.load.load_corpus", lambda name: {"helpdesk": small}[name])
    return small


def test_what_is_an_encoder_or_a_corpus_stays_itself_and_a_name_is_loaded(encoder):
    assert as_encoder(encoder) is encoder and as_encoder("bert-tiny").name == "bert-tiny"
    corpus = as_corpus("miniglue")
    assert as_corpus(corpus) is corpus and {task.name for task in corpus.tasks} >= {"cola", "sst2"}
    with pytest.raises(ValueError, match="Did you mean 'bert-tiny'"):
        mk.MultiTaskModel("bert-tny", corpus.tasks)
    with pytest.raises(ValueError, match="no corpus 'helpdsk'. Did you mean 'helpdesk'"):
        mk.describe("helpdsk")


def test_a_model_a_run_and_its_weighting(encoder, helpdesk):
    settings = {"steps": 2, "batch_size": 8, "validate": None, "precision": "fp32"}
    by_name = mk.Run(mk.MultiTaskModel("bert-tiny", helpdesk.tasks), "helpdesk", "sigmoid", **settings)
    by_thing = mk.Run(mk.MultiTaskModel(encoder, helpdesk.tasks), helpdesk, mk.Sigmoid(), **settings)
    for one, other in zip(by_name, by_thing, strict=True):
        torch.testing.assert_close(one.losses, other.losses, rtol=0, atol=0)
        torch.testing.assert_close(one.weights, other.weights, rtol=0, atol=0)


def test_a_comparison(helpdesk, tmp_path):
    settings = {"seeds": 1, "budget": 1, "alone": False, "batch_size": 8, "validate": None, "folder": tmp_path}
    found = mk.compare({"plain": "equal", "sigmoid": mk.Sigmoid()}, "helpdesk", "bert-tiny", **settings)
    assert set(found.results["method"]) == {"plain", "sigmoid"} and found.results["value"].notna().all()


def test_a_ranking_an_atlas_and_a_figure(encoder, helpdesk, tmp_path):
    ranking = mk.rank_encoders("helpdesk", ["bert-tiny"], folds=2, folder=tmp_path)
    assert ranking.order == ["bert-tiny"]
    model = mk.MultiTaskModel("bert-tiny", helpdesk.tasks)
    made = mk.atlas(model, "helpdesk", "sigmoid", steps=2, batch_size=8, alpha=[1.0, 2.0], beta=[0.5])
    assert made.losses.shape == (1, 2, 1, 2, 2)
    assert len(mk.plots.contents("helpdesk")) >= 3


def test_what_is_said_of_a_corpus(encoder, helpdesk):
    pd.testing.assert_frame_equal(mk.describe("helpdesk"), mk.describe(helpdesk))
    pd.testing.assert_frame_equal(mk.find_issues("helpdesk", "bert-tiny"), mk.find_issues(helpdesk, encoder))
    assert majority_baseline("helpdesk").equals(majority_baseline(helpdesk))
    model = mk.MultiTaskModel(encoder, helpdesk.tasks)
    scores = mk.evaluate(model, helpdesk.test)
    assert mk.model_card(model, "helpdesk", scores) == mk.model_card(model, helpdesk, scores)
    pd.testing.assert_frame_equal(glue.evaluate(model, "helpdesk", "test"), scores)


def test_a_merged_corpus(helpdesk):
    merged = mk.Corpus.merge(["helpdesk", helpdesk], names=["one", "other"])
    assert merged.counts("train") == {name: 2 * n for name, n in helpdesk.counts("train").items()}
