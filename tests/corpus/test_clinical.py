"""The clinical notes: the same from the same seed, parts that share no clause, labels that agree with the text; and
what the encoder that has read them knows of them."""

import re
import sys
import warnings
from collections import Counter
from pathlib import Path
from random import Random

import pandas as pd
import pytest
import torch

import mtlkit as mk

sys.path.insert(0, str(Path(__file__).parents[2] / "data" / "generate"))

import clinical
import phrases_clinical as words
from clinical_notes import DRUG, NoteWriter

PRESCRIBED = {name: about["drugs"] for name, about in words.DIAGNOSES.items()}
PRESCRIBED |= {ill: drugs for ill, (_, drugs, _) in words.HISTORY.items()}
DRUGS_FOR = {what: set(DRUG.findall(" ".join(lines))) for what, lines in PRESCRIBED.items()}
DRUGS = set().union(*DRUGS_FOR.values())


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    return clinical.notes(1500, seed=5) + clinical.notes(1500, seed=5, part="test")


@pytest.fixture(scope="module")
def written() -> dict[str, list]:
    """Notes of each part as the writer made them, with their clauses."""
    return {part: [NoteWriter(part, Random(i).random).write() for i in range(1500)] for part in ("train", "test")}


def test_the_same_seed_gives_the_same_notes_and_another_one_others():
    assert clinical.notes(50, seed=1) == clinical.notes(50, seed=1)
    texts = list(clinical.stream(500, seed=1))
    assert texts == list(clinical.stream(500, seed=1))
    assert len(set(texts) | set(clinical.stream(500, seed=2))) > 990
    assert list(clinical.stream(0)) == [] and clinical.notes(0) == []
    with pytest.raises(ValueError, match="at least 0, found -1"):
        next(clinical.stream(-1))
    with pytest.raises(ValueError, match="no part 'dev' of the notes"):
        clinical.notes(1, part="dev")


def test_no_clause_is_in_both_parts(written):
    told = {part: {clause.lower() for note in notes for clause in note.clauses} for part, notes in written.items()}
    assert min(map(len, told.values())) > 2000
    assert not told["train"] & told["test"]


def test_the_tagged_words_are_the_texts_and_name_drug_dose_and_frequency(rows):
    kinds = Counter()
    for row in rows:
        assert row["text"].strip() and len(row["words"]) == len(row["tags"])
        assert "".join(row["words"]) == re.sub(r"\s", "", row["text"])
        found, previous = [], "O"
        for word, tag in zip(row["words"], row["tags"], strict=True):
            assert not tag.startswith("I-") or previous[2:] == tag[2:], row["text"]
            kinds[tag[2:]] += tag[0] == "B"
            if tag == "B-drug":
                found.append(word.lower())
            elif tag == "I-drug":
                found[-1] += f" {word.lower()}"
            previous = tag
        assert set(found) <= {drug.lower() for drug in DRUGS}, row["text"]
        assert all(drug in row["text"].lower() for drug in found)
    assert kinds["drug"] == kinds["dose"] == kinds["frequency"] > 2000


def test_drugs_fit_the_diagnosis_or_an_earlier_illness_and_no_allergy(written):
    allergic = 0
    for note in (note for notes in written.values() for note in notes):
        right = DRUGS_FOR[note.diagnosis].union(*(DRUGS_FOR[ill] for ill in note.ills))
        assert set(note.drugs) <= right, (note.diagnosis, note.ills, note.drugs)
        assert not set(note.drugs) & set(note.ruled_out)
        allergic += bool(note.ruled_out)
    assert allergic > 50


def test_an_allergy_is_no_medication(rows):
    seen = 0
    for row in rows:
        for match in re.finditer(r"allergic to (\w+)|intolerant of (\w+)", row["text"].lower()):
            allergen = match.group(1) or match.group(2)
            seen += 1
            lower = [word.lower() for word in row["words"]]
            assert row["tags"][lower.index(allergen)] == "O", row["text"]
    assert seen > 30


def test_what_is_denied_is_no_symptom_and_every_symptom_is_told(rows, written):
    names = {phrase.lower(): symptom for symptom, phrases in words.SYMPTOMS.items() for phrase in phrases}
    denied = re.compile(rf"\b(?:denies|denies any|nil|without|-ve for) ({'|'.join(map(re.escape, names))})(?![\w+/])")
    seen = 0
    for row in rows:
        assert not set(row["symptoms"]) & set(row["absent"])
        for phrase in denied.findall(row["text"].lower()):
            seen += 1
            assert names[phrase] not in row["symptoms"] and names[phrase] in row["absent"], row["text"]
    assert seen > 500
    for note in (note for notes in written.values() for note in notes):
        text = " | ".join(note.clauses).lower()
        for symptom in note.symptoms + note.absent:
            assert any(phrase.lower() in text for phrase in words.SYMPTOMS[symptom]), (symptom, text)


def test_labels_are_balanced_and_severity_shows(rows):
    diagnoses = Counter(row["diagnosis"] for row in rows)
    assert len(diagnoses) == 10 and max(diagnoses.values()) < 2 * min(diagnoses.values())
    assert {s for row in rows for s in row["symptoms"]} == set(words.SYMPTOMS)
    assert all(0 <= row["severity"] <= 10 and row["symptoms"] for row in rows)
    ill = [row["severity"] for row in rows if re.search(r"peri-arrest|\b(?:icu|itu)\b", row["text"].lower())]
    well = [row["severity"] for row in rows if re.search("looks well|appears well|reassured", row["text"].lower())]
    assert min(len(ill), len(well)) > 10 and sum(ill) / len(ill) > 5 + sum(well) / len(well)


def test_the_notes_make_a_corpus_of_four_tasks():
    frames = {"train": clinical.notes(200, seed=1), "test": clinical.notes(50, seed=1, part="test")}
    corpus = mk.Corpus.from_frames(
        {split: pd.DataFrame(rows) for split, rows in frames.items()}, [mk.Task(**task) for task in clinical.TASKS]
    )
    assert corpus.counts() == dict.fromkeys(("diagnosis", "severity", "symptoms", "medication"), 200)


def test_the_clinical_encoder_loads_quietly_and_guesses_clinical_words_that_bert_tiny_does_not():
    mlm = mk.Task("mlm", "mlm")
    frame = pd.DataFrame({"text": [note["text"] for note in clinical.notes(60, seed=77, part="test")]})
    corpus = mk.Corpus.from_frames({"test": frame}, [mlm])
    accuracy = {}
    for name in ("bert-tiny", "bert-tiny-clinical"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            encoder = mk.load_encoder(name)
        assert encoder.mlm_state is not None and torch.isfinite(encoder.word_embeddings.weight).all()
        model = mk.MultiTaskModel(encoder, [mlm])
        accuracy[name] = mk.evaluate(model, corpus.test).set_index("metric").value["accuracy"]
    assert accuracy["bert-tiny-clinical"] > accuracy["bert-tiny"] + 0.2


def test_the_clinical_encoder_has_bert_tinys_vocabulary():
    one, other = (mk.load_encoder(name).tokenizer for name in ("bert-tiny", "bert-tiny-clinical"))
    assert one.get_vocab() == other.get_vocab()
