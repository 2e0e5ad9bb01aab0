"""A file of texts in, a table with every task's answers out: written whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mtlkit.utils.files import write_file

if TYPE_CHECKING:
    from mtlkit.model import MultiTaskModel

CHUNK = 2_000  # rows whose answers are held in memory at once


def predict_file(
    model: MultiTaskModel,
    path: str | Path,
    out: str | Path,
    *,
    text: str | Sequence[str] = "text",
    columns: Sequence[str] | None = None,
    sep: str | Sequence[str] | None = None,
    encoding: str = "utf-8",
    words: str | None = None,
    quoting: bool | None = None,
    progress: bool = True,
) -> int:
    """Answer every row of a file, and write its columns and the answers to a CSV file, in the same order.

    Each task of the model gets the column "<task>_answer": a label, a number, labels with | between ("-": none), or
    entities as "label: words; …"; a classification also "<task>_score", the probability of its answer. `out` appears
    once all rows are answered; if anything fails before, an older one stays as it was.

    Args:
        model: what answers.
        path: the file, as `Corpus.from_files` reads it.
        out: the CSV file to write.
        text: the column of the texts, or two for pairs.
        columns: as in `Corpus.from_files`.
        sep: as in `Corpus.from_files`.
        encoding: of the file that is read.
        words: as in `Corpus.from_files`.
        quoting: as in `Corpus.from_files`.
        progress: whether a bar shows how far it is.

    Returns:
        The number of rows.

    Raises:
        FileNotFoundError: there is no such file, or no folder to write to.
        ValueError: a row without a text, a column that is not there or is in the way of an answer, or `out` is `path`.
    """
    from mtlkit.corpus.readers import read
    from mtlkit.corpus.split import Split
    from mtlkit.corpus.words import join_texts

    path, out = Path(path), Path(out)
    text = (text,) if isinstance(text, str) else tuple(text)
    rows = read(path, columns, sep, encoding, words, text[0], quoting)
    split = Split(path.name, join_texts(rows, text, path.name), text)
    split.check_texts()
    if out.exists() and out.samefile(path):
        raise ValueError(f"{str(out)!r} is the file that is read: choose another for the answers.")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {str(out.parent)!r} to write {out.name!r} to.")
    answers = [column for task in model.tasks for column in _columns(task)]
    for column in answers:
        if column in split.dataset.column_names:
            raise ValueError(f"{path.name!r} has a column {column!r} already, as the answers would: rename it.")
    write_file(out, _lines(model, split, answers, progress))
    return len(split)


def _columns(task) -> list[str]:
    return [f"{task.name}_{column}" for column in task.spec.columns(task)]


def _lines(model, split, answers: list[str], progress: bool) -> Iterator[str]:
    from tqdm.auto import tqdm

    own = split.dataset.column_names
    yield _line([*own, *answers])
    with tqdm(total=len(split), unit="row", disable=not progress) as bar:
        for start in range(0, len(split), CHUNK):
            part = split.select(range(start, min(start + CHUNK, len(split))))
            for row, found in zip(part, model.predict(part.texts), strict=True):
                yield _line([*(_cell(row[column]) for column in own), *_answers(model.tasks, found)])
            bar.update(len(part))


def _answers(tasks, found: dict) -> Iterator[str]:
    for task in tasks:
        answer = found.get(task.name)
        yield from [""] * len(task.spec.columns(task)) if answer is None else task.spec.cells(answer, task)


def _cell(value) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "" if value is None else str(value)


def _line(cells: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(cells)
    return buffer.getvalue()
