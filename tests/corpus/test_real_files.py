"""Real data sets as they lie on people's disks, by the public calls alone. Each has traps that its SOURCE.md tells of;
the numbers here are counted from the files by other means. Nothing of them is in this repository."""

from pathlib import Path

import pytest

from mtlkit import Corpus, Task

SHARED = Path(__file__).parents[3] / "shared" / "data"


def folder(name: str) -> Path:
    if not (SHARED / name).is_dir():
        pytest.skip(f"the data set {name} is not at {SHARED.name}/{name} beside the repository's folder")
    return SHARED / name


def sizes(corpus):
    return {name: len(split) for name, split in corpus.splits.items()}


def sst2():
    files = {s: folder("sst2") / f"{f}.tsv" for s, f in {"train": "train", "validation": "dev", "test": "test"}.items()}
    task = Task("sentiment", "classification", column="label")
    return Corpus.from_files(files, [task], columns=["text", "label"], name="sst2")


def trec():
    files = {split: folder("trec") / f"TREC.{split}" for split in ("train", "test")}
    tasks = [Task("coarse", "classification"), Task("fine", "classification")]
    columns = ["coarse", "fine", "question"]
    return Corpus.from_files(
        files, tasks, text="question", columns=columns, sep=(":", " "), encoding="latin-1", name="trec"
    )


def test_sick_two_tasks_on_pairs_of_texts():
    names = {"train": "train", "validation": "trial", "test": "test_annotated"}
    corpus = Corpus.from_files(
        {split: folder("sick") / f"SICK_{name}.txt" for split, name in names.items()},
        tasks=[
            Task("relatedness", "regression", column="relatedness_score"),
            Task("entailment", "classification", column="entailment_judgment"),
        ],
        text=("sentence_A", "sentence_B"),
    )
    assert sizes(corpus) == {"train": 4500, "validation": 500, "test": 4927}
    assert corpus.counts("test") == {"relatedness": 4927, "entailment": 4927}  # CRLF: the last column too
    assert corpus.tasks[1].labels == ("CONTRADICTION", "ENTAILMENT", "NEUTRAL")
    assert all(t.pair for t in corpus.tasks) and all(isinstance(t, tuple) for t in corpus.test.texts)
    assert all(1 <= v <= 5 for split in corpus.splits.values() for v in split.labels("relatedness"))


def test_sick_tasks_are_found_by_themselves(capsys):
    files = {"train": folder("sick") / "SICK_train.txt"}
    corpus = Corpus.from_files(files, "auto", text=("sentence_A", "sentence_B"))
    assert {t.name: t.kind for t in corpus.tasks} == {
        "relatedness_score": "regression",
        "entailment_judgment": "classification",
    }
    assert "pair_ID: left out" in capsys.readouterr().out


def test_sst2_has_no_header_and_no_final_newline():
    corpus = sst2()
    assert sizes(corpus) == {"train": 6920, "validation": 872, "test": 1821}
    assert corpus.tasks[0].labels == ("0", "1")
    assert sum(corpus.train.labels("sentiment")) == 3610


def test_trec_is_latin_1_with_two_labels_in_front_of_the_question():
    corpus = trec()
    assert sizes(corpus) == {"train": 5452, "test": 500}
    assert [len(t.labels) for t in corpus.tasks] == [6, 47]  # 50 fine classes with their coarse one, 47 names
    assert not any(":" in t.split()[0] for t in corpus.test.texts)
    with pytest.raises(ValueError, match=r"'TREC.train' is not utf-8: byte 0xF0 .*encoding=\"latin-1\""):
        Corpus.from_files({"train": folder("trec") / "TREC.train"}, corpus.tasks, columns=["a", "b"], sep=(" ",))


def test_sst2_and_trec_merge_into_three_tasks():
    corpus = Corpus.merge([sst2(), trec()])
    assert sizes(corpus) == {"train": 12372, "validation": 872, "test": 2321}
    assert corpus.counts("train") == {"sentiment": 6920, "coarse": 5452, "fine": 5452}
    assert corpus.counts("test") == {"sentiment": 1821, "coarse": 500, "fine": 500}
    assert corpus.only("coarse").test.texts == trec().test.texts


def test_wnut17_sentences_parted_by_lone_tabs_and_words_that_are_quotes():
    files = {"train": "wnut17train.conll", "validation": "emerging.dev.conll", "test": "emerging.test.annotated"}
    corpus = Corpus.from_files(
        {split: folder("wnut17") / name for split, name in files.items()},
        tasks=[Task("entities", "tagging", column="tags", words="words")],
        words="words",
    )
    assert sizes(corpus) == {"train": 3394, "validation": 1009, "test": 1287}
    tokens = [sum(map(len, split.labels("entities"))) for split in corpus.splits.values()]
    assert tokens == [62730, 15733, 23394]
    kinds = {"person", "location", "corporation", "group", "product", "creative-work"}
    assert set(corpus.tasks[0].labels) == {"O", *(f"{p}-{k}" for p in "BI" for k in kinds)}
