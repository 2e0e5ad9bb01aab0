"""Words of miniglue: people, things and places by topic, verbs by what they ask for, and how one draws among them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple
from zlib import crc32

from grammar import phrases

_PARTS = ("train",) * 6 + ("validation",) * 2 + ("test",) * 2


class Topic(NamedTuple):
    people: list[str]
    things: list[str]
    places: list[str]


def _topic(people: str, things: str, places: str) -> Topic:
    return Topic(phrases(people), phrases(things), phrases(places))


TOPICS = {
    "kitchen": _topic(
        "cook; waiter; baker; guest; butcher",
        "pan; oven; kettle; knife; recipe; cake; jar; plate",
        "in the kitchen; in the restaurant; at the bakery; behind the counter",
    ),
    "school": _topic(
        "teacher; pupil; caretaker; librarian; student",
        "book; map; essay; blackboard; notebook; ruler; globe; drawing",
        "in the classroom; in the library; at the school; in the corridor",
    ),
    "farm": _topic(
        "gardener; farmer; neighbour; shepherd; beekeeper",
        "rake; hedge; tractor; fence; basket; ladder; gate; spade",
        "in the orchard; behind the barn; in the garden; near the river",
    ),
    "music": _topic(
        "violinist; singer; drummer; composer; pianist",
        "violin; piano; score; microphone; trumpet; drum; guitar; record",
        "in the theatre; on the stage; in the studio; at the festival",
    ),
    "travel": _topic(
        "driver; passenger; guard; tourist; porter",
        "suitcase; ticket; train; timetable; bicycle; parcel; passport; bus",
        "at the station; in the hotel; on the platform; at the border",
    ),
    "office": _topic(
        "manager; clerk; accountant; secretary; programmer",
        "report; printer; invoice; contract; laptop; calendar; folder; desk",
        "in the office; in the archive; at the meeting; in the lift",
    ),
    "sport": _topic(
        "coach; goalkeeper; referee; runner; swimmer",
        "ball; helmet; trophy; whistle; racket; medal; boot; banner",
        "in the stadium; at the gym; beside the track; in the changing room",
    ),
    "town": _topic(
        "mayor; lawyer; reporter; judge; painter",
        "statue; bridge; petition; letter; photograph; clock; lamp; window",
        "in the courthouse; in the market square; at the town hall; in the museum",
    ),
}
OTHER_TOPICS = {  # of the mismatched parts alone
    "sea": _topic(
        "captain; sailor; fisherman; diver; pirate",
        "anchor; net; lantern; raft; compass; sail; canoe; rope",
        "in the harbour; on the deck; on the island; below the lighthouse",
    ),
    "hospital": _topic(
        "nurse; surgeon; patient; dentist; chemist",
        "syringe; bandage; scan; prescription; stretcher; thermometer; pillow; wheelchair",
        "in the ward; at the clinic; in the waiting room; beside the bed",
    ),
    "science": _topic(
        "astronaut; engineer; researcher; pilot; inventor",
        "telescope; probe; sample; antenna; robot; satellite; rocket; sensor",
        "in the laboratory; in the hangar; at the observatory; under the dome",
    ),
}
NAMES = phrases("""
    Ada; Amir; Anna; Bela; Bruno; Carla; Chen; Dana; David; Edith; Emeka; Farah; Felix; Greta; Hana; Hugo; Ines; Ivan
    Jana; Jonas; Karim; Kate; Laila; Leo; Lucia; Marek; Mira; Nadia; Nils; Nora; Olga; Omar; Paula; Pedro; Rosa; Ruben
    Sara; Simon; Tariq; Tess; Uma; Viktor; Wanda; Yusuf; Zoe""")
MATERIALS = phrases("furniture; luggage; equipment; advice; information; homework; traffic; money; bread")
ADJECTIVES = phrases("heavy; old; new; small; large; clean; dirty; expensive; cheap; strange; broken; green; light")
SHORT = {  # adjectives with a comparative of their own
    "heavy": "heavier", "old": "older", "new": "newer", "small": "smaller", "large": "larger", "clean": "cleaner",
    "dirty": "dirtier", "cheap": "cheaper", "light": "lighter",
}  # fmt: skip
LONG = phrases("expensive; beautiful; comfortable; dangerous; useful; popular; interesting; modern")
MOODS = phrases("tired; late; happy; nervous; ready; hungry; proud; angry; ill; busy; bored; calm; famous; polite")
WHEN = phrases("yesterday; last week; on Monday; in the morning; after lunch; two days ago; before the meeting; in May")
HOW = phrases("quickly; carefully; quietly; slowly; secretly; suddenly; finally; nervously; gladly; hastily")


class Verb(NamedTuple):
    base: str
    third: str
    past: str
    participle: str
    ing: str


def verb(text: str) -> Verb:
    """A verb out of its forms "take took taken taking", or of its base where it is regular."""
    base, *forms = text.split()
    if not forms:
        stem = base[:-1] if base.endswith("e") else base
        soft = base.endswith("y") and base[-2] not in "aeou"
        past = base[:-1] + "ied" if soft else stem + "ed"
        forms = [past, past, stem + "ing"]
    soft = base.endswith("y") and base[-2] not in "aeou"
    third = base[:-1] + "ies" if soft else base + ("es" if base.endswith(("s", "sh", "ch", "x", "z", "o")) else "s")
    return Verb(base, third, *forms)


def _verbs(block: str) -> list[Verb]:
    return [verb(text) for text in phrases(block)]


#: needs an object that is a thing
TRANSITIVE = _verbs("""
    inspect; repair; carry; lock; polish; describe; destroy; damage; examine; mention; borrow; clean; photograph
    buy bought bought buying; find found found finding; lose lost lost losing; take took taken taking
    bring brought brought bringing; break broke broken breaking; hide hid hidden hiding; sell sold sold selling
    hold held held holding; choose chose chosen choosing; fix; measure; admire; keep kept kept keeping""")
#: of these, those that never come without it, in whatever context
STRICT = [
    v
    for v in TRANSITIVE
    if v.base
    in phrases("""
    inspect; repair; describe; destroy; damage; examine; mention; fix; admire; find; bring; take""")
]
#: takes none
INTRANSITIVE = _verbs("""
    arrive; laugh; sleep slept slept sleeping; cough; faint; fall fell fallen falling; sneeze; yawn; hesitate; vanish
    appear; collapse; smile; wait; sit sat sat sitting; lie lay lain lying; disappear; kneel knelt knelt kneeling""")
#: gives a person a thing, in either order
GIVING = _verbs("""
    give gave given giving; lend lent lent lending; show showed shown showing; offer; hand""")
#: the person only comes with "to"
TELLING = _verbs("explain; describe; mention; report; return; donate; introduce; deliver; demonstrate; announce")
#: needs a thing and a place
PUTTING = _verbs("put put put putting; place; set set set setting")
#: an action upon a person
PERSONAL = _verbs("blame; praise; defend; admire; warn; surprise; hurt hurt hurt hurting; trust; describe; mention")
#: with a clause
SAYING = _verbs("""
    say said said saying; think thought thought thinking; believe; claim; hope; know knew known knowing; suspect""")
WONDERING = _verbs("wonder; ask; know knew known knowing; remember; forget forgot forgotten forgetting")
#: + to do
TO_DO = _verbs("decide; refuse; hope; promise; manage; want; expect; agree; plan planned planned planning")
#: + doing
DOING = _verbs("enjoy; avoid; finish; keep kept kept keeping; suggest; consider; risk")
#: + somebody to do
MAKE_DO = _verbs("persuade; ask; force; allow; invite; urge; remind; tell told told telling; order; encourage")
#: + somebody do
LET_DO = _verbs("let let let letting; make made made making; help; see saw seen seeing; hear heard heard hearing")


class Draw:
    """Draws among words with one source of randomness, within the topics of one part of the corpus. split: whose
    clauses it may tell (None: any)."""

    def __init__(self, random: Callable[[], float], topics: dict[str, Topic], split: str | None = None):
        self.random, self.topics, self.split = random, list(topics.values()), split

    def pick(self, items: Sequence):
        return items[int(self.random() * len(items))]

    def some(self, items: Sequence, count: int) -> list:
        """That many different ones, in the order drawn."""
        left = list(items)
        return [left.pop(int(self.random() * len(left))) for _ in range(count)]

    def chance(self, share: float) -> bool:
        return self.random() < share

    def own(self, make: Callable[[], str]) -> str:
        """A clause that is not another split's."""
        text = make()
        while self.split is not None and part_of(text) != self.split:
            text = make()
        return text

    def topic(self) -> Topic:
        return self.pick(self.topics)


def plural(noun: str) -> str:
    irregular = {"knife": "knives", "fisherman": "fishermen"}
    if noun in irregular:
        return irregular[noun]
    if noun.endswith("y") and noun[-2] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "sh", "ch", "x", "z")) else "s")


def a(noun: str) -> str:
    return ("an " if noun[0] in "aeiou" else "a ") + noun


def sentence(text: str, end: str = ".") -> str:
    return text[0].upper() + text[1:] + end


def part_of(*key: str) -> str:
    """The split that what is told belongs to, by its checksum: what shares a key is never in two."""
    return _PARTS[crc32(" ".join(key).encode()) % len(_PARTS)]
