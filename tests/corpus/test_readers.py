"""What users' files look like, and that none of it is lost or bent on the way in."""

import csv
import importlib
import io
import json
import re

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mtlkit.corpus.readers import parse_json, parse_separated, read

PROPERTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(path, content, encoding="utf-8"):
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def rows(data):
    return data.to_pandas().astype(object).where(lambda f: f.notna(), None).values.tolist()


# -- every format gives the same table ---------------------------------------------------------------
FORMATS = {
    "a.csv": ("text,topic\nhello there,x\n\"one, two\",y\n", {}),
    "semicolons.csv": ("text;topic\nhello there;x\none, two;y\n", {"sep": ";"}),
    "no_header.csv": ("hello there,x\n\"one, two\",y\n", {"columns": ["text", "topic"]}),
    "a.tsv": ("text\ttopic\nhello there\tx\none, two\ty\n", {}),
    "a.txt": ("text\ttopic\nhello there\tx\none, two\ty\n", {}),
    "label_first.txt": ("hello there:x\none, two:y\n", {"columns": ["text", "topic"], "sep": (":",)}),
    "crlf.csv": ("text,topic\r\nhello there,x\r\n\"one, two\",y\r\n", {}),
    "crlf.tsv": ("text\ttopic\r\nhello there\tx\r\none, two\ty\r\n", {}),
    "no_final_newline.csv": ("text,topic\nhello there,x\n\"one, two\",y", {}),
    "no_final_newline.tsv": ("text\ttopic\nhello there\tx\none, two\ty", {}),
    "macintosh.tsv": ("text\ttopic\rhello there\tx\rone, two\ty\r", {}),
    "bom.csv": ("\ufefftext,topic\nhello there,x\n\"one, two\",y\n", {}),
    "blank_lines.csv": ("text,topic\n\nhello there,x\n\n\"one, two\",y\n\n", {}),
    "blank_lines.tsv": ("text\ttopic\n\nhello there\tx\n\none, two\ty\n\n", {}),
    "a.jsonl": ('{"text": "hello there", "topic": "x"}\n{"topic": "y", "text": "one, two"}\n', {}),
    "crlf.jsonl": ('{"text": "hello there", "topic": "x"}\r\n\r\n{"topic": "y", "text": "one, two"}', {}),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_reads_as_the_table_it_holds(name, tmp_path):
    content, options = FORMATS[name]
    data = read(write(tmp_path / name, content), **options)
    assert data.column_names == ["text", "topic"]
    assert rows(data) == [["hello there", "x"], ["one, two", "y"]]


def test_parquet_keeps_its_types(tmp_path, monkeypatch):
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    frame = pd.DataFrame({"text": ["a", "b"], "n": [1.5, None], "tags": [["O", "B-x"], ["O"]]})
    frame.to_parquet(tmp_path / "a.parquet")
    data = read(tmp_path / "a.parquet")
    assert data[:] == {"text": ["a", "b"], "n": [1.5, None], "tags": [["O", "B-x"], ["O"]]}


def test_cells_of_separated_files_stay_text_and_empty_ones_are_missing(tmp_path):
    cells = ["01", "1.0", "NA", "null", "None", "nan", "True", " x "]
    data = read(write(tmp_path / "a.csv", "label,empty,quoted\n" + "".join(f'{c},,""\n' for c in cells)))
    assert data["label"][:] == cells
    assert data["empty"][:] == data["quoted"][:] == [None] * len(cells)


def test_quotes_are_data_in_tab_separated_files(tmp_path):
    lines = ['"\tO', 'he said "no\tx', '"a"\tx', '"""\ty', '5" disk\tx']
    data = read(write(tmp_path / "a.tsv", "\n".join(lines)), columns=["text", "label"])
    assert [f"{text}\t{label}" for text, label in rows(data)] == lines


def test_separators_in_order_leave_the_rest_of_the_line_to_the_last_column(tmp_path):
    path = write(tmp_path / "a.label", "DESC:manner How did it go : well ?\nNUM:date When ?\n")
    data = read(path, columns=["coarse", "fine", "text"], sep=(":", " "))
    assert rows(data) == [["DESC", "manner", "How did it go : well ?"], ["NUM", "date", "When ?"]]


def test_a_latin_1_file_reads_with_its_encoding(tmp_path):
    assert read(write(tmp_path / "a.csv", "text\ncafé\n", "latin-1"), encoding="latin-1")["text"][:] == ["café"]


def test_an_empty_line_of_a_single_column_file_is_a_row(tmp_path):
    data = read(write(tmp_path / "a.label", "x\n\ny\n"), columns=["label"], sep="\t")
    assert data["label"][:] == ["x", None, "y"]


@pytest.mark.parametrize("between", ["\n", "\t\n", "  \n", "\n\n \n", "\r\n"])
def test_conll_sentences_are_parted_by_empty_lines_and_by_lines_of_white_space(between, tmp_path):
    content = f'The\tO\n"\tO\nLouvre\tB-loc\n{between}Go\tO\n#here\tO'
    data = read(write(tmp_path / "a.conll", content))
    assert data[:] == {
        "words": [["The", '"', "Louvre"], ["Go", "#here"]],
        "tags": [["O", "O", "B-loc"], ["O", "O"]],
        "text": ['The " Louvre', "Go #here"],
    }


def test_conll_by_another_suffix_other_columns_and_spaces(tmp_path):
    path = write(tmp_path / "a.annotated", "The DT O\nLouvre NNP B-loc\n\nGo VB O\n")
    data = read(path, columns=["token", "pos", "ner"], words="token", text="sentence")
    assert data["ner"][:] == [["O", "B-loc"], ["O"]]
    assert data["sentence"][:] == ["The Louvre", "Go"]


def test_jsonl_keeps_lists_and_types_and_a_lacking_key_is_missing(tmp_path):
    lines = [{"text": "a", "n": 1, "tags": []}, {"text": "b", "tags": ["x"], "new": True}]
    data = read(write(tmp_path / "a.jsonl", "\n".join(map(json.dumps, lines))))
    assert data[0] == {"text": "a", "n": 1, "tags": [], "new": None}
    assert data[1] == {"text": "b", "n": None, "tags": ["x"], "new": True}


def test_jsonl_labels_that_are_now_numbers_now_texts_become_texts():
    found = parse_json('{"label": 1}\n{"label": "1"}\n{"label": "b"}\n{"label": null}', "a.jsonl")
    assert found["label"].to_pylist() == ["1", "1", "b", None]


@pytest.mark.parametrize("module", ["gzip", "bz2", "lzma"])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.conllu"])
def test_compressed_files_are_read_as_what_they_hold(name, module, tmp_path):
    content = {"a.csv": "text,y\nNA,None\n", "a.jsonl": '{"text": "NA", "y": "None"}', "a.conllu": CONLLU}[name]
    plain = read(write(tmp_path / name, content))
    suffix = {"gzip": ".gz", "bz2": ".bz2", "lzma": ".xz"}[module]
    packed = write(tmp_path / (name + suffix), importlib.import_module(module).compress(content.encode()))
    assert read(packed)[:] == plain[:]


# -- any table comes back as it was ------------------------------------------------------------------
ODD = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("\",;\t\n\r|'\\ \ufeff\u2028\x85\x00"), max_size=8
)
TABLES = st.integers(1, 3).flatmap(lambda n: st.lists(st.lists(ODD, min_size=n, max_size=n), min_size=1, max_size=5))
NAMES = ["text", "label", "more"]


def check_back(data, table):
    names = NAMES[: len(table[0])]
    expected = {c: [row[i] or None for row in table] for i, c in enumerate(names)}
    assert {c: cells.to_pylist() for c, cells in data.items()} == expected


@PROPERTY
@given(TABLES, st.sampled_from(",;|"), st.sampled_from(["\n", "\r\n"]), st.booleans())
@example([['a"b', "x,\ny"], ["\n", '"']], ",", "\r\n", True)
def test_csv_as_the_csv_module_writes_it_comes_back(table, sep, newline, all_quoted):
    out = io.StringIO()
    # lineterminator \r\n makes the writer quote cells that hold \r or \n; the file's own line ends are then replaced
    writer = csv.writer(out, delimiter=sep, quoting=csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL)
    for row in [NAMES[: len(table[0])], *table]:
        at = out.tell()
        writer.writerow(row)
        line = out.getvalue()[at:].removesuffix("\r\n") + newline
        out.seek(at)
        out.truncate()
        out.write(line)
    check_back(parse_separated(out.getvalue(), "t.csv", None, sep), table)


@PROPERTY
@given(TABLES)
def test_csv_as_pandas_writes_it_comes_back(table):
    table = [[cell.replace("\r", "") for cell in row] for row in table]  # pandas leaves a lone \r unquoted
    content = pd.DataFrame(table, columns=NAMES[: len(table[0])]).to_csv(index=False, lineterminator="\n")
    check_back(parse_separated(content, "t.csv", None, ","), table)


@PROPERTY
@given(TABLES)
def test_tsv_without_quoting_comes_back(table):
    table = [[re.sub(r"[\t\n\r]", " ", cell) for cell in row] for row in table]
    table = [row if any(row) or len(row) == 1 else ["x", *row[1:]] for row in table]
    content = "\n".join("\t".join(row) for row in table) + "\n"
    check_back(parse_separated(content, "t.tsv", NAMES[: len(table[0])], "\t", quoting=False), table)


@PROPERTY
@given(TABLES, st.booleans())
def test_jsonl_comes_back(table, ascii_only):
    names = NAMES[: len(table[0])]
    content = "\n".join(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=ascii_only) for row in table)
    found = parse_json(content, "t.jsonl")
    assert {c: v.to_pylist() for c, v in found.items()} == {c: [r[i] for r in table] for i, c in enumerate(names)}


# -- quotes in files separated by tabs -----------------------------------------------------------------
SAID = {  # file → the texts in it
    "a tab in a cell": ('text\ty\n"a\tb"\tx\nc\ty\n', ["a\tb", "c"]),
    "a line break": ('text\ty\n"a\nb"\tx\nc\ty\n', ["a\nb", "c"]),
    "quotes in quotes": ('text\ty\n"say ""hi"" now"\tx\nc\ty\n', ['say "hi" now', "c"]),
    "every cell quoted": ('"text"\t"y"\n"a"\t"x"\n"c"\t"y"\n', ["a", "c"]),
    "a spreadsheet's commas": ('text\ty\n"a, b"\tx\nc\ty\n', ["a, b", "c"]),
}
MEANT = {
    "a single one": ('text\ty\n"a\tx\nb\ty\n', ['"a', "b"]),
    "inches": ('text\ty\n"so" 5" wide\tx\nb\ty\n', ['"so" 5" wide', "b"]),
    "a pair over two rows": ('text\ty\n"\tx\nb\ty\n"\tx\n', ['"', "b", '"']),
    "a text that is a quotation": ('text\ty\n"Hello"\tx\nb\ty\n', ['"Hello"', "b"]),
    "quotations with commas among others": ('text\ty\n"Oh, hello"\tx\nno, really\ty\n', ['"Oh, hello"', "no, really"]),
}


@pytest.mark.parametrize("case", SAID)
def test_cells_that_pandas_or_a_spreadsheet_quoted_are_read_without_the_quotes_and_that_is_said(case, tmp_path):
    content, texts = SAID[case]
    with pytest.warns(UserWarning, match="'a.tsv': double quotes enclose cells.*quoting=False"):
        assert read(write(tmp_path / "a.tsv", content))["text"][:] == texts


@pytest.mark.parametrize("case", MEANT)
def test_quotes_that_belong_to_the_texts_stay(case, tmp_path, recwarn):
    content, texts = MEANT[case]
    assert read(write(tmp_path / "a.tsv", content))["text"][:] == texts
    assert not recwarn.list


def test_quoting_decides(tmp_path, recwarn):
    path = write(tmp_path / "a.tsv", 'text\ty\n"a"\tx\nb\ty\n')
    assert read(path, quoting=True)["text"][:] == ["a", "b"]
    path = write(tmp_path / "b.tsv", '"text"\t"y"\n"a"\t"x"\n')
    assert read(path, quoting=False)[0] == {'"text"': '"a"', '"y"': '"x"'}
    path = write(tmp_path / "c.csv", 'text,y\n5" disk,x\n')
    assert read(path, quoting=False)["text"][:] == ['5" disk']
    assert not recwarn.list


def tells_its_quoting(table):
    """Not a text that is one quotation, nor a cell whose lines are rows of their own by what is in them."""
    cells = [cell for row in table for cell in row]
    return (
        len(table[0]) > 1 and any(c in x for x in cells for c in '"\t\n') and not any({*"\t\n"} <= {*x} for x in cells)
    )


@pytest.mark.filterwarnings("ignore:.*double quotes enclose")
@PROPERTY
@given(TABLES.filter(tells_its_quoting), st.booleans())
def test_tsv_as_pandas_writes_it_comes_back(table, all_quoted):
    table = [[cell.replace("\r", "") for cell in row] for row in table]
    names = NAMES[: len(table[0])]
    quoting = csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL
    content = pd.DataFrame(table, columns=names).to_csv(index=False, sep="\t", lineterminator="\n", quoting=quoting)
    check_back(parse_separated(content, "t.tsv", None, "\t"), table)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv"])
def test_white_space_around_column_names_is_taken_off_and_that_is_said(name, tmp_path):
    sep = {"a.csv": ",", "a.tsv": "\t"}[name]
    path = write(tmp_path / name, f"text{sep} label\na{sep}x\n")
    with pytest.warns(UserWarning, match=f"'{name}': the white space around the column names ' label'"):
        assert read(path).column_names == ["text", "label"]


# -- CoNLL-U, CoNLL with comments, JSON lists -------------------------------------------------------------
CONLLU = """# newdoc id = weblog
# sent_id = 1
# text = Don't go.
1-2\tDon't\t_\t_\t_\t_\t_\t_\t_\t_
1\tDo\tdo\tAUX\tVB\t_\t3\taux\t_\t_
2\tn't\tnot\tPART\tRB\t_\t3\tadvmod\t_\t_
3\tgo\tgo\tVERB\tVB\t_\t0\troot\t_\tSpaceAfter=No
3.1\tthere\tthere\tADV\tRB\t_\t_\t_\t_\t_
4\t.\t.\tPUNCT\t.\t_\t3\tpunct\t_\t_

# sent_id = 2
# text = Yes
1\tYes\tyes\tINTJ\tUH\t_\t0\troot\t_\t_
"""


@pytest.mark.parametrize("name", ["a.conllu", "a.conll"])
def test_conllu_reads_with_its_sentences_keys(name, tmp_path):
    data = read(write(tmp_path / name, CONLLU))
    assert data["form"][:] == [["Do", "n't", "go", "."], ["Yes"]]
    assert data["upos"][:] == [["AUX", "PART", "VERB", "PUNCT"], ["INTJ"]]
    assert data["sent_id"][:] == ["1", "2"] and data["text"][:] == ["Don't go.", "Yes"]


def test_where_a_sentences_words_are_not_those_of_its_text_they_are_joined(tmp_path):
    content = "# text = Vamos al mar\n1\tVamos\n2-3\tal\n2\ta\n3\tel\n4\tmar\n\n# text = Sí\n1\tSí\n"
    with pytest.warns(UserWarning, match="in 1 of 2 sentences"):
        data = read(write(tmp_path / "a.conllu", content), columns=["id", "form"])
    assert data["text"][:] == ["Vamos a el mar", "Sí"]


def test_a_tsv_of_words_is_read_as_sentences_where_words_are_named_and_told_of_otherwise(tmp_path):
    path = write(tmp_path / "a.tsv", "The\tDT\tO\nLouvre\tNNP\tB-loc\n\nGo\tVB\tO\n")
    columns = ["words", "pos", "tags"]
    assert read(path, columns=columns, words="words")["words"][:] == [["The", "Louvre"], ["Go"]]
    with pytest.warns(UserWarning, match="'a.tsv' has empty lines between its rows.*words="):
        assert len(read(path, columns=columns)) == 3


def test_comments_of_conll_are_no_words_and_its_documents_marks_neither(tmp_path):
    content = "-DOCSTART- -X- O\n\n# id 7 domain\n# topic = art\nThe DT O\nLouvre NNP B-loc\n\n# O O\n1 CD O\n"
    data = read(write(tmp_path / "a.conll", content), columns=["words", "pos", "tags"])
    assert data["words"][:] == [["The", "Louvre"], ["#", "1"]]
    assert data["topic"][:] == ["art", None]


def test_json_that_is_one_list_reads_as_its_lines_would(tmp_path):
    lines = [{"text": "a", "n": 1, "tags": []}, {"text": "b", "tags": ["x"], "new": True}]
    whole = read(write(tmp_path / "a.json", json.dumps(lines, indent=1)))
    by_line = read(write(tmp_path / "b.json", "\n".join(map(json.dumps, lines))))
    assert whole[:] == by_line[:] and whole["new"][:] == [None, True]


# -- one thing wrong: an error that says where -------------------------------------------------------
PLAIN = st.lists(st.tuples(st.text("abc xyz", min_size=1, max_size=6), st.sampled_from("xy")), min_size=2, max_size=6)


@PROPERTY
@given(PLAIN, st.data(), st.sampled_from(["lost", "added", "quote"]), st.sampled_from([",", "\t"]))
def test_a_ragged_row_or_a_stray_quote_is_named(table, data, damage, sep):
    bad = data.draw(st.integers(1, len(table)))
    lines = [f"{text}{sep}{label}" for text, label in table]
    if damage == "quote" and sep == ",":
        place = data.draw(st.integers(0, len(table[bad - 1][0])))
        lines[bad - 1] = lines[bad - 1][:place] + '"' + lines[bad - 1][place:]
    else:
        lines[bad - 1] = table[bad - 1][0] if damage == "lost" else lines[bad - 1] + sep + "z"
    with pytest.raises(ValueError, match=rf"row {bad} \(line {bad + 1}\)"):
        parse_separated("\n".join([f"text{sep}label", *lines]), "t", None, sep)


@PROPERTY
@given(TABLES.filter(lambda t: len(t[0]) > 1), st.data())
def test_a_quote_taken_out_of_a_csv_file_is_never_swallowed(table, data):
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([NAMES[: len(table[0])], *table])
    content = out.getvalue()
    quotes = [i for i, c in enumerate(content) if c == '"']
    cut = data.draw(st.sampled_from(quotes))
    with pytest.raises(ValueError, match=r"\(line \d+\)"):
        parse_separated(content[:cut] + content[cut + 1 :], "t.csv", None, ",")


@PROPERTY
@given(PLAIN, st.data())
def test_a_json_line_cut_short_is_named(table, data):
    lines = [json.dumps({"text": text, "label": label}) for text, label in table]
    bad = data.draw(st.integers(1, len(lines)))
    lines[bad - 1] = lines[bad - 1][: data.draw(st.integers(1, len(lines[bad - 1]) - 1))]
    with pytest.raises(ValueError, match=f"line {bad}: not JSON"):
        parse_json("\n".join(lines), "t.jsonl")


@PROPERTY
@given(PLAIN, st.data())
def test_a_byte_that_is_no_utf_8_is_named(tmp_path, table, data):
    lines = [f"{text},{label}".encode() for text, label in table]
    bad = data.draw(st.integers(0, len(lines) - 1))
    lines[bad] = b"\xf0" + lines[bad]
    content = b"text,label\n" + b"\n".join(lines)
    with pytest.raises(ValueError, match=rf"0xF0 at offset {content.index(0xF0)} \(line {bad + 2}\).*latin-1"):
        read(write(tmp_path / "t.csv", content))


WRONG = {
    "empty": ("a.csv", "", {}, "'a.csv' is empty"),
    "white space only": ("a.jsonl", "\ufeff \n\n", {}, "'a.jsonl' is empty"),
    "empty parquet": ("a.parquet", "", {}, "'a.parquet' is empty"),
    "no parquet": ("a.parquet", "text,label\n", {}, "not a whole Parquet file"),
    "header alone": ("a.csv", "text,label\n", {}, r"header line \(text, label\) but no rows"),
    "utf-16": ("a.csv", "text\na\n".encode("utf-16"), {}, 'Try encoding="utf-16"'),
    "no such encoding": ("a.csv", "text\na\n", {"encoding": "utf-9"}, "no encoding 'utf-9'"),
    "doubled column": ("a.csv", "text,text\na,b\n", {}, "'a.csv' has the column 'text' more than once"),
    "doubled key": ("a.jsonl", '{"a": 1}\n{"a": 1, "a": 2}', {}, "line 2: the key 'a' occurs twice"),
    "doubled columns=": ("a.csv", "a,b\n", {"columns": ["x", "x"]}, "columns= has the column 'x' more"),
    "too few columns=": ("a.csv", "a,b\n", {"columns": ["x"]}, r"row 1 \(line 1\): 1 cells are due"),
    "a header with columns=": ("a.csv", "x,y\na,b\n", {"columns": ["x", "y"]}, "leave columns= out"),
    "semicolons": ("a.csv", "text;label\na;b\n", {}, "give sep=';'"),
    "comma in a text": ("a.csv", "text,label\na,b,c\n", {}, "found 3.*in double quotes"),
    "after a long cell": ("a.csv", 'text,label\n"a\n\nb",x\n\nc\n', {}, r"row 2 \(line 6\).*found 1"),
    "never closed": ("a.csv", 'text,label\nx,y\n"a,b\nc,d\n', {}, r"row 2 \(line 3\).*never closes"),
    "swallowing": ("a.csv", 'text,label\n"a,b\nc,d\n"e",f\n', {}, r"row 1 \(line 2\).*closes at line 4"),
    "a list of numbers": ("a.json", '[{"a": 1}, 3]', {}, "item 2 of its list: an object is due"),
    "a list cut short": ("a.json", '[{"a": 1},\n{"a"', {}, "'a.json': not JSON .* at line 2, column"),
    "an empty list": ("a.json", "[]", {}, "'a.json' is an empty list"),
    "an object": ("a.json", '{\n "rows": []}', {}, r"'a.json' is one JSON object \(rows\)"),
    "an object cut short": ("a.json", '{\n "rows": [', {}, "line 1: not JSON"),
    "a number": ("a.jsonl", '{"a": 1}\n\n3\n', {}, "line 3: one JSON object a line"),
    "list and text": ("a.jsonl", '{"a": ["x"]}\n{"a": "x"}', {}, "row 2, column 'a': 'x' .str. does not fit"),
    "half a character": ("a.jsonl", '{"a": "x"}\n{"a": "\\ud800"}', {}, "row 2, column 'a'.*surrogate"),
    "columns for jsonl": ("a.jsonl", '{"a": 1}', {"columns": ["a"]}, "names its own columns"),
    "tag without word": ("a.conll", "a\tO\n\nb\tO\nO\n", {}, r"line 4 \(sentence 2\): 2 cells are due"),
    "no sentence": ("a.conllu", "# sent_id = 1\n\n", {}, "'a.conllu' has no sentence"),
    "columns without names": ("a.conll", "a DT x O\n", {}, r"4 cells a line \('a DT x O'\)\. Name them"),
    "a key named as a column": ("a.conllu", "# form = x\n1" + "\ta" * 9, {}, "column 'form' more than once"),
    "three cells": ("a.conll", "a\tO\n\nb\tx\tO\n", {}, r"line 3 \(sentence 2\).*found 3"),
    "no word": ("a.conll", "\tO\n", {}, r"line 1 \(sentence 1\).*found 1"),
    "separators of CoNLL": ("a.conll", "a\tO\n", {"sep": (":", " ")}, "sep= of a CoNLL file is one text"),
    "unknown suffix": ("a.dat", "text label\na b\n", {}, "What format does 'a.dat' have"),
    "no sep": ("a.csv", "a,b\n", {"sep": ""}, "sep='': one character is due"),
    "two-character sep": ("a.csv", "a||b\n", {"sep": "||"}, "one character is due"),
    "words that aren't there": ("a.jsonl", '{"tokens": ["a"]}', {"words": "token"}, "Did you mean 'tokens'"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_read_says_so(case, tmp_path):
    name, content, options, message = WRONG[case]
    with pytest.raises(ValueError, match=message):
        read(write(tmp_path / name, content), **options)


def test_a_missing_file_names_its_nearest_neighbour(tmp_path):
    write(tmp_path / "train.csv", "text\na\n")
    with pytest.raises(FileNotFoundError, match="no file 'trian.csv'.*Did you mean 'train.csv'"):
        read(tmp_path / "trian.csv")
    with pytest.raises(FileNotFoundError, match="folder .* does not exist"):
        read(tmp_path / "nowhere" / "train.csv")
    with pytest.raises(ValueError, match="is a folder"):
        read(tmp_path)
