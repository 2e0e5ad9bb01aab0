"""The error for a name that is not there."""

import difflib
from collections.abc import Iterable


def unknown(what: str, name: object, known: Iterable[str]) -> str:
    """One sentence for an unknown name: the nearest right one, and all that are known.

    >>> unknown("task kind", "regresion", ["regression", "tagging"])
    "There is no task kind 'regresion'. Did you mean 'regression'? Known: regression, tagging."
    """
    known = [str(k) for k in known]
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"There is no {what} {name!r}.{hint} Known: {', '.join(known) or 'none'}."
