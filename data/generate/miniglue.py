"""Write the synthetic corpus `miniglue`, five tasks in GLUE's own schemas: ``python data/generate/miniglue.py``.

The same seed gives the same bytes on every machine. The folder is laid out as GLUE's on the Hub (a folder a task, a
file a split; JSON lines in place of Parquet).
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent))  # so that it runs from anywhere, and imports by path

import miniglue_acceptability as acceptability
import miniglue_pairs as pairs
import miniglue_sentiment as sentiment
from miniglue_words import OTHER_TOPICS, TOPICS, Draw, part_of

FOLDER = Path(__file__).parents[1] / "miniglue"
SEED = 2018
HELD_OUT = "validation_mismatched"  # of the tasks that have one: topics or domains that training lacks
ROWS = {
    "cola": {"train": 600, "validation": 400, "test": 400, HELD_OUT: 400},
    "sst2": {"train": 3000, "validation": 400, "test": 400, HELD_OUT: 400},
    "mrpc": {"train": 400, "validation": 300, "test": 300},
    "stsb": {"train": 800, "validation": 300, "test": 300},
    "rte": {"train": 250, "validation": 250, "test": 250},
}
ACCEPTABLE, POSITIVE, EQUIVALENT, ENTAILED = 0.70, 0.55, 0.67, 0.50  # shares of the labels


def cola(d: Draw, split: str) -> tuple[dict, tuple[str, ...]]:
    good = d.chance(ACCEPTABLE)
    text, key = acceptability.draw(d, good)
    return {"sentence": text, "label": int(good)}, key


def sst2(d: Draw, split: str) -> tuple[dict, tuple[str, ...]]:
    good = d.chance(POSITIVE)
    domains = sentiment.OTHER_DOMAINS if split == HELD_OUT else sentiment.DOMAINS
    text = sentiment.draw(d, d.pick(list(domains.values())), good)
    return {"sentence": text, "label": int(good)}, ()  # its clauses have their split


def mrpc(d: Draw, split: str) -> tuple[dict, tuple[str, ...]]:
    same = d.chance(EQUIVALENT)
    first, second, key = pairs.paraphrase(d, same)
    return {"sentence1": first, "sentence2": second, "label": int(same)}, key


def stsb(d: Draw, split: str) -> tuple[dict, tuple[str, ...]]:
    first, second, score, key = pairs.similarity(d)
    return {"sentence1": first, "sentence2": second, "label": score}, key


def rte(d: Draw, split: str) -> tuple[dict, tuple[str, ...]]:
    follows = d.chance(ENTAILED)
    premise, hypothesis, key = pairs.entailment(d, follows)
    return {"sentence1": premise, "sentence2": hypothesis, "label": int(not follows)}, key  # 0: entailment


def make(task: Callable, split: str, seen: set[str]) -> list[dict]:
    """The rows of one split. `seen` holds the texts of the splits before: none comes twice."""
    random = Random(f"miniglue {SEED} {task.__name__} {split}").random
    d = Draw(random, OTHER_TOPICS, None) if split == HELD_OUT else Draw(random, TOPICS, split)
    rows: list[dict] = []
    while len(rows) < ROWS[task.__name__][split]:
        row, key = task(d, split)
        text = " / ".join(v for v in row.values() if isinstance(v, str)).lower()
        if text in seen or (key and d.split and part_of(*key) != d.split):
            continue
        seen.add(text)
        rows.append(row | {"idx": len(rows)})
    return rows


def build() -> dict[str, bytes]:
    """Every file of data/miniglue but the card: name → bytes."""
    files = {}
    for task in (cola, sst2, mrpc, stsb, rte):
        seen: set[str] = set()
        for split in ROWS[task.__name__]:
            files[f"{task.__name__}/{split}.jsonl"] = _lines(make(task, split, seen))
    return files


def _lines(rows: list[dict]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def main() -> None:
    for name, content in build().items():
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_bytes(content)
        print(f"{name}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
