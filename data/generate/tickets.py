"""One ticket: what is true of it (the labels), then the sentences that tell it."""

import math
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

from draws import noise, pick
from lexicon import CATEGORIES, FAULTS, GRAMMAR, REQUESTS, scope
from phrases_names import ORDER_FORMS
from phrases_tone import URGENCY
from phrases_topics import DEVICES, TOPICS
from surface import asks, join, mark, mend, plain, sentence

LENGTHS = (22, 30, 36, 42, 46, 48, 50, 52, 54, 54)  # words a writer has the patience for
# A sentence belongs to the split that its checksum falls to, so that no sentence is in two splits.
_SHARES = {"train": (0, 70), "validation": (70, 85), "test": (85, 100)}
_BASE_MINUTES = dict(zip(TOPICS, (56, 84, 46, 70, 14, 22, 27, 38), strict=True))
# "the fan and the fan", "the fan was loud, but the fan was good"
_TWICE = re.compile(r"(\bthe [\w-]+(?: [\w-]+)?) (?:and|or|was|were|is|are|but)\b.*\1\b")
_CONTRAST_SHARE = 0.38
# How often a ticket tells what else it does with the thing, and how often it names another topic's things.
_USAGE, _DISTRACTORS = 0.5, (1.0, 0.95, 0.7)
_ESCALATES = {"negative": 0.75, "neutral": 0.5, "positive": 0.3}
_ASPECT_ORDERS = (
    ("urgency", "history", "escalation"),
    ("history", "escalation", "urgency"),
    ("escalation", "urgency", "history"),
    ("escalation", "history", "urgency"),
    ("urgency", "escalation", "history"),
)


@dataclass
class Ticket:
    """What is true of a ticket. ``clauses`` are the ones it was told with; they and ``text`` carry entity marks."""

    topic: str
    problem: str
    sentiment: str
    contrast: bool
    symptoms: list[str]
    urgency: float = 0.0
    minutes: int = 0
    satisfaction: float = 0.0
    escalated: bool = False
    text: str = ""
    clauses: list[str] = field(default_factory=list)
    scope: dict = field(default_factory=dict)
    state: dict = field(default_factory=dict)


def _length(clauses: list[str]) -> int:
    return sum(clause.count(" ") + 1 for clause in clauses)


class Writer:
    """Writes the tickets of one split; ``random`` gives numbers in [0, 1)."""

    def __init__(self, split: str, random: Callable[[], float]):
        self.random = random
        self._low, self._high = _SHARES[split]

    def clause(self, rule: str, ticket: Ticket, **slots: str) -> str:
        """Draw a clause of the rule until it is one of this split."""
        random, state = self.random, ticket.state
        expand, low, high, where = GRAMMAR.expand, self._low, self._high, ticket.scope
        if slots:
            state = state | slots
        for attempt in range(400):
            text = mend(expand(rule, random, where, state))
            if low <= zlib.crc32(text.lower().encode()) % 100 < high:
                start = text[:6].lower()
                again = any(told.lower().startswith(start) for told in ticket.clauses)
                if slots or attempt > 20 or not (again or _TWICE.search(text)):
                    ticket.clauses.append(text)
                    return text
        raise ValueError(f"Rule {rule!r} has too few sentences to be divided among the splits; add phrases to it.")

    def chance(self, probability: float) -> bool:
        return self.random() < probability

    # --- what is true -----------------------------------------------------------------------------------------

    def draw(self) -> Ticket:
        """A ticket with its topic, problem, feeling and faults; the rest depends on how it is told."""
        random = self.random
        topic = pick(TOPICS, random)
        category = topic if topic in CATEGORIES else pick(CATEGORIES, random)
        other = pick([t for t in TOPICS if t not in (topic, category)], random)
        symptoms: list[str] = []
        if topic in DEVICES or (topic == "software" and self.chance(0.5)):
            wanted = pick((0, 0, 1, 1, 1, 2, 2, 3) if topic in DEVICES else (1, 1, 2), random)
            while len(symptoms) < wanted:
                symptom = pick(FAULTS[topic], random)
                if symptom not in symptoms:
                    symptoms.append(symptom)
        if symptoms:
            problem = symptoms[0]
        elif topic in REQUESTS and not (topic == "software" and self.chance(0.3)):
            problem = pick(REQUESTS[topic], random)
        else:
            problem = "setup"
        sentiment = pick(("negative",) * 4 + ("neutral",) * 3 + ("positive",) * 3, random)
        contrast = sentiment != "neutral" and self.chance(_CONTRAST_SHARE)
        ticket = Ticket(topic, problem, sentiment, contrast, symptoms)
        ticket.scope = scope(topic, category, other)
        prefix, digits = pick(ORDER_FORMS, random)
        ticket.state["order"] = mark("order", f"{prefix}{int((1 + 9 * random()) * 10 ** (digits - 1))}")
        return ticket

    # --- how it is told ---------------------------------------------------------------------------------------

    def _problem(self, ticket: Ticket) -> list[str]:
        told = []
        if ticket.symptoms:
            rules = [f"fault.{symptom}" for symptom in ticket.symptoms]
            if len(rules) == 1 or self.chance(0.25):
                rules.insert(1, rules[0])
            clauses = [self.clause(rule, ticket) for rule in rules]
            if len(clauses) > 1 and self.chance(0.4):
                last = clauses.pop()
                clauses[-1] += pick((" and ", ", also ", "; on top of that ", ", and ", " plus "), self.random) + last
        else:
            rule = f"ask.{ticket.topic}.{ticket.problem}"
            clauses = [self.clause(rule, ticket) for _ in range(pick((1, 2, 2), self.random))]
            clauses = list(dict.fromkeys(clauses))
        for clause in clauses:
            if not asks(clause) and self.chance(0.5):
                clause = self.clause("problem", ticket, clause=clause)
            told.append(clause)
        if ticket.problem == "refund" and self.chance(0.35):
            symptom = pick(("noise", "broken-part", "overheating"), self.random)
            ticket.symptoms.append(symptom)
            told.append(f"I returned it because {self.clause(f'fault.{symptom}', ticket)}")
        return told

    def _feeling(self, ticket: Ticket) -> list[str]:
        if ticket.sentiment == "neutral":
            return [self.clause("feeling.neutral", ticket)] if self.chance(0.6) else []
        plain_rule = f"feeling.plain_{ticket.sentiment}"
        if not ticket.contrast:
            return [self.clause(plain_rule, ticket) for _ in range(pick((1, 2), self.random))]
        style = "flipped" if self.chance(0.45) else "contrast"
        told = [self.clause(f"feeling.{style}_{ticket.sentiment}", ticket)]
        if style == "flipped" and self.chance(0.3):
            told.append(self.clause(f"feeling.flipped_{ticket.sentiment}", ticket))
        return told

    def write(self, short: bool = False) -> Ticket:
        """A whole ticket, with text and labels. ``short``: hardly anything but the problem."""
        ticket, most = self.draw(), pick(LENGTHS, self.random)
        if short:  # one part throughout, which the answer takes up
            ticket.state["part"] = GRAMMAR.expand("part", self.random, ticket.scope, {})
        blocks = [self._problem(ticket), self._feeling(ticket)]
        if sum(map(_length, blocks)) > LENGTHS[-1]:
            return self.write(short)
        level, history = None, None
        for aspect in () if short else pick(_ASPECT_ORDERS, self.random):
            if most - sum(map(_length, blocks)) < 16:
                break
            told = ()
            if aspect == "urgency" and self.chance(0.8):
                level = pick((0, 0, 1, 2, 2, 3, 3, 4, 4), self.random)
                told = [self.clause(f"urgency.{level}", ticket)]
            elif aspect == "history" and self.chance(0.6):
                history = "solved" if self.chance(0.45) else "failed"
                told = [self.clause(f"history.{history}", ticket)]
            elif aspect == "escalation":
                ticket.escalated = self.chance(_ESCALATES[ticket.sentiment])
                if ticket.escalated:
                    told = [self.clause("escalation.yes", ticket)]
                elif self.chance(0.35):
                    told = [self.clause("escalation.no", ticket)]
            if told:
                blocks.insert(int(self.random() * (len(blocks) + 1)), told)
        self._label(ticket, level, history)
        ticket.text = self._arrange(ticket, [clause for block in blocks for clause in block], most, short)
        return ticket

    def _arrange(self, ticket: Ticket, middle: list[str], most: int, short: bool) -> str:
        """Frame the telling sentences by those that carry no label, as far as the length allows."""
        random = self.random
        sentences = [sentence(clause, random) for clause in middle]
        room = most - sum(s.count(" ") + 1 for s in sentences)
        usage = "usage.device" if ticket.topic in FAULTS else "usage.service"
        extra = [("opening", 0, 0.45), ("asking", 99, 0.3)]
        extra[1:1] = [(usage, None, _USAGE)] + [("distractor", None, share) for share in _DISTRACTORS]
        if ticket.topic in FAULTS:
            extra.insert(3, ("no_symptom", None, 0.3))
        for rule, at, share in extra:
            least = 0 if rule in ("distractor", usage) else 4
            if room > least and self.chance(share * (0.5 if short else 1)):
                told = sentence(self.clause(rule, ticket), random)
                room -= told.count(" ") + 1
                sentences.insert(int(random() * (len(sentences) + 1)) if at is None else at, told)
        if room > 4 and self.chance(0.5):
            greeting = GRAMMAR.expand("greeting", random, ticket.scope, ticket.state)
            sentences.insert(0, greeting + pick((",", ",", "!", ".", " -", ""), random))
        if room > 8 and self.chance(0.4):
            signoff = GRAMMAR.expand("signoff", random, ticket.scope, ticket.state)
            sentences.append(signoff + pick(("", "", ".", "!"), random))
        return join(sentences, random)

    def _label(self, ticket: Ticket, level: int | None, history: str | None) -> None:
        negative, count = ticket.sentiment == "negative", len(ticket.symptoms)
        urgency = 0.4 if level is None else URGENCY[level][0]
        urgency += 0.04 * negative + 0.03 * (count - 1) + 0.06 * noise(self.random)
        ticket.urgency = round(min(1.0, max(0.0, urgency)), 2)
        minutes = _BASE_MINUTES[ticket.topic] + 14 * count + 14 * ticket.urgency + 18 * ticket.escalated
        minutes += 15 * (history == "failed") - 6 * (history == "solved")
        minutes *= math.exp(0.44 * noise(self.random) - 0.09)
        ticket.minutes = round(min(240, max(5, minutes)))
        happy = {"negative": 2.3, "neutral": 3.1, "positive": 4.0}[ticket.sentiment]
        happy += {"solved": 0.7, "failed": -0.7, None: 0.0}[history] - 0.4 * ticket.escalated
        happy += 0.35 * noise(self.random)
        ticket.satisfaction = round(min(5.0, max(1.0, happy)), 1)

    # --- answers ----------------------------------------------------------------------------------------------

    def answer(self, ticket: Ticket, to: Ticket) -> str:
        """An answer that solves the problem of ``to``; of the part ``ticket`` speaks of if the topics agree."""
        about = ticket if to.topic == ticket.topic else to
        where = {"core": f"core.{to.problem}", "apart": about.scope["part"], "athing": about.scope["thing"]}
        known = {"apart": about.state["part"]} if "part" in about.state else {}
        reply = Ticket(to.topic, to.problem, "neutral", False, [], scope=about.scope | where, state=known)
        return plain(sentence(self.clause("answer", reply), self.random))
