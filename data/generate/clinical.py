"""Synthetic clinical notes: ``stream`` yields texts for pretraining, ``notes`` rows with the labels of four tasks.

No patient is behind any of it, and no text is copied from elsewhere; nothing here may guide care. The same seed gives
the same texts on every machine. No clause (a statement as the grammar made it, before casing and typos) is in both
parts, "train" and "test", except the words that open a note and "no known allergies"; the stream is of "train" alone.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent))  # so that it runs from anywhere, and imports by path

from clinical_notes import NoteWriter
from phrases_clinical import SYMPTOMS
from surface import plain, words_and_tags

TASKS = [
    {"name": "diagnosis", "kind": "classification", "column": "diagnosis"},
    {"name": "severity", "kind": "regression", "column": "severity"},
    {"name": "symptoms", "kind": "multilabel", "column": "symptoms"},
    {"name": "medication", "kind": "tagging", "column": "tags", "words": "words"},
]


def stream(rows: int, seed: int = 0) -> Iterator[str]:
    """Yield ``rows`` fresh notes of the training part as plain texts, for pretraining."""
    _check(rows)
    writer = NoteWriter("train", Random(f"clinical stream {seed}").random)
    for _ in range(rows):
        yield plain(writer.write().text)


def notes(rows: int, seed: int = 0, part: str = "train") -> list[dict]:
    """Labelled notes of the part "train" or "test".

    text; words, tags (BIO: drug, dose, frequency of what is taken or given; a drug named as an allergy is none);
    diagnosis (ten; why the patient is seen: earlier and relatives' illnesses are mentioned too); severity, 0 to 10;
    symptoms, those that the patient has; absent, those denied or gone, for analysis; kind of note.
    """
    _check(rows)
    writer = NoteWriter(part, Random(f"clinical {part} {seed}").random)
    return [_row(writer.write()) for _ in range(rows)]


def _row(note) -> dict:
    words, tags = words_and_tags(note.text)
    return {
        "text": plain(note.text),
        "words": words,
        "tags": tags,
        "diagnosis": note.diagnosis,
        "severity": note.severity,
        "symptoms": [s for s in SYMPTOMS if s in note.symptoms],
        "absent": [s for s in SYMPTOMS if s in note.absent],
        "kind": note.kind,
    }


def _check(rows: int) -> None:
    if rows < 0:
        raise ValueError(f"The number of notes is at least 0, found {rows}.")
