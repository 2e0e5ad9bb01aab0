"""CoNLL: a word a line with its tags in columns, sentences parted by empty lines; CoNLL-U, which says more of each."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence

from mtlkit.corpus.arrow import no_duplicates

CONLLU = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
KEY = re.compile(r"#\s*([^\s=][^=]*?)\s*=\s*(.*)")  # "# sent_id = weblog-12"
NO_WORD = re.compile(r"\d+[-.]\d+")  # "3-4", a contraction whose parts follow; "5.1", a word that nobody wrote
DOCUMENT = "-DOCSTART-"


def parse_conll(
    content: str, name: str, columns: Sequence[str] | None, sep: str | None = None, words: str | None = None
) -> tuple[dict[str, list], str]:
    """Column → a list of cells per sentence, and the name of the column of words.

    One word a line; sentences are parted by lines that are empty or hold white space only. Comments before a sentence
    become columns where they are "# key = value". Not words are the lines "-DOCSTART-", and of CoNLL-U those numbered
    "3-4" or "5.1". A key `text` stays where it is written in the sentence's words, else they are joined.

    sep None: a tab where the line has one, else any white space. columns None: words and tags, or those of CoNLL-U if
    there are ten and the first is a number. words None: "form" of CoNLL-U, the first column of others."""
    columns = list(columns or _usual_columns(content, name, sep, words))
    words = words or ("form" if "form" in columns else columns[0])
    no_duplicates(columns, "columns=")
    sentences: list[list[list[str]]] = []
    keys: list[dict[str, str]] = []
    comments: dict[str, str] = {}
    inside = False
    for number, line in enumerate(content.split("\n"), 1):
        line = line.removesuffix("\r")
        fields = _fields(line, sep)
        if not line.strip():
            inside = False
        elif not inside and _is_comment(line, fields, columns):
            comments |= dict(KEY.findall(line))
        elif fields[0] == DOCUMENT or (columns[0] == "id" and NO_WORD.fullmatch(fields[0])):
            continue
        elif len(fields) != len(columns) or not all(f.strip() for f in fields):
            raise ValueError(
                f"{name!r}, line {number:,} (sentence {len(sentences) + (not inside):,}): {len(columns)} cells "
                f"are due ({', '.join(map(repr, columns))}), found {sum(bool(f.strip()) for f in fields)}: "
                f"{line[:60]!r}."
            )
        else:
            if not inside:
                sentences.append([])
                keys.append(comments)
                inside, comments = True, {}
            sentences[-1].append(fields)
    if not sentences:
        raise ValueError(f"{name!r} has no sentence.")
    by_sentence = [list(map(list, zip(*s, strict=True))) for s in sentences]
    found: dict[str, list] = {c: [s[i] for s in by_sentence] for i, c in enumerate(columns)}
    named = dict.fromkeys(key for each in keys for key in each)
    no_duplicates([*columns, *named], f"{name!r}, its columns with the keys of its sentences,")
    found |= {key: [each.get(key) for each in keys] for key in named}
    if "text" in named and words in columns:
        found["text"] = _texts(found["text"], found[words], name)
    return found, words


def _fields(line: str, sep: str | None) -> list[str]:
    return line.split(sep or ("\t" if "\t" in line else None))


def _is_comment(line: str, fields: list[str], columns: Sequence[str]) -> bool:
    """Whether a line before a sentence's first word is no word: "#" may be one."""
    return line.startswith("#") and (KEY.match(line) is not None or len(fields) != len(columns))


def _usual_columns(content: str, name: str, sep: str | None, words: str | None) -> Sequence[str]:
    """The columns of a file that nobody named, by its first word."""
    lines = (line.removesuffix("\r") for line in content.split("\n"))
    found = (_fields(line, sep) for line in lines if line.strip() and not line.startswith("#"))
    first = next((fields for fields in found if fields[0] != DOCUMENT), ["", ""])
    if len(first) == len(CONLLU) and first[0][0].isdigit():
        return CONLLU
    if len(first) > 2:
        raise ValueError(
            f"{name!r} has {len(first)} cells a line ({' '.join(first)[:60]!r}). Name them: "
            'columns=["words", "…", "tags"].'
        )
    return (words or "words", "tags")


def _texts(texts: list[str | None], words: list[list[str]], name: str) -> list[str]:
    """Each sentence as it was written, or its words joined where they are not the same."""
    whole = ["".join(each) == "".join((text or "").split()) for text, each in zip(texts, words, strict=True)]
    if bent := whole.count(False):
        warnings.warn(
            f"{name!r}: in {bent:,} of {len(texts):,} sentences the words are not those of '# text =' (contractions, "
            "mostly); there the text is the words, joined by blanks.",
            stacklevel=3,
        )
    return [text if same and text else " ".join(each) for text, each, same in zip(texts, words, whole, strict=True)]
