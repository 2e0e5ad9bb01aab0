"""A stranger's table: opened, looked at, its faults named with what to do."""

import math

import pandas as pd
import pytest
import toy

import mtlkit as mk
from mtlkit.corpus.summary import majority_baseline

TEXTS = [f"{colour} {thing} number {i} is broken" for i, (colour, thing) in enumerate(
    (c, t) for _ in range(4) for c in toy.COLOURS for t in toy.THINGS
)]  # fmt: skip


def frame(rows=60, first=0):
    texts = [f"{first + i} {text}" for i, text in enumerate(TEXTS[:rows])]
    topic = [text.split()[1] for text in texts]
    return pd.DataFrame({"text": texts, "topic": topic, "size": [float(i % 7) for i in range(rows)]})


def inspected(train, test=None, tasks=(("topic", "classification"),), **more):
    tables = {"train": train, "test": frame(15, 100) if test is None else test}
    corpus = mk.Corpus.from_frames(tables, [mk.Task(n, k, unknown="mask") for n, k in tasks], **more)
    return mk.find_issues(corpus)


def the(found, finding, **where):
    rows = found[found["finding"] == finding]
    for column, value in where.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1, (finding, found["finding"].tolist())
    return rows.iloc[0]


def test_a_sound_table_has_nothing_to_mend_or_look_at():
    train = frame()
    train["text"] = train["text"].str.replace("|".join(toy.COLOURS), "a", regex=True)
    found = inspected(train)
    assert set(found["severity"]) <= {"note"}, found


def test_texts_of_the_test_split_that_training_has_seen():
    test = frame(15, 100)
    test.loc[:3, "text"] = "  " + frame().loc[:3, "text"].str.upper()
    row = the(inspected(frame(), test), "texts also in train")
    assert (row.severity, row.split, row.rows) == ("mend", "test", 4)


def test_repeated_texts_and_labels_that_disagree():
    train = frame()
    train.loc[5, "text"], train.loc[2, "text"] = train.loc[0, "text"], train.loc[1, "text"]  # 5: blue, else red
    found = inspected(train)
    assert the(found, "repeated texts").rows == 2
    assert the(found, "labels disagree").rows == 1


def test_labels_never_seen_missing_rare_or_spelt_in_two_ways():
    train, test = frame(), frame(15, 100)
    test.loc[:1, "topic"] = "mauve"
    train.loc[0, "topic"], train.loc[1:4, "topic"] = "Red", None
    found = inspected(train, test)
    row = the(found, "labels not in train")
    assert (row.severity, row.about, row.rows) == ("mend", "topic", 2) and "'mauve'" in row.said
    assert the(found, "missing labels").rows == 4
    assert "'Red'" in the(found, "rare labels").said
    assert the(found, "spellings of a label").severity == "mend"
    assert found["severity"].tolist() == sorted(found["severity"], key=["mend", "look", "note"].index)


def test_a_split_without_labels_and_a_label_that_rules():
    test = frame(15, 100).assign(topic=None)
    train = frame().assign(topic=["red"] * 55 + ["blue"] * 5)
    found = inspected(train, test)
    assert the(found, "no labels").split == "test"
    assert "92%" in the(found, "one label rules").said


def test_a_word_stamped_on_the_texts_gives_the_label_away():
    train = frame()
    train["text"] = [f"[{topic[:2]}] {i} x" for i, topic in enumerate(train["topic"])]
    found = inspected(train)
    words = found[found["finding"] == "a word tells the label"]
    assert len(words) == 3 and any("'[bl]'" in said for said in words["said"])


def test_columns_that_are_ids_constant_or_the_label_in_another_dress():
    codes = {"red": "q1", "blue": "q2", "green": "q3"}
    train = frame().assign(ticket_id=range(60), source="web", queue=lambda f: f["topic"].map(codes))
    test = frame(15, 100).assign(ticket_id=range(15), source="web", queue=lambda f: f["topic"].map(codes))
    found = inspected(train, test)
    assert the(found, "ID column").about == "ticket_id"
    assert the(found, "constant column").about == "source"
    assert the(found, "column tells a label").about == "queue"
    found = inspected(train, test, [("topic", "classification"), ("queue", "classification")])
    assert "other way round" in the(found, "tasks tell each other").said


def test_a_task_in_a_small_unit_is_loud():
    def minutes(table):
        return table.assign(minutes=table["size"] * 60)

    tasks = [("topic", "classification"), ("minutes", "regression")]
    assert the(inspected(minutes(frame()), minutes(frame(15, 100)), tasks), "loud loss").about == "minutes"


def test_texts_longer_than_the_encoder_reads_and_words_it_does_not_know(tmp_path_factory):
    encoder = mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.getbasetemp())))
    train = frame()
    train.loc[:2, "text"] = [f"{i} " + "old car " * 60 for i in range(3)]
    train.loc[3:30, "text"] = [f"{i} ελληνικά λόγια" for i in range(28)]
    found = mk.find_issues(mk.Corpus.from_frames({"train": train}, [mk.Task("topic", "classification")]), encoder)
    assert the(found, "too long").rows == 3
    assert "unknown to the tokenizer" in the(found, "unknown words").said


def test_every_kind_of_task_is_looked_at():
    corpus = toy.corpus()
    assert set(mk.find_issues(corpus)["finding"]) >= {"loud loss", "missing labels"}
    table = mk.describe(corpus).set_index("task")
    assert (
        table.loc["colour", "labels"] == 3 and table.loc["tags", "labels"] == 1 and table.loc["things", "labels"] == 5
    )
    assert table.loc["size", "commonest"].startswith("mean ") and table.loc["rare", "train"] < 96
    losses = table["loss"]
    assert losses["colour"] == pytest.approx(math.log(3), abs=0.05) and losses["tags"] < math.log(2)
    assert losses["things"] == pytest.approx(0.65, abs=0.05)  # 1.8 of 5 things in a text: a bit more than a third each
    with pytest.raises(ValueError, match="no split 'train'"):
        mk.find_issues(mk.Corpus.from_frames({"test": frame()}, [mk.Task("size", "regression")]))


def test_what_a_model_that_knows_nothing_scores():
    train = frame().assign(topic=["red"] * 40 + ["blue"] * 20)
    test = frame(15, 100).assign(topic=["red"] * 5 + ["blue"] * 10)
    tasks = [mk.Task("topic", "classification"), mk.Task("size", "regression")]
    corpus = mk.Corpus.from_frames({"train": train, "test": test}, tasks)
    floor = majority_baseline(corpus)
    assert floor["metric"].to_dict() == {"topic": "accuracy", "size": "pearson"}
    assert floor.loc["topic", ["train", "judged", "score"]].tolist() == pytest.approx([1 / 3, 2 / 3, 2 / 3])
    assert floor.loc["size", ["train", "judged", "score"]].tolist() == [0, 0, 0]


def baseline(task, train, test):
    """The row of a corpus with one task, whose labels are these."""
    frames = {
        name: pd.DataFrame({"text": [f"{name} {i}" for i in range(len(labels))], task.name: labels})
        for name, labels in (("train", train), ("test", test))
    }
    return majority_baseline(mk.Corpus.from_frames(frames, [task])).loc[task.name]


def test_the_best_constant_is_that_of_the_metric():
    both = ["a", "b"]
    several = baseline(mk.Task("t", "multilabel"), [both, ["a"], ["c"], both], [both, ["a"], ["c"], both])
    assert several["judged"] == pytest.approx(10 / 14)  # "a, b" for each: 5 of 8 right, 1 missed
    f1 = baseline(mk.Task("t", "classification", metric="f1"), ["a"] * 3 + ["b"], ["a"] * 3 + ["b"])
    assert f1["score"] == pytest.approx(2 / 5)  # "b" for all: precision 1/4, recall 1


def test_the_best_constant_of_words_and_answers():
    tags = [["B-x", "O"], ["B-x", "B-y"]]
    frames = {
        name: pd.DataFrame({"words": [["u", "v"]] * 2, "text": ["u v"] * 2, "t": tags}) for name in ("train", "test")
    }
    corpus = mk.Corpus.from_frames(frames, [mk.Task("t", "tagging", words="words")])
    assert majority_baseline(corpus).loc["t", "score"] == pytest.approx(2 * 2 / (4 + 3))  # 2 of 4 right, of 3
    rows = pd.DataFrame({"q": ["who"] * 4, "text": ["ann ran"] * 4, "t": ["ann", "", "", ""]})
    task = mk.Task("t", "span", empty="no answer")
    corpus = mk.Corpus.from_frames({"train": rows, "test": rows}, [task], text=("q", "text"))
    assert majority_baseline(corpus).loc["t", ["metric", "score"]].tolist() == ["f1", 0.75]


# -- corpus_from_table ----------------------------------------------------------------------------------------------
@pytest.fixture
def file(tmp_path):
    pd.concat([frame(), frame(10)]).to_csv(tmp_path / "mine.csv", index=False)
    return tmp_path / "mine.csv"


def test_one_file_becomes_three_splits_that_share_no_text(file, capsys):
    corpus = mk.corpus_from_table(file, share=0.2)
    assert [t.name for t in corpus.tasks] == ["topic", "size"] and corpus.name == "mine"
    assert "topic: classification" in capsys.readouterr().out
    texts = [set(split.texts) for split in corpus.splits.values()]
    assert list(corpus.splits) == ["train", "validation", "test"]
    assert sum(map(len, corpus.splits.values())) == 70 and len(set.union(*texts)) == sum(map(len, texts)) == 60
    assert mk.corpus_from_table(file, share=0.2).test.texts == corpus.test.texts
    assert mk.corpus_from_table(file, share=0.2, seed=1).test.texts != corpus.test.texts


def test_tasks_are_named_with_or_without_their_kind(file):
    corpus = mk.corpus_from_table(file, tasks="topic, size:classification")
    assert [(t.name, t.kind) for t in corpus.tasks] == [("topic", "classification"), ("size", "classification")]
    with pytest.raises(ValueError, match="no column 'topics'. Did you mean 'topic'"):
        mk.corpus_from_table(file, tasks="topics")
    with pytest.raises(ValueError, match="column 'size': There is no task kind 'regresion'"):
        mk.corpus_from_table(file, tasks="size:regresion")
    with pytest.raises(ValueError, match="Split 'train': There is no column 'body'"):
        mk.corpus_from_table(file, text="body")


def test_a_column_of_no_labels_is_not_silently_a_task(tmp_path):
    frame().assign(remark=lambda f: "about " + f["text"]).to_csv(tmp_path / "x.csv", index=False)
    with pytest.raises(ValueError, match="'remark' of train reads like no label: .* an ID or a text"):
        mk.corpus_from_table(tmp_path / "x.csv", tasks="remark")


def test_too_few_rows_to_hold_out(tmp_path):
    frame(1).to_csv(tmp_path / "x.csv", index=False)
    with pytest.raises(ValueError, match="1 rows with 1 different texts are too few to hold out"):
        mk.corpus_from_table(tmp_path / "x.csv")


def test_labels_that_training_never_sees_count_as_missing(tmp_path, file):
    frame(5).assign(topic="mauve").to_csv(tmp_path / "test.csv", index=False)
    corpus = mk.corpus_from_table(file, test=tmp_path / "test.csv", tasks="topic")
    assert corpus.counts("test") == {"topic": 0}
    assert the(mk.find_issues(corpus), "labels not in train").rows == 5


def test_rows_of_a_merged_corpus_miss_no_labels_of_the_other():
    def part(task, labels):
        rows = pd.DataFrame({"text": [f"{task} {i}" for i in range(len(labels))], task: labels})
        return mk.Corpus.from_frames(
            {"train": rows, "test": rows.assign(text=rows.text + "!")}, [mk.Task(task, "classification")]
        )

    small = part("a", ["x", "y"] * 5)
    merged = mk.Corpus.merge([small, part("b", ["u", "v"] * 20)])
    assert "missing labels" not in set(mk.find_issues(merged)["finding"])
    holey = mk.Corpus.merge([small, part("b", ["u", "v", None, "u"] * 10)])
    found = mk.find_issues(holey).query("finding == 'missing labels'").set_index("about")
    assert found.loc["b", "rows"] == 20 and "20 of 80 rows" in found.loc["b", "said"]


def test_a_task_that_is_labelled_on_few_rows_of_others_does_miss_labels():
    rows = frame(60).assign(
        topic=["a", "b"] * 30, rare=[("yes" if i % 2 else "no") if i < 10 else None for i in range(60)]
    )
    corpus = mk.Corpus.from_frames({"train": rows}, [mk.Task(t, "classification") for t in ("topic", "rare")])
    found = mk.find_issues(corpus).set_index("finding").loc["missing labels"]
    assert found["about"] == "rare" and found["rows"] == 50 and found["severity"] == "look"
