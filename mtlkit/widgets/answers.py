"""The guesses that a learner committed to: one small JSON file beside the notebooks, written whole or not at all."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

FILE = "mtlkit-answers.json"
FORMAT = 1


class Answers:
    """Name of a question → {"question", "answer", "time"}, in the folder where the kernel works.

    complaint: what is wrong with the file, for the learner to read; "" while all is well. A file that can't be
    understood is moved aside, never overwritten.
    """

    def __init__(self, folder: str | Path | None = None):
        self.path = Path(folder or Path.cwd()) / FILE
        self.complaint = ""

    def get(self, name: str) -> dict | None:
        """What was committed for a question, or None."""
        try:
            return self._read().get(name)
        except OSError as error:
            self.complaint = f"{FILE} can't be read ({_why(error)}): earlier guesses are not shown."
        return None

    def put(self, name: str, question: str, answer: str | float) -> dict:
        """Store an answer and give its record. What keeps it from being stored is in `complaint`; never an error."""
        record = {"question": question, "answer": answer, "time": datetime.now(UTC).isoformat(timespec="seconds")}
        try:
            self._write(self._read() | {name: record})
        except OSError as error:
            self.complaint = f"It could not be stored in {FILE} ({_why(error)}): it counts until the kernel stops."
        return record

    def _read(self) -> dict[str, dict]:
        self.complaint = ""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        try:
            return _records(json.loads(content))
        except (ValueError, RecursionError) as error:
            aside = self._move_aside()
            self.complaint = (
                f"{FILE} is not a file of guesses ({_first_line(error)}). It now lies beside it as {aside}; "
                "earlier guesses are not shown, new ones go into a new file."
            )
        return {}

    def _move_aside(self) -> str:
        number = 1
        while (aside := self.path.with_name(f"{self.path.stem}.broken-{number}.json")).exists():
            number += 1
        os.replace(self.path, aside)
        return aside.name

    def _write(self, records: dict[str, dict]) -> None:
        aside = self.path.with_name(f".{FILE}.new-{os.getpid()}")
        try:
            with open(aside, "w", encoding="utf-8") as handle:
                json.dump({"mtlkit-answers": FORMAT, "answers": records}, handle, ensure_ascii=False, indent=1)
                handle.flush()
                os.fsync(handle.fileno())
            os.replace(aside, self.path)
        finally:
            aside.unlink(missing_ok=True)


def _records(content: object) -> dict[str, dict]:
    """The records of a file's content; ValueError where it is none of ours."""
    records = content.get("answers") if isinstance(content, dict) else None
    if not isinstance(records, dict) or content.get("mtlkit-answers") != FORMAT:
        raise ValueError(f'it lacks "mtlkit-answers": {FORMAT} or "answers"')
    for name, record in records.items():
        if not isinstance(record, dict) or not isinstance(record.get("answer"), str | int | float):
            raise ValueError(f"the entry {name!r} holds no answer")
    return records


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
