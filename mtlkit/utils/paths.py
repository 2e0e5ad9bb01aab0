"""Where the embedded data and the notebooks lie."""

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def _embedded(folder: str) -> Path:
    """Inside the package when installed from a wheel, beside it in a checkout."""
    return _PACKAGE / folder if (_PACKAGE / folder).is_dir() else _PACKAGE.parent / folder


#: The embedded corpora and encoders.
DATA = _embedded("data")
#: The course.
NOTEBOOKS = _embedded("notebooks")
