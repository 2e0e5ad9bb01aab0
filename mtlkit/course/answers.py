"""What a learner has done: guesses, and the exercises solved. One small JSON file beside the notebooks, written whole
or not at all."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mtlkit.utils.files import write_file

if TYPE_CHECKING:
    import pandas

FILE = "mtlkit-answers.json"
FORMAT = 1
Answer = str | float | list[float]


class Answers:
    """Name of a question → {"question", "answer", "time"}, with "happened" and "agrees" once revealed; name of an
    exercise → when it was solved. In the folder where the kernel works.

    complaint: what is wrong with the file, for the learner to read; "" while all is well. A file that can't be
    understood is moved aside, never overwritten.
    """

    def __init__(self, folder: str | Path | None = None):
        self.path = Path(folder or Path.cwd()) / FILE
        self.complaint = ""

    def get(self, name: str) -> dict | None:
        """What was committed for a question, or None."""
        try:
            return self._read()["answers"].get(name)
        except OSError as error:
            self.complaint = f"{FILE} can't be read ({_why(error)}): earlier guesses are not shown."
        return None

    def put(self, name: str, question: str, answer: Answer) -> dict:
        """Store an answer and give its record. What keeps it from being stored is in `complaint`; never an error."""
        record = {"question": question, "answer": answer, "time": _now()}
        self._put("answers", name, record)
        return record

    def reveal(self, name: str, happened: Answer, agrees: bool) -> None:
        """Store what happened beside the guess that was committed."""
        record = self.get(name)
        if record is not None and (record.get("happened"), record.get("agrees")) != (happened, agrees):
            self._put("answers", name, record | {"happened": happened, "agrees": agrees})

    def solve(self, exercise: str) -> None:
        """Store that an exercise was solved, the first time that it is."""
        if exercise not in self.solved():
            self._put("solved", exercise, _now())

    def solved(self) -> dict[str, str]:
        """Exercise → when it was solved first."""
        try:
            return self._read()["solved"]
        except OSError as error:
            self.complaint = f"{FILE} can't be read ({_why(error)}): what was solved is not shown."
        return {}

    def all(self) -> dict[str, dict]:
        """Every guess that was committed."""
        return self._read()["answers"]

    def _put(self, section: str, name: str, record) -> None:
        try:
            content = self._read()
            content[section][name] = record
            self._write(content)
        except OSError as error:
            self.complaint = f"It could not be stored in {FILE} ({_why(error)}): it counts until the kernel stops."

    def _read(self) -> dict[str, dict]:
        """{"answers", "solved"}."""
        self.complaint = ""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return {"answers": {}, "solved": {}}
        try:
            return _sections(json.loads(content))
        except (ValueError, RecursionError) as error:
            aside = self._move_aside()
            self.complaint = (
                f"{FILE} is not a file of guesses ({_first_line(error)}). It now lies beside it as {aside}; "
                "earlier guesses are not shown, new ones go into a new file."
            )
        return {"answers": {}, "solved": {}}

    def _move_aside(self) -> str:
        number = 1
        while (aside := self.path.with_name(f"{self.path.stem}.broken-{number}.json")).exists():
            number += 1
        os.replace(self.path, aside)
        return aside.name

    def _write(self, content: dict[str, dict]) -> None:
        text = json.dumps({"mtlkit-answers": FORMAT, **content}, ensure_ascii=False, indent=1)
        write_file(self.path, [text])


def guesses(folder: str | Path | None = None) -> pandas.DataFrame:
    """All guesses of the course that were committed.

    Args:
        folder: where the notebooks lie (None: where the kernel works).

    Returns:
        A table: question, thought, happened, agrees, time; None in what was not revealed yet.

    Raises:
        OSError: the file of answers can't be read.
    """
    import pandas as pd

    found = [
        (r["question"], r["answer"], r.get("happened"), r.get("agrees"), r["time"])
        for r in Answers(folder).all().values()
    ]
    return pd.DataFrame(found, columns=["question", "thought", "happened", "agrees", "time"])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _sections(content: Any) -> dict[str, dict]:
    """The sections of a file's content; ValueError where it is none of ours."""
    records = content.get("answers") if isinstance(content, dict) else None
    if not isinstance(records, dict) or content.get("mtlkit-answers") != FORMAT:
        raise ValueError(f'it lacks "mtlkit-answers": {FORMAT} or "answers"')
    for name, record in records.items():
        if not isinstance(record, dict) or not _is_answer(record.get("answer")):
            raise ValueError(f"the entry {name!r} holds no answer")
    solved = content.get("solved", {})
    if not isinstance(solved, dict):
        raise ValueError('"solved" should hold exercises')
    return {"answers": records, "solved": solved}


def _is_answer(answer: object) -> bool:
    several = answer if isinstance(answer, list) else []
    return isinstance(answer, str | int | float) or (bool(several) and all(isinstance(a, int | float) for a in several))


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _why(error: OSError) -> str:
    return error.strerror or type(error).__name__
