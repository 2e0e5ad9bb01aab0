"""Texts to tokens."""

from __future__ import annotations

import warnings
from collections.abc import Sequence


def tokenize_texts(texts: Sequence, tokenizer, max_length: int, stride: int = 0) -> list:
    """Fast-tokenizer encodings of single texts and pairs, in their order. stride: of texts that are too long the rest
    follows in `.overflowing`, in windows that share so many tokens; of a pair the second text moves through them."""
    found: list = [None] * len(texts)
    single = [i for i, t in enumerate(texts) if isinstance(t, str)]
    pairs = [i for i, t in enumerate(texts) if not isinstance(t, str)]
    for numbers in (single, pairs):
        if not numbers:
            continue
        picked = [texts[i] for i in numbers]
        sides = [picked] if numbers is single else [list(side) for side in zip(*picked, strict=True)]
        cut = {"truncation": "only_second" if stride and numbers is pairs else True, "max_length": max_length}
        try:
            encodings = tokenizer(*sides, stride=stride, **cut).encodings
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # the tokenizers' own: a first text that leaves no room
            if numbers is single:
                raise
            sides[0] = leave_room(sides[0], tokenizer, max_length, stride)
            encodings = tokenizer(*sides, stride=stride, **cut).encodings
        for i, encoding in zip(numbers, encodings, strict=True):
            found[i] = encoding
    return found


def leave_room(texts: list[str], tokenizer, max_length: int, stride: int) -> list[str]:
    """The first texts of pairs; those that leave the second no more than `stride` tokens cut to leave twice as many."""
    room = max_length - tokenizer.num_special_tokens_to_add(pair=True)
    alone = tokenizer(texts, add_special_tokens=False, truncation=False, verbose=False).encodings
    ends = [e.offsets[room - 2 * stride - 1][1] if len(e) >= room - stride else None for e in alone]
    warnings.warn(
        f"Of {sum(end is not None for end in ends):,} text pairs the first leaves less than {stride} of {max_length} "
        "tokens for the second, which is read in windows beside it: the end of the first is not read.",
        stacklevel=1,  # from here: said once, whoever asks
    )
    return [text[:end] for text, end in zip(texts, ends, strict=True)]
