"""Guess: the learner commits to an answer before the cell that shows the result; the reveal puts both side by side."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mtlkit.course.answers import FILE, Answer, Answers
from mtlkit.widgets.answer_curve import Curve
from mtlkit.widgets.answer_kinds import Choice, Kind, Number
from mtlkit.widgets.controls import INK, button
from mtlkit.widgets.picture import VIEW

GREEN, ORANGE, GREY = "#009E73", "#D55E00", "#999999"  # Okabe–Ito; the words say the same


def guess(
    question: str,
    options: Sequence[str] | None = None,
    slider: tuple[float, float, float] | None = None,
    curve: Mapping[str, Sequence[float]] | None = None,
    *,
    unit: str = "",
    default: Answer | None = None,
    name: str | None = None,
) -> Guess:
    """Ask for a guess before the result is shown: one of some texts, a number, or a curve. Give one of the three.

    The cell that calls it shows the panel. What the learner commits to is kept with its time in `mtlkit-answers.json`
    where the kernel works, and is there again after a restart. `reveal(actual)` then shows what was thought and what
    happened.

    Args:
        question: what is asked.
        options: the texts to choose from, at least two.
        slider: (lowest, highest, step) of a number.
        curve: what lies along x → the points to draw at, then what is drawn → (lowest, highest, step), such as {"step":
            (1, 60, 120), "λ of topic": (0.0, 1.0, 0.05)}; each point has a slider.
        unit: of the number, or of what is drawn.
        default: what `reveal` takes where nothing was committed, and says so (None: the first option, the middle of the
            slider, a level curve there).
        name: what the answer is kept under (None: the question).

    Returns:
        The guess.

    Raises:
        ValueError: not exactly one of options, slider and curve; one that can't be answered, such as two options that
            are the same; or a default that is no answer.
    """
    if (options is not None) + (slider is not None) + (curve is not None) != 1:
        raise ValueError(
            "A guess needs either options=[…] or slider=(lowest, highest, step) or "
            "curve={name: points along x, name: (lowest, highest, step)}."
        )
    kind: Any
    if options is not None:
        kind = Choice(options)
    elif slider is not None:
        kind = Number(slider, unit)
    elif curve is not None:
        kind = Curve(curve, unit)
    default = kind.default if default is None else kind.checked(default, "The default")
    return Guess(question, kind, default, question if name is None else name)


class Guess:
    """A question and its answer; code may operate the controls as well.

    Attributes:
        answer: what was committed, or None.
        given: whether anything was.
        value: the answer, or else the default.
        control: radio buttons, a slider, or those of a curve.
        button: "Commit".
        figure: what `reveal` drew last, of a curve.
    """

    def __init__(self, question: str, kind: Kind, default: Answer, name: str):
        self.question, self.kind, self.default, self.name = question, kind, default, name
        self._answers = Answers()
        self._record = self._answers.get(name)
        self._note = self._answers.complaint
        if self._record is not None and not kind.fits(self._record["answer"]):
            self._note = f"An earlier guess, {self._record['answer']}, is no longer among the answers: guess again."
            self._record = None
        self._build()
        self.figure = self._shown_in = None
        self._ipython_display_()

    @property
    def given(self) -> bool:
        return self._record is not None

    @property
    def answer(self) -> Answer | None:
        return None if self._record is None else self._record["answer"]

    @property
    def value(self) -> Answer:
        return self.default if self.answer is None else self.answer

    # -- the panel ---------------------------------------------------------------------------------------------
    def _build(self) -> None:
        import ipywidgets as w

        title = f'<div style="{INK}; line-height: 1.5"><b>Your guess first.</b> {html.escape(self.question)}</div>'
        self.control, row = self.kind.control(self.answer, self.default)
        self.button = button("Commit", "check", "", self._press, "primary")
        self.button.layout.width = "7.5em"  # "Commit" and "Change" are longer words than the other buttons
        self.status = w.HTML(layout=w.Layout(margin="0 0 0 8px", flex="1 1 auto"))
        below = w.HBox([self.button, self.status], layout=w.Layout(align_items="center", max_width="60em"))
        question = w.HTML(title, layout=w.Layout(max_width="60em"))
        self.widget = w.VBox([question, row, below], layout=w.Layout(padding="0.3em 0"))
        self._open = not self.given
        self._refresh(self._note)

    def commit(self, answer: Answer | None = None) -> None:
        """Commit to an answer, and store it.

        Args:
            answer: an option, a number, or a list of one number per point (None: what the controls show).

        Raises:
            ValueError: it can't be an answer.
        """
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
        time = self._record and self._record["time"]
        return f"Committed: {self.kind.show(self.answer)} ({_local_time(time)})."

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
        still = self.kind.still(self.value)
        return _box(GREY, f"<b>Your guess first.</b> {question}<ul>{choices}</ul>{still}<i>{state}</i>")

    # -- the reveal --------------------------------------------------------------------------------------------
    def reveal(self, actual, note: str | None = None) -> None:
        """Show what was thought, what happened, and in words how well they agree.

        Args:
            actual: one of the options; a number; of a curve one number per point, or a pair (xs, ys) of a whole curve
                over at least the points' span. Of a pair, numbers that are not finite are left out, and of 60 or more
                the moving mean is compared.
            note: a line to be added below (None: none).

        Raises:
            ValueError: nothing of the kind can have happened.
        """
        happened = self.kind.actual(actual)
        agrees, words = self.kind.compare(self.value, happened)
        if self.given:
            self._answers.reveal(self.name, happened, agrees)
            thought = f"You thought: {self.kind.show(self.answer)}"
        else:
            thought = f"No guess was given; the default is {self._default()}"
        lines = [f"{thought}.", f"What happened: {self.kind.show(happened)}.", f"{'✓' if agrees else '✗'} {words}"]
        lines += [note] if note else []
        shown = "<br>".join(html.escape(line) for line in lines[:2])
        shown += f"<br><b>{html.escape(lines[2])}</b>" + "".join(f"<br>{html.escape(line)}" for line in lines[3:])
        title = f"<i>{html.escape(self.question)}</i><br>"
        _display("\n".join([self.question, *lines]), _box(GREEN if agrees else ORANGE, title + shown))
        self.figure = self.kind.figure("your guess" if self.given else "the default", self.value, actual)
        if self.figure is not None:
            _display_figure(self.figure)

    def __repr__(self) -> str:
        return f"Guess({self.question!r}: {self._state()})"


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


def _display_figure(figure) -> None:
    """Show in the cell, with its description; a terminal has the words already."""
    from IPython import get_ipython
    from IPython.display import display

    from mtlkit import plots

    if get_ipython() is not None:
        said, width = plots.alt(figure.axes[0]), round(figure.get_figwidth() * figure.dpi)
        data = {"image/png": base64.b64encode(plots.png(figure)).decode(), "text/plain": said}
        display(data, metadata={"image/png": {"alt": said, "width": width}}, raw=True)


def _cell() -> int:
    """The number of the cell that runs; 0 outside of one."""
    from IPython import get_ipython

    shell = get_ipython()
    return 0 if shell is None else shell.execution_count


def _local_time(time: Any) -> str:
    """A stored time as the learner's clock shows it."""
    try:
        return datetime.fromisoformat(time).astimezone().strftime("%Y-%m-%d %H:%M")
    except (TypeError, ValueError):
        return "at an unknown time"
