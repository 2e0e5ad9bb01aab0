"""Files to tables: CSV, TSV, JSON lines, Parquet and CoNLL. Nothing is guessed away and no row is lost: what cannot be
read as it stands is an error that names the file, the row and the line.

In separated files every cell is text ("01" stays "01", "NA" stays "NA") and an empty cell is missing. Cells of CSV
files may be quoted ("He said ""no"", twice"); in files separated by tabs, and in CoNLL, a double quote is a character
like any other, as corpora of texts have it.
"""

from __future__ import annotations

import difflib
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mtlkit.corpus.arrow import no_duplicates, to_array, to_dataset

if TYPE_CHECKING:
    from datasets import Dataset

SUFFIXES = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet",
    ".conll": "conll", ".bio": "conll", ".iob": "conll",
}  # fmt: skip
PIECE = (
    50_000  # rows that are Python texts at once, before they go into Arrow, which holds them in a third of the memory
)
UNQUOTABLE = re.compile(r"[\n\r\"]")


def read(
    path: str | Path,
    columns: Sequence[str] | None = None,
    sep: str | Sequence[str] | None = None,
    encoding: str = "utf-8",
    words: str | None = None,
    text: str = "text",
) -> Dataset:
    """One file as a `datasets.Dataset`. The format follows from the suffix; of a file with another suffix, from `sep`
    (separated by it), `words` (CoNLL), or a tab in its first line (TSV).

    columns: the names of the columns of a file without a header line; of a CoNLL file (default: words, tags).
    sep: what separates the columns; a tuple, such as (":", " ") for "DESC:manner How did …", gives the separators in
    their order, and the last column takes the rest of the line.
    words: the column of words to be joined to the column `text` where the file has none (CoNLL: its first column).
    """
    path = Path(path)
    check_exists(path)
    kind = SUFFIXES.get(path.suffix.lower())
    if kind in ("jsonl", "parquet") and (columns is not None or sep is not None):
        raise ValueError(f"{path.name!r} names its own columns: columns= and sep= are for CSV, TSV and CoNLL files.")
    if kind == "parquet":
        data = read_parquet(path)
    else:
        content = decode(path, encoding)
        if kind is None:
            kind = _kind_without_suffix(path, content, sep, words)
        if kind == "jsonl":
            data = to_dataset(parse_jsonl(content, path.name))
        elif kind == "conll":
            columns = columns or [words or "words", "tags"]
            words = words or columns[0]
            if sep is not None and not isinstance(sep, str):
                raise ValueError(f"{path.name!r}: sep= of a CoNLL file is one text, found {sep!r}.")
            data = to_dataset(parse_conll(content, path.name, columns, sep))
        else:
            sep = {"csv": ",", "tsv": "\t"}[kind] if sep is None else sep
            data = to_dataset(parse_separated(content, path.name, columns, sep))
    if words is not None and text not in data.column_names:
        data = join_words(data, words, text, path.name)
    return data


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
    raw = path.read_bytes()
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


# -- separated columns -------------------------------------------------------------------------------------------------
def parse_separated(content: str, name: str, columns: Sequence[str] | None, sep: str | Sequence[str]) -> dict:
    """Column → cells of CSV or TSV text, in pieces of an Arrow array. ValueError for a ragged row, an unbalanced quote,
    a doubled column."""
    import pyarrow as pa

    quoted = isinstance(sep, str) and sep != "\t"
    rows = _quoted_rows(content, sep, name, columns is not None) if quoted else _plain_rows(content, sep, columns)
    header = list(columns) if columns is not None else next(rows, (1, []))[1]
    no_duplicates(header, repr(name) if columns is None else "columns=")
    if columns is None:
        _check_separator(header, sep, name)
    rows = _even(rows, header, name, sep, columns is not None)
    pieces: list[list] = [[] for _ in header]
    while piece := list(itertools.islice(rows, PIECE)):
        for arrays, cells in zip(pieces, zip(*piece, strict=True), strict=True):
            arrays.append(pa.array([cell or None for cell in cells], pa.string()))
    if not header or not pieces[0]:
        raise ValueError(f"{name!r} has a header line ({', '.join(header)}) but no rows.")
    return {column: pa.chunked_array(arrays) for column, arrays in zip(header, pieces, strict=True)}


def _even(
    rows: Iterable[tuple[int, list[str]]], header: list[str], name: str, sep: str | Sequence[str], given: bool
) -> Iterator[list[str]]:
    """The cells of each row, as many as the header has. given: whether `columns=` names them."""
    for row, (line, fields) in enumerate(rows, 1):
        if len(fields) != len(header):
            raise ValueError(_ragged(name, row, line, fields, header, sep, given))
        if given and row == 1 and fields == header:
            raise ValueError(f"{name!r} has a header line ({', '.join(header)}): leave columns= out.")
        yield fields


def _plain_rows(content: str, sep: str | Sequence[str], columns) -> Iterator[tuple[int, list[str]]]:
    """(line, fields) where quotes mean nothing. An empty line is a row only where there is a single column."""
    first = content.partition("\n")[0]
    single = len(columns) == 1 if columns is not None else isinstance(sep, str) and sep not in first
    start = number = 0
    while start < len(content):
        end = content.find("\n", start)
        end = len(content) if end < 0 else end
        line, start, number = content[start:end].removesuffix("\r"), end + 1, number + 1
        if line or single:
            yield number, line.split(sep) if isinstance(sep, str) else _split_in_order(line, sep)


def _split_in_order(line: str, separators: Sequence[str]) -> list[str]:
    fields = []
    for separator in separators:
        head, found, rest = line.partition(separator)
        if not found:
            break
        fields.append(head)
        line = rest
    return [*fields, line]


def _quoted_rows(content: str, sep: str, name: str, row: int) -> Iterator[tuple[int, list[str]]]:
    """(line, fields) by RFC 4180; the first is row number `row`. A quote that opens in the middle of a cell, or never
    closes, would swallow the lines after it (csv and pandas let it): here it is an error."""
    if len(sep) != 1 or UNQUOTABLE.match(sep):
        raise ValueError(f"sep={sep!r}: one character is due, or a tuple of separators in their order.")
    s = re.escape(sep)
    cell = re.compile(rf'(?:"((?:[^"]++|"")*+)"|([^"\n{s}]*+))({s}|\r?\n|\Z)').match
    position, end, fields, line = 0, len(content), [], 1
    start = 0
    while position < end or fields:
        found = cell(content, position)
        if found is None:
            raise ValueError(_bad_quote(content, position, name, row, sep))
        quoted, plain, after = found.groups()
        if quoted is None:
            fields.append(plain.removesuffix("\r") if after != sep else plain)
        else:
            fields.append(quoted.replace('""', '"') if '"' in quoted else quoted)
        position = found.end()
        if after == sep:
            continue
        if len(fields) > 1 or fields[0] or quoted is not None:  # else an empty line
            yield line, fields
            row += 1
        line += content.count("\n", start, position)
        fields, start = [], position


def _bad_quote(content: str, position: int, name: str, row: int, sep: str) -> str:
    line = content.count("\n", 0, position) + 1
    where = f"{name!r}, {f'row {row:,}' if row else 'header'} (line {line:,}):"
    remedy = 'Inside a quoted cell a double quote is written twice ("He said ""no"""). '
    remedy += "If quotes mean nothing in this file, read it with pandas (quoting=3) and use Corpus.from_frames."
    if content[position] != '"':
        shown = content[position : content.index('"', position) + 1][-30:]
        return f"{where} a double quote in a cell that doesn't begin with one (… {shown}). {remedy}"
    closed = re.compile(r'"(?:[^"]++|"")*+"').match(content, position)
    shown = content[position : position + 30].split("\n")[0]
    if closed is None:
        return f"{where} the double quote that opens here never closes ({shown} …). {remedy}"
    last = content.count("\n", 0, closed.end()) + 1
    return (
        f"{where} the double quote that opens here ({shown} …) closes at line {last:,}, where {sep!r} or the "
        f"line's end is due, found {content[closed.end()]!r}. {remedy}"
    )


def _check_separator(header: list[str], sep, name: str) -> None:
    """A file of one column whose name holds another separator was read with the wrong one."""
    if len(header) > 1:
        return
    for other in ("\t", ";", ",", "|"):
        if other != sep and other in header[0]:
            raise ValueError(f"{name!r}: its header {header[0]!r} seems separated by {other!r}: give sep={other!r}.")


def _ragged(name, row, line, fields, header, sep, given: bool) -> str:
    expected = f"{len(header)} cells are due ({', '.join(map(repr, header))})"
    source = "columns= names them" if given else "the header names them"
    if len(fields) > len(header):
        hint = "Does a text hold the separator? " + (
            'In CSV it then goes in double quotes: "…".' if sep not in ("\t",) and isinstance(sep, str) else ""
        )
    else:
        hint = "Is a cell missing, or the line broken in two?"
    return f"{name!r}, row {row:,} (line {line:,}): {expected}; {source}; found {len(fields)}. {hint}".rstrip()


# -- CoNLL, JSON lines -------------------------------------------------------------------------------------------------
def parse_conll(content: str, name: str, columns: Sequence[str], sep: str | None = None) -> dict[str, list[list[str]]]:
    """Column → a list of cells per sentence. One word a line; sentences are parted by lines that are empty or hold
    white space only. sep None: a tab where the line has one, else any white space."""
    no_duplicates(columns, "columns=")
    sentences: list[list[list[str]]] = []
    open_sentence = False
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            open_sentence = False
            continue
        line = line.removesuffix("\r")
        fields = line.split(sep or ("\t" if "\t" in line else None))
        if len(fields) != len(columns) or not all(f.strip() for f in fields):
            raise ValueError(
                f"{name!r}, line {number:,} (sentence {len(sentences) + (not open_sentence):,}): {len(columns)} cells "
                f"are due ({', '.join(map(repr, columns))}), found {sum(bool(f.strip()) for f in fields)}: "
                f"{line[:60]!r}."
            )
        if not open_sentence:
            sentences.append([])
            open_sentence = True
        sentences[-1].append(fields)
    by_sentence = [list(map(list, zip(*s, strict=True))) for s in sentences]
    return {c: [s[i] for s in by_sentence] for i, c in enumerate(columns)}


def parse_jsonl(content: str, name: str) -> dict:
    """Column → cells of JSON lines, one object a line; a key that a line lacks is a missing cell."""
    rows = []
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, object_pairs_hook=_object)
        except json.JSONDecodeError as error:
            raise ValueError(f"{name!r}, line {number:,}: not JSON ({error.msg} at column {error.colno}).") from error
        except ValueError as error:
            raise ValueError(f"{name!r}, line {number:,}: {error}") from error
        if not isinstance(row, dict):
            raise ValueError(
                f"{name!r}, line {number:,}: one JSON object a line is due, found {line[:40]!r}. A file that is one "
                "JSON list: read it with pandas.read_json and use Corpus.from_frames."
            )
        rows.append(row)
    columns = dict.fromkeys(key for row in rows for key in row)
    return {c: to_array([row.get(c) for row in rows], c, name) for c in columns}


def _object(pairs: list[tuple]) -> dict:
    row = dict(pairs)
    if len(row) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(k for k in keys if keys.count(k) > 1)!r} occurs twice.")
    return row


def join_words(data: Dataset, words: str, text: str, name: str) -> Dataset:
    """The table with a column `text`, each cell the words of the column `words` joined. `name`: for errors."""
    from mtlkit.utils.errors import unknown

    if words not in data.column_names:
        raise ValueError(f"{name!r}: {unknown('column', words, data.column_names)}")
    cells = data[words][:]
    return data.add_column(text, [c if isinstance(c, str | None) else " ".join(map(str, c)) for c in cells])
