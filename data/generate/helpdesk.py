"""Write the synthetic corpus `helpdesk`: ``python data/generate/helpdesk.py``.

The same seed gives the same bytes on every machine. ``stream`` yields further texts of the same kind, for
pretraining; none of their sentences is one that validation or test holds (greetings and sign-offs aside).
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent))  # so that it runs from anywhere, and imports by path

from phrases_topics import SYMPTOMS
from surface import plain, words_and_tags
from tickets import Ticket, Writer

FOLDER = Path(__file__).parents[1] / "helpdesk"
SEED = 20240
TICKETS = {"train": 2800, "validation": 600, "test": 600}
PAIRS = {"train": 900, "validation": 200, "test": 200}
SENTIMENTS = ("negative", "neutral", "positive")
DESKS = ("amber", "blue", "green", "red")
MISSING, WRONG = 0.03, 0.30  # shares of missing labels, and of wrong ones in sentiment_noisy
ESCALATED_LABELLED, ESCALATED_YES = 0.05, 0.4  # the rare task: labelled rows, and the "yes" among them
NEAR = 0.9  # texts that share this much of their words (Jaccard) count as the same

TASKS = [
    {"name": "topic", "kind": "classification", "column": "topic"},
    {"name": "sentiment", "kind": "classification", "column": "sentiment"},
    {"name": "urgency", "kind": "regression", "column": "urgency"},
    {"name": "minutes", "kind": "regression", "column": "minutes"},
    {"name": "satisfaction", "kind": "regression", "column": "satisfaction"},
    {"name": "entities", "kind": "tagging", "column": "tags", "words": "words"},
    {"name": "symptoms", "kind": "multilabel", "column": "symptoms"},
    {"name": "escalated", "kind": "classification", "column": "escalated"},
    {"name": "desk", "kind": "classification", "column": "desk"},
    {"name": "sentiment_noisy", "kind": "classification", "column": "sentiment_noisy"},
    {"name": "solves", "kind": "classification", "column": "solves"},
]
COLUMNS = (
    "id",
    "text",
    "answer",
    "words",
    "tags",
    *(t["column"] for t in TASKS if t["name"] != "entities"),
    "contrast",
)


def stream(rows: int, seed: int = 0, answers: float = 0.0) -> Iterator[str | tuple[str, str]]:
    """Yield ``rows`` fresh texts for pretraining, about 5,000 a second.

    A share ``answers`` of them are pairs (ticket, an answer that solves it). Every sentence is of the training
    part, so no text of validation or test is among them. The same seed gives the same texts.
    """
    if rows < 0 or not 0 <= answers <= 1:
        raise ValueError(f"stream wants rows >= 0 and answers in [0, 1], got rows={rows}, answers={answers}.")
    random = Random(f"stream {seed}").random
    writer = Writer("train", random)
    for _ in range(rows):
        pair = answers > 0 and random() < answers
        ticket = writer.write(short=pair)
        text = plain(ticket.text)
        yield (text, writer.answer(ticket, ticket)) if pair else text


def token_set(text: str) -> frozenset[str]:
    """The set of lower-case words of a text, as the Jaccard check compares them."""
    return frozenset(words_and_tags(text.lower())[0])


class NearTexts:
    """Finds whether a text's token-Jaccard with any of the texts given reaches a threshold. Exact.

    Two sets of Jaccard >= t share one of the first |x| - ceil(t |x|) + 1 tokens of each, when the tokens of all sets
    are in one fixed order; rarest first makes those few candidates (prefix filtering, Bayardo et al. 2007).
    """

    def __init__(self, texts: list[str], threshold: float = NEAR):
        self._sets = [token_set(text) for text in texts]
        self._threshold = threshold
        self._count: dict[str, int] = {}
        for tokens in self._sets:
            for token in tokens:
                self._count[token] = self._count.get(token, 0) + 1
        self._with: dict[str, list[int]] = {}
        for i, tokens in enumerate(self._sets):
            for token in self._prefix(tokens):
                self._with.setdefault(token, []).append(i)

    def _prefix(self, tokens: frozenset[str]) -> list[str]:
        keep = len(tokens) - int(-(-self._threshold * len(tokens) // 1)) + 1
        return sorted(tokens, key=lambda token: (self._count.get(token, 0), token))[:keep]

    def near(self, text: str) -> bool:
        tokens = token_set(text)
        candidates = {i for token in self._prefix(tokens) for i in self._with.get(token, ())}
        return any(len(tokens & self._sets[i]) >= self._threshold * len(tokens | self._sets[i]) for i in candidates)


def _ticket_row(ticket: Ticket, random) -> dict:
    words, tags = words_and_tags(ticket.text)
    missing = [random() < MISSING for _ in range(3)]
    sentiment = None if missing[0] else ticket.sentiment
    wrong = [s for s in SENTIMENTS if s != ticket.sentiment][int(random() * 2)]
    noisy = wrong if random() < WRONG else ticket.sentiment
    return {
        "text": plain(ticket.text),
        "words": words,
        "tags": tags,
        "topic": ticket.topic,
        "sentiment": sentiment,
        "urgency": None if missing[1] else ticket.urgency,
        "minutes": ticket.minutes,
        "satisfaction": None if missing[2] else ticket.satisfaction,
        "symptoms": [s for s in SYMPTOMS if s in ticket.symptoms],
        "escalated": "yes" if ticket.escalated else "no",
        "desk": DESKS[int(random() * len(DESKS))],
        "sentiment_noisy": None if missing[0] else noisy,
        "contrast": ticket.contrast,
    }


def _keep_few_escalated(rows: list[dict]) -> None:
    """Take the label away from all but the first few "yes" and "no" (the rows are in random order)."""
    labelled = round(ESCALATED_LABELLED * len(rows))
    left = {"yes": round(ESCALATED_YES * labelled)}
    left["no"] = labelled - left["yes"]
    for row in rows:
        left[row["escalated"]] -= 1
        if left[row["escalated"]] < 0:
            row["escalated"] = None


def _pair_row(writer: Writer, random) -> dict:
    """A ticket with an answer that solves it, or with one to another problem of the same topic or another topic."""
    ticket = writer.write(short=True)
    solves = random() < 0.5
    target = ticket
    same_topic = random() < 0.5
    while not solves and (target.problem == ticket.problem or same_topic != (target.topic == ticket.topic)):
        target = writer.draw()
        if target.problem in ticket.symptoms:
            target = ticket
    return {"text": plain(ticket.text), "answer": writer.answer(ticket, target), "solves": "yes" if solves else "no"}


def make_split(split: str, training: NearTexts | None = None) -> list[dict]:
    """The rows of one split; those too near to a training text are written anew."""
    random = Random(f"helpdesk {SEED} {split}").random
    writer = Writer(split, random)
    rows: list[dict] = []
    while len(rows) < TICKETS[split] + PAIRS[split]:
        pair = len(rows) >= TICKETS[split]
        row = _pair_row(writer, random) if pair else _ticket_row(writer.write(), random)
        if training is None or not training.near(row["text"]):
            rows.append(row)
    _keep_few_escalated(rows[: TICKETS[split]])
    for i in range(len(rows) - 1, 0, -1):
        j = int(random() * (i + 1))
        rows[i], rows[j] = rows[j], rows[i]
    for number, row in enumerate(rows, 1):
        row["id"] = f"{split}-{number:04d}"
    return [{column: row.get(column) for column in COLUMNS} for row in rows]


def build() -> dict[str, bytes]:
    """Every file of data/helpdesk but the card: name → bytes."""
    splits = {"train": make_split("train")}
    training = NearTexts([row["text"] for row in splits["train"]])
    for split in ("validation", "test"):
        splits[split] = make_split(split, training)
    files = {f"{split}.jsonl": _lines(rows) for split, rows in splits.items()}
    settings = {"text": ["text", "answer"], "files": {split: f"{split}.jsonl" for split in splits}, "tasks": TASKS}
    files["corpus.json"] = (json.dumps(settings, indent=2) + "\n").encode()
    return files


def _lines(rows: list[dict]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, content in build().items():
        (FOLDER / name).write_bytes(content)
        print(f"{name}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
