"""Files and folders written whole or not at all."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Generator, Iterable
from pathlib import Path


def write_file(path: str | Path, parts: Iterable[str]) -> None:
    """Write a text file whole or not at all: what was there gives way once the new one is on the disk."""
    path = Path(path)
    aside = path.with_name(f".{path.name}.new-{os.getpid()}")
    try:
        with open(aside, "w", encoding="utf-8") as handle:
            handle.writelines(parts)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


@contextlib.contextmanager
def write_folder(folder: str | Path) -> Generator[Path]:
    """Write a folder whole or not at all: yields an empty one beside it, which takes its place when the block ends
    well and vanishes when it doesn't. A folder that was there gives way only then; see `read_folder`."""
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{str(folder)!r} is a file; a folder is due.")
    aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
    aside.chmod(0o755)
    try:
        yield aside
        for file in aside.rglob("*"):
            if file.is_file():
                with open(file, "rb") as handle:
                    os.fsync(handle.fileno())
        if folder.exists():
            before = previous(folder)
            shutil.rmtree(before, ignore_errors=True)
            os.rename(folder, before)
            os.rename(aside, folder)
            shutil.rmtree(before)
        else:
            os.rename(aside, folder)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def previous(folder: Path) -> Path:
    """Where a folder waits for the moment in which its successor takes its place."""
    return folder.parent / f".{folder.name}.previous"


def read_folder(folder: str | Path) -> Path:
    """The folder to read: itself, or what it was before a write that was killed between its two renames."""
    folder = Path(folder)
    return previous(folder) if not folder.exists() and previous(folder).exists() else folder
