"""The embedded corpus helpdesk: the same bytes from the same seed, honest splits, valid labels, honest difficulty."""

import json
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "data" / "helpdesk"
SPLITS = ("train", "validation", "test")

sys.path.insert(0, str(ROOT / "data" / "generate"))

import difficulty  # noqa: E402
import helpdesk  # noqa: E402
from tickets import Writer  # noqa: E402


@pytest.fixture(scope="module")
def rows() -> dict[str, list[dict]]:
    return {split: difficulty.read(split) for split in SPLITS}


@pytest.fixture(scope="module")
def tickets(rows) -> dict[str, list[dict]]:
    return {split: [row for row in rows[split] if row["answer"] is None] for split in SPLITS}


def test_the_generator_writes_the_committed_bytes():
    for name, content in helpdesk.build().items():
        assert (DATA / name).read_bytes() == content, f"{name} is not what the generator writes; run it again"


def test_rows_and_columns(rows, tickets):
    assert {split: len(tickets[split]) for split in SPLITS} == {"train": 2800, "validation": 600, "test": 600}
    assert {split: len(rows[split]) for split in SPLITS} == {"train": 3700, "validation": 800, "test": 800}
    every = [row for split in SPLITS for row in rows[split]]
    assert len({row["id"] for row in every}) == len(every)
    assert {tuple(row) for row in every} == {helpdesk.COLUMNS}


def test_corpus_json_names_columns_that_exist(rows):
    settings = json.loads((DATA / "corpus.json").read_text())
    first = rows["train"][0]
    assert all(column in first for column in settings["text"])
    assert [task["name"] for task in settings["tasks"]] == (
        "topic sentiment urgency minutes satisfaction entities symptoms escalated desk sentiment_noisy solves".split()
    )
    for task in settings["tasks"]:
        assert task["column"] in first and task.get("words", "words") in first
    assert all((DATA / name).exists() for name in settings["files"].values())


def test_no_sentence_is_in_two_splits():
    told = {split: set() for split in SPLITS}
    for split in SPLITS:
        writer = Writer(split, Random(7).random)
        for _ in range(1500):
            told[split].update(clause.lower() for clause in writer.write().clauses)
    assert all(len(told[split]) > 3000 for split in SPLITS)
    assert not told["train"] & told["validation"]
    assert not told["train"] & told["test"]
    assert not told["validation"] & told["test"]


def test_no_held_out_text_is_near_a_training_text(rows):
    training = helpdesk.NearTexts([row["text"] for row in rows["train"]])
    for split in ("validation", "test"):
        near = [row["id"] for row in rows[split] if training.near(row["text"])]
        assert not near, f"within {helpdesk.NEAR} token-Jaccard of a training text: {near}"


def test_the_near_text_search_is_exact(rows):
    texts = [row["text"] for row in rows["train"][:150]]
    probes = [" ".join(text.split()[:keep]) for text, keep in zip(texts, range(5, 60), strict=False)] + texts[:20]
    for threshold in (0.5, 0.8, 0.9):
        search = helpdesk.NearTexts(texts, threshold)
        sets = [helpdesk.token_set(text) for text in texts]
        for probe in probes:
            tokens = helpdesk.token_set(probe)
            slow = any(len(tokens & other) / len(tokens | other) >= threshold for other in sets)
            assert search.near(probe) == slow


def test_words_are_in_the_text_in_order(tickets):
    for split in SPLITS:
        for row in tickets[split]:
            at = 0
            for word in row["words"]:
                found = row["text"].find(word, at)
                assert found >= 0 and not row["text"][at:found].strip(), (row["id"], word)
                at = found + len(word)
            assert not row["text"][at:].strip()


def test_tags_are_valid_bio(tickets):
    kinds = Counter()
    for split in SPLITS:
        for row in tickets[split]:
            assert len(row["tags"]) == len(row["words"])
            previous = "O"
            for tag in row["tags"]:
                if tag.startswith("I-"):
                    assert previous[2:] == tag[2:] and previous != "O", row["id"]
                kinds[tag[2:]] += tag.startswith("B-")
                previous = tag
    assert set(kinds) - {""} == {"product", "date", "place", "order"}
    assert min(kinds[kind] for kind in ("product", "date", "place", "order")) > 600


def test_ranges_balance_and_missing_labels(tickets):
    for split in SPLITS:
        table = tickets[split]
        topics = Counter(row["topic"] for row in table)
        assert len(topics) == 8 and max(topics.values()) < 2 * min(topics.values())
        feelings = Counter(row["sentiment"] for row in table)
        assert all(feelings[label] > 0.2 * len(table) for label in ("negative", "neutral", "positive"))
        assert len(Counter(row["desk"] for row in table)) == 4
        assert all(5 <= row["minutes"] <= 240 for row in table)
        for column, low, high in (("urgency", 0, 1), ("satisfaction", 1, 5)):
            values = [row[column] for row in table if row[column] is not None]
            assert min(values) >= low and max(values) <= high
            assert 0.01 < 1 - len(values) / len(table) < 0.06
        assert sum(row["symptoms"] == [] for row in table) > 0.2 * len(table)


def test_the_rare_the_noisy_and_the_pair_task(rows, tickets):
    for split in SPLITS:
        few = Counter(row["escalated"] for row in tickets[split])
        assert few["yes"] + few["no"] == 0.05 * len(tickets[split]) and few["yes"] == 0.02 * len(tickets[split])
        both = [row for row in tickets[split] if row["sentiment"] and row["sentiment_noisy"]]
        wrong = sum(row["sentiment"] != row["sentiment_noisy"] for row in both) / len(both)
        assert 0.25 < wrong < 0.35
        pairs = [row for row in rows[split] if row["answer"] is not None]
        others = [column for column in helpdesk.COLUMNS if column not in ("id", "text", "answer", "solves")]
        assert all(row["solves"] in ("yes", "no") for row in pairs)
        assert all(row[column] is None for row in pairs for column in others)
        assert all(row["solves"] is None for row in tickets[split])
        assert 0.4 < sum(row["solves"] == "yes" for row in pairs) / len(pairs) < 0.6


def test_the_stream_repeats_and_keeps_out_of_the_held_out_splits(rows):
    texts = list(helpdesk.stream(2000, seed=1))
    assert texts == list(helpdesk.stream(2000, seed=1))
    assert texts != list(helpdesk.stream(2000, seed=2))
    held_out = {row["text"] for split in ("validation", "test") for row in rows[split]}
    assert not held_out & set(texts)
    pairs = [item for item in helpdesk.stream(400, seed=1, answers=0.5) if isinstance(item, tuple)]
    assert 140 < len(pairs) < 260 and all(len(pair) == 2 for pair in pairs)
    with pytest.raises(ValueError, match="answers"):
        next(helpdesk.stream(1, answers=2.0))


def test_difficulty_is_honest():
    train, test = difficulty.read("train"), difficulty.read("test")
    score = {
        name: difficulty.classification({"column": name}, train, test)["words"]
        for name in ("topic", "sentiment", "desk")
    }
    assert 0.6 < score["topic"] < 0.9 and 0.6 < score["sentiment"] < 0.9
    assert score["desk"] < 0.32  # four random labels: nothing to learn
    loud = difficulty.regression({"column": "minutes"}, train, test)["words"]
    assert 0.2 < loud < 0.6
    pair = difficulty.classification({"column": "solves"}, train, test)["words"]
    assert pair < 0.7  # words alone do not tell whether an answer fits


def test_word_order_decides_the_contrast_rows():
    probe = difficulty.word_order_probe()
    assert probe["contrast"] < probe["plain"] - 0.12
