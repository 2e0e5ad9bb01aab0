"""All phrase tables in one grammar, and the scopes that give its slots their meaning in a ticket of some topic."""

from functools import cache

import phrases_answers as answers
import phrases_names as names
import phrases_requests as requests
import phrases_symptoms as symptoms
import phrases_tone as tone
import phrases_topics as topics
from grammar import Grammar, phrases
from surface import mark

CATEGORIES = ("printer", "laptop", "phone", "network", "software", "other")
# Which faults a topic knows, and which requests.
FAULTS = {topic: topics.SYMPTOMS for topic in topics.DEVICES}
FAULTS["software"] = ("crash", "slow", "error-code", "connection-lost")
REQUESTS = {topic: tuple(table) for topic, table in requests.REQUESTS.items()}

# Nouns that point to a topic; other topics' tickets mention them in passing.
_CUES = {
    "account": ("credential", "otp", "detail", "reset_mail", "otp_device", "otp_step", "news_mail"),
    "billing": ("invoice", "voucher", "refund", "instalment", "pay_means", "statement", "sum_noun", "inv_field"),
    "delivery": ("courier", "tracking", "box_noun", "label_noun", "padding", "slot_noun", "address_noun", "accessory"),
    "software": ("licence_key", "update_noun", "part.software", "part.software"),
}
_PROBLEM_FRAMES = phrases("""
    {clause}
    {clause}
    {clause}
    since {date} {clause}
    now {clause}
    [here in {place}|at our branch in {place}|in my flat in {place}|at home in {place}] {clause}
    the [problem|trouble|thing|issue|point|reason I write] is[ that| this:|:] {clause}
    [my|our] [problem|issue|concern|question]: {clause}
    as of {date} {clause}
    [it seems|it turns out|I noticed|I find] [that |]{clause}
    on {date} [I saw that|we noticed that|it began:|it started:] {clause}
    {clause} [again|now|these days|since {date}|as I write]""")


def _rules() -> dict[str, list[str]]:
    rules: dict[str, list[str]] = {}
    for module in (answers, requests, symptoms, tone):
        for name in (name for name in vars(module) if name.endswith("_SLOTS")):
            rules |= getattr(module, name)
    for category in CATEGORIES:
        rules[f"product.{category}"] = [mark("product", name) for name in names.PRODUCTS[category]]
    for topic, parts in topics.PARTS.items():
        rules |= {f"part.{topic}": parts, f"act.{topic}": topics.ACTS[topic], f"thing.{topic}": topics.THINGS[topic]}
        rules[f"ask.{topic}.setup"] = topics.SETUP[topic]
    rules["part.other"] = phrases("""
        remote; stand; lamp; strap; motor; dial; lid; plug; display; sensor; tube; grip; filter; blade
        ear pad""")
    rules["act.other"] = phrases("""
        switching it on; using it; cleaning it; turning the dial; charging it; moving it""")
    rules["thing.other"] = phrases("""
        gadget; thing; device; appliance; item; present; unit; article; purchase; toy; kit""")
    for topic in topics.TOPICS:
        slots = _CUES.get(topic, ("part." + topic,))
        rules[f"cue.{topic}"] = [phrase for slot in slots for phrase in rules[slot] if "{" not in phrase]
    rules |= {f"usage.{group}": clauses for group, clauses in topics.USAGE.items()}
    for symptom, clauses in symptoms.SYMPTOM_CLAUSES.items():
        rules[f"fault.{symptom}"] = clauses
    for topic, table in requests.REQUESTS.items():
        rules |= {f"ask.{topic}.{request}": clauses for request, clauses in table.items()}
    for group, table in (("feeling", tone.SENTIMENT), ("history", tone.HISTORY), ("escalation", tone.ESCALATION)):
        rules |= {f"{group}.{name}": clauses for name, clauses in table.items()}
    for level, (_, clauses) in enumerate(tone.URGENCY):
        rules[f"urgency.{level}"] = clauses
    for problem, cores in (answers.FAULT_ANSWERS | answers.REQUEST_ANSWERS).items():
        rules[f"core.{problem}"] = cores
    rules |= {
        "answer": answers.ANSWER_FRAMES,
        "problem": _PROBLEM_FRAMES,
        "greeting": tone.GREETINGS,
        "signoff": tone.SIGNOFFS,
        "opening": tone.OPENINGS,
        "asking": tone.ASKS,
        "distractor": tone.DISTRACTORS,
        "no_symptom": tone.NO_SYMPTOM,
        "person": names.PEOPLE,
        "place": [mark("place", name) for name in names.PLACES],
        "street": [mark("place", name) for name in names.STREETS],
        "date": [mark("date", text) for text in names.DATES_PAST],
        "date_next": [mark("date", text) for text in names.DATES_NEXT],
    }
    return rules


GRAMMAR = Grammar(_rules(), sticky=("product", "wrong_thing", "percent"))


@cache
def scope(topic: str, category: str, other: str) -> dict[str, str]:
    """Slot → rule for a ticket of ``topic`` about a product of ``category`` that mentions topic ``other``."""
    stray = other if other in CATEGORIES else "other"
    return {
        "part": f"part.{category}",
        "act": f"act.{category}",
        "thing": f"thing.{category}",
        "product": f"product.{category}",
        "owncue": f"cue.{topic}",
        "othercue": f"cue.{other}",
        "otherproduct": f"product.{stray}",
        "otherthing": f"thing.{stray}",
    }
