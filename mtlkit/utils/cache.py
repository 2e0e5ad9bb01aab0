"""What can be made anew, kept on disk: tokens of large corpora, an encoder's vectors, finished trainings.

An entry is a file or folder of one kind, whose name is a key of all that it depends on. In the user's own cache folder
the entries that were not used for longest give way once all of them together exceed `LIMIT`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

LIMIT = 4 * 2**30  # bytes of all entries in the user's cache folder
_PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True)
class Entry:
    """What lies in the cache. size: bytes. used: when it was last read or written, seconds since 1970."""

    kind: str
    path: Path
    size: int
    used: float


def root() -> Path:
    """The user's cache folder of the kit."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("mtlkit"))


def place(kind: str, folder: str | Path | None = None) -> Path:
    """Where entries of a kind lie: in `folder`, or among the user's caches."""
    return root() / kind if folder is None else Path(folder)


def key(*parts: object) -> str:
    """A name for an entry in 32 letters: a fingerprint of `parts`, plain values, and of the versions of mtlkit and
    torch."""
    import torch

    import mtlkit

    text = json.dumps([mtlkit.__version__, torch.__version__, *parts], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def source(*parts: str) -> str:
    """A fingerprint of the package's source in these rooms ("encoder") and files ("model.py")."""
    seen = hashlib.sha256()
    for part in parts:
        path = _PACKAGE / part
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            seen.update(repr((file.relative_to(_PACKAGE).as_posix(), file.read_bytes())).encode())
    return seen.hexdigest()


def touch(entry: Path) -> None:
    """An entry was read: it is now the youngest."""
    with contextlib.suppress(OSError):  # a folder that may only be read, or an entry that another process removed
        os.utime(entry)


def added(entry: Path) -> None:
    """An entry was written: in the user's cache folder the oldest ones give way to it beyond `LIMIT`."""
    touch(entry)
    if entry.is_relative_to(root()):
        trim(LIMIT, keep=entry)


def entries() -> list[Entry]:
    """All that lies in the user's cache folder, oldest first."""
    found = []
    for kind in sorted(root().iterdir()) if root().is_dir() else ():
        for path in kind.iterdir() if kind.is_dir() else ():
            with contextlib.suppress(FileNotFoundError):  # another process removed it
                files = [path, *path.rglob("*")]
                size = sum(file.stat().st_size for file in files if file.is_file())
                found.append(Entry(kind.name, path, size, path.stat().st_mtime))
    return sorted(found, key=lambda entry: entry.used)


def trim(limit: int, keep: Path | None = None) -> list[Entry]:
    """Remove the oldest entries until the rest takes no more than `limit` bytes; `keep` stays. Gives what went."""
    there = entries()
    size, gone = sum(entry.size for entry in there), []
    for entry in there:
        if size <= limit:
            break
        if entry.path != keep:
            _remove(entry.path)
            gone.append(entry)
            size -= entry.size
    return gone


def clear(kind: str | None = None) -> list[Entry]:
    """Remove all entries, or those of a kind. Gives what went."""
    gone = [entry for entry in entries() if kind in (None, entry.kind)]
    for entry in gone:
        _remove(entry.path)
    return gone


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
