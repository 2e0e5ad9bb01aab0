"""Where the embedded data and the caches lie."""

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


#: The embedded corpora and encoders: inside the package when installed from a wheel, beside it in a checkout.
DATA = _PACKAGE / "data" if (_PACKAGE / "data").is_dir() else _PACKAGE.parent / "data"


def cache(kind: str, folder: str | Path | None = None) -> Path:
    """Where the kit keeps what can be made anew: `folder`, or one of this `kind` among the user's caches."""
    import platformdirs

    return Path(folder) if folder is not None else Path(platformdirs.user_cache_dir("mtlkit")) / kind
