"""What only an extra of the package brings: asked for at the door of what needs it."""

import importlib.util


def require(what: str, extra: str, *modules: str) -> None:
    """ImportError that says which extra to install, where `what` needs a module that is not there. Imports nothing."""
    missing = [module for module in modules if not _installed(module)]
    if missing:
        raise ImportError(
            f"{what} needs {' and '.join(missing)}, not installed here: pip install 'mtlkit[{extra}]'", name=missing[0]
        )


def _installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):  # a finder that refuses it; None in its place in sys.modules
        return False
