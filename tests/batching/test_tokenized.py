"""Tokens of a large corpus: the same as those of a small one, kept on disk whole or not at all."""

import warnings

import numpy as np
import pytest
import toy

import mtlkit as mk
from mtlkit.batching import Rows, TokenizedSplit
from mtlkit.batching import token_cache as token_cache
from mtlkit.utils import cache

TEXTS = [f"the {c} {t} is {'not ' * i}old" for c in toy.COLOURS for t in toy.THINGS for i in range(4)]
PAIRS = [("a boat", text) for text in TEXTS] + TEXTS[:3]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.getbasetemp())))


@pytest.fixture
def large(tmp_path, monkeypatch):
    """Sixty texts are many, and go through the tokenizer in pieces of seven."""
    monkeypatch.setattr(token_cache, "LARGE", 20)
    monkeypatch.setattr(token_cache, "PIECE", 7)
    monkeypatch.setattr(cache, "root", lambda: tmp_path)
    return tmp_path / "tokens"


def read(texts, encoder, max_length=48, stride=0):
    return token_cache.read(texts, encoder.tokenizer, max_length, stride, "texts")


def same(a, b):
    arrays = [(a.ids.flat, b.ids.flat), (a.types.flat, b.types.flat), (a.ids.lengths, b.ids.lengths), (a.row, b.row)]
    return a.n_truncated == b.n_truncated and all(np.array_equal(x, y) for x, y in arrays)


def count(monkeypatch):
    """How many texts the tokenizer reads."""
    seen, real = [], token_cache.tokenize_texts
    monkeypatch.setattr(token_cache, "tokenize_texts", lambda texts, *rest: seen.extend(texts) or real(texts, *rest))
    return seen


@pytest.mark.parametrize("texts", [TEXTS, PAIRS])
@pytest.mark.parametrize("max_length, stride", [(48, 0), (6, 0), (10, 3)])
def test_pieces_and_the_cache_give_the_same_tokens(texts, max_length, stride, encoder, large, monkeypatch):
    with monkeypatch.context() as small:
        small.setattr(token_cache, "LARGE", 1000)
        whole = read(texts, encoder, max_length, stride)
    seen = count(monkeypatch)
    first, again = (read(texts, encoder, max_length, stride) for _ in range(2))
    assert same(whole, first) and same(first, again) and len(seen) == len(texts)
    assert whole.encodings and not first.encodings


def test_the_cache_is_keyed_by_texts_tokenizer_and_length(encoder, large, monkeypatch):
    seen = count(monkeypatch)
    read(TEXTS, encoder)
    encoder.tokenizer(["some other call leaves its own settings behind"], truncation=True, max_length=5, padding=True)
    read(list(TEXTS), encoder)
    assert len(seen) == len(TEXTS)
    read([*TEXTS[:-1], "changed"], encoder)
    read(TEXTS, encoder, max_length=7)
    read([TEXTS[0] + TEXTS[1], *TEXTS[2:]], encoder)
    assert len(list(large.iterdir())) == 4


def test_a_full_disk_leaves_nothing_behind(encoder, large, monkeypatch):
    real, written = np.save, []

    def full(file, array):
        if len(written) == 2:
            with open(file, "wb") as half:
                half.write(b"\x93NUMPY")
            raise OSError(28, "No space left on device")
        written.append(file)
        real(file, array)

    with monkeypatch.context() as disk:
        disk.setattr(np, "save", full)
        with pytest.warns(UserWarning, match="could not be kept.*No space left"):
            found = read(TEXTS, encoder)
    assert list(large.iterdir()) == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert same(found, read(TEXTS, encoder)) and len(list(large.iterdir())) == 1


@pytest.mark.parametrize("name", ["ids", "lengths", "cut"])
@pytest.mark.parametrize("gone", [True, False])
def test_a_damaged_cache_is_made_anew(name, gone, encoder, large):
    found = read(TEXTS, encoder)
    expected = found.ids[3].tolist()
    (file,) = large.glob(f"*/{name}.npy")
    half = file.read_bytes()[: file.stat().st_size // 2]
    file.unlink()
    if not gone:
        file.write_bytes(half)
    assert read(TEXTS, encoder).ids[3].tolist() == expected


@pytest.mark.parametrize("stride", [0, 3])
def test_words_find_their_tokens_without_kept_encodings(stride, encoder, large, monkeypatch):
    corpus = toy.corpus(["tags"], train=60)
    words = {"tags": corpus.train.words("tags")}
    found = []
    for limit in (20, 1000):
        monkeypatch.setattr(token_cache, "LARGE", limit)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tokenized = TokenizedSplit(corpus.train.texts, encoder.tokenizer, 8, words=words, stride=stride)
        rows = Rows(tokenized, range(len(tokenized)))
        found.append([(rows.word_spans(i, *corpus.tasks), rows.first_tokens(i, *corpus.tasks)) for i in range(60)])
        assert rows.encoding(5).offsets
    assert found[0] == found[1]


def test_a_run_on_many_rows_is_the_run_on_kept_encodings(encoder, large, monkeypatch):
    histories = []
    for limit in (20, 20, 1000):
        monkeypatch.setattr(token_cache, "LARGE", limit)
        corpus = toy.corpus(train=60)
        run = mk.Run(mk.MultiTaskModel(encoder, corpus.tasks), corpus, steps=6, validate=None)
        histories.append([step.losses.tolist() for step in run])
    assert histories[0] == histories[1] == histories[2]
