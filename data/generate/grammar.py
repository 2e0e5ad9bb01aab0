"""A small compositional grammar: sentences from templates and phrase tables.

A rule is a list of productions. In a production ``{slot}`` stands for another rule and ``[a|b|]`` for one of the
written choices (empty allowed, slots allowed inside, no nesting). Productions are drawn by a flattened Zipf law
in their listed order, so that a table has a few usual phrases and a long tail of rare ones.
"""

import re
from collections.abc import Callable, Mapping, Sequence

_TABLE = 512  # a production is drawn by one look-up in a table of this size: one random number, no search
_PIECE = re.compile(r"\{(\w+)\}|\[([^\[\]]*)\]")


def phrases(block: str) -> list[str]:
    """Split a block of text into phrases: one a line, or several a line divided by ``;``."""
    return [phrase.strip() for line in block.splitlines() for phrase in line.split(";") if phrase.strip()]


def _zipf_table(items: Sequence) -> list:
    """Repeat the items in proportion to 1 / (rank + 0.3 n + 1), each at least once."""
    offset = 0.3 * len(items) + 1
    shares = [1 / (rank + offset) for rank in range(len(items))]
    scale = max(_TABLE, 3 * len(items)) / sum(shares)
    return [item for item, share in zip(items, shares, strict=True) for _ in range(max(1, round(share * scale)))]


class Grammar:
    """Compiled rules; ``expand(name, random, scope, state)`` draws one text.

    ``scope`` says which rule a slot stands for in this ticket ({"part": "part.printer"}); a slot it does not name
    is the rule of that name. Slots in ``sticky`` keep their first value for as long as the caller keeps ``state``,
    so a ticket speaks of one product and one order throughout.
    """

    def __init__(self, rules: Mapping[str, Sequence[str]], sticky: Sequence[str] = ()):
        self._rules = rules
        self._sticky = frozenset(sticky)
        self._compiled: dict[str, list] = {}

    def _table(self, name: str) -> list:
        if name not in self._compiled:
            if name not in self._rules:
                raise ValueError(f"The grammar has no rule {name!r}; known are {len(self._rules)} others.")
            self._compiled[name] = _zipf_table([self._parse(text) for text in self._rules[name]])
        return self._compiled[name]

    def _parse(self, text: str):
        """A production as a plain string, or a tuple of strings, ("slot", name) and ("choice", [productions])."""
        parts, last = [], 0
        for match in _PIECE.finditer(text):
            if match.start() > last:
                parts.append(text[last : match.start()])
            if match.group(1):
                parts.append((match.group(1), None))
            else:
                parts.append((None, [self._parse(choice) for choice in match.group(2).split("|")]))
            last = match.end()
        if not parts:
            return text
        if last < len(text):
            parts.append(text[last:])
        return tuple(parts)

    def expand(self, name: str, random: Callable[[], float], scope: Mapping[str, str], state: dict[str, str]) -> str:
        """Draw one text of rule ``name``; ``random`` gives numbers in [0, 1)."""
        if name in state:
            return state[name]
        rule = scope.get(name, name)
        table = self._compiled.get(rule) or self._table(rule)
        node = table[int(random() * len(table))]
        text = node if type(node) is str else self._render(node, random, scope, state)
        if name in self._sticky:
            state[name] = text
        return text

    def _render(self, node: tuple, random: Callable[[], float], scope: Mapping[str, str], state: dict[str, str]) -> str:
        out = []
        for part in node:
            if type(part) is str:
                out.append(part)
                continue
            slot, choices = part
            if slot:
                out.append(self.expand(slot, random, scope, state))
            else:
                choice = choices[int(random() * len(choices))]
                out.append(choice if type(choice) is str else self._render(choice, random, scope, state))
        return "".join(out)
