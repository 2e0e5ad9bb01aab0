"""Tags of words that mark entities: BIO, BIOES (BILOU) and IOB1, all read as BIO. Other tags, such as parts of speech,
say something of each word alone.

IOB1 is that of Ramshaw and Marcus 1995, arXiv:cmp-lg/9505040; Tjong Kim Sang and Veenstra 1999 compare the schemes
(arXiv:cs/9907006); BILOU: Ratinov and Roth 2009.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

OUTSIDE = "O"
PLACED = re.compile(r"[BIESLU]-.+")
OPENS, CLOSES = "BSU", "ESLU"


@functools.lru_cache(maxsize=256)  # asked for each cell, of the same labels
def mark_entities(tags: tuple[str, ...]) -> bool:
    """Whether every tag is O, or tells a word's place in an entity, as B-date does."""
    return all(tag == OUTSIDE or PLACED.fullmatch(tag) for tag in tags)


def to_bio(tags: Sequence[str]) -> list[str]:
    """A row's tags, of any of the schemes, as BIO: the first word of an entity has B-, its others I-."""
    found, before = [], OUTSIDE
    for tag in tags:
        place, label = tag[:1], tag[2:]
        opens = place in OPENS or before[2:] != label or before[:1] in CLOSES
        found.append(OUTSIDE if tag == OUTSIDE else f"{'B' if opens else 'I'}-{label}")
        before = tag
    return found
