"""An exercise: a judge, two hints, a solution. A verdict: right, wrong with the idea behind it, or not answered yet."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType

from mtlkit.course.answers import Answers

UNANSWERED = "not-answered"
EXERCISES: dict[str, Exercise] = {}


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a check says of an answer. misconception: the stable name of the wrong idea; "" when the answer is right,
    "not-answered" when there is none yet, "error" when it raised, "unrecognised" when it is wrong in a way of its own.
    True where it is right."""

    ok: bool
    message: str
    misconception: str = ""

    @property
    def answered(self) -> bool:
        return self.misconception != UNANSWERED

    def __bool__(self) -> bool:
        return self.ok

    def _head(self) -> tuple[str, str, str]:
        """Sign, words and colour (Okabe–Ito)."""
        if self.ok:
            return "✓", "Right.", "#009E73"
        return ("✗", "Not yet.", "#D55E00") if self.answered else ("○", "Not answered yet.", "#999999")

    def __repr__(self) -> str:
        sign, words, _ = self._head()
        return f"{sign} {words} {self.message}"

    def _repr_html_(self) -> str:
        sign, words, colour = self._head()
        message = re.sub(r"`([^`\n]+)`", r"<code>\1</code>", html.escape(self.message)).replace("\n", "<br>")
        return (
            f'<div style="border-left: 5px solid {colour}; padding: 0.3em 0.8em; margin: 0.3em 0; max-width: 60em">'
            f"<strong>{sign} {words}</strong> {message}</div>"
        )


class Wrong(Exception):
    """Raised by a judge: the answer is wrong, and why."""

    def __init__(self, misconception: str, message: str):
        super().__init__(message)
        self.verdict = Verdict(False, message, misconception)


class Unanswered(Wrong):
    """Raised where a stub was handed in."""

    def __init__(self, message: str = "Replace the `...` by your answer and run the cell again."):
        super().__init__(UNANSWERED, message)


class Exercise:
    """One exercise. Call it with the answer: a `Verdict` comes back, whatever the answer does.

    `hint()` prints the first hint, then the second; `solution()` prints code that assigns the answer to a variable or
    function called like the exercise.
    """

    def __init__(self, judge: FunctionType, hints: tuple[str, str], solution: str):
        self.name, self.__doc__ = judge.__name__, judge.__doc__
        self.hints, self.solution_code = tuple(hints), solution.strip("\n")
        self._judge, self._shown = judge, 0

    def __call__(self, *answer) -> Verdict:
        try:
            if not answer or any(part is None or part is ... for part in answer):
                raise Unanswered
            message = self._judge(*answer)
            Answers().solve(self.name)
            return Verdict(True, message)
        except Wrong as wrong:
            return wrong.verdict

    @property
    def notebook(self) -> str:
        """The notebook that it belongs to: 03_weighted_sum."""
        return self._judge.__module__.rsplit(".check_", 1)[-1]

    def hint(self, number: int | None = None) -> None:
        """Print hint 1 or 2; without a number the next one, at the end the last one again."""
        number = min(self._shown + 1, len(self.hints)) if number is None else number
        if number not in range(1, len(self.hints) + 1):
            raise ValueError(f"Exercise {self.name!r} has hints 1 to {len(self.hints)}, found {number!r}.")
        self._shown = max(self._shown, number)
        more = "" if number < len(self.hints) else f"\nStill stuck? mk.check.{self.name}.solution()"
        print(f"Hint {number} of {len(self.hints)}: {self.hints[number - 1]}{more}")

    def solution(self) -> None:
        """Print the solution as code."""
        print(self.solution_code)

    def use(self, answer):
        """What cells below go on with: the answer where it is right, else the solution's, and a line that says so."""
        if self(answer):
            return answer
        print(f"Going on with the solution of the exercise {self.name!r}: there is no right answer to it yet.")
        names: dict = {}
        exec(self.solution_code, names)
        return names[self.name]

    def __repr__(self) -> str:
        return f"Exercise {self.name}: {(self.__doc__ or '').strip()}"


def exercise(hints: tuple[str, str], solution: str) -> Callable[[FunctionType], Exercise]:
    """Decorator: a function that judges an answer becomes the exercise of its name.

    The judge takes what the learner hands in (never None or `...`), gives a sentence to whoever is right, and raises
    `Wrong` else. Its docstring says what the learner must give.
    """

    def register(judge: FunctionType) -> Exercise:
        if judge.__name__ in EXERCISES:
            raise ValueError(f"There is already an exercise {judge.__name__!r}.")
        EXERCISES[judge.__name__] = Exercise(judge, hints, solution)
        return EXERCISES[judge.__name__]

    return register
