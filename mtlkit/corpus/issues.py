"""A corpus looked at before anything is trained: what would make results wrong, what may, what is good to know."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mtlkit.corpus.infer_tasks import is_id
from mtlkit.corpus.load import as_corpus
from mtlkit.corpus.summary import has_names, label_counts, prior_loss
from mtlkit.encoder.loading import as_encoder
from mtlkit.tasks._labels import label_text, missing, name_of
from mtlkit.utils.errors import unknown

if TYPE_CHECKING:
    import pandas

    from mtlkit.corpus.corpus import Corpus
    from mtlkit.encoder.encoder import Encoder

MEND, LOOK, NOTE = "mend", "look", "note"  # makes results wrong; may; good to know
FEW = 5  # training rows of a label: fewer teach nothing
SKEWED = 0.8  # the share of one label from which accuracy says little
LOUD = 10.0  # times the median first loss of the tasks: its gradient drowns the others
OWN, OTHERS, SEEN = 0.9, 0.02, 20  # a word that gives a label away: shares of its rows and of others', rows needed


@dataclass(frozen=True)
class Finding:
    """One row of the table that `find_issues` gives."""

    severity: str
    finding: str
    split: str
    about: str
    rows: int
    said: str
    do: str


def find_issues(corpus: Corpus | str, encoder: Encoder | str | Path | None = None) -> pandas.DataFrame:
    """What catches the eye in a corpus, worst first.

    Args:
        corpus: a `Corpus` or its name.
        encoder: one, or its name: lets it see texts that are too long, and words its tokenizer doesn't know.

    Returns:
        A table with a row for each finding. severity: "mend" (a result would be wrong), "look" (it may be), "note"
        (good to know). finding: a short name, always the same. split: where. about: the task or column. rows: how many
        are concerned. said: what was found, in a sentence. do: what helps.

    Raises:
        ValueError: a corpus without a split "train", which labels and texts are held against; or an unknown name.
    """
    import pandas as pd

    corpus, encoder = as_corpus(corpus), as_encoder(encoder)
    if "train" not in corpus.splits:
        raise ValueError(unknown("split", "train", corpus.splits))
    found = [*_of_texts(corpus, encoder), *_of_splits(corpus), *_of_columns(corpus)]
    for task in corpus.tasks:
        if task.column is not None:
            found += [*_of_labels(corpus, task), *_of_giveaways(corpus, task)]
    found += [*_of_loudness(corpus), *_of_copies(corpus)]
    found.sort(key=lambda f: (MEND, LOOK, NOTE).index(f.severity))
    return pd.DataFrame([vars(f) for f in found], columns=list(Finding.__dataclass_fields__))


def plain(text: str | tuple[str, ...]) -> str:
    """A text, or pair of texts, as compared with others: without case and runs of white space."""
    return " ".join(text.lower().split()) if isinstance(text, str) else " || ".join(map(plain, text))


# -- texts, splits, columns --------------------------------------------------------------------------------------------
def _of_texts(corpus, encoder):
    for split in corpus.splits.values():
        first = {}
        copies = conflicts = 0
        for row, text in enumerate(map(plain, split.texts)):
            if text in first:
                copies += 1
                conflicts += any(_differ(split.labels(task), first[text], row) for task in corpus.tasks)
            first.setdefault(text, row)
        if copies:
            said = f"{copies:,} of {len(split):,} texts: the same as an earlier one, but for case and white space."
            do = "Drop them, unless they really occur that often."
            yield Finding(
                LOOK if copies > len(split) / 100 else NOTE, "repeated texts", split.name, "", copies, said, do
            )
        if conflicts:
            said = f"{conflicts:,} of the repeated texts have another label there: no model can be right on both."
            yield Finding(LOOK, "labels disagree", split.name, "", conflicts, said, "Decide which label holds.")
        if encoder is not None:
            yield from _of_tokens(split, encoder)


def _differ(labels, one: int, other: int) -> bool:
    return labels[one] is not None and labels[other] is not None and labels[one] != labels[other]


def _of_tokens(split, encoder):
    from mtlkit.batching import tokenize_texts

    encodings = tokenize_texts(split.texts, encoder.tokenizer, encoder.max_length)
    cut = sum(bool(e.overflowing) for e in encodings)
    if cut:
        said = f"{cut:,} of {len(split):,} texts are longer than {encoder.name} reads ({encoder.max_length} tokens)."
        do = "The rest is not read: shorten them, or take an encoder that reads more."
        yield Finding(LOOK if cut > len(split) / 20 else NOTE, "too long", split.name, "text", cut, said, do)
    unk = encoder.tokenizer.unk_token_id
    strange, tokens = sum(e.ids.count(unk) for e in encodings), sum(len(e.ids) for e in encodings)
    if unk is not None and strange > tokens / 100:
        said = f"{strange / tokens:.0%} of the tokens are unknown to the tokenizer of {encoder.name}."
        do = "Is it another language or alphabet, or a wrong encoding= of the file?"
        yield Finding(LOOK, "unknown words", split.name, "text", strange, said, do)


def _of_splits(corpus):
    seen = {plain(text) for text in corpus.train.texts}
    for split in corpus.splits.values():
        if split.name == "train":
            continue
        again = sum(plain(text) in seen for text in split.texts)
        if again:
            said = (
                f"{again:,} of {len(split):,} texts of {split.name}: in train too, where a model learns them by heart."
            )
            do = (
                f"Drop them from {split.name}. Where mk.corpus_from_table splits a file, it keeps equal texts together."
            )
            severity = MEND if again > len(split) / 100 else LOOK
            yield Finding(severity, "texts also in train", split.name, "", again, said, do)


def _of_columns(corpus):
    split = corpus.train
    taken = {*corpus.text, *(c for t in corpus.tasks for c in (t.column, t.words))}
    for column in split.dataset.column_names:
        if column in taken:
            continue
        cells = [c for c in split.cells(column) if not missing(c)]
        if not cells or not all(isinstance(c, str | int | float) for c in cells):
            continue
        values = {label_text(c) for c in cells}
        if len(values) == 1:
            said = f"The column holds {next(iter(values))[:30]!r} in every row."
            yield Finding(NOTE, "constant column", split.name, column, len(cells), said, "Nothing: no model reads it.")
        elif is_id(column, cells):
            said = "A different value in each row, in order or named so: an ID."
            yield Finding(NOTE, "ID column", split.name, column, len(cells), said, "Nothing, as long as it is no task.")
        else:
            for task in corpus.tasks:
                if task.spec.single_label and (rows := _determines(split, column, task)):
                    said = f"Its value alone tells the label of {task.name!r}: it is the label in another dress."
                    do = "No model reads it as it is; do not add it to the text."
                    yield Finding(NOTE, "column tells a label", split.name, column, rows, said, do)


def _determines(split, column: str, task) -> int:
    """The rows in which the column's value tells the task's label; 0 if there are exceptions, or nothing to tell."""
    label_of: dict = {}
    rows = 0
    for cell, label in zip(split.cells(column), split.labels(task), strict=True):
        if missing(cell) or label is None:
            continue
        rows += 1
        if label_of.setdefault(label_text(cell), label) != label:
            return 0
    return rows if 1 < len(label_of) <= rows / 2 and len(set(label_of.values())) > 1 else 0


# -- the labels of a task ----------------------------------------------------------------------------------------------
def _of_labels(corpus, task):
    missed = total = 0
    for split in corpus.splits.values():
        cells = split.label_cells(task)
        empty = sum(map(missing, cells))
        others = _rows_of_others(corpus, split, task)
        missed, total = missed + empty - others, total + len(cells) - others
        if empty == len(cells):
            said = f"No row of {split.name} has a label of {task.name!r}."
            yield Finding(
                LOOK, "no labels", split.name, task.name, empty, said, "It is trained, but not measured there."
            )
        if not has_names(task) or split.name == "train":
            continue
        masked = len(cells) - empty - sum(label is not None for label in split.labels(task))
        strange = sorted(_names_in(split, task) - {*task.labels})
        if strange:
            said = f"Labels never seen in training: {_listed(strange)}."
            do = f"{masked:,} rows are left out of its score; label such rows in train, or correct the names."
            yield Finding(MEND, "labels not in train", split.name, task.name, masked, said, do)
    if missed:
        said = f"{missed:,} of {total:,} rows have no label of {task.name!r}: they take no part in its loss."
        do = "Nothing, if they are meant to be empty."
        yield Finding(LOOK if missed > total / 2 else NOTE, "missing labels", "all", task.name, missed, said, do)
    if has_names(task) and (trained := label_counts(corpus.train, task)):
        yield from _of_balance(task, trained)


def _rows_of_others(corpus, split, task) -> int:
    """The rows that were never to have the task's label, as those of another corpus that was merged with its own: with
    labels, but of tasks that share no row with this one."""
    tasks = [t for t in corpus.tasks if t.column is not None]
    if task not in tasks:
        return 0
    there = np.array([[not missing(cell) for cell in split.label_cells(t)] for t in tasks]).reshape(len(tasks), -1)
    own = there[tasks.index(task)]
    partners = there[:, own].any(1)
    return int((there.any(0) & ~there[partners].any(0)).sum()) if own.any() else 0


def _names_in(split, task) -> set[str]:
    """The names of labels, or whole tags, in the cells of a split."""
    return {name_of(label, task) for label in task.spec.labels_of(split.label_cells(task))}


def _of_balance(task, trained: Counter):
    total = trained.total()
    label, most = trained.most_common(1)[0]
    if task.spec.single_label and task.main_metric == "accuracy" and most >= SKEWED * total:
        said = f"{most / total:.0%} of the labels are {label!r}: always answering it has that accuracy."
        do = f'Read macro F1, or judge by Matthews: Task({task.name!r}, {task.kind!r}, metric="matthews").'
        yield Finding(LOOK, "one label rules", "train", task.name, most, said, do)
    rare = [name for name in sorted(trained) if trained[name] < FEW]
    if rare:
        said = f"{len(rare)} of {len(trained)} labels occur less than {FEW} times in training: {_listed(rare)}."
        rows = sum(trained[name] for name in rare)
        yield Finding(LOOK, "rare labels", "train", task.name, rows, said, "Collect more, or join them to others.")
    alike = defaultdict(list)
    for name in sorted(trained):
        alike[plain(name)].append(name)
    for spellings in alike.values():
        if len(spellings) > 1:
            said = f"Labels that differ only in case or white space: {_listed(spellings)}."
            rows = sum(trained[name] for name in spellings)
            yield Finding(MEND, "spellings of a label", "train", task.name, rows, said, "Write them alike.")


def _of_giveaways(corpus, task):
    """Words that stand in nearly all texts of a label and in hardly any other: a stamp, or how people speak."""
    if not task.spec.single_label:
        return
    of_word: dict[str, Counter] = defaultdict(Counter)
    rows: Counter = Counter()
    for text, label in zip(corpus.train.texts, corpus.train.labels(task), strict=True):
        if label is not None:
            rows[label] += 1
            for word in set(plain(text).split()):
                of_word[word][label] += 1
    for label, size in rows.items():
        others = rows.total() - size
        telling = [
            (counts[label] / size, word)
            for word, counts in of_word.items()
            if size >= SEEN <= others
            and counts[label] >= OWN * size
            and counts.total() - counts[label] <= OTHERS * others
        ]
        if telling:
            share, word = max(telling)
            said = f"{word!r} stands in {share:.0%} of the texts labelled {task.labels[label]!r}, and hardly elsewhere."
            do = "If someone stamped it on the texts, take it out; if people speak so, leave it."
            yield Finding(LOOK, "a word tells the label", "train", task.name, size, said, do)


# -- tasks beside one another ------------------------------------------------------------------------------------------
def _of_loudness(corpus):
    first = {t.name: value for t in corpus.tasks if (value := prior_loss(corpus, t)) is not None}
    if len(first) < 2:
        return
    middle = sorted(first.values())[(len(first) - 1) // 2]
    for name, value in first.items():
        if value > LOUD * middle:
            said = f"A model that knows nothing has a loss of {value:,.3g} in {name!r}; the middle task {middle:.3g}."
            do = "With equal weights it drowns the others: divide the unit, or tune the weights."
            yield Finding(LOOK, "loud loss", "train", name, corpus.counts("train")[name], said, do)


def _of_copies(corpus):
    tasks = [t for t in corpus.tasks if t.spec.single_label]
    for one in tasks:
        for other in tasks:
            if one is other or not (rows := _determines(corpus.train, one.column, other)):
                continue
            both = bool(_determines(corpus.train, other.column, one))
            if both and tasks.index(one) > tasks.index(other):
                continue  # said once
            said = f"A label of {one.name!r} tells that of {other.name!r}" + (
                ", and the other way round." if both else "."
            )
            do = "Two names for one task: leave one out." if both else "One is a finer division of the other: so be it."
            yield Finding(LOOK if both else NOTE, "tasks tell each other", "train", one.name, rows, said, do)


def _listed(names: list[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")
