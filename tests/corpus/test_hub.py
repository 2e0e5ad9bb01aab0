"""Data sets in the Hub's layout: what a folder written that way gives, and what is said where it can't be read."""

import time

import datasets
import pandas as pd
import pytest
import toy

import mtlkit as mk
from mtlkit import Corpus, Task

LABEL = [Task("label", "classification")]
README = """---
configs:
- config_name: films
  data_files:
  - split: train
    path: films/a-*.csv
  - split: dev
    path: films/b.csv
  - split: unsupervised
    path: films/c.csv
- config_name: lost
  data_files:
  - split: train
    path: lost/gone.csv
dataset_info:
- config_name: films
  features:
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': neg
          '1': pos
---
# Films
"""
TABLES = {"train": "text,label\nfine,good\npoor,bad\n", "test": "text,label\nso,bad\n"}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2", ".xz", ".zip"])
def test_texts_such_as_na_stay_whatever_a_file_is_packed_in(suffix, tmp_path):
    (tmp_path / "films").mkdir()
    table = pd.DataFrame({"text": ["a", "b", "c", "d", "e"], "label": ["NA", "None", "null", "nan", ""]})
    table.to_csv(tmp_path / "films" / f"train.csv{suffix}", index=False)
    made = Corpus.from_hub(tmp_path / "films", tasks=LABEL)
    assert made.train.cells("label") == ["NA", "None", "null", "nan", None]


def test_parts_of_a_file_of_lines_are_put_together(tmp_path):
    place = folder(tmp_path, {f"train-0000{i}-of-00002.txt": f"line {i}\n" for i in range(2)})
    made = Corpus.from_hub(place, tasks=[Task("mlm", "mlm")])
    assert made.train.texts == ["line 0", "line 1"]


def test_files_of_lines_are_paired_by_their_names(tmp_path):
    lines = {"train_text": "a\nb\n", "train_labels": "1\n0\n", "val_text": "c\n", "val_labels": "1\n"}
    place = folder(tmp_path, {f"{name}.txt": content for name, content in lines.items()})
    made = Corpus.from_hub(place, tasks=[Task("y", "classification", column="labels", labels=["no", "yes"])])
    assert made.train.texts == ["a", "b"] and made.train.labels("y") == [1, 0]
    assert made.validation.labels("y") == [1]
    (place / "train_labels.txt").write_text("1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no columns of one table: lines of each are 'labels' 1, 'text' 2"):
        Corpus.from_hub(place, tasks=LABEL)


def folder(tmp_path, files):
    for name, content in files.items():
        path = tmp_path / "films" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            pd.DataFrame(content).to_parquet(path)
    return tmp_path / "films"


def jsonl(table):
    return pd.DataFrame(table).to_json(orient="records", lines=True)


ROWS = {"text": ["fine", "poor"], "label": ["good", "bad"]}
LAYOUTS = {
    "csv": {"train.csv": "text,label\nfine,good\npoor,bad\n", "dev.csv": "text,label\nso,bad\n"},
    "tsv in folders": {"train/0.tsv": "text\tlabel\nfine\tgood\npoor\tbad\n", "dev/0.tsv": "text\tlabel\nso\tbad\n"},
    "jsonl": {"train.jsonl": jsonl(ROWS), "valid.jsonl": jsonl({"text": ["so"], "label": ["bad"]})},
    "parquet shards": {
        "data/train-00000-of-00002.parquet": {"text": ["fine"], "label": ["good"]},
        "data/train-00001-of-00002.parquet": {"text": ["poor"], "label": ["bad"]},
        "data/validation-00000-of-00001.parquet": {"text": ["so"], "label": ["bad"]},
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_corpus(layout, tmp_path):
    made = Corpus.from_hub(folder(tmp_path, LAYOUTS[layout]), tasks=LABEL)
    assert made.name == "films" and list(made.splits) == ["train", "validation"]
    assert made.train.texts == ["fine", "poor"] and made.validation.texts == ["so"]
    assert made.tasks[0].labels == ("bad", "good") and made.train.labels("label") == [1, 0]


def test_a_readme_names_configurations_splits_and_classes(tmp_path):
    files = {"a-0.csv": "text,label\nfine,1\n", "a-1.csv": "text,label\npoor,0\n", "b.csv": "text,label\nso,0\n"}
    files["c.csv"] = "text,label\nwho knows,-1\n"
    where = folder(tmp_path, {"README.md": README, **{f"films/{n}": c for n, c in files.items()}})
    made = Corpus.from_hub(str(where), "films", tasks=LABEL)
    assert made.name == "films/films" and list(made.splits) == ["train", "validation", "unsupervised"]
    assert made.tasks[0].labels == ("neg", "pos") and made.train.labels("label") == [1, 0]
    assert made.splits["unsupervised"].labels("label") == [None]
    with pytest.raises(ValueError, match="'fims' not found. Available.*'films', 'lost'"):
        Corpus.from_hub(where, "fims", tasks=LABEL)
    with pytest.raises(ValueError, match=r"Unable to find '.*gone.csv'$"):
        Corpus.from_hub(where, "lost", tasks=LABEL)


def test_splits_with_names_of_their_own_keep_them(tmp_path):
    names = ["train", "dev", "valid", "validation_matched", "test"]
    rows = {f"data/{n}-00000-of-00001.parquet": {"text": [n], "label": ["good"]} for n in names}
    made = Corpus.from_hub(folder(tmp_path, rows), tasks=LABEL)
    assert sorted(made.splits) == sorted(names)  # two that could be "validation": neither is


def test_cells_of_csv_files_are_not_guessed_at(tmp_path):
    made = Corpus.from_hub(folder(tmp_path, {"train.csv": "text,label\nNA,01\nnull,NA\nnan,1\n"}), tasks=LABEL)
    assert made.train.texts == ["NA", "null", "nan"] and made.tasks[0].labels == ("01", "1", "NA")


def test_texts_are_made_of_words_where_there_is_no_text(tmp_path):
    features = datasets.Features(
        {
            "tokens": datasets.List(datasets.Value("string")),
            "ner_tags": datasets.List(datasets.ClassLabel(names=["O", "B-loc", "I-loc"])),
        }
    )
    table = {"tokens": [["in", "New", "York"], ["out"]], "ner_tags": [[0, 1, 2], [0]]}
    (tmp_path / "data").mkdir()
    datasets.Dataset.from_dict(table, features).to_parquet(tmp_path / "data" / "train-00000-of-00001.parquet")
    made = Corpus.from_hub(tmp_path, tasks=[Task("ner", "tagging", column="ner_tags", words="tokens")])
    assert made.train.texts == ["in New York", "out"] and made.train.labels("ner") == [[0, 1, 2], [0]]
    assert made.tasks[0].labels == ("O", "B-loc", "I-loc")


def test_a_test_split_with_hidden_labels_predicts_and_does_not_score(tmp_path):
    features = datasets.Features(
        {"text": datasets.Value("string"), "label": datasets.ClassLabel(names=["bad", "good"])}
    )
    (tmp_path / "data").mkdir()
    for split, labels in {"train": [1, 0], "validation": [0, 1], "test": [-1, -1]}.items():
        rows = datasets.Dataset.from_dict({"text": ["the red car", "the old boat"], "label": labels}, features)
        rows.to_parquet(tmp_path / "data" / f"{split}-00000-of-00001.parquet")
    made = Corpus.from_hub(tmp_path, tasks=LABEL)
    assert made.counts("test") == {"label": 0}
    model = mk.MultiTaskModel(mk.load_encoder(toy.encoder_folder(str(tmp_path))), made.tasks)
    assert len(mk.evaluate(model, made.test)) == 0 and len(mk.evaluate(model, made.validation)) > 0
    assert {answer["label"]["label"] for answer in model.predict(made.test.texts)} <= {"bad", "good"}


def test_labels_that_training_never_saw_are_named_or_masked(tmp_path):
    tables = {**TABLES, "test": TABLES["test"] + "odd,neither\n"}
    where = folder(tmp_path, {f"{split}.csv": table for split, table in tables.items()})
    with pytest.raises(ValueError, match="row 2 of test: the label 'neither' does not occur in training"):
        Corpus.from_hub(where, tasks=LABEL)
    made = Corpus.from_hub(where, tasks=[Task("label", "classification", unknown="mask")])
    assert made.test.labels("label") == [0, None]


# -- what can't be read ------------------------------------------------------------------------------------------------
def shards(**columns):
    return {f"data/{n}-00000-of-00001.parquet": {"text": ["a"], "label": [v]} for n, v in columns.items()}


WRONG = {
    "type of another file": (shards(train=1, test="x"), "'label' is int64 in 'train-0.*' and text in 'test-0"),
    "fractions in one file": (shards(train=1, test=1.5), "'label' is int64 in 'train-0.*' and float64 in 'test-0"),
    "text and numbers": ({"train.jsonl": jsonl({"text": ["a"], "label": [1]}),
                          "test.jsonl": jsonl({"text": ["a"], "label": ["x"]})},
                         "'label' is int64 in 'train.jsonl' and text in 'test.jsonl'. Write it alike"),
    "columns of another shard": ({"train-0.csv": "text,label\na,x\n", "train-1.csv": "text,lable\na,x\n"},
                                 "'train-1.csv' has the columns text, lable, 'train-0.csv' text, label"),
    "ragged": ({"train.csv": "text,label\na,b,c\n"}, r"'train.csv', row 1 \(line 2\): 2 cells are due"),
    "no label column": ({"train.csv": "text,label\na,x\n", "test.csv": "text\na\n"},
                        "Task 'label', split 'test': There is no column 'label'"),
    "half a parquet file": ({"data/train-00000-of-00001.parquet": "PAR1"},
                            "'train-00000-of-00001.parquet': ArrowInvalid"),
    "formats mixed": ({"train.csv": "text,label\na,x\n", "test.jsonl": jsonl(ROWS)}, "same data file format"),
    "no data": ({"notes.text": "none"}, "No .supported. data files found"),
    "code": ({"films.py": "raise SystemExit", "train.csv": "text,label\na,x\n"}, "code of a data set is never run"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_folder_that_cannot_be_read_says_why(case, tmp_path):
    files, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        Corpus.from_hub(folder(tmp_path, files), tasks=LABEL)


@pytest.mark.parametrize("offline", [True, False])
def test_a_hub_id_without_network_says_so_at_once(offline, monkeypatch):
    import huggingface_hub

    def no_network(*_, **__):
        raise OSError("Name or service not known")

    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", offline)
    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", no_network)
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail(f"waits {seconds} s to try again"))
    with pytest.raises(ValueError, match=r"can't be reached.*folder.*Corpus.from_files.*load_corpus"):
        Corpus.from_hub("nobody/films", tasks=LABEL)
    assert datasets.config.HF_HUB_OFFLINE is offline


def test_what_is_neither_folder_nor_id_is_named(tmp_path):
    for source in (tmp_path / "nowhere", "./nowhere", "a/b/c"):
        with pytest.raises(ValueError, match="There is no folder"):
            Corpus.from_hub(source, tasks=LABEL)
    with pytest.raises(ValueError, match="is a file.*from_files"):
        Corpus.from_hub(folder(tmp_path, {"train.csv": "text\na\n"}) / "train.csv", tasks=LABEL)
    with pytest.raises(ValueError, match="'csv' is a format"):
        Corpus.from_hub("csv", tasks=LABEL)
