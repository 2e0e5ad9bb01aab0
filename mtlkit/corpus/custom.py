"""A corpus out of a stranger's files: label columns found or named, splits held out where there are none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mtlkit.corpus.corpus import Corpus
from mtlkit.corpus.issues import plain
from mtlkit.corpus.splits import by_column
from mtlkit.corpus.words import join_texts

if TYPE_CHECKING:
    from datasets import Dataset

SHARE = 0.15  # of the training rows, for each split that is missing


def corpus_from_table(
    train: str | Path,
    validation: str | Path | None = None,
    test: str | Path | None = None,
    *,
    text: str | Sequence[str] = "text",
    tasks: str | Sequence[str] = "auto",
    columns: str | Sequence[str] | None = None,
    sep: str | Sequence[str] | None = None,
    encoding: str = "utf-8",
    words: str | None = None,
    quoting: bool | None = None,
    share: float = SHARE,
    seed: int = 0,
) -> Corpus:
    """A corpus from one to three files, with everything in it that a training and its report need.

    A column `split` of a single file, or of a like name, parts it. A missing validation or test split is held out from
    train; rows of the same text stay together, so that no text held out is also in train. Labels that training never
    sees count as missing elsewhere; `find_issues` tells of them.

    Args:
        train: a file, as `Corpus.from_files` reads it.
        validation: another, or None.
        test: another, or None.
        text: the column of texts, or two of pairs; a list, or one text with commas, "sentence_A, sentence_B".
        tasks: "auto", or the columns of labels, "topic, urgency:regression, slots:tagging" or a list of them; a kind
            that is not given is found.
        columns: as in `Corpus.from_files`; a list, or one text with commas.
        sep: as in `Corpus.from_files`.
        encoding: of the files.
        words: as in `Corpus.from_files`.
        quoting: as in `Corpus.from_files`.
        share: of the training rows, for each split that is held out.
        seed: draws the rows that are held out.

    Returns:
        The corpus.

    Raises:
        FileNotFoundError: a file is not there.
        ValueError: a file or column that can't be read, a task without a kind, or too few rows to hold some out.
    """
    from mtlkit.corpus.infer_tasks import find_tasks
    from mtlkit.corpus.readers import read
    from mtlkit.corpus.split import Split

    text, columns = tuple(listed(text)), listed(columns) or None
    files = {"train": train, "validation": validation or None, "test": test or None}
    settings = (columns, sep, encoding, words or None, text[0], quoting)
    data = {name: read(path, *settings) for name, path in files.items() if path}
    data = by_column({name: join_texts(rows, text, name) for name, rows in data.items()}, text)
    Split("train", data["train"], text).check_texts()
    for name in ("test", "validation"):
        if name not in data:
            data["train"], data[name] = hold_out(data["train"], text, share, seed)
    data = {name: data[name] for name in files}
    wanted = None if tasks == "auto" else listed(tasks)
    labelled = find_tasks(Split("train", data["train"], text), wanted)
    return Corpus(data, [replace(task, unknown="mask") for task in labelled], text, Path(train).stem)


def hold_out(data: Dataset, text: Sequence[str], share: float, seed: int = 0) -> tuple[Dataset, Dataset]:
    """(what stays, `share` of the rows), drawn at random; rows whose texts are the same but for case and white space
    stay together. ValueError where too few rows are left on one of the sides."""
    import numpy as np

    groups = defaultdict(list)
    for row, texts in enumerate(zip(*(data[column][:] for column in text), strict=True)):
        groups[plain(tuple(map(str, texts)))].append(row)
    wanted, drawn = share * len(data), []
    rows = list(groups.values())
    for group in np.random.default_rng(seed).permutation(len(rows)):
        if len(drawn) >= wanted:
            break
        drawn += rows[group]
    kept = sorted(set(range(len(data))) - set(drawn))
    if not kept or not drawn:
        raise ValueError(
            f"{len(data):,} rows with {len(rows):,} different texts are too few to hold out {share:.0%} of them: "
            "give validation= and test= files, or more rows."
        )
    return data.select(kept), data.select(sorted(drawn))


def listed(names: str | Sequence[str] | None) -> list[str]:
    """Names as a list: of a text with commas, each without the white space around it."""
    parts = names.split(",") if isinstance(names, str) else names or ()
    return [part.strip() for part in parts if part.strip()]
