"""CSV and TSV: separated columns, each cell a text. Nothing is guessed away and no row is lost: what cannot be read as
it stands is an error that names the file, the row and the line.

Cells of CSV files may be quoted ("He said ""no"", twice"). In files separated by tabs both exist: a spreadsheet and
pandas quote cells that hold a tab, a line break or a quote, and in corpora of texts a double quote is a character like
any other. Which of the two a file is, its cells tell.
"""

from __future__ import annotations

import itertools
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence

from mtlkit.corpus.arrow import tidy_names

PIECE = (
    50_000  # rows that are Python texts at once, before they go into Arrow, which holds them in a third of the memory
)
UNQUOTABLE = re.compile(r"[\n\r\"]")
QUOTED = re.compile(r'"((?:[^"]|"")*)"')


def parse_separated(
    content: str, name: str, columns: Sequence[str] | None, sep: str | Sequence[str], quoting: bool | None = None
) -> dict:
    """Column → cells of CSV or TSV text, in pieces of an Arrow array. quoting: whether cells may be quoted (None: in
    CSV; in TSV where the cells are written so, which is said). ValueError for a ragged row, an unbalanced quote, a
    doubled column."""
    import pyarrow as pa

    if isinstance(sep, str) and _may_be_quoted(content, sep, name, columns, quoting):
        rows = _quoted_rows(content, sep, name, columns is not None)
    else:
        rows = _plain_rows(content, sep, columns)
    header = list(columns) if columns is not None else next(rows, (1, []))[1]
    header = tidy_names(header, repr(name) if columns is None else "columns=")
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


def _may_be_quoted(content: str, sep: str, name: str, columns: Sequence[str] | None, quoting: bool | None) -> bool:
    """Whether cells may be quoted. Of a file separated by tabs its cells tell, and what they tell is said."""
    if quoting is not None or sep != "\t":
        return quoting is not False
    if not _quotes_enclose(content, sep, columns):
        return False
    warnings.warn(
        f"{name!r}: double quotes enclose cells, as pandas and spreadsheets write them, and are taken off. If they "
        "belong to the texts: quoting=False.",
        stacklevel=3,
    )
    return True


def _quotes_enclose(content: str, sep: str, columns: Sequence[str] | None) -> bool:
    """Whether the double quotes of a file are marks around cells, not characters of its texts."""
    if '"' not in content:
        return False

    def rows() -> Iterator[list[str]]:  # anew each time: a large file is not held in memory
        return (fields for _, fields in _plain_rows(content, sep, columns))

    if len({len(fields) for fields in rows()}) > 1:  # a quoted cell may hold tabs and line breaks
        try:
            return len({len(fields) for _, fields in _quoted_rows(content, sep, "", 0)}) == 1
        except ValueError:
            return False
    marked = [QUOTED.fullmatch(cell) for fields in rows() for cell in fields if '"' in cell]
    if None in marked:  # a quote in the midst of a cell
        return False
    inside = [found[1] for found in marked if found]
    if any('""' in text for text in inside):
        return True
    begin = [i for i, cell in enumerate(next(rows())) if cell.startswith('"')]
    if any(all(fields[i].startswith('"') for fields in rows()) for i in begin):
        return True
    bare = (cell for fields in rows() for cell in fields if '"' not in cell)
    return all("," in text for text in inside) and not any("," in cell for cell in bare)  # a spreadsheet's habit


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
    remedy += "If quotes are characters like any other in this file: quoting=False."
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
