"""Texts as token numbers in flat arrays; those of a large corpus are kept on disk for the next time.

The tokenizer's own record of a text takes forty times the memory of the text: a piece of the corpus at a time is made
into numbers. The tokenizer itself spreads a piece over the cores.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mtlkit.batching.tokenize import tokenize_texts
from mtlkit.utils import cache
from mtlkit.utils.files import read_folder, write_folder

LARGE = 20_000  # more texts than this are kept on disk, and not their encodings
PIECE = 5_000  # texts tokenised at once


class Ragged:
    """Rows of unequal length, one after the other in a flat array: `ragged[row]` is a view of it."""

    def __init__(self, flat: np.ndarray, lengths: np.ndarray):
        self.flat, self.lengths = flat, lengths
        self.starts = np.cumsum(lengths) - lengths

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[row] for row in range(len(self.lengths)))

    def __getitem__(self, row: int) -> np.ndarray:
        return self.flat[self.starts[row] : self.starts[row] + self.lengths[row]]


@dataclass
class TokenArrays:
    """Texts in windows of tokens: `ids` and `types` (windows, unequally long), `row` (windows,) the text that each is
    of. cut: how many texts are longer than one window. encodings: the tokenizer's records of the windows; none for a
    large corpus."""

    ids: Ragged
    types: Ragged
    row: np.ndarray
    n_truncated: int
    encodings: list = field(default_factory=list)


def read(texts: Sequence, tokenizer, max_length: int, stride: int, what: str) -> TokenArrays:
    """Tokenise texts, or pairs of texts; with `stride`, long ones in several windows. More than `LARGE` of them are
    looked for in the cache, and put there."""
    if len(texts) <= LARGE:
        return _tokenize_in_pieces(texts, tokenizer, max_length, stride, what)
    folder = cache.place("tokens") / fingerprint(texts, tokenizer, max_length, stride)
    try:
        found = _load(folder)
        cache.touch(folder)
        return found
    except (OSError, ValueError, KeyError):  # not there, or damaged by whoever tidied up
        found = _tokenize_in_pieces(texts, tokenizer, max_length, stride, what)
    try:
        _save(found, folder)
    except OSError as error:  # a full disk, as a rule
        warnings.warn(f"The tokens of the {what} could not be kept in {str(folder)!r} ({error}).", stacklevel=4)
        return found
    cache.added(folder)
    return _load(folder)


def fingerprint(texts: Sequence, tokenizer, max_length: int, stride: int) -> str:
    """What the tokens depend on, in 32 letters: the texts, the tokenizer, and how they are cut."""
    import tokenizers

    about = json.loads(tokenizer.backend_tokenizer.to_str())
    about = {k: v for k, v in about.items() if k not in ("truncation", "padding")}  # left from the last call
    seen = hashlib.sha256()
    for text in texts:
        seen.update(repr(text).encode())
    how = (tokenizers.__version__, tokenizer.truncation_side, max_length, stride, about)
    return cache.key(cache.source("batching"), how, seen.hexdigest())


def _tokenize_in_pieces(texts: Sequence, tokenizer, max_length: int, stride: int, what: str) -> TokenArrays:
    from tqdm.auto import tqdm

    kept, ids, types, lengths, windows, n_truncated = [], [], [], [], [], 0
    small = np.min_scalar_type(len(tokenizer))
    with tqdm(total=len(texts), desc=f"tokenising {what}", unit=" texts", disable=len(texts) <= LARGE) as bar:
        for start in range(0, len(texts), PIECE):
            read = tokenize_texts(texts[start : start + PIECE], tokenizer, max_length, stride)
            each = [in_windows(e, stride) for e in read]  # asked once: every time they are made anew
            found = [window for windows_of in each for window in windows_of]
            ids.append(np.concatenate([np.asarray(e.ids, small) for e in found]))
            types.append(np.concatenate([np.asarray(e.type_ids, np.uint8) for e in found]))
            lengths += [len(e) for e in found]
            windows += map(len, each)
            n_truncated += sum(bool(e.overflowing) for e in read)
            if len(texts) <= LARGE:
                kept += found
            bar.update(len(read))
    lengths, row = np.array(lengths, dtype=np.int64), np.repeat(np.arange(len(texts)), windows)
    return TokenArrays(
        Ragged(np.concatenate(ids), lengths), Ragged(np.concatenate(types), lengths), row, n_truncated, kept
    )


def in_windows(encoding, stride: int) -> list:
    """The windows of a text, whose first is its encoding; without `stride` only this one."""
    return [encoding, *encoding.overflowing] if stride else [encoding]


def _save(found: TokenArrays, folder: Path) -> None:
    arrays = {"ids": found.ids.flat, "types": found.types.flat, "lengths": found.ids.lengths, "row": found.row}
    with write_folder(folder) as aside:
        for name, array in {**arrays, "cut": np.array(found.n_truncated)}.items():
            np.save(aside / f"{name}.npy", array)


def _load(folder: Path) -> TokenArrays:
    """Memory-mapped: what is read of it comes from the disk."""
    folder = read_folder(folder)
    arrays = {f.stem: np.asarray(np.load(f, mmap_mode="r")) for f in folder.glob("*.npy")}
    lengths = arrays["lengths"]
    return TokenArrays(
        Ragged(arrays["ids"], lengths), Ragged(arrays["types"], lengths), arrays["row"], int(arrays["cut"])
    )
