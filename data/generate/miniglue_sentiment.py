"""Review phrases with a feeling, in the manner of SST-2: small letters, marks apart from words, many fragments.

A domain has its own things to speak of and its own ways to praise and to blame; half of the words belong to all.
Negations, contrasts and concessions turn the words round, so that counting them does not suffice. Each clause belongs
to one split.
"""

from typing import NamedTuple

from grammar import phrases
from miniglue_words import Draw


class Domain(NamedTuple):
    whole: list[str]  # what is reviewed
    aspects: list[str]
    good: list[str]  # adjectives of an aspect
    bad: list[str]
    praise: list[str]  # whole clauses
    blame: list[str]


def _domain(**tables: str) -> Domain:
    return Domain(**{name: phrases(table) for name, table in tables.items()})


DOMAINS = {
    "film": _domain(
        whole="film; movie; thriller; comedy; documentary; western; sequel; romance",
        aspects="script; camera work; ending; dialogue; cast; soundtrack; editing; lead actress; first half; pacing",
        good="gripping; tender; sharply observed; suspenseful; luminous; well cast; haunting; hilarious; taut; poetic",
        bad="wooden; predictable; overacted; incoherent; leaden; mawkish; sluggish; cliché-ridden; shrill; bloated",
        praise="""
            you leave the cinema walking on air; the two hours fly by; every frame is worth hanging on a wall
            the whole row laughed until it hurt; it earns each of its tears; it stays with you for days
            the twist is one that nobody sees coming; it deserves a place among the year's best
            even the minor characters breathe; you could watch it again the same evening""",
        blame="""
            you will check your watch before the first hour is over; half of the audience left early
            the jokes die one after the other; the plot has more holes than a sieve
            it mistakes shouting for drama; nobody involved seems to have read the script to its end
            the trailer holds its only three laughs; you have seen it all before
            it ought to have stayed in the cutting room; the characters are cut from cardboard""",
    ),
    "novel": _domain(
        whole="novel; book; debut; story collection; memoir; crime story; biography; saga",
        aspects="prose; plot; opening chapter; narrator; ending; translation; dialogue; heroine; style; middle part",
        good="lyrical; page-turning; wise; elegantly built; vivid; witty; richly drawn; precise; moving; inventive",
        bad="turgid; long-winded; contrived; pretentious; lifeless; stilted; repetitive; muddled; trite; overwrought",
        praise="""
            you read on until three in the morning; each sentence sings; it makes you ring up old friends
            you will press it into the hands of everyone you know; the last page comes too soon
            it finds new words for old griefs; you miss its people once it is over
            not a word is out of place""",
        blame="""
            you skip whole pages and miss nothing; it should have been a short story
            the author never met a metaphor that could be left out; you guess the murderer by page ten
            it makes a fine doorstop; two hundred pages pass before anything happens
            everybody talks like a brochure; you put it down and forget to pick it up again""",
    ),
    "concert": _domain(
        whole="concert; recital; show; musical; album; play; opera; performance",
        aspects="singing; staging; band; sound; second act; orchestra; choreography; rhythm; lighting; set list",
        good="soulful; electrifying; nimble; radiant; polished; warm; exuberant; crisp; stirring; spirited",
        bad="tuneless; listless; muddy; clumsy; flat; under-rehearsed; joyless; shapeless; grating; tepid",
        praise="""
            the hall was on its feet before the last note had faded; it gives you goose bumps
            the encore alone was worth the ticket; you hum its tunes for a week
            the quiet passages make the whole room hold its breath; nobody wanted to go home""",
        blame="""
            the audience clapped out of pity; the high notes missed their mark all evening
            you long for the interval and then for the exit; somebody should have tuned the guitars
            the applause was over before the curtain was down; my neighbour snored in better time""",
    ),
}
OTHER_DOMAINS = {  # of the mismatched part alone
    "restaurant": _domain(
        whole="restaurant; bistro; café; pizzeria; diner; canteen; tavern; steakhouse",
        aspects="soup; service; bread; dessert; fish; terrace; wine list; pasta; breakfast; salad",
        good="succulent; fresh; crunchy; generous; attentive; juicy; home-made; fragrant; tasty; hearty",
        bad="soggy; greasy; overcooked; stale; lukewarm; oversalted; watery; burnt; rude; tasteless",
        praise="""
            we wiped our plates with the last of the bread; they brought us a second helping unasked
            we have already booked a table for next week; the bill was a pleasant surprise
            our picky daughter asked for more""",
        blame="""
            we waited an hour for cold chips; there was a hair in the sauce; half of it went to the dog
            the bill was the only thing that came quickly; next time we shall cook at home
            my stomach remembered it all night""",
    ),
    "hotel": _domain(
        whole="hotel; guest house; hostel; resort; campsite; inn; holiday flat; bed and breakfast",
        aspects="room; bed; bathroom; staff; view; pool; shower; reception; balcony; mattress",
        good="spotless; quiet; roomy; comfortable; friendly; sunny; well kept; soft; helpful; cosy",
        bad="filthy; noisy; cramped; mouldy; draughty; unfriendly; shabby; smelly; lumpy; freezing",
        praise="""
            we slept like babies; they remembered our names from last year; we added a third night
            you wake up to the sound of the waves; nothing was too much trouble for them""",
        blame="""
            we moved out after one night; the lift had been out of order since easter
            the walls let you take part in the neighbours' quarrels; something ran across the floor at night
            the photographs on the website must be ten years old""",
    ),
}
GOOD = phrases("""
    wonderful; brilliant; delightful; charming; superb; excellent; splendid; enjoyable; terrific; outstanding
    remarkable; lovely; first-rate; satisfying; great; fine; impressive; perfect; marvellous; a joy; a treat; a gem
    a success; a triumph; worth every penny""")
BAD = phrases("""
    dreadful; awful; disappointing; terrible; boring; poor; weak; annoying; forgettable; mediocre; dismal; tiresome
    horrible; second-rate; bad; feeble; dull; a mess; a letdown; a chore; a disaster; a waste of time; a failure
    not worth the money""")
VERY = phrases(
    "very; truly; quite; rather; really; utterly; surprisingly; consistently; simply; remarkably; so; deeply"
)
TURNS = phrases("far from; anything but; hardly; not at all; by no means; not exactly; never")
ASIDE = phrases("""
    as so often; i must say; for once; in the end; to be honest; at least on a sunday; all things considered
    whatever the critics wrote; even for a beginner; on the whole; seen twice; as my brother put it""")


def _adjective(d: Draw, domain: Domain, good: bool, bare: bool = False) -> str:
    own, common = (domain.good, GOOD) if good else (domain.bad, BAD)
    if bare:
        common = [w for w in common if not w.startswith(("a ", "worth", "not "))]
    return d.pick(own if d.chance(0.55) else common)


def _very(d: Draw, adjective: str) -> str:
    plain = not adjective.startswith(("a ", "worth", "not ")) and d.chance(0.3)
    return f"{d.pick(VERY)} {adjective}" if plain else adjective


def _said(d: Draw, domain: Domain, good: bool) -> str:
    """A clause with that feeling."""
    return d.own(lambda: _clause(d, domain, good))


def _clause(d: Draw, domain: Domain, good: bool) -> str:
    what = "the " + d.pick(domain.aspects) if d.chance(0.65) else d.pick(("this ", "the ")) + d.pick(domain.whole)
    way = d.random()
    if way < 0.22:
        return d.pick(domain.praise if good else domain.blame)
    if way < 0.40:
        return f"{what} is {d.pick(TURNS)} {_adjective(d, domain, not good, bare=True)}"
    if way < 0.52:
        seems = d.pick(("could not be more", "turns out", "feels", "remains", "has never been so", "proves"))
        return f"{what} {seems} {_adjective(d, domain, good, bare=True)}"
    if way < 0.62:
        two = d.some([_adjective(d, domain, good, bare=True) for _ in range(6)], 2)
        return f"{what} is {two[0]} and {two[1]}" if two[0] != two[1] else f"{what} is {two[0]} throughout"
    return f"{what} is {_very(d, _adjective(d, domain, good))}"


def _fragment(d: Draw, domain: Domain, good: bool) -> str:
    """A piece without a verb, as SST-2 has many."""
    adjective = _adjective(d, domain, good, bare=True)
    article = "an" if adjective[0] in "aeiou" else "a"
    whole, aspect = d.pick(domain.whole), d.pick(domain.aspects)
    more = ("with", "and") if good else ("without", "and not")
    return d.pick(
        (
            f"{article} {adjective} {whole}",
            f"{article} {adjective} {whole} {more[0]} {_a(_adjective(d, domain, True, bare=True))} {aspect}",
            f"one of the {'best' if good else 'worst'} of its kind",
            f"{adjective} from beginning to end",
            f"{d.pick(VERY)} {adjective}",
            f"so {adjective} that one {'forgives the weak' if good else 'forgets the strong'} {aspect}",
            f"{'better' if good else 'worse'} than {d.pick(('expected', 'the last one', 'it looks', 'its fame'))}",
            f"{'all' if good else 'none'} of the charm that {_a(_adjective(d, domain, True, bare=True))} {whole} has",
        )
    )


def _a(words: str) -> str:
    return f"an {words}" if words[0] in "aeiou" else f"a {words}"


def draw(d: Draw, domain: Domain, good: bool) -> str:
    """A phrase whose feeling is that."""
    way = d.random()
    if way < 0.22:
        text = d.own(lambda: _fragment(d, domain, good))
    elif way < 0.55:
        text = _said(d, domain, good)
    elif way < 0.68:
        text = f"{_said(d, domain, good)} , {d.pick(('and', 'and above all', 'while'))} {_said(d, domain, good)}"
    elif way < 0.80:  # what comes after "but" counts
        text = f"{_said(d, domain, not good)} , {d.pick(('but', 'yet', 'and yet'))} {_said(d, domain, good)}"
    elif way < 0.90:  # the main clause counts
        text = f"{d.pick(('although', 'even though', 'while'))} {_said(d, domain, not good)} , {_said(d, domain, good)}"
    else:
        of = f"{_adjective(d, domain, not good, bare=True)} {d.pick(domain.aspects)}"
        text = f"{d.pick(('for all its', 'despite its', 'in spite of the'))} {of} , {_said(d, domain, good)}"
    if d.chance(0.2):
        text = f"{d.pick(ASIDE)} , {text}" if d.chance(0.5) else f"{text} , {d.pick(ASIDE)}"
    return text + d.pick(("", "", " .", " .", " !" if good else " ."))
