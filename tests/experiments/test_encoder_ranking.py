"""Which encoder suits the tasks: probes on frozen vectors, and the vectors kept on disk."""

import contextlib
import resource
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
import toy

import mtlkit as mk
from mtlkit.evaluation.intervals import interval
from mtlkit.experiments import features as reading

TASKS = ["colour", "size", "things", "tags", "old", "rare"]


@pytest.fixture(scope="module")
def corpus():
    return toy.corpus(TASKS, train=96)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return toy.encoder_folder(str(tmp_path_factory.getbasetemp()))


@pytest.fixture(scope="module")
def encoders(folder):
    """One that hears the words, and one that hears hardly anything."""
    deaf = mk.load_encoder(folder)
    with torch.no_grad():
        deaf.word_embeddings.weight[5:] = deaf.word_embeddings.weight[5]  # all words alike
    return {"hears": mk.load_encoder(folder), "deaf": deaf}


@pytest.fixture(scope="module")
def ranking(corpus, encoders, tmp_path_factory):
    return mk.rank_encoders(corpus, encoders, folder=tmp_path_factory.mktemp("features"))


def test_the_encoder_that_tells_the_words_apart_comes_first(ranking, corpus):
    assert ranking.order == ["hears", "deaf"]
    table = ranking.frame().set_index(["encoder", "task"])
    for task in ("colour", "things", "tags", "old"):
        assert table.loc[("hears", task), "value"] > 0.9 > table.loc[("deaf", task), "value"]
        assert table.loc[("deaf", task), "difference"] < 0
    assert table.loc[("deaf", "mean"), "difference_high"] < 0
    assert list(table.loc["hears"].index) == [*TASKS, "mean"]
    metrics = {t.name: t.main_metric for t in corpus.tasks}
    assert all(table.loc[("hears", task), "metric"] == metric for task, metric in metrics.items())
    own = table.loc["hears"]
    assert not (own["low"] > own["value"]).any() and not (own["value"] > own["high"]).any()
    assert (own["difference_low"] == 0).all() and (own["difference_high"] == 0).all(), "from itself"
    assert own.loc["mean", ["parameters", "reading", "probing"]].min() > 0
    assert (own["difference"] == 0).all()


def test_the_report_says_what_the_intervals_allow(ranking):
    said = ranking.report()
    assert said.startswith("hears has the highest mean over 6 tasks") and "Below it: deaf (−" in said


def test_a_metric_is_that_of_a_layer_fitted_without_the_rows_it_is_measured_on(folder, tmp_path):
    """Labels drawn at random, from vectors that are wide enough to learn them all by heart."""
    random = np.random.default_rng(0)
    table = pd.DataFrame(toy.rows(60, 7))
    table["coin"] = random.choice(["heads", "tails"], 60)
    corpus = mk.Corpus.from_frames({"train": table}, tasks=[mk.Task("coin", "classification")])
    found = mk.rank_encoders(corpus, [folder], folder=tmp_path)
    assert 0.2 < found.values("toy-bert")["coin"].mean() < 0.8


def test_rows_of_the_same_text_lie_in_one_fold(folder, tmp_path):
    table = pd.DataFrame(toy.rows(20, 7))
    table["coin"] = np.random.default_rng(0).choice(["heads", "tails"], 20)
    twice = pd.concat([table] * 4, ignore_index=True)
    corpus = mk.Corpus.from_frames({"train": twice}, tasks=[mk.Task("coin", "classification")])
    found = mk.rank_encoders(corpus, [folder], folder=tmp_path)
    assert found.values("toy-bert")["coin"].mean() < 0.85  # 1 where copies tell


def test_rows_are_limited_task_by_task(corpus, encoders, tmp_path):
    from mtlkit.experiments.encoder_ranking import _chosen

    tasks, split, fold = _chosen(corpus, 20, 2, 0)
    counts = {t.name: sum(label is not None for label in split.labels(t)) for t in tasks}
    assert counts["rare"] == corpus.counts("train")["rare"] < 20 <= counts["colour"] < 96
    assert len(fold) == len(split) and set(fold) == {0, 1}


def test_what_can_not_be_probed_is_left_out_and_said(encoders, folder, tmp_path):
    corpus = toy.corpus(["colour", "rare"])
    tasks = [*corpus.tasks, mk.Task("mlm", "mlm")]
    corpus = mk.Corpus({n: s.dataset for n, s in corpus.splits.items()}, tasks)
    with pytest.warns(UserWarning, match="Left out of the ranking: rare, mlm"):
        found = mk.rank_encoders(corpus, encoders, folds=8, folder=tmp_path)
    assert list(found.metrics) == ["colour"]
    with pytest.raises(ValueError, match="None of the tasks mlm can be probed"):
        mk.rank_encoders(corpus.only(["mlm"]), encoders, folder=tmp_path)


def test_bad_arguments_are_said_before_anything_is_read(corpus, folder, tmp_path):
    with pytest.raises(ValueError, match="There is no encoder to rank"):
        mk.rank_encoders(corpus, [], folder=tmp_path)
    with pytest.raises(ValueError, match="Two encoders are called 'toy-bert': give a dict"):
        mk.rank_encoders(corpus, [folder, mk.load_encoder(folder)], folder=tmp_path)
    with pytest.raises(ValueError, match="Did you mean 'bert-tiny'"):
        mk.rank_encoders(corpus, [folder, "bert-tny"], folder=tmp_path)
    with pytest.raises(ValueError, match="folds is at least 2"):
        mk.rank_encoders(corpus, [folder], folds=1, folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_interval_is_wider_than_the_folds_alone_would_say():
    values = np.array([0.5, 0.6, 0.7, 0.8, 0.9])
    mean, low, high = interval(values, folds=True)
    half = 2.776445 * values.std(ddof=1) * np.sqrt(1 / 5 + 1 / 4)  # t(4), 97.5 %
    assert (mean, low, high) == pytest.approx((0.7, 0.7 - half, 0.7 + half))
    assert np.isnan(interval([0.5, np.nan], folds=True)[1:]).all() and interval([0.5, np.nan])[0] == 0.5


# -- the vectors on disk ------------------------------------------------------------------------------------------
def passes(monkeypatch):
    """How often an encoder reads."""
    seen, read = [], reading._read
    monkeypatch.setattr(reading, "_read", lambda *args: seen.append(1) or read(*args))
    return seen


def test_a_second_call_reads_nothing_and_finds_the_same(corpus, folder, tmp_path, monkeypatch):
    seen = passes(monkeypatch)
    first = mk.rank_encoders(corpus, [folder], folder=tmp_path)
    copied = tmp_path / "elsewhere"
    shutil.copytree(folder, copied)
    again = mk.rank_encoders(corpus, {"toy-bert": copied}, folder=tmp_path)
    assert len(seen) == 1 and first.results.equals(again.results)
    assert first.seconds["toy-bert"][0] == again.seconds["toy-bert"][0]


@pytest.mark.parametrize("change", ["weights", "pooling", "texts", "tokenizer"])
def test_other_content_is_read_anew(corpus, folder, tmp_path, monkeypatch, change):
    encoder = mk.load_encoder(folder)
    mk.rank_encoders(corpus, [encoder], folder=tmp_path)
    seen = passes(monkeypatch)
    if change == "weights":
        with torch.no_grad():
            encoder.word_embeddings.weight[7] += 1e-3
    elif change == "pooling":
        encoder.pooling = "first"
    elif change == "tokenizer":
        encoder.tokenizer.model_max_length = 8
    else:
        corpus = toy.corpus(TASKS, train=95)
    cut = pytest.warns(UserWarning, match="longer than the 8") if change == "tokenizer" else contextlib.nullcontext()
    with cut:
        mk.rank_encoders(corpus, [encoder], folder=tmp_path)
    assert len(seen) == 1


def test_a_full_disk_is_said_and_nothing_half_written_is_used(corpus, folder, tmp_path, monkeypatch):
    whole = mk.rank_encoders(corpus, [folder], folder=tmp_path / "whole")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.warns(UserWarning, match="vectors can't be kept in .*Make room there, or name another folder"):
            found = mk.rank_encoders(corpus, [folder], folder=tmp_path / "full")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert found.results.equals(whole.results)
    assert not list((tmp_path / "full").iterdir())
    seen = passes(monkeypatch)
    mk.rank_encoders(corpus, [folder], folder=tmp_path / "full")
    assert len(seen) == 1 and len(list((tmp_path / "full").iterdir())) == 1


def test_a_file_that_was_cut_off_is_made_anew(corpus, folder, tmp_path, monkeypatch):
    first = mk.rank_encoders(corpus, [folder], folder=tmp_path)
    (file,) = tmp_path.glob("*/features.safetensors")
    file.write_bytes(file.read_bytes()[:1000])
    seen = passes(monkeypatch)
    assert mk.rank_encoders(corpus, [folder], folder=tmp_path).results.equals(first.results) and len(seen) == 1
