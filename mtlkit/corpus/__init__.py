"""Text in: corpora of rows with the labels of several tasks; from files, tables, the Hub; looked over."""

from mtlkit.corpus.corpus import Corpus
from mtlkit.corpus.custom import corpus_from_table
from mtlkit.corpus.issues import find_issues
from mtlkit.corpus.load import as_corpus, load_corpus
from mtlkit.corpus.split import Split
from mtlkit.corpus.summary import describe

__all__ = [
    "Corpus",
    "Split",
    "as_corpus",
    "corpus_from_table",
    "describe",
    "find_issues",
    "load_corpus",
]
