"""miniglue: the bytes that its generator writes, the schemas of GLUE, splits that share nothing, labels of the right
shares, and a difficulty that is neither none nor hopeless."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "data" / "generate"))

import miniglue  # noqa: E402
import miniglue_difficulty as difficulty  # noqa: E402

FILES = {path.relative_to(miniglue.FOLDER).as_posix(): path for path in miniglue.FOLDER.glob("*/*.jsonl")}


@pytest.fixture(scope="module")
def rows():
    return {n: [json.loads(line) for line in p.read_text(encoding="utf-8").splitlines()] for n, p in FILES.items()}


def texts(table):
    return [" / ".join(v for v in row.values() if isinstance(v, str)) for row in table]


def test_the_files_are_what_the_generator_writes():
    built = miniglue.build()
    assert built.keys() == FILES.keys()
    assert all(FILES[name].read_bytes() == content for name, content in built.items())
    assert sum(len(content) for content in built.values()) < 1_500_000


def test_columns_and_labels_are_those_of_glue(rows):
    for name, table in rows.items():
        single = name.startswith(("cola", "sst2"))
        columns = ["sentence", "label", "idx"] if single else ["sentence1", "sentence2", "label", "idx"]
        assert all(list(row) == columns for row in table)
        assert [row["idx"] for row in table] == list(range(len(table)))
        labels = [row["label"] for row in table]
        if name.startswith("stsb"):
            assert all(0 <= v <= 5 and round(v * 5, 6).is_integer() for v in labels)
        else:
            assert set(labels) == {0, 1}
            due = {"cola": 0.70, "sst2": 0.55, "mrpc": 0.67, "rte": 0.50}[name.split("/")[0]]
            assert abs(sum(labels) / len(labels) - due) < 0.08


def test_no_text_is_in_two_splits_or_twice_in_one(rows):
    for task in miniglue.ROWS:
        found = [text.lower() for name, table in rows.items() if name.startswith(task) for text in texts(table)]
        assert len(found) == len(set(found))


def test_a_broken_sentence_is_in_the_split_of_the_good_one():
    from random import Random

    from miniglue_acceptability import CONSTRUCTIONS
    from miniglue_words import TOPICS, Draw, part_of

    d = Draw(Random(3).random, TOPICS)
    for make in CONSTRUCTIONS:
        for _ in range(20):
            found = make(d)
            broken = [text for text in found.broken.values() if text]
            assert broken and found.good not in broken, make.__name__
            assert part_of(make.__name__, *found.key) in ("train", "validation", "test")


def test_clauses_of_sst2_belong_to_one_split(rows):
    ends = ("and", "but", "yet")
    told = {}
    for part in ("train", "validation", "test"):
        parts = [p for row in rows[f"sst2/{part}.jsonl"] for p in row["sentence"].rstrip(" .!").split(" , ")]
        told[part] = {p for p in parts if " is " in p and not p.startswith(("although", "even", "while", *ends))}
    assert all(len(clauses) > 100 for clauses in told.values())
    assert not told["train"] & told["validation"] and not told["train"] & told["test"]


def test_difficulty_is_honest():
    found = {task: difficulty.baselines(task) for task in ("cola", "sst2", "stsb")}
    cola = found["cola"]["test"]
    assert cola["accuracy"][0] > 0.65 and cola["matthews"][0] == 0  # the majority looks good, and knows nothing
    assert 0.1 < cola["matthews"][1] < 0.5
    assert 0.6 < found["sst2"]["test"]["accuracy"][1] < 0.8  # words alone do not tell which clause counts
    assert 0.5 < found["stsb"]["test"]["pearson"][1] < 0.9
