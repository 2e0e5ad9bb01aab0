"""A corpus: what it holds of the tables it was given, and that every bad cell is named before training begins."""

import io
import json
from dataclasses import asdict, replace

import datasets
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mtlkit as mk
from mtlkit import Corpus, Task
from mtlkit.utils.paths import DATA

PROPERTY = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

TABLE = {
    "text": ["no light at all", "late again today", "thanks a lot", "the blue one please"],
    "topic": ["printer", "delivery", None, "shop"],
    "urgency": [0.9, 0.5, None, 0.25],
    "symptoms": ["no-power|slow", "-", "", "slow"],
    "words": [["no", "light"], ["late", "again"], None, ["blue", "one"]],
    "tags": [["O", "B-thing"], ["O", "O"], None, ["B-thing", "I-thing"]],
}
TASKS = [
    Task("topic", "classification"),
    Task("urgency", "regression"),
    Task("symptoms", "multilabel"),
    Task("entities", "tagging", column="tags", words="words"),
]


def frames(**changed):
    """The table as train and test; `changed` replaces columns of test."""
    table = pd.DataFrame(TABLE)
    return {"train": table, "test": table.assign(**changed)}


def corpus(**changed):
    return Corpus.from_frames(frames(**changed), TASKS)


# -- what a corpus gives -----------------------------------------------------------------------------
def test_labels_are_found_in_training_and_read_as_numbers():
    made = corpus()
    assert [t.labels for t in made.tasks] == [
        ("delivery", "printer", "shop"),
        None,
        ("no-power", "slow"),
        ("O", "B-thing", "I-thing"),
    ]
    assert made.train.labels("topic") == [1, 0, None, 2]
    assert made.train.labels("urgency") == [0.9, 0.5, None, 0.25]
    assert made.train.labels("symptoms") == [[0, 1], [], None, [1]]
    assert made.train.labels("entities") == [[0, 1], [0, 0], None, [1, 2]]
    assert made.train.words("entities") == [["no", "light"], ["late", "again"], [], ["blue", "one"]]
    assert made.counts() == made.counts("test") == {"topic": 3, "urgency": 3, "symptoms": 3, "entities": 3}


def test_rows_have_none_where_a_cell_is_missing():
    train = corpus().train
    assert len(train) == 4 and len(list(train)) == 4
    assert train[0]["topic"] == "printer" and train[0]["tags"] == ["O", "B-thing"]
    assert train[-2] == train[:3][-1] == {**dict.fromkeys(TABLE), "text": "thanks a lot"}
    assert train.texts == TABLE["text"]
    assert list(train.frame().columns) == list(TABLE)
    with pytest.raises(IndexError, match="'train' has 4 rows"):
        train[4]


def test_whole_numbers_with_gaps_are_the_same_labels_in_every_split():
    gaps, whole = pd.DataFrame({"text": "ab", "stars": [1, None]}), pd.DataFrame({"text": ["a", "b"], "stars": [10, 1]})
    gaps["text"] = ["a", "b"]
    train = pd.concat([gaps, whole])
    made = Corpus.from_frames({"train": train, "test": whole}, [Task("stars", "classification")])
    assert made.tasks[0].labels == ("1", "10")
    assert made.train.labels("stars") == [0, None, 1, 0] and made.test.labels("stars") == [1, 0]


def test_files_in_three_lines(tmp_path):
    (tmp_path / "train.csv").write_text('text,topic,urgency\n"no light, at all",01,0.5\nthanks,1,\nhello,,1\n')
    (tmp_path / "dev.csv").write_text("urgency,text,topic\n2,bye,1\n")
    made = Corpus.from_files(
        {"train": tmp_path / "train.csv", "challenge": str(tmp_path / "dev.csv")},
        tasks=[Task("topic", "classification"), Task("urgency", "regression")],
    )
    assert made.train.texts[0] == "no light, at all"
    assert set(made.tasks[0].labels) == {"01", "1"}  # text stays text
    assert made.splits["challenge"].labels("urgency") == [2.0]
    assert made.train.labels("urgency") == [0.5, None, 1.0]
    assert made.counts() == {"topic": 2, "urgency": 2}


def test_pairs_of_texts_and_rows_without_the_second(tmp_path):
    table = pd.DataFrame(
        {
            "a": ["x", "y", "z"],
            "b": ["u", None, " "],
            "same": ["yes", None, None],
            "topic": [None, "p", "q"],
            "n": [1, 2, 3],
        }
    )
    tasks = [Task("same", "classification"), Task("topic", "classification"), Task("n", "regression")]
    made = Corpus.from_frames({"train": table}, tasks, text=("a", "b"))
    assert made.train.texts == [("x", "u"), "y", "z"]
    assert [t.pair for t in made.tasks] == [True, False, None]
    assert Corpus.from_frames({"train": table}, tasks[1:], text="a").tasks[0].pair is False


def test_an_absent_split_says_which_there_are():
    made = corpus()
    with pytest.raises(AttributeError, match="no split 'validation'.*Known: train, test"):
        made.validation  # noqa: B018
    assert getattr(made, "validation", None) is None
    with pytest.raises(ValueError, match="Did you mean 'train'"):
        made.counts("trian")


def test_a_task_without_a_column_counts_every_row():
    made = corpus().with_tasks([Task("mlm", "mlm")])
    assert made.tasks[-1].name == "mlm" and len(made.tasks) == 5
    assert made.train.labels("mlm") == [True] * 4 and made.counts()["mlm"] == 4
    assert made.train.labels("topic") == [1, 0, None, 2]


def test_only_keeps_the_rows_with_one_of_these_labels_and_the_order_asked_for():
    made = corpus(topic=[None, None, "shop", "shop"]).only(["urgency", "topic"])
    assert [t.name for t in made.tasks] == ["urgency", "topic"]
    assert made.train.texts == [t for t in TABLE["text"] if t != "thanks a lot"]
    assert made.test.labels("topic") == [None, None, 2, 2] and made.test.labels("urgency")[2] is None
    only = made.only("topic")
    assert only.test.texts == TABLE["text"][2:] and only.test.labels("topic") == [2, 2]
    assert only.tasks[0].labels == ("delivery", "printer", "shop")


def test_only_leaves_out_a_split_without_any_of_the_labels():
    assert list(corpus(topic=[None] * 4).only("topic").splits) == ["train"]


def test_samples_are_nested_repeatable_and_leave_the_rest_alone():
    table = pd.DataFrame({"text": [f"text {i}" for i in range(50)], "n": range(50)})
    made = Corpus.from_frames({"train": table, "test": table}, [Task("n", "regression")])
    small, large, other = made.sample(10), made.sample(20), made.sample(10, seed=1)
    assert len(small.train) == 10 and len(small.test) == 50
    assert set(small.train.labels("n")) < set(large.train.labels("n"))
    assert small.train.texts == made.sample(10).train.texts != other.train.texts
    assert small.train.texts == [f"text {n:.0f}" for n in small.train.labels("n")]
    assert len(made.sample(5, split="test").test) == 5 and len(made.train) == 50
    with pytest.raises(ValueError, match="'train' has 50 rows.*found 51"):
        made.sample(51)


def test_labels_by_a_models_task_are_numbers_of_the_models_list():
    made = corpus()
    theirs = Task("topic", "classification", labels=("shop", "printer", "delivery"))
    assert made.train.labels(theirs) == [1, 2, None, 0]
    assert made.train.labels("topic") == [1, 0, None, 2]
    with pytest.raises(ValueError, match="'topic' is 'classification' in train, asked for as 'regression'"):
        made.train.labels(Task("topic", "regression"))


def test_a_new_label_is_masked_where_the_task_says_so():
    tasks = [Task("topic", "classification", unknown="mask"), Task("urgency", "regression")]
    made = Corpus.from_frames(frames(topic=["garden", "shop", None, "shop"]), tasks)
    assert made.test.labels("topic") == [None, 2, None, 2] and made.counts("test") == {"topic": 2, "urgency": 3}


def test_given_labels_keep_their_order():
    task = Task("topic", "classification", labels=["shop", "printer", "delivery", "never seen"])
    made = Corpus.from_frames(frames(), [task])
    assert made.tasks[0].labels == ("shop", "printer", "delivery", "never seen")
    assert made.test.labels("topic") == [1, 2, None, 0]


def test_classes_of_a_hub_data_set_go_by_their_names():
    features = datasets.Features(
        {
            "text": datasets.Value("string"),
            "label": datasets.ClassLabel(names=["neg", "pos"]),
            "ner": datasets.List(datasets.ClassLabel(names=["O", "B-x"])),
        }
    )
    table = {"text": ["a b", "c"], "label": [1, 0], "ner": [[0, 1], [0]]}
    train = datasets.Dataset.from_dict(table, features=features)
    test = datasets.Dataset.from_dict({**table, "label": [-1, 1]}, features=features)
    tasks = [Task("label", "classification"), Task("ner", "tagging")]
    made = Corpus(datasets.DatasetDict(train=train, test=test), tasks)
    assert [t.labels for t in made.tasks] == [("neg", "pos"), ("O", "B-x")]
    assert made.test.labels("label") == [None, 1] and made.test.labels("ner") == [[0, 1], [0]]


def test_a_corpus_shows_its_tasks_and_escapes_what_it_shows():
    table = pd.DataFrame({"text": ["a", "b"], "<b>": ["<script>", None]})
    made = Corpus.from_frames({"train": table}, [Task("<b>", "classification")], name="<i>")
    lines = repr(made).splitlines()
    assert lines[0] == "Corpus '<i>': train 2 rows; text: text"
    assert lines[1].split() == ["task", "kind", "column", "labels", "train"]
    assert lines[2].split() == ["<b>", "classification", "<b>", "1:", "<script>", "1"]
    shown = made._repr_html_()
    assert "&lt;script&gt;" in shown and not any(bad in shown for bad in ("<script>", "<b>", "<i>"))


# -- one thing wrong ---------------------------------------------------------------------------------
def without(*columns):
    return {n: f.drop(columns=list(columns)) for n, f in frames().items()}


TOPIC = [Task("topic", "classification")]
WRONG = {
    "column": (lambda: Corpus.from_frames(frames(), [Task("topik", "classification")]),
               "Task 'topik', split 'train': There is no column 'topik'. Did you mean 'topic'"),
    "column in one split": (lambda: Corpus.from_frames({**frames(), "test": without("topic")["test"]}, TOPIC),
                            "Task 'topic', split 'test': There is no column 'topic'.*an empty column"),
    "words column": (lambda: Corpus.from_frames(frames(), [Task("tags", "tagging", words="tokens")]),
                     "Task 'tags', split 'train': There is no column 'tokens'"),
    "text column": (lambda: Corpus.from_frames(frames(), TOPIC, text="texts"), "Did you mean 'text'"),
    "three texts": (lambda: Corpus.from_frames(frames(), TOPIC, text=("text", "a", "b")), "found 3"),
    "text of numbers": (lambda: Corpus.from_frames(frames(), TOPIC, text="urgency"),
                        "Row 1 of train, column 'urgency': a text is due, found '0.9'"),
    "no label": (lambda: Corpus.from_frames({"train": frames(topic=[None] * 4)["test"]}, TOPIC),
                 "'topic' has no label at all in train"),
    "new label": (lambda: corpus(topic=["shop", "garden", None, None]),
                  "'topic', column 'topic', row 2 of test: the label 'garden'.*unknown=\"mask\""),
    "new tag": (lambda: corpus(tags=[["O", "B-place"], None, None, None]), "'entities', column 'tags', row 1 of test"),
    "text for a number": (lambda: corpus(urgency=["0.5", "high", None, "1"]),
                          "'urgency', column 'urgency', row 2 of test: a number is due, found 'high'"),
    "tags and words": (lambda: corpus(tags=[["O", "O"], ["O"], None, None]),
                       "'entities', column 'tags', row 2 of test: 1 tags for 2 words in column 'words'"),
    "tags and text": (lambda: Corpus.from_frames(frames(), [Task("tags", "tagging")]),
                      "row 1 of train: 2 tags for 4 words in the text"),
    "empty text": (lambda: corpus(text=["a", " ", "", None]), "Row 2 of test has no text.*3 such rows: 2, 3, 4"),
    "same name": (lambda: Corpus.from_frames(frames(), TOPIC * 2), "2 tasks named 'topic'"),
    "same name added": (lambda: corpus().with_tasks(TOPIC), "2 tasks named 'topic'"),
    "no tasks": (lambda: Corpus.from_frames(frames(), []), "at least one task"),
    "a name for a task": (lambda: Corpus.from_frames(frames(), ["topic"]), "is a list of Tasks.*found 'topic'"),
    "misspelt auto": (lambda: Corpus.from_frames(frames(), "autos"), 'or "auto"; found \'autos\''),
    "no train": (lambda: Corpus.from_frames({"dev": frames()["train"]}, TOPIC), "found in the split 'train'.*dev"),
    "no rows": (lambda: Corpus.from_frames({**frames(), "test": frames()["test"][:0]}, TOPIC), "'test' has no rows"),
    "a table alone": (lambda: Corpus.from_frames(frames()["train"], TOPIC), "found a DataFrame"),
    "a path alone": (lambda: Corpus.from_files("train.csv", TOPIC), "found 'train.csv'"),
    "a path as table": (lambda: Corpus.from_frames({"train": "train.csv"}, TOPIC), "Files go to Corpus.from_files"),
    "a table as Dataset": (lambda: Corpus(frames(), TOPIC), "pandas tables to Corpus.from_frames"),
    "doubled column": (lambda: Corpus.from_frames(
                           {"train": pd.DataFrame([["a", "x", "y"]], columns=["text", "topic", "topic"])}, TOPIC),
                       "split 'train' has the column 'topic' more than once"),
    "a set": (lambda: corpus(topic=["shop", {"a"}, None, "shop"]), "'test', row 2, column 'topic'.*.set. does not fit"),
    "unknown task": (lambda: corpus().only("topics"), "no task 'topics'. Did you mean 'topic'"),
    "unknown corpus": (lambda: mk.load_corpus("../helpdesk"), "no corpus '../helpdesk'"),
    "nothing to merge": (lambda: Corpus.merge([]), "list of corpora"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named(case):
    make, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        make()


def test_nan_that_is_no_gap_is_an_error(tmp_path):
    (tmp_path / "t.jsonl").write_text('{"text": "a", "urgency": 1.0}\n{"text": "b", "urgency": NaN}\n')
    with pytest.raises(ValueError, match="'urgency', column 'urgency', row 2 of train: found NaN"):
        Corpus.from_files({"train": tmp_path / "t.jsonl"}, [Task("urgency", "regression")])


DAMAGE = {
    "topic": "garden",
    "urgency": "soon",
    "symptoms": "slow|smoke",
    "tags": ["O"],
    "text": " ",
}


@PROPERTY
@given(st.integers(2, 30), st.data(), st.sampled_from(sorted(DAMAGE)))
def test_one_bad_cell_anywhere_is_named_by_its_row(size, data, column):
    table = pd.DataFrame({c: [v[i % 4] for i in range(4 * size)] for c, v in TABLE.items()}).dropna()
    row = data.draw(st.integers(0, len(table) - 1))
    bad = table.astype(object)
    bad.iat[row, list(table.columns).index(column)] = DAMAGE[column]
    Corpus.from_frames({"train": table, "test": table}, TASKS)
    with pytest.raises(ValueError, match=rf"(?i)row {row + 1} of test"):
        Corpus.from_frames({"train": table, "test": bad}, TASKS)


# -- merging -----------------------------------------------------------------------------------------
def simple(text, kind="classification", name="label", **columns):
    column = next(iter(columns))
    table = pd.DataFrame({text: [f"{text} {i}" for i in range(len(columns[column]))], **columns})
    return Corpus.from_frames({"train": table}, [Task(name, kind, column=column)], text=text)


def test_merged_corpora_keep_every_row_with_its_own_labels():
    one = simple("text", name="sentiment", label=["good", "bad"])
    table = pd.DataFrame({"q": ["how far", "who", "where"], "label": ["NUM", "HUM", None], "id": [1, 2, 3]})
    two = Corpus.from_frames(
        {"train": table, "test": table}, [Task("type", "classification", column="label")], text="q"
    )
    made = Corpus.merge([one, two])
    assert [t.name for t in made.tasks] == ["sentiment", "type"] and made.text == ("text",)
    assert made.train.texts == ["text 0", "text 1", "how far", "who", "where"]
    assert made.train.labels("sentiment") == [1, 0, None, None, None]
    assert made.train.labels("type") == [None, None, 1, 0, None]
    assert len(made.test) == 3 and made.counts("test") == {"sentiment": 0, "type": 2}
    assert made.only("type").train.texts == ["how far", "who"]


def test_equal_tasks_become_one():
    made = Corpus.merge([simple("text", stars=[1, 3]), simple("review", rating=["3", "1"])])
    assert made.tasks == (Task("label", "classification", labels=("1", "3"), pair=False),)
    assert made.train.labels("label") == [0, 1, 1, 0]


def test_tasks_of_one_name_with_other_labels_are_not_merged_in_silence():
    films, books = simple("text", stars=["1", "3"]), simple("review", rating=["2", "3"])
    with pytest.raises(
        ValueError, match=r"'label' has other labels in 'films' \(1, 3\) than in 'books' \(2, 3\)"
    ) as error:
        Corpus.merge([films, books], names=["films", "books"])
    assert "Task('books_label', 'classification', column='rating')" in str(error.value)
    assert "labels=['1', '3', '2']" in str(error.value)


def test_given_labels_keep_their_order_when_merged():
    one = Corpus.from_frames(
        {"train": pd.DataFrame({"text": ["a"], "m": ["low"]})}, [Task("m", "classification", labels=["low", "high"])]
    )
    two = Corpus.from_frames(
        {"train": pd.DataFrame({"text": ["b"], "m": ["high"]})}, [Task("m", "classification", labels=["high", "low"])]
    )
    made = Corpus.merge([one, two])
    assert made.tasks[0].labels == ("low", "high") and made.train.labels("m") == [0, 1]


def test_candidates_of_a_choice_merge_with_rows_that_have_none():
    rows = {"text": ["it rains", "it snows"], "a": ["wet", "dry"], "b": ["hot", "cold"], "label": [0, 1]}
    choice = Task("end", "choice", column="label", choices=("a", "b"))
    first = Corpus.from_frames({"train": pd.DataFrame(rows)}, [choice])
    second = Corpus.from_frames(
        {"train": pd.DataFrame({"text": ["fine"], "mood": ["good"]})}, [Task("mood", "classification")]
    )
    merged = Corpus.merge([second, first])
    assert merged.train.choices("end") == [[], ["wet", "hot"], ["dry", "cold"]]
    assert merged.train.labels("end") == [None, 0, 1]


def test_single_texts_pairs_numbers_lists_and_tags_merge():
    pairs = Corpus.from_frames(
        {"train": pd.DataFrame({"a": ["x", "y"], "text": ["u", None], "score": ["1.5", ""]})},
        [Task("score", "regression")],
        text=("a", "text"),
    )
    made = Corpus.merge([corpus(), pairs, corpus().only("entities").with_tasks([Task("mlm", "mlm")])])
    assert made.text[0] == "text" and len(made.text) == 2 and made.text[1] != "text"
    assert made.train.texts[4:6] == [("x", "u"), "y"]
    assert made.train.labels("symptoms")[:5] == [[0, 1], [], None, [1], None]
    assert made.train.labels("score")[3:6] == [None, 1.5, None]
    assert made.train.labels("entities")[-3:] == [[0, 1], [0, 0], [1, 2]]
    assert made.train.words("entities")[-1] == ["blue", "one"]
    assert made.counts()["mlm"] == len(made.train) == 9
    assert {t.name: t.pair for t in made.tasks}["score"] is True


def test_conflicting_kinds_are_an_error_that_names_both():
    with pytest.raises(ValueError, match="'label'.*'classification' in 'films'.*'regression' in 'books'"):
        Corpus.merge([simple("a", x=["1", "2"]), simple("a", "regression", x=[1, 2])], names=["films", "books"])


# -- how cells write labels ------------------------------------------------------------------------------
def of_labels(cells, *args, **settings) -> Corpus:
    table = pd.DataFrame({"text": [f"text {i}" for i in range(len(cells))], "y": cells})
    return Corpus.from_frames({"train": table}, [Task("y", *args, **settings)])


SEVERAL = ["joy,anger", "joy", "anger, fear", "fear", "joy,fear", "anger"]


@pytest.mark.parametrize("sep", [",", " "])
def test_several_labels_in_a_cell_are_told_apart_and_that_is_said(sep):
    cells = [cell.replace(", ", ",").replace(",", sep) for cell in SEVERAL]
    with pytest.warns(UserWarning, match=f"'y': its cells hold several labels, separated by '{sep}'"):
        made = of_labels(cells, "multilabel")
    assert made.tasks[0].labels == ("anger", "fear", "joy") and made.tasks[0].sep == sep
    assert made.train.labels("y")[:3] == [[2, 0], [2], [0, 1]]


def test_one_label_alone_may_be_a_number():
    assert of_labels([3, 1, 3], "multilabel").train.labels("y") == [[1], [0], [1]]
    assert of_labels([1.0, None], "multilabel", empty="no label").train.labels("y") == [[0], []]


def test_sep_decides(recwarn):
    assert of_labels(SEVERAL, "multilabel", sep=",").tasks[0].labels == ("anger", "fear", "joy")
    assert of_labels(["0/3", "3"], "multilabel", sep="/").tasks[0].labels == ("0", "3")
    assert of_labels(["a;b", "a"], "multilabel", sep="").tasks[0].labels == ("a", "a;b")
    assert not recwarn.list
    with pytest.raises(ValueError, match="'y' is 'regression': sep= is for multilabel alone"):
        Task("y", "regression", sep=",")


@pytest.mark.parametrize(
    "cells",
    [
        ["Paris, France", "Rome, Italy", "Bern, Switzerland", "Rome, Italy"],
        ["very good", "very bad", "good", "bad"],
        ["not yet known", "open", "closed"],
        ["a|b, c", "a", "b, c"],
    ],
)
def test_names_with_blanks_or_commas_are_not_taken_apart(cells, recwarn):
    made = of_labels(cells, "multilabel")
    assert made.tasks[0].sep is None and {p.strip() for c in cells for p in c.split("|")} == {*made.tasks[0].labels}
    assert not recwarn.list


def test_auto_finds_several_labels_in_a_cell_or_says_what_else_it_may_be(capsys):
    columns = {
        "moods": [cell.replace(", ", ",") for cell in SEVERAL],
        "topics": ["sport", "art sport", "art", "law", "law art", "sport"],
        "numbers": ["0;3", "0", "3", "2;3", "2", "0"],
        "ids": ["0,3,4", "0", "3,4", "3", "0", "4"],
        "price": ["3,5", "4", "2,5", "3", "5,5", "2,5"],
    }
    table = pd.DataFrame({"text": [f"text {i}" for i in range(60)], **{k: v * 10 for k, v in columns.items()}})
    made = Corpus.from_frames({"train": table}, "auto")
    assert {t.name: (t.kind, t.sep) for t in made.tasks} == {
        "moods": ("multilabel", ","),
        "topics": ("multilabel", " "),
        "numbers": ("multilabel", None),
        "ids": ("multilabel", ","),
    }
    assert "price: left out, numbers with commas, or numbers of labels?" in capsys.readouterr().out


def test_labels_by_number_have_the_names_that_are_given(tmp_path):
    for labels in (["no", "yes"], {0: "no", 1: "yes"}, {"0": "no", "1": "yes"}):
        for cells in ([0, 1, 1], ["0", "1", "yes"], [1.0, None, 0.0]):
            made = of_labels(cells, "classification", labels=labels)
            assert made.tasks[0].labels == ("no", "yes")
            expected = {"0": 0, "1": 1, "yes": 1}
            assert made.train.labels("y") == [
                None if pd.isna(c) else expected[str(c).removesuffix(".0")] for c in cells
            ]
    news = of_labels([4, 1], "classification", labels={1: "world", 2: "sports", 3: "money", 4: "science"})
    assert news.train.labels("y") == [3, 0]
    with pytest.raises(ValueError, match="row 2 of train: the label '5' does not occur"):
        of_labels([4, 5], "classification", labels={1: "world", 4: "science"})
    with pytest.raises(ValueError, match="row 1 of train: the label '2' does not occur"):
        of_labels([2], "classification", labels=["no", "yes"])
    (tmp_path / "labels.txt").write_text("joy\nanger\nfear\n", encoding="utf-8")
    (tmp_path / "labels.json").write_text('{"10": "joy", "20": "anger"}', encoding="utf-8")
    assert of_labels(["2;0", "1"], "multilabel", labels=tmp_path / "labels.txt").train.labels("y") == [[2, 0], [1]]
    assert of_labels([20, 10], "classification", labels=str(tmp_path / "labels.json")).train.labels("y") == [1, 0]
    tags = of_labels([[0, 1], [2, 0]], "tagging", labels=["O", "B-a", "I-a"])
    assert tags.train.labels("y") == [[0, 1], [1, 0]]  # an I- that opens an entity is a B-


NULLS = {
    "a label": ("multilabel", {"y": [["a"], ["b", None]]}, {}, "row 2.*item 2 of 2 in the list is empty"),
    "a tag": ("tagging", {"y": [["O", "O"], ["O", None]]}, {}, "row 2.*item 2 of 2 in the list is empty"),
    "a word": (
        "tagging",
        {"y": [["O", "O"], ["O", "O"]], "w": [["a", "b"], [None, "b"]]},
        {"words": "w"},
        "column 'w', row 2 of train: item 1 of 2 in the list is empty",
    ),
    "a candidate": (
        "choice",
        {"y": [0, 1], "c": [["a", "b"], ["a", None, "b"]]},
        {"choices": "c"},
        "column 'c', row 2 of train: item 2 of 3 in the list is empty",
    ),
}


@pytest.mark.parametrize("case", NULLS)
def test_an_empty_item_of_a_list_is_no_text_none(case):
    kind, columns, settings, message = NULLS[case]
    table = pd.DataFrame({"text": ["a b", "c d"], **columns})
    with pytest.raises(ValueError, match=message):
        Corpus.from_frames({"train": table}, [Task("y", kind, **settings)])


@pytest.mark.parametrize("number", [2, -2])
def test_a_class_number_without_a_name_is_named(number):
    features = datasets.Features({"text": datasets.Value("string"), "y": datasets.Value("int64")})
    rows = datasets.Dataset.from_dict({"text": ["a", "b", "c"], "y": [0, -1, number]}, features)
    names = rows.features.copy()
    names["y"] = datasets.ClassLabel(names=["no", "yes"])
    rows = datasets.Dataset(rows.data, datasets.DatasetInfo(features=names), fingerprint="made by hand")
    with pytest.raises(ValueError, match=f"Row 3 of train, column 'y': the class number {number} has no name"):
        Corpus({"train": rows}, [Task("y", "classification")])


def test_numbers_with_an_underscore_are_no_numbers(capsys):
    with pytest.raises(ValueError, match="'y', column 'y', row 2 of train: a number is due, found '1_0'"):
        of_labels(["1.5", "1_0"], "regression")
    made = Corpus.from_frames({"train": pd.DataFrame({"text": list("abcd"), "y": ["1_0", "2_0"] * 2})}, "auto")
    assert made.tasks[0].kind == "classification"


def test_codes_are_names_wherever_labels_are_told():
    made = of_labels([4, 1, 4], "classification", labels={1: "world", 4: "science"})
    both = Corpus({"train": made.train.dataset, "test": made.train.dataset}, made.tasks)
    assert not {"labels not in train"} & {*mk.find_issues(both).finding}
    assert made.tasks[0].spec.names_in(4, made.tasks[0]) == ["science"]
    assert Task(**json.loads(json.dumps(asdict(made.tasks[0])))) == made.tasks[0]


def test_white_space_around_a_frames_column_names_is_taken_off():
    table = pd.DataFrame({"text": ["a"], " y ": ["x"]})
    with pytest.warns(UserWarning, match="the white space around the column names ' y '"):
        assert Corpus.from_frames({"train": table}, [Task("y", "classification")]).tasks[0].labels == ("x",)


def test_merged_rows_of_another_corpus_are_unlabelled_for_several_labels():
    other = Corpus.from_frames({"train": pd.DataFrame({"text": ["t"], "z": ["x"]})}, [Task("z", "classification")])
    made = Corpus.merge([of_labels(["a|b", "b"], "multilabel"), other])
    assert made.train.labels("y") == [[0, 1], [1], None]


def test_labels_that_cannot_be_names_say_so(tmp_path):
    with pytest.raises(FileNotFoundError, match="labels=: there is no file 'joy'"):
        Task("y", "classification", labels="joy")
    with pytest.raises(ValueError, match="'y': labels= has 'a' more than once"):
        Task("y", "classification", labels=["a", "b", "a"])
    (tmp_path / "labels.json").write_text("[", encoding="utf-8")
    with pytest.raises(ValueError, match="'labels.json' is not JSON"):
        Task("y", "classification", labels=tmp_path / "labels.json")


# -- splits in a column, texts as words, columns that are no table --------------------------------------------
PARTED = {"text": list("abcdef"), "y": list("xyxyxy"), "split": ["train", "train", "dev", "test", "train", "dev"]}


@pytest.mark.parametrize("column", ["split", "set", "data_split", "Fold"])
def test_a_column_of_splits_parts_a_single_table_and_that_is_said(column, tmp_path):
    table = pd.DataFrame(PARTED).rename(columns={"split": column})
    table.to_csv(tmp_path / "a.csv", index=False)
    tasks = [Task("y", "classification")]
    for make in (
        lambda: Corpus.from_frames({"train": table}, tasks),
        lambda: Corpus.from_files({"train": tmp_path / "a.csv"}, tasks),
        lambda: mk.corpus_from_table(tmp_path / "a.csv", tasks="y"),
    ):
        with pytest.warns(UserWarning, match=f"{column!r} names the splits: train 3, validation 2, test 1 rows"):
            made = make()
        assert {n: s.texts for n, s in made.splits.items()} == {
            "train": ["a", "b", "e"], "validation": ["c", "f"], "test": ["d"],
        }  # fmt: skip


def test_a_column_of_splits_is_left_alone_where_it_is_a_task_or_names_something_else(recwarn, capsys):
    table = pd.DataFrame(PARTED)
    assert len(Corpus.from_frames({"train": table}, [Task("split", "classification")]).train) == 6
    table["set"], table["fold"] = ["tea", "train", "chess"] * 2, [0, 1, 2] * 2
    made = Corpus.from_frames({"train": table.drop(columns="split")}, "auto")
    assert len(made.train) == 6
    assert "fold: left out, numbers of folds" in capsys.readouterr().out
    Corpus.from_frames({"train": table, "test": table}, "auto")
    assert "split: left out, names of splits" in capsys.readouterr().out
    assert not recwarn.list


def test_lists_of_words_are_texts(tmp_path):
    rows = {"tokens": [["The", "cat"], ["Go", "!"]], "tags": [["O", "B-x"], ["O", "O"]]}
    for tasks in ([Task("tags", "tagging")], [Task("tags", "tagging", words="tokens")], "auto"):
        made = Corpus.from_frames({"train": pd.DataFrame(rows)}, tasks, text="tokens")
        assert made.train.texts == ["The cat", "Go !"] and made.train.words("tags") == rows["tokens"]
    with pytest.raises(ValueError, match="no column 'text'.*Lists of words are texts, too: text='tokens'"):
        Corpus.from_frames({"train": pd.DataFrame(rows)}, [Task("tags", "tagging")])
    for words, message in (
        ([["New York"], ["Go"]], "Row 1 of train, column 'tokens': the word 'New York' has white space"),
        ([["Go"], ["Go", None]], "'train', row 2, column 'tokens': word 2 of 2 is empty"),
    ):
        with pytest.raises(ValueError, match=message):
            Corpus.from_frames({"train": pd.DataFrame(rows | {"tokens": words})}, "auto", text="tokens")
    (tmp_path / "a.jsonl").write_text('{"text": "A cat", "tokens": ["A", "cat"], "y": "x"}', encoding="utf-8")
    with pytest.raises(ValueError, match="'a.jsonl' has a column of texts 'text': words='tokens' would make others"):
        Corpus.from_files({"train": tmp_path / "a.jsonl"}, [Task("y", "classification")], words="tokens")


def test_a_text_that_pandas_took_for_empty_is_explained():
    table = pd.read_csv(io.StringIO("text,y\nfine,x\nNone,y\n"))
    with pytest.raises(ValueError, match=r"Row 2 of train has no text.*read_csv\(…, keep_default_na=False\)"):
        Corpus.from_frames({"train": table}, [Task("y", "classification")])


def test_columns_that_fit_no_table_are_left_out_unless_they_are_asked_for():
    table = pd.DataFrame({"text": ["a", "b"], "y": ["x", "y"], "meta": [{"n": 1}, {"n": ["x"]}]})
    with pytest.warns(UserWarning, match="The column 'meta' is left out. 'train', row 2, column 'meta'"):
        made = Corpus.from_frames({"train": table}, [Task("y", "classification")])
    assert "meta" not in made.train.dataset.column_names
    with pytest.raises(ValueError, match="'train', row 2, column 'meta'"):
        Corpus.from_frames({"train": table}, [Task("meta", "multilabel")])


# -- tasks="auto" ------------------------------------------------------------------------------------
def test_auto_says_what_it_decided_and_why(capsys):
    n = 60
    table = pd.DataFrame(
        {
            "ticket_id": [str(7 * i % 61) for i in range(n)],
            "number": list(range(100, 100 + n)),
            "text": [f"text number {i}" for i in range(n)],
            "topic": ["printer", "shop", None] * (n // 3),
            "stars": [1, 2, 3, 4, 5, 5] * (n // 6),
            "urgency": [i / n for i in range(n)],
            "minutes": [(i * 37) % 59 + 1 for i in range(n)],
            "symptoms": ["slow|no-power", "slow", "-", ""] * (n // 4),
            "parts": [["lid"], []] * (n // 2),
            "tags": ["O O B-number"] * n,
            "tokens": [["text", "number", str(i)] for i in range(n)],
            "urgent": [True, False] * (n // 2),
            "source": ["mail"] * n,
            "nothing": [None] * n,
            "note": [f"seen by {i}" for i in range(n)],
        }
    )
    made = Corpus.from_frames({"train": table}, "auto")
    assert {t.name: t.kind for t in made.tasks} == {
        "topic": "classification",
        "stars": "classification",
        "urgency": "regression",
        "minutes": "regression",
        "symptoms": "multilabel",
        "parts": "multilabel",
        "tags": "tagging",
        "urgent": "classification",
    }
    lines = capsys.readouterr().out.splitlines()
    said = {line.split(":")[0].strip(): line for line in lines[1:]}
    assert set(said) == set(table.columns) - {"text"}
    reasons = {"ticket_id": "an ID", "number": "an ID",
               "source": "the same value", "nothing": "no row", "note": "not a label",
               "tokens": "words", "topic": "2 distinct", "tags": "each word"}  # fmt: skip
    assert {c: r for c, r in reasons.items() if r not in said[c]} == {}


def test_auto_finds_the_words_that_tags_belong_to(capsys):
    made = Corpus.from_frames({"train": pd.DataFrame(TABLE)}, "auto")
    assert next(t for t in made.tasks if t.kind == "tagging").words == "words"


def test_auto_knows_what_of_conllu_is_a_tag(tmp_path, capsys):
    words = ["The|DET|det", "cat|NOUN|nsubj", "sat|VERB|root", "on|ADP|case", "a|DET|det", "mat|NOUN|obl"]
    lines = []
    for row in range(8):
        lines += [f"# sent_id = s{row}", "# text = The cat sat on a mat" + (".", "!")[row % 2]]
        for i, (form, upos, rel) in enumerate((w.split("|") for w in [*words, f"{'.!'[row % 2]}|PUNCT|punct"]), 1):
            feats, head = ("Number=Sing", "_")[i % 2], (0 if rel == "root" else 3)
            lines.append(
                "\t".join([str(i), form, form.lower(), upos, "_", feats, str(head), rel, f"{head}:{rel}", "_"])
            )
        lines.append("")
    (tmp_path / "a.conllu").write_text("\n".join(lines), encoding="utf-8")
    made = Corpus.from_files({"train": tmp_path / "a.conllu"}, "auto")
    assert {t.name: t.kind for t in made.tasks} == {"upos": "tagging", "deprel": "tagging"}
    assert made.train.words("upos")[0] == ["The", "cat", "sat", "on", "a", "mat", "."]
    assert made.tasks[0].labels == ("ADP", "DET", "NOUN", "PUNCT", "VERB") and made.tasks[0].main_metric == "accuracy"
    said = {line.split(":")[0].strip(): line for line in capsys.readouterr().out.splitlines()[1:]}
    assert "the words of the text" in said["form"] and "left out" in said["head"] and "left out" in said["feats"]


def test_auto_without_any_label_column_is_an_error(capsys):
    with pytest.raises(ValueError, match="No column of train reads like labels.*Name the tasks"):
        Corpus.from_frames({"train": pd.DataFrame({"text": ["a", "b"], "source": ["x", "x"]})}, "auto")


# -- the embedded corpus -----------------------------------------------------------------------------
@pytest.mark.skipif(not (DATA / "helpdesk" / "corpus.json").exists(), reason="data/helpdesk is not there")
def test_the_embedded_corpus_loads():
    made = mk.load_corpus("helpdesk")
    assert made.name == "helpdesk" and {"train", "validation", "test"} <= set(made.splits)
    names = [t.name for t in made.tasks]
    assert names[:4] == ["topic", "sentiment", "urgency", "minutes"] and names[-1] == "solves"
    assert all(made.counts(split)[name] > 0 for split in made.splits for name in names)
    assert {t.name: t.pair for t in made.tasks}["solves"] is True
    few = mk.load_corpus("helpdesk", tasks=["escalated", "topic"])
    assert [t.name for t in few.tasks] == ["escalated", "topic"] and len(few.train) < len(made.train)
    with pytest.raises(ValueError, match="no corpus 'helpdsk'. Did you mean 'helpdesk'"):
        mk.load_corpus("helpdsk")


# -- cells as Hub data sets have them ------------------------------------------------------------------------------
PLACES = [Task("places", "tagging", column="spans")]
SENTENCE = "From New York, then to St. Gallen (Swiss-made)."


def spans(*found):
    return [{"start": s, "end": e, "label": label} for s, e, label in found]


def places(*cells, texts=None, split="train"):
    table = pd.DataFrame({"text": texts or [SENTENCE] * len(cells), "spans": list(cells)})
    train = pd.DataFrame({"text": ["in Rome"], "spans": [spans((3, 7, "city"))]})
    return Corpus.from_frames({"train": train, split: table}, PLACES)


def test_character_spans_become_a_tag_for_each_word():
    made = places(spans((23, 33, "city"), (5, 13, "city")), [], None)
    words = ["From", "New", "York", ",", "then", "to", "St", ".", "Gallen", "(", "Swiss-made", ")", "."]
    assert made.train.words("places") == [words] * 3
    assert made.tasks[0].labels == ("O", "B-city", "I-city")
    assert made.train.labels("places") == [[0, 1, 2, 0, 0, 0, 1, 2, 2, 0, 0, 0, 0], [0] * 13, [0] * 13]
    assert made.train[1]["spans"] == [] and made.train.texts[0] == SENTENCE  # the rows stay as they were


def test_a_split_without_any_spans_is_unlabelled():
    for cells in ([None, None], [float("nan")] * 2):
        assert places(*cells, split="test").test.labels("places") == [None, None]
    assert places([], [], split="test").test.labels("places") == [[0] * 13] * 2


def test_spans_as_columns_of_lists_and_classes_by_number():
    inner = {
        "start": datasets.Value("int32"),
        "end": datasets.Value("int32"),
        "label": datasets.ClassLabel(names=["x", "city"]),
    }
    lists = {key: datasets.List(feature) for key, feature in inner.items()}
    cell = {"start": [3], "end": [7], "label": [1]}
    for feature, cells in ((lists, [cell, None]), (datasets.List(inner), [spans((3, 7, 1)), None])):
        features = datasets.Features({"text": datasets.Value("string"), "spans": feature})
        rows = datasets.Dataset.from_dict({"text": ["in Rome"] * 2, "spans": cells}, features)
        made = Corpus({"train": rows}, PLACES)
        assert made.tasks[0].labels == ("O", "B-city") and made.train.labels("places") == [[0, 1], [0, 0]]


def test_spans_over_words_of_ones_own():
    table = {"text": ["Swiss-made"], "words": [["Swiss", "-made"]], "spans": [spans((0, 5, "country"))]}
    task = Task("places", "tagging", column="spans", words="words")
    made = Corpus.from_frames({"train": pd.DataFrame(table)}, [task])
    assert made.train.labels("places") == [[1, 0]]


def test_auto_and_merge_know_spans(capsys):
    made = Corpus.from_frames(
        {"train": pd.DataFrame({"text": ["in Rome", "out"], "spans": [spans((3, 7, "city")), None]})}, "auto"
    )
    assert [(t.name, t.kind) for t in made.tasks] == [("spans", "tagging")]
    merged = Corpus.merge([made, corpus().only("urgency")])
    assert merged.train.labels("spans")[:3] == [[0, 1], [0], None]


@pytest.mark.parametrize(
    "cell, message",
    [
        ((5, 11, "city"), r"row 2 of test: the span 5 to 11 \('city', 'New Yo'\) cuts the word 'York' at 9 to 13"),
        ((36, 40, "city"), "cuts the word 'Swiss-made' at 35 to 45"),
        ((40, 90, "city"), r"row 2 of test: the span 40 to 90 \('city'\) does not lie in the text, which has 47"),
        ((9, 9, "city"), "the span 9 to 9 .* does not lie in the text"),
        ((-3, 4, "city"), "the span -3 to 4"),
        ((4, 5, "city"), "holds no word"),
        ((5, 13, None), "the span 5 to 13 .None. .*has a label"),
        ((5, 13, "land"), "column 'spans', row 2 of test: the label 'B-land' does not occur in training"),
    ],
)
def test_a_span_that_does_not_fit_its_text_is_named(cell, message):
    with pytest.raises(ValueError, match=f"'places'.*{message}"):
        places([], spans(cell), split="test")


def test_overlapping_spans_are_an_error():
    with pytest.raises(ValueError, match="row 1 of test: the span 9 to 13 .*overlaps another"):
        places(spans((5, 13, "city"), (9, 13, "city")), split="test")


BADLY = [(5, 11, "city"), (23, 33, "city"), (23, 25, "saint"), (4, 5, "gap"), (40, 90, "far")]


def test_spans_that_do_not_fit_are_counted_in_one_message_and_may_be_left_out_or_widened():
    counts = "In all 4 of 6 spans: 1 outside the text, 1 without a word, 1 cutting a word, 1 overlapping"
    with pytest.raises(ValueError, match=counts):
        places(spans(*BADLY), spans((5, 13, "city")))
    table = pd.DataFrame({"text": [SENTENCE] * 2, "spans": [spans(*BADLY), spans((5, 13, "city"))]})
    for on_span, left_out, tags in (("drop", "4 of 6", [0, 0]), ("widen", "3 of 6", [1, 2])):
        with pytest.warns(UserWarning, match=f"'places', train: left out are {left_out} spans"):
            made = Corpus.from_frames({"train": table}, [replace(PLACES[0], on_span=on_span)])
        assert made.train.labels("places")[0] == [0, *tags, 0, 0, 0, 1, 2, 2, 0, 0, 0, 0]
        assert made.train.labels("places")[1] == [0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]


def test_what_an_empty_cell_of_several_labels_means_is_asked_where_no_cell_says_none(capsys):
    cells = ["a|b", None, "b", ""]
    with pytest.raises(ValueError, match="2 of the 4 cells of column 'y' in train are empty. If that means no label"):
        of_labels(cells, "multilabel")
    assert of_labels(cells, "multilabel", empty="no label").train.labels("y") == [[0, 1], [], [1], []]
    assert of_labels(cells, "multilabel", empty="unlabelled").train.labels("y") == [[0, 1], None, [1], None]
    assert of_labels([*cells, "-"], "multilabel").train.labels("y") == [[0, 1], None, [1], None, []]
    assert of_labels([["a"], None, []], "multilabel").train.labels("y") == [[0], None, []]
    of_labels([["a"], ["b"], ["a", "b"], ["a"], ["b"], None], "multilabel", empty="unlabelled")
    table = pd.DataFrame({"text": list("abcdefgh"), "y": [["a"], ["b"], ["a", "b"], None] * 2})
    assert Corpus.from_frames({"train": table}, "auto").tasks[0].empty == "unlabelled"
    assert "y: multilabel, lists of 2 distinct labels; empty cells count as unlabelled" in capsys.readouterr().out
    with pytest.raises(ValueError, match="'y' is 'regression': empty is 'unlabelled', found 'no label'"):
        Task("y", "regression", empty="no label")


def test_lists_written_out_are_lists_of_labels():
    cells = ["['slow', \"won't start\"]", '["slow"]', "[]", "['a, b']", "slow, smoke", "[slow]", None, "[1, 2]"]
    table = pd.DataFrame({"text": [f"text {i}" for i in range(8)], "symptoms": cells})
    made = Corpus.from_frames({"train": table}, [Task("symptoms", "multilabel")])
    names = made.tasks[0].labels
    found = [label and [names[i] for i in label] for label in made.train.labels("symptoms")]
    assert found == [["slow", "won't start"], ["slow"], [], ["a, b"], ["slow, smoke"], ["[slow]"], None, ["1", "2"]]


@pytest.mark.parametrize("cell", ["['a' 'b']", "['a', 'b'", '["a", b]'])
def test_a_list_written_out_badly_is_named(cell):
    table = pd.DataFrame({"text": ["one", "two"], "s": ["['a']", cell]})
    with pytest.raises(ValueError, match="training row 2: .* begins like a list of labels and is none"):
        Corpus.from_frames({"train": table}, [Task("s", "multilabel")])


def test_hidden_classes_are_missing_wherever_they_stand():
    label = datasets.ClassLabel(names=["a", "b"])
    features = datasets.Features({"text": datasets.Value("string"), "many": datasets.List(label), "one": label})
    rows = {"text": ["x", "y", "z"], "many": [[1, 0], [], [1]], "one": [1, 0, -1]}
    hidden = {"text": ["x", "y", "z"], "many": [[-1], [-1], None], "one": [-1, -1, -1]}
    splits = {n: datasets.Dataset.from_dict(t, features) for n, t in (("train", rows), ("test", hidden))}
    made = Corpus(splits, [Task("many", "multilabel"), Task("one", "classification")])
    assert made.train.labels("many") == [[1, 0], [], [1]] and made.train.labels("one") == [1, 0, None]
    assert made.counts("test") == {"many": 0, "one": 0}
