"""Notebook 06: entities marked in a text, escaped; how many texts an encoder reads with and without a joint model."""

import html
from html.parser import HTMLParser

from mtlkit.course.checks.base import Unanswered, Wrong, exercise
from mtlkit.course.checks.compare import Attempt, Idea, judge_number


def _spans(text: str, *found: tuple[str, str]) -> list[dict]:
    """Spans as `predict` gives them; each is the last place of its text."""
    starts = [(text.rindex(piece), piece, label) for piece, label in found]
    return [{"start": s, "end": s + len(p), "label": label, "text": p} for s, p, label in starts]


_PLAIN = "The Ampeak Turntable came on 3 May and hums, order 4505."
_TRICKY = 'Is <script>alert("A-4505")</script> & Co. my Quillix M1400? I want A-4505 & A-4506 here.'
_PROBES = [
    (_PLAIN, _spans(_PLAIN, ("Ampeak Turntable", "product"), ("3 May", "date"), ("4505", "order"))),
    (_TRICKY, _spans(_TRICKY, ("Quillix M1400", "product"), ("A-4505", "order"), ("A-4506", "order"))),
    ("Nothing to mark: 1 < 2.", []),
]
_LABEL = "R&D <i>unit</i>"


class _Page(HTMLParser):
    """What a browser would show: the marks, the text outside them, the elements."""

    def __init__(self, source: str):
        super().__init__()
        self.marks: list[dict] = []
        self.outside, self.elements, self._inside = "", set(), False
        self.feed(source)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        if tag == "mark":
            self._inside = True
            self.marks.append({"text": "", "attributes": ""})
        if self._inside:
            self.marks[-1]["attributes"] += " ".join(value or "" for _, value in attrs)

    def handle_endtag(self, tag):
        self._inside = self._inside and tag != "mark"

    def handle_data(self, data):
        if self._inside:
            self.marks[-1]["text"] += data
        else:
            self.outside += data


@exercise(
    hints=(
        "Walk through the spans from left to right, and build the result from pieces of the original text: what lies "
        "before the entity, the entity, and so on to the rest. Escape each piece when you take it.",
        '`html.escape(text[end:span["start"]])`, then `<mark>` with the escaped entity and its escaped label, '
        'then `end = span["end"]`; after the last span `html.escape(text[end:])`.',
    ),
    solution="""
import html

def mark_entities(text, spans):
    pieces, end = [], 0
    for span in spans:
        entity, label = html.escape(span["text"]), html.escape(span["label"])
        pieces.append(html.escape(text[end:span["start"]]))
        pieces.append(f"<mark>{entity} <small>{label}</small></mark>")
        end = span["end"]
    return "".join(pieces) + html.escape(text[end:])
""",
)
def mark_entities(answer):
    """Give a function of (text, spans): HTML that shows the text, each entity in a `<mark>` element with its label
    behind it or in its `title`. spans: as `predict` gives them, from left to right: {"start", "end", "label", "text"}.
    The text is anybody's: `<script>` in it must show as text."""
    attempt = Attempt(answer, "text, spans")
    for text, spans in _PROBES:
        _judge_page(_page(attempt, text, spans), text, spans)
    span = {"start": 0, "end": 2, "label": _LABEL, "text": "Hi"}
    page = _page(attempt, "Hi there", [span])
    if "i" in page.elements or _LABEL not in page.marks[0]["text"] + page.marks[0]["attributes"]:
        raise Wrong(
            "label-not-escaped",
            "Label names come from data as well: one that holds `<` or `&` must be escaped like the text.",
        )
    return "Every character shows as itself, and every entity carries its label."


def _page(attempt: Attempt, text: str, spans: list[dict]) -> _Page:
    made = attempt(text, [dict(span) for span in spans])
    if not isinstance(made, str):
        raise Wrong("type", f"Give back the HTML as text (str); found {type(made).__name__}.")
    return _Page(made)


def _judge_page(page: _Page, text: str, spans: list[dict]) -> None:
    if "script" in page.elements:
        raise Wrong(
            "not-escaped",
            "A `<script>` in the text became an element of the page: whoever writes a ticket could run code in the "
            "reader's browser. Put every piece of the text through `html.escape`.",
        )
    whole = page.outside + "".join(mark["text"] for mark in page.marks)
    if "&lt;" in whole or "&amp;" in whole:
        raise Wrong("escaped-twice", "Escaped twice: the reader sees `&lt;` or `&amp;` in place of < and &.")
    if spans and not page.marks:
        raise Wrong("no-mark", "There is no `<mark>` element: put each entity in one.")
    escaped = html.escape(text)
    cut_late = [html.unescape(escaped[s["start"] : s["end"]]) for s in spans]
    if spans and cut_late != [s["text"] for s in spans] and _begin(page, cut_late):
        raise Wrong(
            "escaped-before-cutting",
            "You escape the whole text and cut it then. But `start` and `end` count the characters of the original, "
            "and `<` has become four: cut the original text, then escape each piece.",
        )
    if len(page.marks) > len(spans):
        raise Wrong(
            "replaced-everywhere",
            f"{len(page.marks)} marks for {len(spans)} spans: the same words can stand elsewhere without being that "
            "entity. Go by `start` and `end`, not by searching the text.",
        )
    if not _begin(page, [s["text"] for s in spans]):
        raise Wrong(
            "offsets-shifted",
            "Some marks sit in the wrong place. Inserting a tag moves all that follows, and `start` and `end` still "
            "count the original text: cut the pieces from the original, or insert from the last span to the first.",
        )
    _judge_labels(page, spans)
    pieces = "".join(page.outside.split())
    expected, end = "", 0
    for span in spans:
        expected, end = expected + text[end : span["start"]], span["end"]
    if pieces != "".join((expected + text[end:]).split()):
        raise Wrong(
            "text-lost",
            f"The text around the marks should read {(expected + text[end:])!r}; yours reads {page.outside!r}.",
        )


def _begin(page: _Page, texts: list[str]) -> bool:
    """Whether each mark shows its text, alone or with a label before or behind."""
    return len(page.marks) == len(texts) and all(
        mark["text"].strip().startswith(text.strip()) or mark["text"].strip().endswith(text.strip())
        for mark, text in zip(page.marks, texts, strict=True)
    )


def _judge_labels(page: _Page, spans: list[dict]) -> None:
    for mark, span in zip(page.marks, spans, strict=True):
        if span["label"].lower() not in (mark["text"] + mark["attributes"]).lower():
            raise Wrong(
                "label-missing",
                f"{span['text']!r} is marked, but nothing in its `<mark>` says that it is {span['label']!r}. "
                "Put the label behind the entity inside the mark, or into the mark's `title`.",
            )


@exercise(
    hints=(
        "The encoder reads the text; the heads only look at what it found. What has to be repeated when the five tasks "
        "share one encoder, and what when each has its own?",
        "Jointly every text is read once, whatever the number of tasks. Separately every model reads every text.",
    ),
    solution="""
texts_read = {"joint": 200, "separate": 5 * 200}
""",
)
def texts_read(answer):
    """Give a dict {"joint": …, "separate": …}: how many texts the encoders read, a text counted each time it is read,
    when 200 texts are asked for 5 tasks: by one joint model, and by one model per task."""
    if not isinstance(answer, dict) or not {"joint", "separate"} <= set(answer):
        raise Wrong("not-a-dict", 'A dict with two numbers is due: {"joint": …, "separate": …}.')
    joint, separate = answer["joint"], answer["separate"]
    if any(value is None or value is ... for value in (joint, separate)):
        raise Unanswered
    if (joint, separate) == (1000, 200):
        raise Wrong("swapped", "The wrong way round: sharing the encoder saves readings.")
    heads = Idea(
        "heads-counted",
        "A head is one small layer on what the encoder found. Asked for is how many texts the encoder itself reads.",
        (205, 1005, 200 + 1000, 2 * 1000),
    )
    judge_number(
        joint,
        200,
        [
            Idea(
                "one-pass-per-task",
                "Jointly the tasks share the pass: the encoder reads a text once, and five heads look at the result.",
                1000,
            ),
            Idea("whole-batch", "Count the texts, not the passes: one pass reads a whole batch.", (1, 5, 7)),
            heads,
        ],
        "The number for joint",
    )
    judge_number(
        separate,
        1000,
        [
            Idea(
                "encoder-shared",
                "Separate models share nothing: each has an encoder of its own, which reads every text.",
                200,
            ),
            Idea("whole-batch", "Count the texts, not the passes: every model reads all 200.", (1, 5, 7, 35)),
            heads,
        ],
        "The number for separate",
    )
    return "200 against 1,000: a joint model reads no more for more tasks. How much time that saves, measure."
