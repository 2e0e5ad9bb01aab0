"""The data sets of ../shared/data as corpora, read by the public calls; each function takes the folder that holds
atis/, sick/, sst2/, …"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

import mtlkit as mk


def atis(data: Path) -> mk.Corpus:
    """Labels that only occur in validation or test are classes too, which no row teaches: such rows count as wrong."""
    frames = {}
    for split, folder in {"train": "train", "validation": "valid", "test": "test"}.items():
        lines = {
            column: (data / "atis" / folder / file).read_text(encoding="utf-8").split("\n")
            for column, file in {"text": "seq.in", "slots": "seq.out", "intent": "label"}.items()
        }
        frame = pd.DataFrame(lines).map(str.strip)
        frames[split] = frame[frame.text != ""]
    every = pd.concat(frames.values())
    slots = sorted({tag for tags in every.slots for tag in tags.split()} - {"O"})
    tasks = [
        mk.Task("intent", "classification", labels=sorted(set(every.intent))),
        mk.Task("slots", "tagging", labels=["O", *slots]),
    ]
    return mk.Corpus.from_frames(frames, tasks=tasks, name="ATIS")


def sick(data: Path) -> mk.Corpus:
    files = {"train": "SICK_train.txt", "validation": "SICK_trial.txt", "test": "SICK_test_annotated.txt"}
    tasks = [
        mk.Task("relatedness", "regression", column="relatedness_score"),
        mk.Task("entailment", "classification", column="entailment_judgment"),
    ]
    paths = {split: data / "sick" / file for split, file in files.items()}
    return mk.Corpus.from_files(paths, tasks=tasks, text=("sentence_A", "sentence_B"), sep="\t", name="SICK")


def sst2_and_trec(data: Path, held_out: int = 0) -> mk.Corpus:
    """held_out: rows of TREC's training that become its validation, which it comes without."""
    files = {"train": "train.tsv", "validation": "dev.tsv", "test": "test.tsv"}
    sst2 = mk.Corpus.from_files(
        {split: data / "sst2" / file for split, file in files.items()},
        tasks=[mk.Task("positive", "classification")],
        columns=["text", "positive"],
        name="SST-2",
    )
    trec = mk.Corpus.from_files(
        {"train": data / "trec" / "TREC.train", "test": data / "trec" / "TREC.test"},
        tasks=[mk.Task("coarse", "classification"), mk.Task("fine", "classification", unknown="mask")],
        columns=["coarse", "fine", "text"],
        sep=(":", " "),
        encoding="latin-1",
        name="TREC",
    )
    if held_out:
        rows = trec.train.dataset.train_test_split(held_out, seed=0)
        splits = {"train": rows["train"], "validation": rows["test"], "test": trec.test.dataset}
        trec = mk.Corpus(splits, trec.tasks, name="TREC")
    merged = mk.Corpus.merge([sst2, trec])
    merged.name = "SST-2 + TREC"
    return merged


def wnut17(data: Path) -> mk.Corpus:
    """Its auxiliary task guesses hidden words of the same texts."""
    files = {"train": "wnut17train.conll", "validation": "emerging.dev.conll", "test": "emerging.test.annotated"}
    paths = {split: data / "wnut17" / file for split, file in files.items()}
    tasks = [mk.Task("entities", "tagging", column="tags", words="words")]
    corpus = mk.Corpus.from_files(paths, tasks=tasks, words="words", name="WNUT-17")
    return corpus.with_tasks([mk.Task("mlm", "mlm")])


def cola(data: Path) -> mk.Corpus:
    """Validated in the domain of its training, tested out of it."""
    names = {"train": "in_domain_train", "validation": "in_domain_dev", "test": "out_of_domain_dev"}
    (folder,) = {p.parent for p in (data / "cola").rglob("in_domain_train.tsv") if p.parent.name == "raw"}
    paths = {split: folder / f"{name}.tsv" for split, name in names.items()}
    task = mk.Task("acceptable", "classification", metric="matthews")
    return mk.Corpus.from_files(paths, tasks=[task], columns=["source", "acceptable", "mark", "text"], name="CoLA")


def xquad(data: Path) -> mk.Corpus:
    """Split by article: 34 to train, 7 and 7 to validate and to test."""
    (file,) = (data / "xquad_en").rglob("xquad.en.json")
    articles = json.loads(file.read_text(encoding="utf-8"))["data"]
    order = np.random.default_rng(0).permutation(len(articles))
    frames = {}
    for split, part in {"train": order[:34], "validation": order[34:41], "test": order[41:]}.items():
        rows = [
            {"question": q["question"], "context": p["context"], "answer": as_span(q["answers"][0])}
            for i in part
            for p in articles[i]["paragraphs"]
            for q in p["qas"]
        ]
        frames[split] = pd.DataFrame(rows)
    return mk.Corpus.from_frames(frames, [mk.Task("answer", "span")], text=("question", "context"), name="XQuAD")


def as_span(answer: dict) -> dict:
    start = answer["answer_start"]
    return {"start": start, "end": start + len(answer["text"]), "text": answer["text"]}


def bc5cdr(data: Path, sentences: int | None = 1500) -> mk.Corpus:
    """Entities, chunks and parts of speech of the same words. sentences: of each split (None: all)."""
    frames = {}
    for split, file in {"train": "train", "validation": "devel", "test": "test"}.items():
        blocks = (data / "bc5cdr" / f"{file}.tsv").read_text(encoding="utf-8").strip().split("\n\n")
        rows = [list(zip(*(line.split("\t") for line in block.split("\n")), strict=True)) for block in blocks]
        columns = ("words", "parts", "chunks", "entities")
        frames[split] = pd.DataFrame({c: [list(row[k]) for row in rows] for k, c in enumerate(columns)})
    frames = {split: frame[:sentences].copy() for split, frame in frames.items()}
    for frame in frames.values():
        frame["parts"], frame["text"] = frame.parts.map(as_bio), frame.words.map(" ".join)
    labels = sorted({tag[2:] for frame in frames.values() for tags in frame.parts for tag in tags})
    tasks = [
        mk.Task("entities", "tagging", words="words"),
        mk.Task("chunks", "tagging", words="words"),
        mk.Task("parts", "tagging", words="words", labels=["O", *(f"{b}-{y}" for y in labels for b in "BI")]),
    ]
    return mk.Corpus.from_frames(frames, tasks, name="BC5CDR")


def as_bio(tags: list[str]) -> list[str]:
    """Every word an entity of its own: the form in which the figures of parts of speech were measured."""
    return [f"B-{tag}" for tag in tags]


def sgd(data: Path) -> mk.Corpus:
    """Turns: the acts said, and of the user's turns the intent and the slots asked for. Split by dialogue, so that all
    services are known; the other speaker's last turn stands before."""
    dialogues = [d for f in sorted((data / "sgd").glob("dialogues_*.json")) for d in json.loads(f.read_text("utf-8"))]
    order = np.random.default_rng(0).permutation(len(dialogues))
    cuts = np.split(order, [int(0.7 * len(order)), int(0.85 * len(order))])
    frames = {}
    for split, part in zip(("train", "validation", "test"), cuts, strict=True):
        frames[split] = pd.DataFrame([row for i in part for row in turns(dialogues[i])])
    tasks = [
        mk.Task("acts", "multilabel"),
        mk.Task("intent", "classification", unknown="mask"),
        mk.Task("requested", "multilabel", unknown="mask"),
    ]
    return mk.Corpus.from_frames(frames, tasks, text=("before", "said"), name="SGD")


def turns(dialogue: dict) -> list[dict]:
    rows, before = [], "-"
    for turn in dialogue["turns"]:
        (frame,) = turn["frames"]
        state = frame.get("state", {})
        acts = sorted({action["act"] for action in frame["actions"]})
        labels = {"acts": acts, "intent": state.get("active_intent"), "requested": state.get("requested_slots")}
        rows.append({"before": before, "said": turn["utterance"]} | labels)
        before = turn["utterance"]
    return rows
