"""A corpus by its name: embedded ones, GLUE, SuperGLUE."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from mtlkit.corpus import glue
from mtlkit.corpus.corpus import Corpus
from mtlkit.tasks import Task
from mtlkit.utils.errors import unknown
from mtlkit.utils.paths import DATA


def load_corpus(name: str, tasks: Sequence[str] | None = None, folder: str | Path | None = None) -> Corpus:
    """A corpus by its name.

    Args:
        name: an embedded one, such as "helpdesk", or "glue" or "superglue".
        tasks: names of those to keep (None: all).
        folder: of "glue" and "superglue" alone: where their files lie (None: the Hub; see `mtlkit.corpus.glue.load`).

    Returns:
        The corpus.

    Raises:
        ValueError: an unknown name or task, with the known ones; a folder where none is due, or one that lacks files.

    Example:
        >>> len(load_corpus("helpdesk").test)
        800
    """
    embedded = [file.parent.name for file in DATA.glob("*/corpus.json")]
    if name not in embedded and name not in glue.BENCHMARKS:
        raise ValueError(unknown("corpus", name, sorted([*embedded, *glue.BENCHMARKS])))
    glue.check_folder(name, folder)
    if name in glue.BENCHMARKS:
        return glue.load(name, tasks, folder)
    described = json.loads((DATA / name / "corpus.json").read_text(encoding="utf-8"))
    corpus = Corpus.from_files(
        {split: DATA / name / file for split, file in described["files"].items()},
        tasks=[Task(**task) for task in described["tasks"]],
        text=described["text"],
        name=name,
    )
    return corpus if tasks is None else corpus.only(tasks)


def as_corpus(corpus: Corpus | str) -> Corpus:
    """A corpus, or the one of a name: what `load_corpus` makes of it, with all its tasks."""
    return load_corpus(corpus) if isinstance(corpus, str) else corpus
