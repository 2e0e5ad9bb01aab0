"""Where the embedded data, the notebooks and the caches lie."""

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def _embedded(folder: str) -> Path:
    """Inside the package when installed from a wheel, beside it in a checkout."""
    return _PACKAGE / folder if (_PACKAGE / folder).is_dir() else _PACKAGE.parent / folder


#: The embedded corpora and encoders.
DATA = _embedded("data")
#: The course.
NOTEBOOKS = _embedded("notebooks")


def cache(kind: str, folder: str | Path | None = None) -> Path:
    """Where the kit keeps what can be made anew: `folder`, or one of this `kind` among the user's caches."""
    import platformdirs

    return Path(folder) if folder is not None else Path(platformdirs.user_cache_dir("mtlkit")) / kind
