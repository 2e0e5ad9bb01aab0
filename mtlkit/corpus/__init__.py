"""Text in: corpora of rows with the labels of several tasks; from files, tables, the Hub; looked over."""

from mtlkit.corpus.corpus import Corpus
from mtlkit.corpus.custom import own_corpus
from mtlkit.corpus.issues import inspect
from mtlkit.corpus.load import load_corpus
from mtlkit.corpus.split import Split
from mtlkit.corpus.summary import overview

__all__ = ["Corpus", "Split", "inspect", "load_corpus", "overview", "own_corpus"]
