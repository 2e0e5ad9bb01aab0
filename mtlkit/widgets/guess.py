"""Guess: the learner commits to an answer before the cell that shows the result; the reveal puts both side by side."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from datetime import datetime

from mtlkit.names import unknown
from mtlkit.widgets.answers import FILE, Answers
from mtlkit.widgets.controls import INK, button
from mtlkit.widgets.figure import VIEW

GREEN, ORANGE, GREY = "#009E73", "#D55E00", "#999999"  # Okabe–Ito; the words say the same


def guess(
    question: str,
    options: Sequence[str] | None = None,
    slider: tuple[float, float, float] | None = None,
    *,
    unit: str = "",
    default: str | float | None = None,
    name: str | None = None,
) -> Guess:
    """Ask for a guess: one of `options` (texts), or a number on a `slider` (lowest, highest, step), in `unit`.

    Shown in the cell that calls it. What the learner commits to is kept, with the time, under `name` (None: the
    question) in `mtlkit-answers.json` where the kernel works, and is there again after a restart. `reveal(actual)`
    shows what was thought and what happened; where nothing was committed it takes `default` (None: the first option,
    the middle of the slider) and says so.
    Errors: ValueError for options or a slider that are none, and for a default that is not among them.
    """
    if (options is None) == (slider is None):
        raise ValueError("A guess needs either options=[…] or slider=(lowest, highest, step).")
    kind = _Choice(options) if slider is None else _Number(slider, unit)
    default = kind.default if default is None else kind.checked(default, "The default")
    return Guess(question, kind, default, question if name is None else name)


class Guess:
    """A question and its answer. answer: what was committed, or None. given: whether anything was. value: the answer,
    or else the default. control (radio buttons or slider) and button (Commit) may be operated by code as well."""

    def __init__(self, question: str, kind: _Choice | _Number, default: str | float, name: str):
        self.question, self.kind, self.default, self.name = question, kind, default, name
        self._answers = Answers()
        self._record = self._answers.get(name)
        self._note = self._answers.complaint
        if self._record is not None and not kind.fits(self._record["answer"]):
            self._note = f"An earlier guess, {self._record['answer']}, is no longer among the answers: guess again."
            self._record = None
        self._build()
        self._shown_in = None
        self._ipython_display_()

    @property
    def given(self) -> bool:
        return self._record is not None

    @property
    def answer(self) -> str | float | None:
        return self._record["answer"] if self.given else None

    @property
    def value(self) -> str | float:
        return self.answer if self.given else self.default

    # -- the panel ---------------------------------------------------------------------------------------------
    def _build(self) -> None:
        import ipywidgets as w

        title = f'<div style="{INK}; line-height: 1.5"><b>Your guess first.</b> {html.escape(self.question)}</div>'
        self.control, row = self.kind.control(self.answer, self.default)
        self.button = button("Commit", "check", "", self._press, "primary")
        self.button.layout.width = "7.5em"  # "Commit" and "Change" are longer words than the other buttons
        self.status = w.HTML(layout=w.Layout(margin="0 0 0 8px", flex="1 1 auto"))
        below = w.HBox([self.button, self.status], layout=w.Layout(align_items="center"))
        self.widget = w.VBox([w.HTML(title), row, below], layout=w.Layout(max_width="60em", padding="0.3em 0"))
        self._open = not self.given
        self._refresh(self._note)

    def commit(self, answer: str | float | None = None) -> None:
        """Commit to an answer (None: what the controls show) and store it."""
        chosen = self.control.value if answer is None else answer
        if chosen is None:
            self._refresh("Choose one of the answers first, then commit.")
            return
        self.control.value = chosen = self.kind.checked(chosen, "A guess")
        self._record = self._answers.put(self.name, self.question, chosen)
        self._open = False
        self._refresh(self._answers.complaint)

    def _press(self) -> None:
        if self._open:
            self.commit()
        else:
            self._open = True
            self._refresh("Choose anew and commit; until then the first guess stays.")

    def _refresh(self, note: str = "") -> None:
        """Bring button and status line up to date."""
        self.control.disabled = not self._open
        self.button.description, self.button.icon = ("Commit", "check") if self._open else ("Change", "pencil")
        self.button.tooltip = (
            f"Keep this guess; it is stored in {FILE} and shown beside the result"
            if self._open
            else "Guess anew; the stored guess is replaced when you commit"
        )
        parts = [f"✓ {self._committed()}"] if self.given else []
        parts += [note] if note else []
        parts += ["Nothing committed yet."] if not parts else []
        self.status.value = f'<span style="{INK}; line-height: 1.4">{html.escape(" ".join(parts))}</span>'

    def _committed(self) -> str:
        return f"Committed: {self.kind.show(self.answer)} ({_local_time(self._record['time'])})."

    # -- in the cell -------------------------------------------------------------------------------------------
    def _ipython_display_(self) -> None:
        """Show the panel; not a second time in the cell that made it."""
        cell = _cell()
        if self._shown_in is None or cell != self._shown_in:
            self._shown_in = cell
            _display(self._text(), self._html(), self.widget)

    def _state(self) -> str:
        return self._committed() if self.given else f"No guess committed yet; the default is {self._default()}."

    def _default(self) -> str:
        return self.kind.show(self.default)

    def _text(self) -> str:
        choices = [f"  ○ {choice}" for choice in self.kind.choices]
        return "\n".join([f"Your guess first. {self.question}", *choices, self._state()])

    def _html(self) -> str:
        choices = "".join(f"<li>{html.escape(choice)}</li>" for choice in self.kind.choices)
        question, state = html.escape(self.question), html.escape(self._state())
        return _box(GREY, f"<b>Your guess first.</b> {question}<ul>{choices}</ul><i>{state}</i>")

    # -- the reveal --------------------------------------------------------------------------------------------
    def reveal(self, actual: str | float, note: str | None = None) -> None:
        """Show what was thought, what happened, and in words how well they agree; `note` is added below.

        actual: one of the options, or a number. Errors: ValueError for anything else.
        """
        actual = self.kind.actual(actual)
        agrees, words = self.kind.compare(self.value, actual)
        if self.given:
            self._answers.reveal(self.name, actual, agrees)
            thought = f"You thought: {self.kind.show(self.answer)}"
        else:
            thought = f"No guess was given; the default is {self._default()}"
        lines = [f"{thought}.", f"What happened: {self.kind.show(actual)}.", f"{'✓' if agrees else '✗'} {words}"]
        lines += [note] if note else []
        shown = "<br>".join(html.escape(line) for line in lines[:2])
        shown += f"<br><b>{html.escape(lines[2])}</b>" + "".join(f"<br>{html.escape(line)}" for line in lines[3:])
        title = f"<i>{html.escape(self.question)}</i><br>"
        _display("\n".join([self.question, *lines]), _box(GREEN if agrees else ORANGE, title + shown))

    def __repr__(self) -> str:
        return f"Guess({self.question!r}: {self._state()})"


class _Choice:
    """An answer that is one of several texts."""

    def __init__(self, options: Sequence[str]):
        self.choices = [options] if isinstance(options, str) else list(options)
        if len(self.choices) < 2 or not all(isinstance(o, str) and o.strip() for o in self.choices):
            raise ValueError(f"options should be at least two texts, found {options!r}.")
        if len(set(self.choices)) < len(self.choices):
            raise ValueError(f"Two options are the same: {', '.join(self.choices)}.")
        self.default = self.choices[0]

    def fits(self, answer: object) -> bool:
        return answer in self.choices

    def checked(self, answer: object, what: str) -> str:
        if not self.fits(answer):
            raise ValueError(f"{what} should be one of the options. {unknown('option', answer, self.choices)}")
        return answer

    def actual(self, value: object) -> str:
        return self.checked(str(value), "What happened")

    def show(self, answer: str) -> str:
        return f"“{answer}”"

    def compare(self, guessed: str, actual: str) -> tuple[bool, str]:
        return (True, "They agree.") if guessed == actual else (False, "They differ.")

    def control(self, answer: str | None, default: str):
        import ipywidgets as w

        radio = w.RadioButtons(
            options=self.choices,
            value=answer,  # nothing is chosen beforehand: a default would be a hint
            layout=w.Layout(width="auto"),
            tooltip="Your guess. Tab goes from answer to answer, space chooses one",
        )
        return radio, radio


class _Number:
    """An answer that is a number between two ends, in a unit; whole where the ends and the step are."""

    def __init__(self, slider: tuple[float, float, float], unit: str):
        try:
            self.low, self.high, self.step = slider
            sound = self.low < self.high and self.step > 0 and all(map(math.isfinite, slider))
        except (TypeError, ValueError):
            sound = False
        if not sound:
            raise ValueError(f"slider should be (lowest, highest, step), lowest below highest, found {slider!r}.")
        self.unit = unit
        self.choices = [f"a number from {self.low:g} to {self.show(self.high)}"]
        self.whole = all(isinstance(n, int) for n in slider)
        middle = self.low + round((self.high - self.low) / self.step / 2) * self.step
        self.default = self._number(middle)

    def _number(self, value: object) -> float:
        return round(value) if self.whole else float(f"{float(value):.10g}")  # 0.1 + 2 · 0.1 as 0.3

    def fits(self, answer: object) -> bool:
        return isinstance(answer, int | float) and not isinstance(answer, bool) and self.low <= answer <= self.high

    def checked(self, answer: object, what: str) -> float:
        if not self.fits(answer):
            raise ValueError(f"{what} should be a number from {self.low:g} to {self.high:g}, found {answer!r}.")
        return self._number(answer)

    def actual(self, value: object) -> float:
        try:
            return float(value)
        except (TypeError, ValueError, RuntimeError):
            raise ValueError(f"What happened should be a number, found {value!r}.") from None

    def show(self, answer: float) -> str:
        return f"{answer:.4g}{f' {self.unit}' if self.unit else ''}"

    def compare(self, guessed: float, actual: float) -> tuple[bool, str]:
        if not math.isfinite(actual):
            return False, "No number could have met that."
        off = guessed - actual
        if abs(off) <= self.step / 2 * (1 + 1e-9):
            return True, "They agree, as closely as the slider can say it."
        words = f"Too {'high' if off > 0 else 'low'} by {self.show(abs(off))}"
        share = abs(off) / (self.high - self.low)
        return False, f"{words}." if self.unit == "%" else f"{words}, {share:.0%} of the slider's range."

    def control(self, answer: float | None, default: float):
        import ipywidgets as w

        range_ = {"value": default if answer is None else answer, "min": self.low, "max": self.high, "step": self.step}
        tip = f"Your guess, {self.low:g} to {self.high:g} {self.unit}".rstrip()
        slider = (w.IntSlider if self.whole else w.FloatSlider)(
            **range_,
            readout=False,
            layout=w.Layout(width="auto", min_width="12em", flex="1 1 auto"),
            tooltip=f"{tip}. Arrow keys move it, or type the number beside it",
        )
        number = (w.BoundedIntText if self.whole else w.BoundedFloatText)(
            **range_, layout=w.Layout(width="7em", flex="0 0 auto"), tooltip=tip
        )
        for trait in ("value", "disabled"):
            w.link((slider, trait), (number, trait))
        ends = [w.Label(f"{self.low:g}"), slider, w.Label(f"{self.high:g}"), number, w.Label(self.unit)]
        return slider, w.HBox(ends, layout=w.Layout(max_width="40em", align_items="center"))


def _box(colour: str, body: str) -> str:
    """HTML for light and dark themes: the page's own colours, and a coloured edge."""
    style = f"border-left: 5px solid {colour}; padding: 0.3em 0.8em; margin: 0.3em 0; max-width: 60em"
    return f'<div style="{style}">{body}</div>'


def _display(text: str, html_text: str, widget=None) -> None:
    """Show in the cell: the widget where there is one, HTML on a page without a kernel, text in a terminal."""
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        print(text)
        return
    view = {} if widget is None else {VIEW: widget.get_view_spec()}
    display({"text/plain": text, "text/html": html_text, **view}, raw=True)


def _cell() -> int:
    """The number of the cell that runs; 0 outside of one."""
    from IPython import get_ipython

    shell = get_ipython()
    return 0 if shell is None else shell.execution_count


def _local_time(time: object) -> str:
    """A stored time as the learner's clock shows it."""
    try:
        return datetime.fromisoformat(time).astimezone().strftime("%Y-%m-%d %H:%M")
    except (TypeError, ValueError):
        return "at an unknown time"
