"""What the modules share when they look something up by name: the data folder, and the error for a name that isn't there."""

import difflib
from collections.abc import Iterable
from pathlib import Path

_HERE = Path(__file__).parent

#: The embedded corpora and encoders: inside the package when installed from a wheel, beside it in a checkout.
DATA = _HERE / "data" if (_HERE / "data").is_dir() else _HERE.parent / "data"


def unknown(what: str, name: object, known: Iterable[str]) -> str:
    """One sentence for an unknown name: the nearest right one, and all that are known.

    >>> unknown("task kind", "regresion", ["regression", "tagging"])
    "There is no task kind 'regresion'. Did you mean 'regression'? Known: regression, tagging."
    """
    known = [str(k) for k in known]
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"There is no {what} {name!r}.{hint} Known: {', '.join(known) or 'none'}."
