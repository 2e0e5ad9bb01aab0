"""How a text looks: sentence ends, casing, typos, chat spelling, entity marks, words and tags."""

import re
from collections.abc import Callable

ENTITIES = ("product", "date", "place", "order", "drug", "dose", "frequency")
_START = {name: chr(0x11 + i) for i, name in enumerate(ENTITIES)}
_NAME = {start: name for name, start in _START.items()}
_END = "\x10"
_NO_MARKS = dict.fromkeys(range(0x10, 0x18))
_TOKEN = re.compile(r"[\x10-\x17]|\w+(?:[-'./_]\w+)*|[^\w\s]")
_TYPABLE = re.compile(r"[a-z]{4,}")  # lower-case words only: names and codes stay as they are
_MARKED = re.compile(r"[\x11-\x17][^\x10]*\x10")
_QUESTION = re.compile(
    r"(?:how|which|where|why|is|are|do(?! not)|does|can|could|would|should|any|got)\b"
    r"|what (?:paper|wattage|channel|can|should|do|else)\b",
    re.I,
)
_REQUEST = re.compile(r"(?:please|kindly|remove|under the)\b", re.I)
_INNER_START = re.compile(r"(?<=\. )[a-z]")
_MEND = re.compile(
    r"^ | +(?=[.,;?!]|$)|\b(?:on|around) (?=\x12(?:last |next |yesterday|the day before|tomorrow|tonight))"
    r"|\b([Aa]) (?=[\x11-\x14]?(?:(?!one|eu)[aeioAEIO]|SSD|NVMe|HDMI|RJ45|LED|LTE|SMS|SFP|NFC|MFP|[EF][-\d]))"
)
_CHAT = {
    "please": "pls",
    "thanks": "thx",
    "you": "u",
    "your": "ur",
    "are": "r",
    "tomorrow": "tmrw",
    "something": "smth",
    "because": "cos",
    "before": "b4",
    "want to": "wanna",
    "going to": "gonna",
    "have to": "gotta",
    "I am": "im",
    "it is": "its",
    "don't": "dont",
    "can't": "cant",
    "won't": "wont",
    "doesn't": "doesnt",
    "isn't": "isnt",
    "and": "&",
    "with": "w/",
    "message": "msg",
    "really": "rly",
    "about": "abt",
    "great": "gr8",
    "okay": "k",
    "though": "tho",
    "minutes": "mins",
    "week": "wk",
    "people": "ppl",
}
_CHAT_WORDS = re.compile(r"\b(?:" + "|".join(map(re.escape, _CHAT)) + r")\b")
_NEAR = dict(zip("abcdefghijklmnopqrstuvwxyz", "svxsdrfhujklknjbwetyigbzcux"[:26], strict=True))


def mark(entity: str, text: str) -> str:
    """The text with (invisible) marks that say which entity it is."""
    return f"{_START[entity]}{text}{_END}"


def plain(text: str) -> str:
    """The text without marks."""
    return text.translate(_NO_MARKS)


def words_and_tags(marked: str) -> tuple[list[str], list[str]]:
    """Words, punctuation split off, and their BIO tags."""
    words, tags, entity, first = [], [], None, False
    for token in _TOKEN.findall(marked):
        if token == _END:
            entity = None
        elif token in _NAME:
            entity, first = _NAME[token], True
        else:
            words.append(token)
            tags.append("O" if entity is None else f"{'B' if first else 'I'}-{entity}")
            first = False
    return words, tags


def mend(clause: str) -> str:
    """The clause with "a" before a vowel made "an", no "on" before "last Monday", no stray spaces."""
    return _MEND.sub(lambda m: f"{m.group(1)}n " if m.group(1) else "", clause)


def asks(clause: str) -> bool:
    """Whether the clause is a question or a request, which no "the problem is that" can introduce."""
    return bool(_QUESTION.match(clause) or _REQUEST.match(clause))


def sentence(clause: str, random: Callable[[], float]) -> str:
    """A clause with a capital and an end mark."""
    for i, letter in enumerate(clause):
        if letter.isalpha():
            clause = clause[:i] + letter.upper() + clause[i + 1 :]
            break
        if letter.isdigit():
            break
    clause = _INNER_START.sub(lambda m: m.group().upper(), clause)
    if _QUESTION.match(clause) and ". " not in clause:
        return clause + ("?" if random() < 0.93 else "??")
    r = random()
    return clause + ("." if r < 0.86 else "!" if r < 0.94 else "..." if r < 0.97 else "!!")


def _typo(word: str, random: Callable[[], float]) -> str:
    at = 1 + int(random() * (len(word) - 2))
    kind = random()
    if kind < 0.35:  # two letters swapped
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if kind < 0.6:  # one left out
        return word[:at] + word[at + 1 :]
    if kind < 0.8:  # one doubled
        return word[:at] + word[at] + word[at:]
    return word[:at] + _NEAR[word[at]] + word[at + 1 :]  # the neighbouring key


def _outside_marks(text: str, change: Callable[[str], str]) -> str:
    out, last = [], 0
    for match in _MARKED.finditer(text):
        out += [change(text[last : match.start()]), match.group()]
        last = match.end()
    return "".join(out) + change(text[last:])


def add_typos(text: str, rate: float, random: Callable[[], float]) -> str:
    """The text with a share `rate` of its plain words mistyped, entities left alone."""

    def change(piece: str) -> str:
        return _TYPABLE.sub(lambda m: _typo(m.group(), random) if random() < rate else m.group(), piece)

    return _outside_marks(text, change)


def join(sentences: list[str], random: Callable[[], float]) -> str:
    """Sentences to one text, in the hand of a careful, hasty, loud or chatty writer."""
    style = random()
    if style < 0.05:  # run-on
        text = ", ".join(s.rstrip(".,") for s in sentences)
    elif style < 0.08:  # one sentence shouted
        loud = int(random() * len(sentences))
        text = " ".join(s.upper() if i == loud else s for i, s in enumerate(sentences))
    else:
        text = " ".join(sentences)
    if random() < 0.12:
        text = _outside_marks(text, lambda piece: _CHAT_WORDS.sub(lambda m: _CHAT[m.group()], piece))
    if random() < 0.22:
        text = add_typos(text, 0.03 + 0.07 * random(), random)
    case = random()
    if case < 0.11:
        text = text.lower()
    elif case < 0.125:
        text = text.upper()
    if random() < 0.1:
        text = text.rstrip(".")
    return text
