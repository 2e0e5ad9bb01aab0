"""GLUE and SuperGLUE: their tasks, columns, labels and official metrics; from the Hub or a folder; and their scores.

GLUE: Wang et al. 2019, arXiv:1804.07461. SuperGLUE: Wang et al. 2019, arXiv:1905.00537. `miniglue` is the kit's own
small corpus in GLUE's schemas (data/miniglue).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mtlkit.corpus.arrow import to_array, to_dataset
from mtlkit.tasks import Task
from mtlkit.utils.errors import unknown
from mtlkit.utils.paths import DATA

if TYPE_CHECKING:
    from datasets import Dataset

    from mtlkit.corpus.corpus import Corpus

HUB = {"glue": "nyu-mll/glue", "superglue": "aps/super_glue"}
FOLDER = {"glue": "MTLKIT_GLUE", "superglue": "MTLKIT_SUPERGLUE"}  # variables that name a folder with the data
MISMATCHED = "_mismatched"  # ends the name of a split from sources that training lacks


@dataclass(frozen=True)
class Entry:
    """A task of a benchmark.

    Args:
        text: its column of texts, or the two.
        labels: their names in the order of their numbers in the files (None: the kind has none).
        metrics: the official ones; the score is their mean.
        kind: of the task.
        old: its folder in the benchmark's own archive (None: none).
        config: its name on the Hub (None: the same).
        adapt: turns a row of the files into one with `text` and "label" (None: it has them already).

    Example:
        >>> GLUE["cola"].metrics
        ('matthews',)
    """

    text: tuple[str, ...]
    labels: tuple[str, ...] | None = ("False", "True")
    metrics: tuple[str, ...] = ("accuracy",)
    kind: str = "classification"
    old: str | None = None
    config: str | None = None
    adapt: Callable[[dict], dict] | None = None

    def task(self, name: str) -> Task:
        """The task of this entry.

        Args:
            name: how it is to be called.

        Returns:
            A new task; its labels are in the column "label".

        Example:
            >>> GLUE["cola"].task("cola").labels
            ('unacceptable', 'acceptable')
        """
        if self.kind == "choice":
            return Task(name, self.kind, column="label", choices="choices")
        return Task(name, self.kind, column="label", labels=self.labels, metric=self.metrics[0])


# -- rows whose texts must be made ---------------------------------------------------------------------------------
def multirc(row: dict) -> dict:
    """(question and paragraph, answer): the rows of a question share the first text; what is cut is the paragraph."""
    return {"question": f"{row['question']} {row['paragraph']}", "answer": row["answer"], "label": row["label"]}


def copa(row: dict) -> dict:
    """The premise and what is asked of it; two candidates."""
    asked = {"cause": "What was the cause?", "effect": "What happened as a result?"}
    if row["question"] not in asked:
        raise ValueError(f"copa: {unknown('question', row['question'], asked)}")
    choices = [row["choice1"], row["choice2"]]
    return {"premise": f"{row['premise']} {asked[row['question']]}", "choices": choices, "label": row["label"]}


def record(row: dict) -> dict:
    """(passage, query with @placeholder); its names are the candidates. Where several are right (spellings of one), the
    first stays and the others are no candidates."""
    right = [name for name in row["entities"] if name in row["answers"]]
    choices = [name for name in row["entities"] if name not in right[1:]]
    return {"passage": row["passage"], "query": row["query"], "choices": choices, "label": right[0] if right else None}


def wic(row: dict) -> dict:
    """A row of WiC as the model reads it: two sentences with asterisks round the word that is asked about.

    Args:
        row: sentence1 and sentence2; start1, end1, start2 and end2, the word's place in characters; label.

    Returns:
        sentence1, sentence2 and label.

    Raises:
        ValueError: a word that lies outside its sentence.
        KeyError: a column is missing.

    References:
        Pilehvar and Camacho-Collados 2019, arXiv:1808.09121.

    Example:
        >>> row = {"sentence1": "We sat on the bank.", "start1": 14, "end1": 18}
        >>> wic(row | {"sentence2": "The bank lends.", "start2": 4, "end2": 8, "label": 0})["sentence1"]
        'We sat on the *bank*.'
    """
    marked = {}
    for i in "12":
        text, start, end = row[f"sentence{i}"], row[f"start{i}"], row[f"end{i}"]
        if not 0 <= start < end <= len(text):
            raise ValueError(f"wic: there is no word from letter {start} to {end} of sentence{i} {text[:60]!r}.")
        marked[f"sentence{i}"] = f"{text[:start]}*{text[start:end]}*{text[end:]}"
    return marked | {"label": row["label"]}


def wsc(row: dict) -> dict:
    """A row of WSC as the model reads it: asterisks round a noun, hashes round a pronoun.

    The question is whether the one means the other.

    Args:
        row: text; span1_text and span1_index, the noun and its place in words from 0; span2_text and span2_index, the
            pronoun; label.

    Returns:
        text and label.

    Raises:
        ValueError: a span that lies outside the text.
        KeyError: a column is missing.

    References:
        Levesque et al. 2012, The Winograd Schema Challenge (KR).

    Example:
        >>> row = {"text": "Ann thanked Eve because she helped.", "span1_text": "Eve", "span1_index": 2}
        >>> wsc(row | {"span2_text": "she", "span2_index": 4, "label": 1})["text"]
        'Ann thanked *Eve* because #she# helped.'
    """
    words = row["text"].split()
    for span, mark in (("span1", "*"), ("span2", "#")):
        first = row[f"{span}_index"]
        last = first + len(row[f"{span}_text"].split()) - 1
        if not 0 <= first <= last < len(words):
            raise ValueError(
                f"wsc: {row[f'{span}_text']!r} at word {first} lies outside the text {row['text'][:60]!r}."
            )
        words[first] = mark + words[first]
        words[last] += mark
    return {"text": " ".join(words), "label": row["label"]}


ENTAILMENT = ("entailment", "not_entailment")
PAIR = ("sentence1", "sentence2")
GLUE = {
    "cola": Entry(("sentence",), ("unacceptable", "acceptable"), ("matthews",), old="CoLA"),
    "sst2": Entry(("sentence",), ("negative", "positive"), old="SST-2"),
    "mrpc": Entry(PAIR, ("not_equivalent", "equivalent"), ("f1", "accuracy"), old="MRPC"),
    "qqp": Entry(("question1", "question2"), ("not_duplicate", "duplicate"), ("f1", "accuracy"), old="QQP"),
    "stsb": Entry(PAIR, None, ("pearson", "spearman"), "regression", old="STS-B"),
    "mnli": Entry(("premise", "hypothesis"), ("entailment", "neutral", "contradiction"), old="MNLI"),
    "qnli": Entry(("question", "sentence"), ENTAILMENT, old="QNLI"),
    "rte": Entry(PAIR, ENTAILMENT, old="RTE"),
    "wnli": Entry(PAIR, ("not_entailment", "entailment"), old="WNLI"),
}
SUPERGLUE = {
    "boolq": Entry(("question", "passage")),
    "cb": Entry(("premise", "hypothesis"), ("entailment", "contradiction", "neutral"), ("macro_f1", "accuracy")),
    "copa": Entry(("premise",), None, kind="choice", adapt=copa),
    "multirc": Entry(("question", "answer"), metrics=("f1", "exact_match"), adapt=multirc),
    "record": Entry(("passage", "query"), None, ("f1", "exact_match"), "choice", adapt=record),
    "rte": Entry(("premise", "hypothesis"), ENTAILMENT),
    "wic": Entry(PAIR, adapt=wic),
    "wsc": Entry(("text",), config="wsc.fixed", adapt=wsc),
}
BENCHMARKS = {
    "glue": GLUE,
    "superglue": SUPERGLUE,
    "miniglue": {name: GLUE[name] for name in ("cola", "sst2", "mrpc", "stsb", "rte")},
}


def load(benchmark: str, tasks: Sequence[str] | None = None, folder: str | Path | None = None) -> Corpus:
    """The tasks of a benchmark as one corpus: their rows one after the other, as `Corpus.merge` puts them.

    MNLI's matched parts are "validation" and "test", the others "validation_mismatched" and "test_mismatched". Labels
    that a test part hides (−1) are missing: its rows are answered and not scored.

    Args:
        benchmark: "glue", "superglue" or "miniglue".
        tasks: their names (None: all).
        folder: where the data lies (None: the environment's MTLKIT_GLUE or MTLKIT_SUPERGLUE, else the Hub). It is laid
            out as on the Hub (`cola/train-00000-of-00001.parquet`, or `cola/train.jsonl`) or as in GLUE's own archive
            (`CoLA/train.tsv`, `dev.tsv`, `test.tsv`). "miniglue" comes with the kit and takes none.

    Returns:
        The corpus.

    Raises:
        ValueError: an unknown benchmark; no task, an unknown one, or one twice; a folder where none is due, or one that
            lacks files; a column or label that is not the task's; data that the Hub doesn't give.

    References:
        GLUE: Wang et al. 2019, arXiv:1804.07461. SuperGLUE: Wang et al. 2019, arXiv:1905.00537.
    """
    from mtlkit.corpus.corpus import Corpus

    if benchmark not in BENCHMARKS:
        raise ValueError(unknown("benchmark", benchmark, BENCHMARKS))
    check_folder(benchmark, folder)
    known = BENCHMARKS[benchmark]
    names = list(known) if tasks is None else [tasks] if isinstance(tasks, str) else list(tasks)
    for name in names:
        if name not in known:
            raise ValueError(unknown(f"task of {benchmark}", name, known))
    if not names or len(set(names)) < len(names):
        raise ValueError(f"tasks= takes one or more tasks of {benchmark}, each once; found {names}.")
    folder = DATA / benchmark if benchmark not in HUB else folder or os.environ.get(FOLDER[benchmark])
    parts = []
    for name in names:
        entry = known[name]
        if folder is None:
            from mtlkit.corpus.hub import load_splits

            found = {_split(s): data for s, data in load_splits(HUB[benchmark], entry.config or name).items()}
        else:
            found = read_folder(Path(folder).expanduser(), name, entry)
        splits = {split: tidy(data, f"{name}, {split}", entry) for split, data in found.items()}
        parts.append(Corpus(splits, [entry.task(name)], entry.text, name=name))
    return Corpus.merge(parts)


def check_folder(corpus: str, folder: str | Path | None) -> None:
    """ValueError for a folder with a corpus that is part of the kit."""
    if folder is not None and corpus not in HUB:
        raise ValueError(f"folder= is for {' and '.join(HUB)}; {corpus!r} is part of the kit.")


# -- files -----------------------------------------------------------------------------------------------------------
SPLITS = ("train", "validation", "test", "validation_mismatched", "test_mismatched")
FILE = re.compile(r"(?P<split>\w+?)(?:-(?P<part>\d{5})-of-(?P<parts>\d{5}))?\.(?:parquet|jsonl|tsv)")
COLUMNS = {  # GLUE's archive → the Hub
    "Quality": "label", "#1 String": "sentence1", "#2 String": "sentence2", "is_duplicate": "label", "score": "label",
    "gold_label": "label",
}  # fmt: skip


def _split(name: str) -> str:
    """The kit's name of a split: "dev_matched" is "validation"."""
    return re.sub(r"^(dev|val)\b|^(dev|val)(?=_)", "validation", name).removesuffix("_matched")


def read_folder(folder: Path, name: str, entry: Entry) -> dict[str, Dataset]:
    """Split → rows of a task out of the files of its folder. ValueError where one is missing."""
    from datasets import concatenate_datasets

    places = [folder / n for n in (entry.config, name, entry.old) if n]
    place = next((p for p in places if p.is_dir()), None)
    if place is None:
        there = ", ".join(sorted(p.name for p in folder.iterdir() if p.is_dir())) if folder.is_dir() else "no folder"
        due = " or ".join(repr(p.name) for p in places)
        raise ValueError(f"{name}: the folder {due} is due in {str(folder)!r}; found {there or 'none'}.")
    files: dict[str, list] = {}
    for path in sorted(place.iterdir()):
        found = FILE.fullmatch(path.name)
        if found and _split(found["split"]) in SPLITS:
            files.setdefault(_split(found["split"]), []).append((path, int(found["parts"] or 1)))
    for split in ("train", "validation"):
        if split not in files:
            there = ", ".join(sorted(p.name for p in place.iterdir())) or "none"
            raise ValueError(
                f"{name}: no file of {split!r} in {str(place)!r}: {split}.jsonl, {split}-00000-of-00001.parquet or, as "
                f"in GLUE's archive, {'dev' if split == 'validation' else split}.tsv is due; files there: {there}."
            )
    for split, parts in files.items():
        if len(parts) != parts[0][1]:
            raise ValueError(f"{name}: {len(parts)} of {parts[0][1]} files of {split!r} are in {str(place)!r}.")
    return {s: concatenate_datasets([_read(p, name) for p, _ in files[s]]) for s in SPLITS if s in files}


def _read(path: Path, name: str) -> Dataset:
    from mtlkit.corpus.readers import read

    if path.suffix != ".tsv":
        return read(path)
    kernel = name == "cola" and not path.name.startswith("test")  # as the linguists' own files
    columns = ["source", "label", "mark", "sentence"] if kernel else None
    data = read(path, columns=columns, quoting=False)
    if name == "mnli":  # its archive numbers the annotators' labels, too
        data = data.rename_columns({"sentence1": "premise", "sentence2": "hypothesis"})
    return data.rename_columns({old: new for old, new in COLUMNS.items() if old in data.column_names})


def tidy(data: Dataset, where: str, entry: Entry) -> Dataset:
    """The texts of an entry and its labels, by name; None where a label is hidden."""
    names = getattr(data.features.get("label"), "names", entry.labels)
    if entry.adapt is not None:
        try:
            rows = [entry.adapt(row) for row in data]
        except KeyError as error:
            raise ValueError(f"{where}: {unknown('column', error.args[0], data.column_names)}") from None
        data = to_dataset({c: to_array([row[c] for row in rows], c, where) for c in rows[0]})
    for column in entry.text:
        if column not in data.column_names:
            raise ValueError(f"{where}: {unknown('column', column, data.column_names)}")
    texts = [*entry.text, *(["choices"] if entry.kind == "choice" else [])]
    cells = data["label"][:] if "label" in data.column_names else [None] * len(data)
    if entry.kind == "classification":
        labels = [_label(cell, names or (), f"{where}, row {row:,}") for row, cell in enumerate(cells, 1)]
    else:
        labels = to_array([None if _hidden(cell) else cell for cell in cells], "label", where)
    table = data.with_format("arrow")[:]
    return to_dataset({c: table[c].combine_chunks() for c in texts} | {"label": labels})


def _hidden(cell) -> bool:
    """GLUE hides labels of test parts as −1, MNLI's archive writes "-" where its annotators did not agree."""
    return cell is None or str(cell) in ("-1", "-1.0", "-")


def _label(cell, names: Sequence[str], where: str) -> str | None:
    """A label by its name; None where it is hidden."""
    if _hidden(cell):
        return None
    if isinstance(cell, str) and cell in names:
        return cell
    try:
        return names[int(cell)]
    except (ValueError, IndexError):
        raise ValueError(f"{where}: a label is one of {', '.join(names)} or its number, found {cell!r}.") from None


# -- scores ----------------------------------------------------------------------------------------------------------
