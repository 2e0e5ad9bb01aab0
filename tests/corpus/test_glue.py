"""GLUE and SuperGLUE in the Hub's schemas, on files that the tests write (every sentence is ours); scores worked out by
hand. CoLA and SST-2 as they really are, where they lie beside the repository."""

import json
import math
from pathlib import Path

import pandas as pd
import pytest
import toy
from datasets import ClassLabel, Dataset

import mtlkit as mk
from mtlkit import glue
from mtlkit.corpus.glue import GLUE, SUPERGLUE

SHARED = Path(__file__).parents[3] / "shared" / "data"

# -- files in each schema -------------------------------------------------------------------------------------------
CLASSES = {  # in the Hub's order
    "cola": ["unacceptable", "acceptable"],
    "sst2": ["negative", "positive"],
    "mrpc": ["not_equivalent", "equivalent"],
    "qqp": ["not_duplicate", "duplicate"],
    "mnli": ["entailment", "neutral", "contradiction"],
    "qnli": ["entailment", "not_entailment"],
    "rte": ["entailment", "not_entailment"],
    "wnli": ["not_entailment", "entailment"],
    "cb": ["entailment", "contradiction", "neutral"],
    "copa": ["choice1", "choice2"],
}
DOG, CAT, TREE = "A dog sleeps under the tree.", "The cat sat on the wall.", "Nobody climbs the old tree."


def pairs(one, two, labels):
    return {one: [DOG, CAT, TREE, DOG], two: [CAT, CAT, DOG, TREE], "label": labels}


ROWS = {
    "cola": {"sentence": [DOG, "Dog a sleeps.", CAT, TREE], "label": [1, 0, 1, 1]},
    "sst2": {"sentence": ["a joy", "a bore", "what a treat", "so dull"], "label": [1, 0, 1, 0]},
    "mrpc": pairs("sentence1", "sentence2", [0, 1, 0, 1]),
    "qqp": pairs("question1", "question2", [0, 1, 0, 0]),
    "stsb": pairs("sentence1", "sentence2", [0.4, 5.0, 1.8, 2.6]),
    "mnli": pairs("premise", "hypothesis", [1, 0, 2, 1]),
    "qnli": pairs("question", "sentence", [1, 0, 1, 1]),
    "rte": pairs("sentence1", "sentence2", [1, 0, 1, 1]),
    "wnli": pairs("sentence1", "sentence2", [0, 1, 0, 0]),
}
SUPER = {
    "boolq": {"question": ["is it a dog", "is it a cat"] * 2, "passage": [DOG, DOG, CAT, CAT], "label": [1, 0, 0, 1]},
    "cb": pairs("premise", "hypothesis", [2, 0, 1, 2]),
    "copa": {
        "premise": ["The lamp went out.", "The boy fell."] * 2,
        "choice1": ["It was dark.", "He wept."] * 2,
        "choice2": ["The fuse blew.", "He flew."] * 2,
        "question": ["cause", "effect"] * 2,
        "label": [1, 0, 1, 0],
    },
    "multirc": {
        "paragraph": [DOG, DOG, CAT, CAT],
        "question": ["Who sleeps?", "Who sleeps?", "Where is it?", "Where is it?"],
        "answer": ["a dog", "a cat", "on the wall", "in bed"],
        "idx": [{"paragraph": p, "question": p, "answer": a} for p, a in ((0, 0), (0, 1), (1, 2), (1, 3))],
        "label": [1, 0, 1, 0],
    },
    "record": {
        "passage": ["Ada met Bo Lind in Oslo.\n@highlight\nThey talked."] * 4,
        "query": ["@placeholder was met by Ada", "It was in @placeholder"] * 2,
        "entities": [["Ada", "Bo Lind", "Lind", "Oslo"], ["Ada", "Bo Lind", "Oslo"]] * 2,
        "entity_spans": [{"text": ["Ada"], "start": [0], "end": [3]}] * 4,
        "answers": [["Bo Lind", "Lind"], ["Oslo"]] * 2,
        "idx": [{"passage": 0, "query": i} for i in range(4)],
    },
    "rte": {"premise": [DOG, CAT] * 2, "hypothesis": [CAT, CAT] * 2, "label": [1, 0, 1, 0]},
    "wic": {
        "word": ["bank"] * 4,
        "sentence1": ["He sat on the bank.", "The bank is shut."] * 2,
        "sentence2": ["My bank lends money."] * 4,
        "start1": [14, 4] * 2,
        "start2": [3] * 4,
        "end1": [18, 8] * 2,
        "end2": [7] * 4,
        "label": [0, 1, 0, 1],
    },
    "wsc.fixed": {
        "text": ["The old dog barks since it is hungry , says Ann ."] * 4,
        "span1_index": [0, 10] * 2,
        "span2_index": [5] * 4,
        "span1_text": ["The old dog", "Ann"] * 2,
        "span2_text": ["it"] * 4,
        "label": [1, 0] * 2,
    },
}


def write(folder: Path, rows: dict, hidden: bool = True) -> Path:
    """A folder as one downloads it from the Hub: Parquet, classes as numbers with their names, test labels hidden."""
    for name, columns in rows.items():
        (folder / name).mkdir(parents=True)
        parts = ["train", "validation", "test"]
        if name == "mnli":
            parts = ["train", "validation_matched", "validation_mismatched", "test_matched", "test_mismatched"]
        for part in parts:
            table = dict(columns)
            if part.startswith("test") and hidden:
                if "label" in table:
                    table["label"] = [-1.0 if name == "stsb" else -1] * 4
                else:
                    table["answers"] = [[]] * 4
            data = Dataset.from_dict(table)
            if "label" in table and name != "stsb":
                names = CLASSES.get(name, ["False", "True"])
                data = data.cast_column("label", ClassLabel(names=names))
            data.to_parquet(folder / name / f"{part}-00000-of-00001.parquet")
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("glue")
    return {"glue": write(root / "glue", ROWS), "superglue": write(root / "super", SUPER)}


# -- loading --------------------------------------------------------------------------------------------------------
def test_all_nine_tasks_of_glue_with_columns_labels_and_metrics(folders):
    corpus = mk.load_corpus("glue", folder=folders["glue"])
    assert [t.name for t in corpus.tasks] == list(ROWS) == list(GLUE)
    assert corpus.counts("train") == dict.fromkeys(ROWS, 4)
    for task in corpus.tasks:
        assert task.metric == GLUE[task.name].metrics[0]
        assert task.labels == (None if task.name == "stsb" else tuple(CLASSES[task.name]))
        assert task.pair == (task.name not in ("cola", "sst2"))
        alone = mk.load_corpus("glue", tasks=[task.name], folder=folders["glue"])
        assert alone.validation.labels(task.name) == ROWS[task.name]["label"]
    assert corpus.train.texts[8] == (DOG, CAT)


def test_hidden_labels_are_missing_and_their_rows_are_kept(folders):
    corpus = mk.load_corpus("glue", folder=folders["glue"])
    assert len(corpus.test) == 36 and set(corpus.counts("test").values()) == {0}
    assert len(corpus.splits["validation_mismatched"]) == 4
    assert corpus.counts("validation_mismatched") == dict.fromkeys(ROWS, 0) | {"mnli": 4}
    assert set(corpus.splits) == set(glue.SPLITS)


def test_all_eight_tasks_of_superglue(folders):
    corpus = mk.load_corpus("superglue", folder=folders["superglue"])
    assert {t.name for t in corpus.tasks} == set(SUPERGLUE) == {*SUPER} - {"wsc.fixed"} | {"wsc"}
    assert corpus.counts("train") == dict.fromkeys(SUPERGLUE, 4)
    assert set(corpus.counts("test").values()) == {0}
    text = {t.name: corpus.only([t.name]).train.texts for t in corpus.tasks}
    assert text["boolq"][0] == ("is it a dog", DOG)
    assert text["copa"][:2] == ["The lamp went out. What was the cause?", "The boy fell. What happened as a result?"]
    assert text["multirc"][1] == (f"Who sleeps? {DOG}", "a cat")
    assert text["wic"][0] == ("He sat on the *bank*.", "My *bank* lends money.")
    assert text["wsc"][:2] == [
        "*The old dog* barks since #it# is hungry , says Ann .",
        "The old dog barks since #it# is hungry , says *Ann* .",
    ]
    record = corpus.only(["record"]).train
    assert record.choices("record")[0] == ["Ada", "Bo Lind", "Oslo"]  # "Lind" is right, too, and no candidate
    assert record.labels("record") == [1, 2, 1, 2]


def test_the_folder_may_come_from_the_environment(folders, monkeypatch):
    monkeypatch.setenv("MTLKIT_GLUE", str(folders["glue"]))
    assert mk.load_corpus("glue", tasks="rte").counts("train") == {"rte": 4}


def test_numbers_without_names_json_lines_and_several_files_of_a_split(tmp_path):
    rows = [{"sentence": s, "label": n, "idx": i} for i, (s, n) in enumerate(zip(*ROWS["sst2"].values(), strict=True))]
    (tmp_path / "sst2").mkdir()
    for split in ("train", "validation"):
        (tmp_path / "sst2" / f"{split}.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    assert mk.load_corpus("glue", ["sst2"], folder=tmp_path).train.labels("sst2") == [1, 0, 1, 0]
    for part in range(2):
        Dataset.from_list(rows[:2]).to_parquet(tmp_path / "sst2" / f"test-0000{part}-of-00002.parquet")
    assert len(mk.load_corpus("glue", ["sst2"], folder=tmp_path).test) == 4
    (tmp_path / "sst2" / "test-00001-of-00002.parquet").unlink()
    with pytest.raises(ValueError, match="sst2: 1 of 2 files of 'test'"):
        mk.load_corpus("glue", ["sst2"], folder=tmp_path)


ARCHIVE = {  # the first line, then rows; how the labels read
    "SST-2": ("sentence\tlabel", "a joy\t1", "a bore\t0"),
    "MRPC": ("Quality\t#1 ID\t#2 ID\t#1 String\t#2 String", f'1\t7\t8\t"{DOG}\t{DOG}', f"0\t7\t8\t{DOG}\t{CAT}"),
    "QQP": (
        "id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate",
        "0\t1\t2\tWho?\tWho is it?\t1",
        "1\t3\t4\tWhy?\tWhen?\t0",
    ),
    "STS-B": (
        "index\tgenre\tsentence1\tsentence2\tscore",
        f"0\tcaptions\t{DOG}\t{DOG}\t5.000",
        f"1\tx\t{DOG}\t{CAT}\t0.4",
    ),
    "MNLI": (
        "index\tgenre\tsentence1\tsentence2\tlabel1\tgold_label",
        f"0\tfiction\t{DOG}\t{DOG}\tentailment\tentailment",
        f"1\tfiction\t{DOG}\t{CAT}\tneutral\t-",
    ),
    "QNLI": ("index\tquestion\tsentence\tlabel", f"0\tWho?\t{DOG}\tentailment", f"1\tWhy?\t{CAT}\tnot_entailment"),
    "RTE": ("index\tsentence1\tsentence2\tlabel", f"0\t{DOG}\t{DOG}\tentailment", f"1\t{DOG}\t{CAT}\tnot_entailment"),
    "WNLI": ("index\tsentence1\tsentence2\tlabel", f"0\t{DOG}\t{DOG}\t1", f"1\t{DOG}\t{CAT}\t0"),
}


def test_the_older_archive_of_tsv_files(tmp_path):
    (tmp_path / "CoLA").mkdir()
    for split in ("train", "dev"):
        (tmp_path / "CoLA" / f"{split}.tsv").write_text(f"our1\t1\t\t{DOG}\nour1\t0\t*\tDog a sleeps.\n")  # no header
    (tmp_path / "CoLA" / "test.tsv").write_text(f"index\tsentence\n0\t{CAT}\n")
    for name, lines in ARCHIVE.items():
        (tmp_path / name).mkdir()
        for split in ("train", "dev_matched", "dev_mismatched") if name == "MNLI" else ("train", "dev"):
            (tmp_path / name / f"{split}.tsv").write_text("\n".join(lines) + "\n")
    corpus = mk.load_corpus("glue", folder=tmp_path)
    assert [t.name for t in corpus.tasks] == list(GLUE)
    first = {t.name: corpus.only([t.name]).train for t in corpus.tasks}
    labels = {name: split.labels(name) for name, split in first.items()}
    assert labels == {
        "cola": [1, 0], "sst2": [1, 0], "mrpc": [1, 0], "qqp": [1, 0], "stsb": [5.0, 0.4], "mnli": [0],
        "qnli": [0, 1], "rte": [0, 1], "wnli": [1, 0],
    }  # fmt: skip
    assert first["mrpc"].texts[0] == ('"' + DOG, DOG)  # a quote means nothing in these files
    assert corpus.only(["cola"]).splits.keys() == {"train", "validation"} and CAT in corpus.test.texts


def test_what_is_wrong_with_a_folder_or_a_name_is_said(folders, tmp_path):
    with pytest.raises(ValueError, match="no task of glue 'stsbb'. Did you mean 'stsb'"):
        mk.load_corpus("glue", ["stsbb"], folder=folders["glue"])
    with pytest.raises(ValueError, match="rte: the folder 'rte' or 'RTE' is due in .*found no folder"):
        mk.load_corpus("glue", ["rte"], folder=tmp_path / "nowhere")
    for load, what in ((mk.load_corpus, "corpus"), (glue.load, "benchmark")):
        with pytest.raises(ValueError, match="folder= is for glue and superglue; 'miniglue' is part of the kit"):
            load("miniglue", folder=tmp_path)
        with pytest.raises(ValueError, match=f"There is no {what} 'gleu'. Did you mean 'glue'"):
            load("gleu")
    (tmp_path / "rte").mkdir()
    Dataset.from_dict(ROWS["rte"]).to_parquet(tmp_path / "rte" / "train.parquet")
    with pytest.raises(ValueError, match="rte: no file of 'validation' .*files there: train.parquet"):
        mk.load_corpus("glue", ["rte"], folder=tmp_path)
    Dataset.from_dict(ROWS["rte"] | {"label": [0, 1, 2, 0]}).to_parquet(tmp_path / "rte" / "validation.parquet")
    with pytest.raises(ValueError, match="rte, validation, row 3: a label is one of entailment, not_entailment"):
        mk.load_corpus("glue", ["rte"], folder=tmp_path)
    Dataset.from_dict({"text": [DOG], "label": [0]}).to_parquet(tmp_path / "rte" / "validation.parquet")
    with pytest.raises(ValueError, match="rte, validation: There is no column 'sentence1'"):
        mk.load_corpus("glue", ["rte"], folder=tmp_path)


@pytest.mark.parametrize(
    ("task", "change", "said"),
    [
        ("wsc.fixed", {"span1_index": -1}, "wsc: 'The old dog' at word -1 lies outside the text 'The old"),
        ("wsc.fixed", {"span2_index": 12}, "wsc: 'it' at word 12 lies outside"),
        ("wic", {"start1": -5}, "wic: there is no word from letter -5 to 18 of sentence1 'He sat"),
        ("wic", {"end2": 99}, "wic: there is no word from letter 3 to 99 of sentence2"),
        ("copa", {"question": "reason"}, "copa: There is no question 'reason'. Known: cause, effect"),
    ],
)
def test_a_row_that_points_beside_its_text_is_said(task, change, said):
    row = {column: cells[0] for column, cells in SUPER[task].items()}
    with pytest.raises(ValueError, match=said):
        SUPERGLUE[task.removesuffix(".fixed")].adapt(row | change)


# -- scores ---------------------------------------------------------------------------------------------------------
def table(**values):
    rows = [(task.replace("_", " "), metric, value) for task, of in values.items() for metric, value in of.items()]
    return pd.DataFrame(rows, columns=["task", "metric", "value"])


def test_two_metrics_of_a_task_count_half_each_and_accuracy_is_not_colas():
    found = glue.score(
        table(cola={"matthews": 0.4, "accuracy": 0.8}, mrpc={"f1": 0.9, "accuracy": 0.8, "macro_f1": 0.1})
    )
    assert found["metric"].tolist() == ["matthews", "f1", "accuracy", "2 of 9 tasks"]
    assert found["value"].iloc[-1] == pytest.approx((0.4 + 0.85) / 2)


def test_mnli_is_the_mean_of_both_parts_and_other_mismatched_rows_do_not_count():
    found = glue.score(table(mnli={"accuracy": 0.8}, mnli_mismatched={"accuracy": 0.6}, sst2={"accuracy": 0.9},
                             sst2_mismatched={"accuracy": 0.1}))  # fmt: skip
    assert found["share"].tolist() == [0.5, 0.5, 1, 1]
    assert found["value"].iloc[-1] == pytest.approx((0.7 + 0.9) / 2)


def test_an_undefined_correlation_counts_as_nought():
    assert glue.score(table(stsb={"pearson": math.nan, "spearman": math.nan}))["value"].iloc[-1] == 0


def test_a_metric_or_task_that_is_not_official_is_named():
    with pytest.raises(ValueError, match="mrpc: its official metric 'f1' is not in the table .accuracy"):
        glue.score(table(mrpc={"accuracy": 0.8}))
    with pytest.raises(ValueError, match="no task of GLUE or SuperGLUE 'topic'"):
        glue.score(table(topic={"accuracy": 0.8}))


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.getbasetemp())))


@pytest.mark.parametrize(("benchmark", "known"), [("glue", GLUE), ("superglue", SUPERGLUE)])
@pytest.mark.filterwarnings("ignore:.*longer than the")
def test_every_task_trains_is_scored_and_answers_rows_with_hidden_labels(benchmark, known, folders, encoder):
    corpus = mk.load_corpus(benchmark, folder=folders[benchmark])
    model = mk.MultiTaskModel(encoder, corpus.tasks, seed=0)
    mk.fit(mk.Run(model, corpus, steps=4, sampling=0.5, device="cpu"))
    found = glue.score(glue.evaluate(model, corpus))
    with pytest.raises(ValueError, match="no split 'tset'. Did you mean 'test'"):
        glue.evaluate(model, corpus, "tset")
    assert set(found["task"]) - {"mnli mismatched", "average"} == set(known)
    assert {t: tuple(g["metric"]) for t, g in found.groupby("task") if t in known} == {
        name: entry.metrics for name, entry in known.items()
    }
    assert found["metric"].iloc[-1] == f"{len(known)} of {len(known)} tasks"
    assert not len(mk.evaluate(model, corpus.test))
    single = corpus.only(["sst2"] if benchmark == "glue" else ["boolq"]).train.texts
    assert len(model.predict(single)) == 4


def test_multirc_counts_questions_and_record_words_of_names(folders, encoder, monkeypatch):
    corpus = mk.load_corpus("superglue", tasks=["multirc", "record"], folder=folders["superglue"])
    model = mk.MultiTaskModel(encoder, corpus.tasks)

    def said(texts, tasks, choices=None):  # the second question wholly right, the first one half
        if tasks == ["multirc"]:
            return [{"multirc": {"label": w}} for w in ("True", "True", "True", "False")]
        return [{"record": {"label": name}} for name in ("Ada", "Oslo", "Bo Lind", "Bo Lind")]

    monkeypatch.setattr(model, "predict", said)
    found = glue.evaluate(model, corpus).set_index(["task", "metric"])["value"]
    assert found["multirc", "exact_match"] == 0.5
    assert found["record", "exact_match"] == 0.5 and found["record", "f1"] == 0.5


# -- the kit's own --------------------------------------------------------------------------------------------------
def test_miniglue_is_of_unequal_sizes_with_a_shifted_part():
    corpus = mk.load_corpus("miniglue")
    assert corpus.counts("train") == {"cola": 600, "sst2": 3000, "mrpc": 400, "stsb": 800, "rte": 250}
    assert corpus.counts("validation_mismatched") == {"cola": 400, "sst2": 400, "mrpc": 0, "stsb": 0, "rte": 0}
    good = [label for label in corpus.train.labels("cola") if label is not None]
    assert 0.67 < sum(good) / len(good) < 0.74
    scores = [s for s in corpus.train.labels("stsb") if s is not None]
    assert min(scores) < 0.5 and max(scores) == 5


# -- the real ones --------------------------------------------------------------------------------------------------
def test_cola_and_sst2_as_they_really_are(tmp_path):
    for name in ("cola", "sst2"):
        if not (SHARED / name).is_dir():
            pytest.skip(f"the data set {name} is not at {SHARED.name}/{name} beside the repository's folder")
    for folder, files in {"CoLA": {"train": "in_domain_train", "dev": "in_domain_dev"}}.items():
        (tmp_path / folder).mkdir()
        for split, file in files.items():
            (tmp_path / folder / f"{split}.tsv").write_bytes((SHARED / "cola" / "raw" / f"{file}.tsv").read_bytes())
    (tmp_path / "SST-2").mkdir()
    for split in ("train", "dev"):
        text = (SHARED / "sst2" / f"{split}.tsv").read_text(encoding="utf-8")
        (tmp_path / "SST-2" / f"{split}.tsv").write_text("sentence\tlabel\n" + text, encoding="utf-8")
    corpus = mk.load_corpus("glue", tasks=["cola", "sst2"], folder=tmp_path)
    assert corpus.counts("train") == {"cola": 8551, "sst2": 6920}
    assert corpus.counts("validation") == {"cola": 527, "sst2": 872}
    labels = corpus.only(["cola"]).validation.labels("cola")
    assert 0.65 < sum(labels) / len(labels) < 0.75
