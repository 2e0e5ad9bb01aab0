"""Events that can be told in several ways: for paraphrase (as MRPC), entailment (as RTE) and similarity (as STS-B).

An event of a relation ("buy") has its slots filled once; `same` tells it as it was, `entailed` tells less of it, and
`different` tells with the same words of something else: roles swapped, another outcome, only planned, only claimed.
"""

from typing import NamedTuple

from grammar import phrases
from miniglue_words import NAMES, Draw, sentence


class Relation(NamedTuple):
    same: list[str]
    entailed: list[str]
    different: list[str]


def _relation(same: str, entailed: str, different: str) -> Relation:
    return Relation(phrases(same), phrases(entailed), phrases(different))


#: what the slots in braces stand for
SLOTS = {
    "firm": phrases("""
        Alvern; Brunlow; Castor Foods; Delmar Shipping; Elbrook; Ferrano; Gant & Sons; Halden Bank; Iverta; Jorvik Steel
        Kestrel Air; Lumina; Marwick; Nordal; Orlen Motors; Pellworth; Quarta; Rosby Rail; Sandow; Telmark"""),
    "person": [f"{name} {family}" for name, family in zip(NAMES, phrases("""
        Abell; Barros; Cole; Dahl; Eriksen; Fonseca; Grant; Haddad; Ito; Jensen; Kowal; Lind; Moreau; Novak; Okoro
        Perez
        Quinn; Rossi; Santos; Takeda; Ueda; Varga; Weber; Yilmaz; Zeman; Arslan; Bell; Costa; Duarte; Engel; Farkas
        Gomes
        Hahn; Ivers; Juhasz; Keller; Larsen; Mendes; Nagy; Olsen; Petrov; Ruiz; Sato; Thorn; Unger"""), strict=True)],
    "town": phrases("""
        Alden; Barrow Bay; Carvel; Dunmore; Eastham; Farley; Glenport; Harwick; Ilford; Kelmore; Langley; Merton; Norvik
        Oldbridge; Penrose; Ravenna; Stanford; Tarn; Upton; Westhaven"""),
    "team": phrases("Rovers; United; the Falcons; the Bears; Dons; the Sharks; the Lions; Dynamo; the Comets; City"),
    "asset": phrases("""
        a shipyard; two hotels; a paper mill; its rival's factory; a chain of bakeries; the football stadium; a vineyard
        a radio station; the old airport; three ferries"""),
    "building": phrases("""
        bridge; library; hospital; swimming pool; concert hall; tunnel; school; power station; market hall; museum"""),
    "post": phrases("chief executive; head coach; finance minister; chairwoman; chief editor; director of the museum"),
    "prize": phrases("the Halden Prize; the literature award; the silver medal; the science medal; the film award"),
    "object": phrases("""
        a painting; a Roman coin; a gold necklace; an old manuscript; a bronze statue; a rare violin; a fossil
        a diary"""),
    "crime": phrases("theft; fraud; arson; smuggling; forgery; burglary"),
    "goods": phrases("petrol; bread; steel; coffee; electricity; milk; copper; housing; gas; sugar"),
    "illness": phrases("asthma; malaria; diabetes; the flu; migraine; measles"),
    "crowd": phrases("nurses; bus drivers; teachers; dockers; pilots; miners; farmers; students"),
    "event": phrases("the summer festival; the marathon; the book fair; the regatta; the air show; the debate"),
    "n": phrases("two; three; four; five; six; seven; eight; nine; eleven; twelve; fifteen; twenty; thirty; forty"),
    "million": phrases("3; 4; 7; 9; 12; 15; 18; 25; 40; 60; 85; 120; 300"),
    "percent": phrases("2; 3; 4; 5; 6; 8; 9; 11; 14; 17; 20; 30"),
    "day": phrases("Monday; Tuesday; Wednesday; Thursday; Friday; Saturday; Sunday"),
}  # fmt: skip
NUMBERS = ("n", "million", "percent")

RELATIONS = {
    "buy": _relation(
        """{firm} bought {asset} from {firm2} for ${million} million
        {firm} paid {firm2} ${million} million for {asset}
        {firm2} sold {asset} to {firm} for ${million} million
        {asset} changed hands for ${million} million when {firm2} sold to {firm}""",
        "{firm2} sold {asset}; {firm} is the new owner of {asset}; {firm} acquired {asset}; {firm} paid {firm2} money",
        """{firm} sold {asset} to {firm2} for ${million} million; {firm} offered {firm2} ${million} million for {asset}
        {firm2} bought {asset} for ${million} million; {firm2} refused to sell {asset} to {firm}
        {firm} decided not to buy {asset} from {firm2}""",
    ),
    "win": _relation(
        """{team} beat {team2} in {town} with {n} goals; {team2} lost to {team} in {town}, who scored {n} goals
        {team} scored {n} goals in {town} and defeated {team2}
        in {town}, {n} goals gave {team} the victory over {team2}""",
        "{team2} lost; {team} scored in {town}; {team} won against {team2}; {team2} and {team} played in {town}",
        """{team2} beat {team} in {town} with {n} goals; {team} and {team2} drew in {town} after {n} goals
        {team} lost in {town} although they scored {n} goals; {team} hope to beat {team2} in {town}
        the match between {team} and {team2} in {town} was called off""",
    ),
    "appoint": _relation(
        """{firm} named {person} as its new {post}, to replace {person2}
        {person} becomes {post} of {firm} and takes over from {person2}
        {person} succeeds {person2} as {post} at {firm}; the new {post} of {firm} is {person}, who follows {person2}""",
        "{person2} is no longer {post} of {firm}; {person} works for {firm}; {firm} has a new {post}",
        """{person2} succeeds {person} as {post} at {firm}; {person} refused to become {post} of {firm}
        {person2} stays {post} of {firm}; {firm} still looks for a {post} to replace {person2}
        {person} was dismissed as {post} of {firm}""",
    ),
    "build": _relation(
        """a new {building} was opened in {town} on {day} after {n} years of work
        after {n} years of work, {town} opened its new {building} on {day}
        {town}'s new {building}, which took {n} years to build, opened on {day}
        on {day} the people of {town} could use their new {building} for the first time, {n} years after work began""",
        "{town} has a new {building}; the {building} in {town} is finished; work on the {building} took {n} years",
        """the opening of the new {building} in {town} was put off on {day} after {n} years of work
        the {building} in {town} was closed on {day} after {n} years
        {town} plans to build a new {building} within {n} years
        nobody in {town} wanted the new {building}""",
    ),
    "accident": _relation(
        """{n} people were injured when a bus overturned near {town} on {day}
        a bus overturned near {town} on {day} and injured {n} people
        {n} passengers were hurt on {day} as their bus turned over close to {town}
        a bus accident near {town} left {n} people injured on {day}""",
        "there was an accident near {town}; a bus overturned; people were hurt near {town} on {day}",
        """a bus overturned near {town} on {day} but nobody was hurt
        {n} people were killed when a bus overturned near {town}
        {n} people left the bus near {town} on {day} before it overturned
        a bus with {n} passengers reached {town} safely
        {n} people were injured on {day} when a train left the rails near {town}""",
    ),
    "arrest": _relation(
        """police arrested {person} in {town} on {day} on suspicion of {crime}
        {person} was arrested for alleged {crime} in {town} on {day}
        suspected of {crime}, {person} was taken into custody in {town} on {day}
        on {day} officers in {town} detained {person}, whom they accuse of {crime}""",
        "{person} was arrested; {person} is suspected of {crime}; the police made an arrest in {town}",
        """police released {person} in {town} on {day}, who was suspected of {crime}
        {person} was convicted of {crime} in {town}
        {person} escaped the police in {town} on {day}; {person} reported a case of {crime} to the police in {town}
        a court in {town} cleared {person} of {crime}""",
    ),
    "prize": _relation(
        """{person} won {prize} and ${million} million in {town} on {day}
        {prize}, worth ${million} million, went to {person} in {town} on {day}
        on {day} in {town}, {person} was awarded {prize} and ${million} million
        the jury in {town} gave {prize} with its ${million} million to {person} on {day}""",
        "{person} received a prize; {prize} was awarded in {town}; {person} won {prize}",
        """{person} failed to win {prize} in {town} on {day}
        {person} turned down {prize} and ${million} million in {town}
        {person} gave {prize} and ${million} million to a winner in {town}
        {person} is among {n} writers who may win {prize}
        {person} sat on the jury of {prize} in {town}""",
    ),
    "rise": _relation(
        """the price of {goods} in {town} rose by {percent} percent on {day}
        {goods} became {percent} percent more expensive in {town} on {day}
        on {day} people in {town} had to pay {percent} percent more for {goods}
        {town} saw the price of {goods} climb {percent} percent on {day}""",
        "{goods} became more expensive in {town}; the price of {goods} changed on {day}; {goods} cost more in {town}",
        """the price of {goods} in {town} fell by {percent} percent on {day}
        {goods} became {percent} percent cheaper in {town}
        the price of {goods} in {town} did not rise on {day}
        {town} fears that {goods} may become {percent} percent dearer
        {town} used {percent} percent more {goods} on {day}""",
    ),
    "rescue": _relation(
        """a helicopter rescued {n} sailors off {town} on {day}
        {n} sailors were saved by a helicopter near {town} on {day}
        on {day} the crew of a helicopter pulled {n} sailors out of the sea off {town}
        off {town}, {n} sailors owe their lives to a helicopter that picked them up on {day}""",
        "a helicopter was used in a rescue off {town}; sailors were rescued; {n} sailors survived",
        """a helicopter searched in vain for {n} sailors off {town} on {day}
        {n} sailors rescued the crew of a helicopter off {town}
        a helicopter with {n} sailors crashed off {town} on {day}; {n} sailors reached {town} without help on {day}
        nobody could rescue the {n} sailors off {town}""",
    ),
    "strike": _relation(
        """{n} hundred {crowd} in {town} went on strike for higher pay on {day}
        demanding more money, {n} hundred {crowd} stopped work in {town} on {day}
        a strike for better pay began on {day} among {n} hundred {crowd} in {town}
        on {day} {n} hundred {crowd} in {town} laid down their work to get higher wages""",
        "{crowd} in {town} want more money; {crowd} stopped work on {day}; there was a strike in {town}",
        """{n} hundred {crowd} in {town} ended their strike for higher pay on {day}
        {n} hundred {crowd} in {town} decided on {day} not to strike
        {n} hundred {crowd} lost their jobs in {town} on {day}
        {town} raised the pay of {n} hundred {crowd} before a strike could begin
        {crowd} in {town} may strike on {day}""",
    ),
    "find": _relation(
        """{person} found {object} in a cellar in {town} on {day}
        {object} was discovered by {person} in a cellar in {town} on {day}
        on {day} {person} came across {object} in a cellar in {town}
        in {town}, {object} turned up on {day} when {person} cleared out a cellar""",
        "{person} made a find in {town}; {object} was in a cellar; {object} was found in {town}",
        """{person} hid {object} in a cellar in {town} on {day}; {person} lost {object} in {town} on {day}
        {person} looked for {object} in {town} without success; {object} was stolen from {person} in {town} on {day}
        {person} sold {object} in {town} on {day}""",
    ),
    "study": _relation(
        """a study of {n} thousand patients in {town} shows that exercise helps against {illness}
        exercise helps against {illness}, according to a study of {n} thousand patients in {town}
        doctors in {town} who watched {n} thousand patients found that those with {illness} gain from exercise
        physical activity eases {illness}, researchers in {town} report after observing {n} thousand patients""",
        """exercise is good for people with {illness}; patients took part in a study in {town}
        researchers in {town} looked at {illness}""",
        """a study of {n} thousand patients in {town} shows that exercise does not help against {illness}
        exercise makes {illness} worse, according to a study of {n} thousand patients in {town}
        doctors in {town} plan a study of exercise and {illness} with {n} thousand patients
        a new drug helps against {illness}, according to a study of {n} thousand patients in {town}""",
    ),
    "cancel": _relation(
        """{town} cancelled {event} on {day} because of the storm
        because of the storm, {event} in {town} was called off on {day}
        {event} in {town} will not take place, as a storm is coming, the organisers said on {day}
        on {day} a storm forced {town} to drop {event}""",
        "there is a storm in {town}; {event} does not take place; something was called off in {town}",
        """{event} in {town} went ahead on {day} in spite of the storm
        {town} moved {event} indoors on {day} because of the storm
        {event} in {town} ended on {day}, before the storm; {town} has not decided whether to cancel {event}
        the storm spared {event} in {town}""",
    ),
    "donate": _relation(
        """{person} gave ${million} million to the {building} in {town}
        the {building} in {town} received ${million} million from {person}
        {person} donated ${million} million so that {town} can repair its {building}
        a gift of ${million} million from {person} goes to the {building} in {town}""",
        "{town} has a {building}; {person} supports the {building} in {town}; the {building} in {town} got money",
        """{person} received ${million} million from the {building} in {town}
        {person} owes the {building} in {town} ${million} million
        {person} asked the {building} in {town} for ${million} million
        {person} took back the ${million} million for the {building} in {town}
        {person} promised ${million} million to the {building} in {town} but never paid""",
    ),
}  # fmt: skip
SOURCES = phrases("""
    officials said; a spokeswoman said; according to local media; the agency reported; witnesses said
    it was announced""")
SIDES = phrases("""
    the decision had been expected for weeks; no one else would comment; the mayor called it a remarkable day
    more details will be made known next week; it is the second such case this year; many people had come to watch
    the news spread quickly; critics had warned of this since spring; the reasons are not yet clear""")


def fill(d: Draw, relation: Relation) -> dict[str, str]:
    """A value for each slot that the relation uses; {firm} and {firm2} differ."""
    text = " ".join((*relation.same, *relation.entailed, *relation.different))
    values = {}
    for slot, table in SLOTS.items():
        first, second = d.some(table, 2)
        if "{" + slot + "}" in text:
            values[slot] = first
        if "{" + slot + "2}" in text:
            values[slot + "2"] = second
    return values


def _tell(d: Draw, text: str, values: dict[str, str], source: float = 0.0) -> str:
    told = text.format(**values)
    if d.chance(source):
        told += ", " + d.pick(SOURCES)
    return sentence(told)


def _event(d: Draw) -> tuple[Relation, dict[str, str], tuple[str, ...]]:
    name = d.pick(list(RELATIONS))
    values = fill(d, RELATIONS[name])
    return RELATIONS[name], values, (name, *values.values())


def paraphrase(d: Draw, equivalent: bool) -> tuple[str, str, tuple[str, ...]]:
    """Two sentences of much the same words that tell the same, or not; and their key."""
    relation, values, key = _event(d)
    one, two = d.some(relation.same, 2)
    told = dict(values)
    if not equivalent:
        numbers = [slot for slot in values if slot in NUMBERS]
        way = d.random()
        if way < 0.2 and numbers:  # another number
            slot = d.pick(numbers)
            told[slot] = d.pick([v for v in SLOTS[slot] if v != values[slot]])
        elif way < 0.35:  # somebody or something else
            slot = d.pick([s for s in values if s not in ("day", *NUMBERS)])
            told[slot] = d.pick([v for v in SLOTS[slot.rstrip("2")] if v not in values.values()])
        else:
            two = d.pick(relation.different)
    pair = [_tell(d, one, values, 0.4), _tell(d, two, told, 0.4)]
    if d.chance(0.5):
        pair.reverse()
    return *pair, key


def entailment(d: Draw, entailed: bool) -> tuple[str, str, tuple[str, ...]]:
    """A premise of one to three sentences, and what follows from it or doesn't; and their key."""
    relation, values, key = _event(d)
    premise = [_tell(d, d.pick(relation.same), values, 0.4)]
    told = d.pick(relation.entailed + relation.same[:1] if entailed else relation.different)
    if not entailed and d.chance(0.25):  # it is the premise that only plans, denies or turns the thing round
        premise = [_tell(d, told, values, 0.4)]
        told = d.pick(relation.same)
    for side in d.some(SIDES, 2)[: d.pick((0, 1, 1, 2))]:
        premise.insert(int(d.random() * (len(premise) + 1)), sentence(side))
    return " ".join(premise), _tell(d, told, values), key


# -- similarity --------------------------------------------------------------------------------------------------
#: groups of like agents; in each, words for the same one
AGENTS = [
    [["a man", "a guy", "a gentleman"], ["a boy", "a young boy", "a lad"], ["an old man", "an elderly man"]],
    [["a woman", "a lady"], ["a girl", "a young girl"], ["an old woman", "an elderly woman"]],
    [["two children", "two kids"], ["some boys", "a group of boys"], ["three girls", "a group of three girls"]],
    [["a dog", "a hound"], ["a puppy", "a young dog"], ["a wolf", "a grey wolf"]],
    [["a cat", "a house cat"], ["a kitten", "a baby cat"], ["a tiger", "a large tiger"]],
]
#: groups of like actions that people do, and that animals do; in each, words for the same one
DEEDS = {
    "people": [
        [["slicing an onion", "cutting up an onion"], ["chopping carrots", "cutting carrots into pieces"],
         ["peeling a potato", "taking the skin off a potato"], ["frying an egg", "cooking an egg in a pan"]],
        [["playing the guitar", "making music on a guitar"], ["playing the flute", "blowing a flute"],
         ["singing a song", "performing a song"], ["playing the drums", "beating the drums"]],
        [["riding a bicycle", "cycling", "riding a bike"], ["riding a horse", "sitting on a horse"],
         ["driving a car", "steering a car"], ["riding a motorbike", "driving a motorcycle"]],
        [["kicking a ball", "playing football", "playing soccer"], ["throwing a ball", "tossing a ball"],
         ["running a race", "racing along a track"], ["jumping over a hurdle", "leaping over a hurdle"]],
        [["reading a book", "looking into a book"], ["writing a letter", "penning a letter"],
         ["drawing a picture", "making a drawing"], ["typing on a laptop", "using a laptop"]],
        [["painting a fence", "putting paint on a fence"], ["digging a hole", "making a hole in the ground"],
         ["planting a tree", "putting a tree into the ground"], ["mowing the lawn", "cutting the grass"]],
    ],
    "animals": [
        [["running through snow", "dashing through the snow"], ["running on sand", "racing across the sand"],
         ["swimming in a pond", "paddling in a pond"], ["jumping over a log", "leaping over a log"]],
        [["eating meat", "feeding on meat"], ["drinking milk", "lapping up milk"],
         ["chewing a bone", "gnawing a bone"]],
        [["sleeping on a chair", "taking a nap on a chair"], ["lying in the grass", "resting in the grass"]],
        [["playing with a ball", "chasing a ball"], ["barking at a car", "making noise at a car"]],
    ],
}  # fmt: skip
SCENES = phrases("""
    in a park; on the beach; in the kitchen; near a lake; in front of a house; on a stage; in the street
    in a garden""")
SCENES_SAID = {"in the street": "on the road", "near a lake": "beside a lake", "in front of a house": "outside a house"}


def similarity(d: Draw) -> tuple[str, str, float, tuple[str, ...]]:
    """Two captions and how alike they are, 0 to 5 in steps of 0.2 as the mean of five people; and their key."""
    group = int(d.random() * len(AGENTS))
    agents, deeds = AGENTS[group], DEEDS["people" if group < 3 else "animals"]
    agent, deed = d.pick(agents), d.pick(deeds)
    act, scene = d.pick(deed), d.pick(["", "", *SCENES])
    score = 5.0
    agent2, act2, scene2 = agent, act, scene
    way = d.random()
    if way > 0.2 and d.chance(0.5):  # somebody else
        near = d.chance(0.5)
        others = agents if near else [w for g in AGENTS[: 3 if group < 3 else 5] if g is not agents for w in g]
        agent2 = d.pick([w for w in others if w is not agent])
        score -= 0.9 if near else 1.8
    if way > 0.3 and d.chance(0.75):  # something else
        near = d.chance(0.5)
        act2 = d.pick([w for w in deed if w is not act] if near else [w for g in deeds if g is not deed for w in g])
        score -= 1.7 if near else 3.2
    if way > 0.2 and d.chance(0.5):
        scene2 = d.pick([s for s in ["", *SCENES] if s != scene])
        score -= 0.3 if "" in (scene, scene2) else 0.6
    votes = [min(5, max(0, round(score + 1.4 * (d.random() - 0.5)))) for _ in range(5)]
    one, two = (_caption(d, *parts) for parts in ((agent, act, scene), (agent2, act2, scene2)))
    return one, two, sum(votes) / 5, (agent[0], act[0], agent2[0], act2[0])


def _caption(d: Draw, agent: list[str], act: list[str], scene: str) -> str:
    who = d.pick(agent)
    are = "are" if who.startswith(("two", "some", "three", "a group")) else "is"
    where = SCENES_SAID.get(scene, scene) if d.chance(0.5) else scene
    told = f"{who} {are} {d.pick(act)}" if d.chance(0.85) else f"there {are} {who} {d.pick(act)}"
    return sentence(f"{told} {where}".rstrip())
