"""Files to tables: CSV, TSV, JSON lines, JSON, Parquet and CoNLL. Nothing is guessed away and no row is lost: what
cannot be read as it stands is an error that names the file, the row and the line.

In separated files every cell is text ("01" stays "01", "NA" stays "NA") and an empty cell is missing.
"""

from __future__ import annotations

import bz2
import difflib
import gzip
import json
import lzma
import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mtlkit.corpus.arrow import no_duplicates, to_array, to_dataset
from mtlkit.corpus.conll import CONLLU, parse_conll
from mtlkit.corpus.separated import parse_separated
from mtlkit.corpus.words import join_words

if TYPE_CHECKING:
    from datasets import Dataset

SUFFIXES = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "json", ".ndjson": "json", ".json": "json",
    ".parquet": "parquet", ".conll": "conll", ".conllu": "conll", ".bio": "conll", ".iob": "conll",
}  # fmt: skip
OPENERS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}  # files that are read as what they hold
PARTED = re.compile(r"\S[ \t\r]*\n\s*\n(?=\S)")  # a line, an empty one, a line


def suffix(path: str | Path) -> str:
    """Of "train.csv.gz" .csv, in lower case."""
    path = Path(path)
    return (Path(path.stem) if path.suffix.lower() in OPENERS else path).suffix.lower()


def read(
    path: str | Path,
    columns: Sequence[str] | None = None,
    sep: str | Sequence[str] | None = None,
    encoding: str = "utf-8",
    words: str | None = None,
    text: str = "text",
    quoting: bool | None = None,
) -> Dataset:
    """One file, also compressed by gzip, bzip2 or xz, as a `datasets.Dataset`. The format follows from the suffix; of a
    file with another suffix, from `sep` (separated by it), `words` (CoNLL), or a tab in its first line (TSV).

    columns: the names of the columns of a file without a header line; of a CoNLL file (default: words, tags; those of
        CoNLL-U, where it is one).
    sep: what separates the columns; a tuple, such as (":", " ") for "DESC:manner How did …", gives the separators in
    their order, and the last column takes the rest of the line.
    words: the column of words to be joined to the column `text` (CoNLL: its first column, where it has no texts).
    quoting: whether double quotes enclose cells (None: in CSV; in TSV where the cells are written so).
    """
    path = Path(path)
    check_exists(path)
    kind = SUFFIXES.get(suffix(path))
    if kind in ("json", "parquet") and (columns is not None or sep is not None):
        raise ValueError(f"{path.name!r} names its own columns: columns= and sep= are for CSV, TSV and CoNLL files.")
    if kind == "parquet":
        data = read_parquet(path)
    else:
        content = decode(path, encoding)
        if kind is None:
            kind = _kind_without_suffix(path, content, sep, words)
        if kind == "tsv" and PARTED.search(content):
            kind = _kind_of_parted(path, words)
        if kind == "json":
            data = to_dataset(parse_json(content, path.name))
        elif kind == "conll":
            if sep is not None and not isinstance(sep, str):
                raise ValueError(f"{path.name!r}: sep= of a CoNLL file is one text, found {sep!r}.")
            columns = columns or (CONLLU if suffix(path) == ".conllu" else None)
            cells, words = parse_conll(content, path.name, columns, sep, words)
            data = to_dataset(cells)
        else:
            sep = {"csv": ",", "tsv": "\t"}[kind] if sep is None else sep
            data = to_dataset(parse_separated(content, path.name, columns, sep, quoting))
    if words is None or (text in data.column_names and kind == "conll"):
        return data
    if text in data.column_names:
        raise ValueError(
            f"{path.name!r} has a column of texts {text!r}: words={words!r} would make others. Leave it out, or give "
            "text= another name; Task(…, words=…) names the words that tags stand for."
        )
    return join_words(data, words, text, path.name)


def read_parquet(path: Path) -> Dataset:
    """A Parquet file, memory-mapped by `datasets`."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from datasets import Dataset, disable_progress_bars, enable_progress_bars, is_progress_bar_enabled

    if path.stat().st_size == 0:
        raise ValueError(f"{path.name!r} is empty.")
    try:
        with pq.ParquetFile(path) as file:
            names, rows = file.schema_arrow.names, file.metadata.num_rows
    except pa.ArrowException as error:
        raise ValueError(f"{path.name!r} is not a whole Parquet file: {error}") from error
    no_duplicates(names, repr(path.name))
    if rows == 0:
        raise ValueError(f"{path.name!r} has columns ({', '.join(names)}) but no rows.")
    shown = is_progress_bar_enabled()
    disable_progress_bars()
    try:
        return Dataset.from_parquet(str(path))
    finally:
        if shown:
            enable_progress_bars()


# -- a file, its text ------------------------------------------------------------------------------------------------
def check_exists(path: Path) -> None:
    """FileNotFoundError with the nearest name in the folder; ValueError for a folder in place of a file."""
    if path.is_dir():
        raise ValueError(f"{str(path)!r} is a folder; a file is due.")
    if path.exists():
        return
    folder = path.parent
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no file {str(path)!r}: its folder {str(folder)!r} does not exist.")
    names = sorted(p.name for p in folder.iterdir() if p.is_file())
    near = difflib.get_close_matches(path.name, names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    raise FileNotFoundError(f"There is no file {path.name!r} in {str(folder)!r}.{hint} Files there: {shown or 'none'}.")


def decode(path: Path, encoding: str) -> str:
    """The text of a file, without a byte-order mark. ValueError with the place of the first byte that doesn't fit."""
    with OPENERS.get(path.suffix.lower(), open)(path, "rb") as file:
        raw = file.read()
    try:
        content = raw.decode(encoding).removeprefix("\ufeff")
    except LookupError as error:
        raise ValueError(f"There is no encoding {encoding!r}. Usual ones: utf-8, latin-1, cp1252, utf-16.") from error
    except UnicodeError as error:
        at = getattr(error, "start", 0)
        likely = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1"
        if likely == encoding.lower():
            likely = "utf-8"
        raise ValueError(
            f"{path.name!r} is not {encoding}: byte 0x{raw[at]:02X} at offset {at:,} "
            f'(line {raw.count(10, 0, at) + 1:,}). Try encoding="{likely}".'
        ) from error
    if not content or content.isspace():
        raise ValueError(f"{path.name!r} is empty.")
    if "\n" not in content:  # line ends of the first Macintosh
        content = content.replace("\r", "\n")
    return content


def _kind_without_suffix(path: Path, content: str, sep, words: str | None) -> str:
    if words is not None and sep is None:
        return "conll"
    if sep is not None:
        return "csv"
    if "\t" in content.partition("\n")[0]:
        return "tsv"
    raise ValueError(
        f"What format does {path.name!r} have? Its suffix is none of {', '.join(SUFFIXES)}. Give sep= for a file of "
        "separated columns or words= for CoNLL, or read it yourself and use Corpus.from_frames."
    )


def _kind_of_parted(path: Path, words: str | None) -> str:
    """Rows with empty lines between them may be words, a line each."""
    if words is not None:
        return "conll"
    warnings.warn(
        f"{path.name!r} has empty lines between its rows. If each row is a word and each block a sentence, give the "
        "column of words as words=.",
        stacklevel=3,
    )
    return "tsv"


# -- JSON ------------------------------------------------------------------------------------------------------------
def parse_json(content: str, name: str) -> dict:
    """Column → cells of JSON lines, one object a line, or of one JSON list of objects; a key that an object lacks is a
    missing cell."""
    rows = _whole_list(content, name) if content.lstrip().startswith("[") else _json_lines(content, name)
    columns = dict.fromkeys(key for row in rows for key in row)
    return {c: to_array([row.get(c) for row in rows], c, name) for c in columns}


def _json_lines(content: str, name: str) -> list[dict]:
    if (keys := _keys_of_one_object(content)) is not None:
        raise ValueError(
            f"{name!r} is one JSON object ({', '.join(keys)[:60]}); an object a line is due, or one list of them. Read "
            "it yourself and use Corpus.from_frames."
        )
    rows = []
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        row = _parsed(line, f"{name!r}, line {number:,}")
        if not isinstance(row, dict):
            raise ValueError(f"{name!r}, line {number:,}: one JSON object a line is due, found {line[:40]!r}.")
        rows.append(row)
    return rows


def _keys_of_one_object(content: str) -> list[str] | None:
    """The keys of a file that is one JSON object over several lines."""
    if content.split("\n", 1)[0].strip() != "{":
        return None
    try:
        return list(json.loads(content))
    except json.JSONDecodeError:
        return None


def _whole_list(content: str, name: str) -> list[dict]:
    rows = _parsed(content, repr(name))
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise ValueError(f"{name!r}, item {number:,} of its list: an object is due, found {str(row)[:40]!r}.")
    if not rows:
        raise ValueError(f"{name!r} is an empty list.")
    return rows


def _parsed(content: str, where: str):
    """JSON, or a ValueError that begins with `where`."""
    try:
        return json.loads(content, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno:,}, " if "\n" in content else ""
        raise ValueError(f"{where}: not JSON ({error.msg} at {line}column {error.colno}).") from error
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from error


def _object(pairs: list[tuple]) -> dict:
    row = dict(pairs)
    if len(row) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(k for k in keys if keys.count(k) > 1)!r} occurs twice.")
    return row
