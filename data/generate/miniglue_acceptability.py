"""Acceptable sentences and what one rule makes wrong in them: agreement, order, missing or wrong complements.

Each construction is a function of a `Draw` that gives a good sentence, sentences that break one rule of it (rule →
sentence), and the words that make it what it is: a split never holds those of another.
"""

from typing import NamedTuple

from miniglue_words import (
    ADJECTIVES,
    DOING,
    GIVING,
    HOW,
    INTRANSITIVE,
    LET_DO,
    LONG,
    MAKE_DO,
    MATERIALS,
    MOODS,
    NAMES,
    PERSONAL,
    PUTTING,
    SAYING,
    SHORT,
    STRICT,
    TELLING,
    TO_DO,
    TRANSITIVE,
    WHEN,
    WONDERING,
    Draw,
    a,
    plural,
    sentence,
)  # fmt: skip


class Minimal(NamedTuple):
    """A good sentence, its broken ones by the rule they break, and what it is made of."""

    good: str
    broken: dict[str, str]
    key: tuple[str, ...]


def _who(d: Draw, topic) -> str:
    return d.pick(NAMES) if d.chance(0.35) else "the " + d.pick(topic.people)


def _adjunct(d: Draw, topic) -> str:
    """in the kitchen,  yesterday, or nothing."""
    return d.pick(("", "", " " + d.pick(topic.places), " " + d.pick(WHEN)))


def transitive(d: Draw) -> Minimal:
    t, v = d.topic(), d.pick(STRICT)
    who, what = _who(d, t), "the " + d.pick(t.things)
    where = " " + d.pick(t.places)
    return Minimal(
        f"{who} {v.past} {what}{where}",
        {
            "missing object": f"{who} {v.past}{where}",
            "order": f"{who} {what} {v.past}{where}",
            "wrong preposition": f"{who} {v.past} of {what}{where}",
            "verb form": f"{who} {v.ing} {what}{where}",
        },
        (v.base, who, what),
    )


def attractor(d: Draw) -> Minimal:
    t = d.topic()
    head, near, mood = d.pick(t.people), d.pick(t.things), d.pick(MOODS)
    several = d.chance(0.5)
    subject = f"the {plural(head) if several else head} {d.pick(('near', 'with', 'behind'))} "
    subject += f"the {near if several else plural(near)}"
    right, wrong = ("are", "is") if several else ("is", "are")
    if d.chance(0.5):
        right, wrong = ("were", "was") if several else ("was", "were")
    very = d.pick(("", "very ", "often ", "not "))
    return Minimal(
        f"{subject} {right} {very}{mood}",
        {"agreement": f"{subject} {wrong} {very}{mood}", "order": f"{subject} {very}{mood} {right}"},
        (head, near, mood),
    )


def present(d: Draw) -> Minimal:
    t, v = d.topic(), d.pick(TRANSITIVE)
    who, what, how = d.pick(t.people), "the " + d.pick(t.things), d.pick(("often", "always", "never", "usually"))
    one = d.chance(0.5)
    subject, right, wrong = (f"the {who}", v.third, v.base) if one else (f"the {plural(who)}", v.base, v.third)
    return Minimal(
        f"{subject} {how} {right} {what}",
        {"agreement": f"{subject} {how} {wrong} {what}", "adverb": f"{subject} {right} {how} {what}"},
        (v.base, who, what),
    )


def intransitive(d: Draw) -> Minimal:
    t, v = d.topic(), d.pick(INTRANSITIVE)
    who, place = _who(d, t), d.pick(t.places)
    thing = "the " + place.split(" the ")[-1]
    return Minimal(
        f"{who} {v.past} {place}",
        {
            "object of an intransitive": f"{who} {v.past} {thing}",
            "passive of an intransitive": f"{thing} was {v.participle} by {who}",
            "order": f"{place} {v.past} who {who}" if d.chance(0.3) else f"{v.past} {place} {who}",
        },
        (v.base, who, place),
    )


def giving(d: Draw) -> Minimal:
    t, v = d.topic(), d.pick(GIVING)
    who, whom = d.some(t.people, 2)
    what, when = d.pick(t.things), d.pick(("", " " + d.pick(WHEN)))
    either = (f"the {whom} the {what}", f"the {what} to the {whom}")
    return Minimal(
        f"the {who} {v.past} {d.pick(either)}{when}",
        {
            "missing object": f"the {who} {v.past} to the {whom}{when}",
            "missing preposition": f"the {who} {v.past} the {what} the {whom}{when}",
            "order": f"the {who} the {whom} {v.past} the {what}{when}",
        },
        (v.base, who, whom, what),
    )


def telling(d: Draw) -> Minimal:
    t, v = d.topic(), d.pick(TELLING)
    name, whom, what = d.pick(NAMES), d.pick(t.people), d.pick(t.things)
    return Minimal(
        f"{name} {v.past} the {what} to the {whom}",
        {
            "double object": f"{name} {v.past} the {whom} the {what}",
            "order": f"{name} to the {whom} {v.past} the {what}",
        },
        (v.base, name, whom, what),
    )


def putting(d: Draw) -> Minimal:
    t, v = d.topic(), d.pick(PUTTING)
    who, what, where = _who(d, t), d.pick(t.things), d.pick(("against the wall", "under the table", "on the shelf"))
    return Minimal(
        f"{who} {v.past} the {what} {where}",
        {"missing place": f"{who} {v.past} the {what}", "missing object": f"{who} {v.past} {where}"},
        (v.base, who, what),
    )


def question(d: Draw) -> Minimal:
    t, v = d.topic(), d.pick(TRANSITIVE)
    who, what, end = _who(d, t), d.pick(t.things), _adjunct(d, t)
    asked = d.pick(("what", f"which {what}", f"which of the {plural(what)}"))
    return Minimal(
        f"{asked} did {who} {v.base}{end}?",
        {
            "no inversion": f"{asked} {who} {v.past}{end}?",
            "verb form": f"{asked} did {who} {v.past if v.past != v.base else v.third}{end}?",
            "filled gap": f"{asked} did {who} {v.base} the {d.pick(t.things)}{end}?",
            "agreement": f"{asked} do {who} {v.base}{end}?",
        },
        (v.base, who, what, asked),
    )


def embedded(d: Draw) -> Minimal:
    t, v, w = d.topic(), d.pick(STRICT), d.pick(WONDERING)
    name, who, what = d.pick(NAMES), "the " + d.pick(t.people), d.pick(t.things)
    ask, rest = d.pick((("what", ""), ("when", f" the {what}"), ("why", f" the {what}"), ("where", f" the {what}")))
    return Minimal(
        f"{name} {w.past} {ask} {who} {v.past}{rest}",
        {
            "inversion": f"{name} {w.past} {ask} did {who} {v.base}{rest}",
            "filled or open gap": f"{name} {w.past} {ask} {who} {v.past}{'' if rest else ' the ' + what}",
            "double question": f"{name} {w.past} that {ask} {who} {v.past}{rest}",
        },
        (w.base, v.base, who, what, ask),
    )


def complement(d: Draw) -> Minimal:
    """want to do, enjoy doing, persuade somebody to do, let somebody do."""
    t, v = d.topic(), d.pick(TRANSITIVE)
    who, whom = _who(d, t), "the " + d.pick(t.people)
    end = f"the {d.pick(t.things)}"
    kind = d.pick(("to", "ing", "make", "let"))
    m = d.pick({"to": TO_DO, "ing": DOING, "make": MAKE_DO, "let": LET_DO}[kind])
    forms = {
        "to": (f"to {v.base}", (v.ing, v.base)),
        "ing": (v.ing, (f"to {v.base}", v.base)),
        "make": (f"{whom} to {v.base}", (f"{whom} {v.past}", f"to {v.base}", f"that {whom} {v.past}")),
        "let": (f"{whom} {v.base}", (f"{whom} to {v.past}", f"{whom} {v.past}", f"to {whom} {v.base}")),
    }
    right, wrong = forms[kind]
    begin = f"{who} {m.past}"
    if (m.base, kind) in (("help", "let"), ("see", "let"), ("hear", "let")):
        wrong = wrong[:1] + wrong[2:]
    if m.base in ("hope", "suggest", "tell", "urge", "ask", "order", "allow"):
        wrong = wrong[:1]
    return Minimal(
        f"{begin} {right} {end}",
        {"complement": f"{begin} {d.pick(wrong)} {end}"},
        (m.base, v.base, who, end),
    )


def relative(d: Draw) -> Minimal:
    t, v = d.topic(), d.pick(TRANSITIVE)
    who, what, adjective = d.pick(t.people), d.pick(t.things), d.pick(ADJECTIVES)
    several = d.chance(0.4)
    head, was, wrong = (f"the {plural(what)}", "were", "was") if several else (f"the {what}", "was", "were")
    it = "them" if several else "it"
    that = d.pick(("that ", "which ", ""))
    return Minimal(
        f"{head} {that}the {who} {v.past} {was} {adjective}",
        {
            "resumptive pronoun": f"{head} {that or 'that '}the {who} {v.past} {it} {was} {adjective}",
            "agreement": f"{head} {that}the {who} {v.past} {wrong} {adjective}",
            "relative pronoun": f"{head} who the {who} {v.past} {was} {adjective}",
            "missing verb": f"{head} {that or 'that '}the {who} {v.past} {adjective}",
        },
        (v.base, who, what, adjective),
    )


def reflexive(d: Draw) -> Minimal:
    t, v = d.topic(), d.pick(PERSONAL)
    who, other = d.some(t.people, 2)
    head = d.pick((f"the {plural(who)}", f"the friends of the {other}", f"the two {plural(who)}"))
    adverb = d.pick(("", "rarely ", "often ", "only "))
    return Minimal(
        f"{head} {adverb}{v.past} themselves",
        {
            "reflexive": f"{head} {adverb}{v.past} {d.pick(('himself', 'herself', 'itself'))}",
            "unbound reflexive": f"themselves {adverb}{v.past} {head}",
            "case": f"{head} {adverb}{v.past} they",
        },
        (v.base, who, other, head),
    )


def perfect(d: Draw) -> Minimal:
    t = d.topic()
    v = d.pick([v for v in TRANSITIVE if v.past != v.participle] + TRANSITIVE[:8])
    who, what, already = d.pick(t.people), "the " + d.pick(t.things), d.pick(("", "already ", "just ", "never "))
    wrong = v.past if v.past != v.participle else v.base
    one = d.chance(0.5)
    subject, has, have = (f"the {who}", "has", "have") if one else (f"the {plural(who)}", "have", "has")
    return Minimal(
        f"{subject} {has} {already}{v.participle} {what}",
        {
            "participle": f"{subject} {has} {already}{wrong} {what}",
            "agreement": f"{subject} {have} {already}{v.participle} {what}",
            "two auxiliaries": f"{subject} {has} {already}{v.ing} {what}",
        },
        (v.base, who, what),
    )


def modal(d: Draw) -> Minimal:
    t, v = d.topic(), d.pick(TRANSITIVE)
    who, what, must = _who(d, t), "the " + d.pick(t.things), d.pick(("must", "could", "should", "will", "might"))
    no = d.pick(("", "", " not"))
    past = v.past if v.past != v.base else v.ing
    return Minimal(
        f"{who} {must}{no} {v.base} {what}",
        {
            "verb form": f"{who} {must}{no} {d.pick((past, v.third, 'to ' + v.base))} {what}",
            "negation": f"{who} not {must} {v.base} {what}",
            "two modals": f"{who} {must}{no} can {v.base} {what}",
        },
        (v.base, who, what, must),
    )


def passive(d: Draw) -> Minimal:
    t, v = d.topic(), d.pick(TRANSITIVE)
    who, what = _who(d, t), "the " + d.pick(t.things)
    when = d.pick(("", "", " " + d.pick(WHEN)))
    return Minimal(
        f"{what} was {v.participle} by {who}{when}",
        {
            "verb form": f"{what} was {v.base if v.base != v.participle else v.third} by {who}{when}",
            "missing auxiliary": f"{what} {v.participle} by {who}{when}",
            "object of a passive": f"{what} was {v.participle} {who}{when}",
            "participle": f"{what} was {v.ing} by {who}{when}",
        },
        (v.base, who, what),
    )


def amount(d: Draw) -> Minimal:
    t = d.topic()
    mass, thing, place = d.pick(MATERIALS), plural(d.pick(t.things)), d.pick(t.places)
    counted = d.chance(0.5)
    much, many = d.pick((("much", "many"), ("little", "few"), ("less", "fewer"))[: 2 if counted else 3])
    right, wrong = (f"{many} {thing}", f"{much} {thing}") if counted else (f"{much} {mass}", f"{many} {mass}")
    begin = f"there {'were' if counted else 'was'} {'too ' if much != 'less' else 'far '}"
    other = f"there {'was' if counted else 'were'} {'too ' if much != 'less' else 'far '}"
    return Minimal(
        f"{begin}{right} {place}",
        {
            "count and mass": f"{begin}{wrong} {place}",
            "agreement": f"{other}{right} {place}",
            "plural of a mass": f"{begin}{right} {place}".replace(mass, mass + "s") if not counted else "",
        },
        (mass, thing, place, much),
    )


def existential(d: Draw) -> Minimal:
    t = d.topic()
    what, place, count = d.pick(t.things), d.pick(t.places), d.pick(("two", "three", "several", "four", "many"))
    one = d.chance(0.35)
    np, was, wrong = (a(what), "was", "were") if one else (f"{count} {plural(what)}", "were", "was")
    return Minimal(
        f"there {was} {np} {place}",
        {
            "agreement": f"there {wrong} {np} {place}",
            "number": f"there {was} {count} {what} {place}" if not one else f"there was a {plural(what)} {place}",
            "definite": f"there {was} {d.pick(NAMES)} {place}" if one else f"there {np} {was} {place}",
        },
        (what, place, count),
    )


def comparative(d: Draw) -> Minimal:
    t = d.topic()
    first, second = d.some(t.things, 2)
    short = d.pick(list(SHORT))
    long = d.pick(LONG)
    if d.chance(0.5):
        right, wrong = f"{SHORT[short]} than", (f"more {SHORT[short]} than", f"{SHORT[short]} that", f"{short} than")
    else:
        right, wrong = f"more {long} than", (f"most {long} than", f"more {long} as", f"{long} than")
    much = d.pick(("", "much ", "slightly "))
    return Minimal(
        f"the {first} is {much}{right} the {second}",
        {
            "comparative": f"the {first} is {much}{d.pick(wrong)} the {second}",
            "order": f"the {first} {much}{right} is the {second}",
        },
        (first, second, short, long),
    )


def polarity(d: Draw) -> Minimal:
    t, v = d.topic(), d.pick(TRANSITIVE)
    what, who = "the " + d.pick(t.things), d.pick(t.people)
    good, bad = d.pick(
        (
            (f"nobody has ever {v.participle} {what}", f"somebody has ever {v.participle} {what}"),
            (f"the {who} did not {v.base} anything", f"the {who} {v.past} anything"),
            (f"no {who} {v.past} any {what[4:]}", f"every {who} {v.past} any {what[4:]} at all"),
            (f"few {plural(who)} ever {v.past} {what}", f"many {plural(who)} ever {v.past} {what}"),
            (f"the {who} has {v.participle} {what} before", f"the {who} has {v.participle} {what} yet"),
        )
    )
    return Minimal(good, {"polarity": bad}, (v.base, who, what))


def adverb(d: Draw) -> Minimal:
    t, v = d.topic(), d.pick(STRICT)
    who, what, how = _who(d, t), "the " + d.pick(t.things), d.pick(HOW)
    return Minimal(
        d.pick((f"{who} {how} {v.past} {what}", f"{how}, {who} {v.past} {what}", f"{who} {v.past} {what} {how}")),
        {
            "adverb": f"{who} {v.past} {how} {what}",
            "adjective for adverb": f"{who} {how[:-2] if how != 'hastily' else 'hasty'} {v.past} {what}",
            "missing object": f"{who} {how} {v.past}",
        },
        (v.base, who, what, how),
    )


def nouns(d: Draw) -> Minimal:
    t, v = d.topic(), d.pick(TRANSITIVE)
    who, thing = _who(d, t), plural(d.pick(t.things))
    number, adjective = d.pick(("two", "three", "four", "several")), d.pick(ADJECTIVES)
    return Minimal(
        f"{who} {v.past} {number} very {adjective} {thing}",
        {
            "adjective order": f"{who} {v.past} {number} {thing} very {adjective}",
            "numeral order": f"{who} {v.past} very {adjective} {number} {thing}",
            "degree": f"{who} {v.past} very {number} {adjective} {thing}",
            "two determiners": f"{who} {v.past} {number} the {adjective} {thing}",
        },
        (v.base, who, thing, adjective),
    )


def tag(d: Draw) -> Minimal:
    t, v = d.topic(), d.pick(TRANSITIVE)
    who, what = plural(d.pick(t.people)), "the " + d.pick(t.things)
    return Minimal(
        f"the {who} {v.past} {what}, didn't they?",
        {"tag": f"the {who} {v.past} {what}, {d.pick(('aren' + chr(39) + 't', 'doesn' + chr(39) + 't'))} they?"},
        (v.base, who, what),
    )


def cleft(d: Draw) -> Minimal:
    t, v = d.topic(), d.pick(TRANSITIVE)
    who, what = _who(d, t), "the " + d.pick(t.things)
    return Minimal(
        f"it was {who} who {v.past} {what}",
        {
            "order": f"it was {who} who {what} {v.past}",
            "two subjects": f"it was {who} who he {v.past} {what}",
            "missing verb": f"it was {who} who {what}",
        },
        (v.base, who, what),
    )


def extraction(d: Draw) -> Minimal:
    t, v, s = d.topic(), d.pick(TRANSITIVE), d.pick(SAYING)
    name, who, what = d.pick(NAMES), "the " + d.pick(t.people), "the " + d.pick(t.things)
    good, bad = d.pick(
        (
            (f"what did {name} {s.base} that {who} {v.past}?", f"what did {name} {s.base} whether {who} {v.past} it?"),
            (f"who did {name} {s.base} {v.past} {what}?", f"who did {name} {s.base} that {v.past} {what}?"),
            (f"{name} met {who} who {v.past} {what}", f"what did {name} meet {who} who {v.past}?"),
            (f"{name} left before {who} {v.past} {what}", f"what did {name} leave before {who} {v.past}?"),
        )
    )
    return Minimal(good, {"extraction": bad}, (v.base, s.base, who, what))


def clause(d: Draw) -> Minimal:
    t, v, s = d.topic(), d.pick(TRANSITIVE), d.pick(SAYING)
    name, who, what = d.pick(NAMES), "the " + d.pick(t.people), "the " + d.pick(t.things)
    later = d.pick((f"because {who} had {v.participle} {what}", f"until {who} {v.past} {what}"))
    good = d.pick((f"{name} {s.past} that {who} {v.past} {what}", f"{name} stayed at home {later}"))
    return Minimal(
        good,
        {
            "missing verb": f"{name} {s.past} that {who} {what}",
            "complementiser": f"{name} stayed at home because of {who} had {v.participle} {what}",
            "missing subject": f"{name} {s.past} that {v.past} {what}",
            "two conjunctions": f"although {name} stayed at home, but {who} {v.past} {what}",
        },
        (v.base, s.base, who, what),
    )


CONSTRUCTIONS = (
    transitive, attractor, present, intransitive, giving, telling, putting, question, embedded, complement, complement,
    relative, reflexive, perfect, modal, passive, amount, existential, comparative, polarity, adverb, nouns, tag, cleft,
    extraction, clause,
)  # fmt: skip


def draw(d: Draw, acceptable: bool) -> tuple[str, tuple[str, ...]]:
    """A sentence, acceptable or broken by one rule, and its key."""
    make = d.pick(CONSTRUCTIONS)
    found = make(d)
    text = found.good
    if not acceptable:
        text = d.pick([t for t in found.broken.values() if t])
    whole = sentence(text, "" if text.endswith("?") else ".")
    return whole, (make.__name__, *found.key)
