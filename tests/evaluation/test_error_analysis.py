"""After training: the worst mistakes, a file answered, the model's card."""

import csv
import math

import pandas as pd
import pytest
import toy
import yaml

import mtlkit as mk
from mtlkit.cli import main

TASKS = ("colour", "size", "things", "tags", "rare")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    encoder = mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.getbasetemp())))
    corpus = toy.corpus(TASKS)
    run = mk.Run(mk.MultiTaskModel(encoder, corpus.tasks), corpus, mk.Sigmoid(1.0, 0.5), steps=30, validate=None)
    mk.fit(run)
    return run


@pytest.mark.parametrize("task", TASKS)
def test_mistakes_are_the_wrong_rows_worst_first(trained, task):
    corpus, model = trained.corpus, trained.model
    found = mk.worst_errors(model, corpus.test, task, n=None)
    assert found["loss"].is_monotonic_decreasing and found["loss"].map(math.isfinite).all()
    assert found["text"].tolist() == [corpus.test.texts[row] for row in found["row"]]
    assert len(mk.worst_errors(model, corpus.test, task, n=2)) == min(2, len(found))
    metrics = mk.evaluate(model, corpus.test).set_index(["task", "metric"])["value"]
    answers = model.predict([corpus.test.texts[row] for row in found["row"]])
    for (_, row), answer in zip(found.iterrows(), answers, strict=True):
        label = corpus.test[row["row"]][task]
        if task == "size":
            assert float(row["truth"]) == label
            assert row["loss"] == pytest.approx((answer["size"]["value"] - label) ** 2, rel=1e-3)
        elif task == "things":
            assert row["answer"] == ("|".join(answer[task]["labels"]) or "-")
            assert sorted(row["truth"].split("|")) == sorted(label) != row["answer"].split("|")
        elif task == "tags":
            assert row["truth"].count("thing:") == label.count("B-thing") and row["truth"] != row["answer"]
        else:
            assert row["truth"] == label != row["answer"] == answer[task]["label"]
            assert (
                row["loss"] == pytest.approx(-math.log(answer[task]["scores"][label]), rel=1e-3)
                if ("scores" in answer[task])
                else row["loss"] > -math.log(0.5) - 1e-6
            )
    if task in ("colour", "rare"):
        rows = corpus.counts("test")[task]
        assert metrics[task, "accuracy"] == pytest.approx(1 - len(found) / rows)


def test_mistakes_of_an_unknown_task_or_one_without_labels(trained):
    with pytest.raises(ValueError, match="no task 'color'. Did you mean 'colour'"):
        mk.worst_errors(trained.model, trained.corpus.test, "color")
    corpus = trained.corpus.with_tasks([mk.Task("mlm", "mlm")])
    model = mk.MultiTaskModel(trained.model.encoder, corpus.tasks)
    with pytest.raises(ValueError, match="one by one"):
        mk.worst_errors(model, corpus.test, "mlm")


# -- a file ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def asked(tmp_path):
    texts = ["the red car is old", 'the "blue" boat, not old', "the green lamp is old\nnear a tree"]
    pd.DataFrame({"no": ["01", "02", "03"], "text": texts, "note": [None, "a,b", ""]}).to_csv(
        tmp_path / "asked.csv", index=False
    )
    return tmp_path / "asked.csv", texts


def test_a_file_is_answered_row_by_row(trained, asked, monkeypatch):
    path, texts = asked
    out = path.with_name("out.csv")
    monkeypatch.setattr("mtlkit.evaluation.batch_predict.CHUNK", 2)
    assert mk.predict_file(trained.model, path, out, progress=False) == 3
    rows = list(csv.DictReader(out.open(encoding="utf-8")))
    assert [(r["no"], r["text"]) for r in rows] == list(zip(("01", "02", "03"), texts, strict=True))
    for row, answer in zip(rows, trained.model.predict(texts), strict=True):
        assert row["colour_answer"] == answer["colour"]["label"]
        assert float(row["colour_score"]) == pytest.approx(answer["colour"]["score"], abs=1e-3)
        assert float(row["size_answer"]) == pytest.approx(answer["size"]["value"], rel=1e-2)
        assert row["tags_answer"].count("thing: ") == len(answer["tags"]["spans"])
    assert "size_score" not in rows[0]


def test_whole_or_not_at_all(trained, asked, monkeypatch):
    path, _ = asked
    out = path.with_name("out.csv")
    out.write_text("as it was")
    monkeypatch.setattr("mtlkit.evaluation.batch_predict.CHUNK", 2)
    predict, calls = trained.model.predict, []

    def breaks(texts):
        calls.append(texts)
        if len(calls) == 2:
            raise RuntimeError("the disk is full")
        return predict(texts)

    monkeypatch.setattr(trained.model, "predict", breaks)
    with pytest.raises(RuntimeError, match="disk is full"):
        mk.predict_file(trained.model, path, out, progress=False)
    assert out.read_text() == "as it was" and sorted(p.name for p in path.parent.iterdir()) == ["asked.csv", "out.csv"]


def test_what_cannot_be_answered_is_said_before_anything_is_written(trained, asked, tmp_path):
    path, _ = asked
    for about, table in {
        r"Row 2 of bad.csv has no text": {"text": ["a", ""]},
        r"Split 'bad.csv': There is no column 'text'": {"txt": ["a", "b"]},
        r"'bad.csv' has a column 'size_answer' already": {"text": ["a", "b"], "size_answer": [1, 2]},
    }.items():
        pd.DataFrame(table).assign(n=1).to_csv(tmp_path / "bad.csv", index=False)
        with pytest.raises(ValueError, match=about):
            mk.predict_file(trained.model, tmp_path / "bad.csv", tmp_path / "out.csv", progress=False)
    with pytest.raises(ValueError, match="is the file that is read"):
        mk.predict_file(trained.model, path, path)
    with pytest.raises(FileNotFoundError, match="no folder .*nowhere"):
        mk.predict_file(trained.model, path, tmp_path / "nowhere" / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_the_command_answers_a_file(trained, asked, capsys):
    path, _ = asked
    folder, out = path.with_name("model"), path.with_name("out.csv")
    trained.model.save(folder)
    assert main(["predict", str(folder), str(path), "--out", str(out)]) == 0
    assert "3 rows" in capsys.readouterr().out and len(list(csv.reader(out.open()))) == 4
    with pytest.raises(SystemExit, match="2"):
        main(["predict", str(folder), str(path), "--out", str(out), "--text", "body"])
    assert "no column 'body'" in capsys.readouterr().err


# -- the card ----------------------------------------------------------------------------------------------------------
def test_the_card_says_what_was_measured_in_the_hubs_form(trained):
    from huggingface_hub import ModelCard

    scores = mk.evaluate(trained.model, trained.corpus.test, bootstrap=20)
    findings = mk.find_issues(trained.corpus)
    text = mk.model_card(trained.model, trained.corpus, scores, run=trained, findings=findings, name="toys")
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["license"] == "unknown" and front["library_name"] == "mtlkit"
    results = front["model-index"][0]["results"]
    told = {(r["task"]["name"], m["type"]): m["value"] for r in results for m in r["metrics"]}
    for row in scores.to_dict("records"):
        if math.isfinite(row["value"]):
            assert told[row["task"], row["metric"]] == pytest.approx(row["value"], abs=1e-4)
            assert f"| {row['task']} | {row['metric']} | {row['value']:.3f} | {row['low']:.3f} to" in text
    assert "sigmoid (alpha 1, beta 0.5" in text and "30 of 30 steps" in text
    assert "loss of" in text and "placeholder" in text
    assert ModelCard(text).data.license == "unknown"


def test_the_card_leaves_out_what_was_not_measured(trained):
    scores = mk.evaluate(trained.model, trained.corpus.test)
    text = mk.model_card(trained.model, trained.corpus, scores)
    assert "## Training" not in text and "## Weightings" not in text and " to nan" not in text


# -- kinds that point into texts, or choose ----------------------------------------------------------------------------
def test_mistakes_of_spans_and_choices(trained):
    rows = toy.rows(24, 5)
    thing = [tags[0] for tags in rows["things"]]
    table = pd.DataFrame({"question": "which thing ?", "text": rows["text"], "where": thing, "pick": thing})
    places = [(text.index(word), len(word)) for text, word in zip(table["text"], thing, strict=True)]
    table["where"] = [{"start": start, "end": start + size} for start, size in places]
    table["a"], table["b"] = thing, ["car" if word == "lamp" else "lamp" for word in thing]
    tasks = [mk.Task("where", "span"), mk.Task("pick", "choice", choices=("a", "b"))]
    corpus = mk.Corpus.from_frames({"train": table}, tasks, text=("question", "text"))
    model = mk.MultiTaskModel(trained.model.encoder, corpus.tasks)
    metrics = mk.evaluate(model, corpus.train).set_index(["task", "metric"])["value"]
    for task, metric in (("where", "exact"), ("pick", "accuracy")):
        found = mk.worst_errors(model, corpus.train, task, n=None)
        assert len(found) == round(24 * (1 - metrics[task, metric])) > 0
        assert [thing[row] for row in found["row"]] == found["truth"].tolist()
        assert found["loss"].is_monotonic_decreasing and (found["loss"] > 0).all()
