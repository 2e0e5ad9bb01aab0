"""How far a learner has come: the exercises solved, notebook by notebook."""

from __future__ import annotations

import html
from pathlib import Path

from mtlkit.course.answers import Answers
from mtlkit.course.checks.base import EXERCISES


class Progress:
    """Exercises solved and still open, by notebook; a cell shows it as dots."""

    def __init__(self, folder: str | Path | None = None):
        solved = Answers(folder).solved()
        self.notebooks: dict[str, dict[str, bool]] = {}
        for exercise in sorted(EXERCISES.values(), key=lambda e: e.notebook):
            self.notebooks.setdefault(exercise.notebook, {})[exercise.name] = exercise.name in solved

    @property
    def solved(self) -> int:
        return sum(sum(one.values()) for one in self.notebooks.values())

    @property
    def exercises(self) -> int:
        return sum(map(len, self.notebooks.values()))

    def __repr__(self) -> str:
        wide = max(map(len, self.notebooks))
        lines = [
            f"{name:{wide}} {_dots(one)} {sum(one.values())} of {len(one)}" for name, one in self.notebooks.items()
        ]
        return "\n".join([*lines, self._sum()])

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><td>{html.escape(name)}</td><td title="{html.escape(", ".join(one))}">{_dots(one)}</td>'
            f"<td>{sum(one.values())} of {len(one)}</td></tr>"
            for name, one in self.notebooks.items()
        )
        return f"<table>{rows}</table><p>{self._sum()}</p>"

    def _sum(self) -> str:
        return f"Exercises solved: {self.solved} of {self.exercises}."


def progress(folder: str | Path | None = None) -> Progress:
    """The exercises solved so far in the notebooks of a folder (None: where the kernel works)."""
    return Progress(folder)


def _dots(exercises: dict[str, bool]) -> str:
    return "".join("●" if done else "○" for done in exercises.values())
