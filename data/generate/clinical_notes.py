"""One clinical note: what is true of it (the labels), then the clauses that tell it."""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import phrases_clinical as words
from draws import noise, pick, some
from grammar import Grammar
from surface import add_typos, mark, mend

# A clause belongs to the part that its checksum falls to, so that no clause is in two parts.
_SHARES = {"train": (0, 80), "test": (80, 100)}
DRUG = re.compile(mark("drug", "([^\x10]+)"))  # a drug in a marked text
# How ill, of 0 to 4: most diagnoses know every level, these two the lower ones.
_LEVELS = {"migraine": (0, 0, 1, 1, 2, 2, 3), "reflux": (0, 0, 0, 1, 1, 2)}
_ANY_LEVEL = (0, 1, 1, 2, 2, 2, 3, 3, 4)
# The order in which each kind of note tells what it tells, and how often it does.
_KINDS = {
    "admission": "present absent before:.8 family:.35 social:.35 takes:.6 allergic:.4 vitals signs looks:.5 named "
    "given leads:.4",
    "progress": "looks:.7 still gone:.4 absent:.7 vitals:.8 signs:.6 named:.5 given leads:.5",
    "discharge": "present absent:.3 before:.4 takes:.3 looks:.4 vitals:.4 signs:.7 named given",
    "triage": "present absent before:.5 allergic:.3 vitals looks:.5 signs:.3 given:.3 leads:.3",
    "clinic": "before:.6 present absent:.6 family:.2 social:.3 takes:.5 signs:.7 named given:.8 leads:.5",
}
_LENGTHS = (70, 100, 120, 140, 160, 180)  # characters after which a writer leaves out what has a share above
_CLASS = {drug: name for name, drugs in words.CLASSES.items() for drug in drugs}
_NAMED = 0.6  # of the notes that come to the diagnosis say its name; the others leave it to what is found and given


@dataclass
class Note:
    """What is true of a note. ``clauses`` are the ones it was told with; they and ``text`` carry entity marks.

    symptoms: those that the patient has; absent: those denied, or gone. level: how ill, 0 to 4, which severity (0 to
    10) adds noise to.
    """

    kind: str
    diagnosis: str
    symptoms: list[str]
    absent: list[str]
    level: int
    severity: float
    text: str = ""
    clauses: list[str] = field(default_factory=list)
    ills: list[str] = field(default_factory=list)
    ruled_out: tuple[str, ...] = ()
    state: dict[str, str] = field(default_factory=dict)

    @property
    def drugs(self) -> list[str]:
        """The drugs that the clauses so far name as taken or given, in order."""
        return [drug for clause in self.clauses for drug in DRUG.findall(clause)]


def _rules() -> dict[str, list[str]]:
    rules = dict(words.SLOTS)
    for symptom, names in words.SYMPTOMS.items():
        rules[f"symptom.{symptom}"] = names
    for diagnosis, about in words.DIAGNOSES.items():
        rules |= {f"{part}.{diagnosis}": about[part] for part in ("names", "signs", "drugs")}
    for illness, (names, drugs, _) in words.HISTORY.items():
        rules |= {f"ill.{illness}": names, f"home.{illness}": drugs}
    for group in ("PRESENT", "ABSENT", "GIVEN", "TAKES", "BEFORE"):
        rules |= {f"{group.lower()}.{count}": frames for count, frames in getattr(words, group).items()}
    for group in ("LOOKS", "GRADES", "LEADS_TO"):
        rules |= {f"{group.lower()}.{level}": told for level, told in enumerate(getattr(words, group))}
    rules |= {f"opens.{kind}": opens for kind, opens in words.OPENS.items()}
    rules |= {"still": words.STILL, "gone": words.GONE, "named": words.NAMED, "family": words.FAMILY}
    return rules | {"social": words.SOCIAL, "allergic": words.ALLERGIC}


GRAMMAR = Grammar(_rules(), sticky=("who",))


def _groups(items: list[str], random: Callable[[], float]) -> list[list[str]]:
    """The items in their order, one to three a group."""
    groups = []
    while items:
        size = pick((1, 2, 2, 3, 3), random)
        groups.append(items[:size])
        items = items[size:]
    return groups


class NoteWriter:
    """Writes the notes of one part, "train" or "test"; ``random`` gives numbers in [0, 1)."""

    def __init__(self, part: str, random: Callable[[], float]):
        if part not in _SHARES:
            raise ValueError(f"There is no part {part!r} of the notes; there are {' and '.join(_SHARES)}.")
        self.random = random
        self._low, self._high = _SHARES[part]

    def chance(self, probability: float) -> bool:
        return self.random() < probability

    def draw(self) -> Note:
        """What is true, before it is told."""
        random = self.random
        diagnosis = pick(tuple(words.DIAGNOSES), random)
        usual = words.DIAGNOSES[diagnosis]["symptoms"]
        count, early = pick((1, 2, 2, 3, 3, 4), random), lambda: min(random(), random())
        symptoms = some(usual, count, early)
        others = [s for s in words.SYMPTOMS if s not in symptoms]
        if self.chance(0.12):  # one that the textbook doesn't know
            symptoms += some([s for s in others if s not in usual], 1, random)
        absent = some([s for s in others if s not in symptoms], pick((1, 1, 2, 2, 3, 3, 4), random), random)
        level = pick(_LEVELS.get(diagnosis, _ANY_LEVEL), random)
        severity = min(10.0, max(0.0, 1.0 + 2.0 * level + 0.5 * noise(random)))
        return Note(pick(tuple(_KINDS), random), diagnosis, symptoms, absent, level, round(severity, 1))

    def write(self) -> Note:
        """A whole note, with text and labels. What is told of absent symptoms is what `absent` then holds."""
        note, most = self.draw(), pick(_LENGTHS, self.random)
        pending, note.absent = note.absent, []
        told = []
        for aspect in _KINDS[note.kind].split():
            name, _, share = aspect.partition(":")
            if not share or (sum(map(len, told)) < most and self.chance(float(share))):
                if name in ("absent", "gone"):
                    taken = pending if name == "absent" else pending[-1:]
                    pending = [s for s in pending if s not in taken]
                    note.absent += taken
                    told += self._symptoms(name, taken, note)
                else:
                    told += getattr(self, f"_{name}")(note)
        note.text = self._join(told, note)
        return note

    # --- clauses ------------------------------------------------------------------------------------------------

    def clause(self, rule: str, note: Note, **slots: str) -> str:
        """Draw a clause of the rule until it is one of this part whose drugs fit the note's.

        slots: which rule each slot of the frame stands for.
        """
        scope = {"grade": f"grades.{note.level}"} | slots
        return self._until_ours(lambda: GRAMMAR.expand(rule, self.random, scope, note.state), note, rule)

    def _until_ours(self, make: Callable[[], str], note: Note, what: str) -> str:
        for _ in range(2000):
            text = mend(make())
            if self._low <= zlib.crc32(text.lower().encode()) % 100 < self._high:
                if self._fit(note.drugs + DRUG.findall(text), note) and text not in note.clauses:
                    note.clauses.append(text)
                    if note.state.get("who", "\0") in text:
                        note.state["who"] = "pt"
                    return text
        raise ValueError(f"{what!r} has too few clauses to be divided among the parts; add phrases to it.")

    @staticmethod
    def _fit(drugs: list[str], note: Note) -> bool:
        """Whether the drugs are of different classes, and none is ruled out by an allergy."""
        return len({_CLASS.get(d, d) for d in drugs}) == len(drugs) and not set(drugs) & set(note.ruled_out)

    def _symptoms(self, rule: str, symptoms: list[str], note: Note) -> list[str]:
        """Clauses that name the symptoms, in groups for "present" and "absent", else one by one."""
        slots = "xyz" if rule in ("absent", "gone") else "abc"
        grouped = rule in ("present", "absent")
        groups = _groups(symptoms, self.random) if grouped else [[s] for s in symptoms]
        return [
            self.clause(
                f"{rule}.{len(group)}" if grouped else rule,
                note,
                **{slot: f"symptom.{symptom}" for slot, symptom in zip(slots, group, strict=False)},
            )
            for group in groups
        ]

    def _present(self, note: Note) -> list[str]:
        return self._symptoms("present", note.symptoms, note)

    def _still(self, note: Note) -> list[str]:
        return self._symptoms("still", note.symptoms, note)

    def _signs(self, note: Note) -> list[str]:
        return [self.clause(f"signs.{note.diagnosis}", note) for _ in range(pick((1, 1, 2, 2, 3), self.random))]

    def _named(self, note: Note) -> list[str]:
        told = self.chance(_NAMED)
        return [self.clause("named", note, dx=f"names.{note.diagnosis}")] if told else []

    def _given(self, note: Note) -> list[str]:
        drugs = f"drugs.{note.diagnosis}"
        return [self.clause(f"given.{pick((1, 1, 2), self.random)}", note, rx=drugs, rx2=drugs)]

    def _before(self, note: Note) -> list[str]:
        """One or two earlier illnesses; `_takes` tells what is taken for them at home."""
        known = [ill for ill, (_, _, same) in words.HISTORY.items() if same != note.diagnosis]

        def make() -> str:
            note.ills = some(known, pick((1, 2, 2), self.random), self.random)
            scope = dict(zip(("ill", "ill2"), (f"ill.{ill}" for ill in note.ills), strict=False))
            return GRAMMAR.expand(f"before.{len(note.ills)}", self.random, scope, note.state)

        return [self._until_ours(make, note, "before")]

    def _takes(self, note: Note) -> list[str]:
        homes = [f"home.{ill}" for ill in note.ills if words.HISTORY[ill][1]]
        slots = dict(zip(("rx", "rx2"), homes, strict=False))
        return [self.clause(f"takes.{len(homes)}", note, **slots)] if homes else []

    def _allergic(self, note: Note) -> list[str]:
        """An allergy to nothing that was told so far; it rules out what is told later."""
        if self.chance(0.4):
            return [pick(("NKDA", "NKDA", "nil allergies", "no known allergies"), self.random)]
        harmless = [name for name, drugs in words.ALLERGIES.items() if not set(drugs) & set(note.drugs)]

        def make() -> str:
            allergen = pick(harmless, self.random)
            note.ruled_out = words.ALLERGIES[allergen]
            return GRAMMAR.expand("allergic", self.random, {}, {"allergen": allergen})

        return [self._until_ours(make, note, "allergic")]

    def _family(self, note: Note) -> list[str]:
        return [self.clause("family", note)]

    def _social(self, note: Note) -> list[str]:
        return [self.clause("social", note)]

    def _looks(self, note: Note) -> list[str]:
        return [self.clause(f"looks.{note.level}", note)]

    def _leads(self, note: Note) -> list[str]:
        return [self.clause(f"leads_to.{note.level}", note)]

    def _vitals(self, note: Note) -> list[str]:
        """Two to five measured values, worse the iller the patient is; a fever shows in them, and so does AF."""
        random, level, febrile = self.random, note.level, "fever" in note.symptoms
        short = note.diagnosis in ("heart-failure", "copd", "pneumonia")

        def around(mean: float, spread: float) -> int:
            return round(mean + spread * noise(random))

        def measure() -> str:
            pulse = around(70 + 10 * level + 30 * (note.diagnosis == "atrial-fibrillation") + 8 * febrile, 7)
            upper = around(136 - 8 * level + 30 * (note.diagnosis == "stroke"), 9)
            oxygen = min(100, around(98 - 1.5 * level - 2 * short, 1))
            tenths = around(384 if febrile else 367, 4 if febrile else 2)
            values = [
                f"{pick(('HR', 'P', 'pulse'), random)} {pulse}",
                f"BP {upper}/{around(0.6 * upper, 5)}",
                f"RR {around(14 + 3 * level + 3 * short, 1.5)}",
                f"{pick(('sats', 'SpO2', 'SaO2'), random)} {oxygen}%{pick((' RA', '', ' on air', ' OA'), random)}",
                f"{pick(('T', 'temp', 'Temp'), random)} {tenths // 10}.{tenths % 10}",
                f"NEWS {max(0, around(2.2 * level + 0.5, 0.8))}",
            ]
            kept = set(some(range(6), pick((2, 3, 3, 4, 5), random), random))
            told = pick((", ", ", ", " ", "; "), random).join(v for i, v in enumerate(values) if i in kept)
            return pick(("obs: ", "O/E ", "obs ", "vitals: ", "", ""), random) + told

        return [self._until_ours(measure, note, "vitals")]

    def _join(self, told: list[str], note: Note) -> str:
        """The clauses in the hand of a careful, hasty or shouting writer."""
        random = self.random
        if self.chance(0.75):
            told = [GRAMMAR.expand(f"opens.{note.kind}", random, {}, {}), *told]
        between = pick((". ", ". ", ". ", ", ", "; ", " - ", " / "), random)
        careful = between == ". " and self.chance(0.5)
        text = ""
        for clause in told:
            if text:
                text += " " if text[-1] in ".,:" else between
            text += clause[0].upper() + clause[1:] if careful and not text.endswith(", ") else clause
        text += "." if careful or self.chance(0.3) else ""
        if self.chance(0.25):
            text = add_typos(text, 0.02 + 0.06 * random(), random)
        case = random()
        return text.lower() if case < 0.25 else text.upper() if case < 0.28 else text
