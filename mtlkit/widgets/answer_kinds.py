"""The kinds of answer a guess can have: one of several texts, a number; a curve is in `answer_curve.py`.

What a guess asks of them is what `Kind` has; answers are what JSON takes, so that they can be stored.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from mtlkit.utils.errors import unknown
from mtlkit.widgets.controls import label, rounded


class Kind:
    """What a guess asks of a kind of answer. choices: what there is to choose, in words. default: the answer that
    stands for none."""

    choices: list[str]
    default: Any

    def fits(self, answer: Any) -> bool:
        """Whether this can be an answer."""
        raise NotImplementedError

    def checked(self, answer: Any, what: str):
        """The answer as it is stored; ValueError, which begins with `what`, if it can't be one."""
        raise NotImplementedError

    def actual(self, value: Any):
        """What happened as it is stored; ValueError if nothing of the kind can have happened."""
        raise NotImplementedError

    def show(self, answer) -> str:
        """An answer in words."""
        raise NotImplementedError

    def compare(self, guessed, actual) -> tuple[bool, str]:
        """Whether they agree, and how well, in words."""
        raise NotImplementedError

    def control(self, answer, default) -> tuple:
        """What the learner answers with: an object with `value`, `disabled`, `tooltip`; and the widget to show."""
        raise NotImplementedError

    def still(self, answer) -> str:
        """The answer as HTML for who has no kernel, where it takes more than words."""
        return ""

    def figure(self, name: str, guessed, value: Any):
        """What was guessed, under that name, with what happened (as `actual` takes it): a figure, or None."""
        return


class Choice(Kind):
    """An answer that is one of several texts."""

    def __init__(self, options: Sequence[str]):
        self.choices = [options] if isinstance(options, str) else list(options)
        if len(self.choices) < 2 or not all(isinstance(o, str) and o.strip() for o in self.choices):
            raise ValueError(f"options should be at least two texts, found {options!r}.")
        if len(set(self.choices)) < len(self.choices):
            raise ValueError(f"Two options are the same: {', '.join(self.choices)}.")
        self.default = self.choices[0]

    def fits(self, answer: Any) -> bool:
        return answer in self.choices

    def checked(self, answer: Any, what: str) -> str:
        if not self.fits(answer):
            raise ValueError(f"{what} should be one of the options. {unknown('option', answer, self.choices)}")
        return answer

    def actual(self, value: Any) -> str:
        return self.checked(str(value), "What happened")

    def show(self, answer: str) -> str:
        return f"“{answer}”"

    def compare(self, guessed: str, actual: str) -> tuple[bool, str]:
        return (True, "They agree.") if guessed == actual else (False, "They differ.")

    def control(self, answer: str | None, default: str) -> tuple:
        import ipywidgets as w

        radio = w.RadioButtons(
            options=self.choices,
            value=answer,  # nothing is chosen beforehand: a default would be a hint
            layout=w.Layout(width="auto"),
        )
        name = label("Your guess:", "Tab goes from answer to answer, space chooses one")
        return radio, w.VBox([name, radio])


class Number(Kind):
    """An answer that is a number between two ends, in a unit; whole where the ends and the step are."""

    def __init__(self, slider: tuple[float, float, float], unit: str):
        self.low, self.high, self.step = bounds(slider, "slider")
        self.unit = unit
        self.choices = [f"a number from {self.low:g} to {self.show(self.high)}"]
        self.whole = all(isinstance(n, int) for n in slider)
        self.default = self._number(middle(self.low, self.high, self.step))

    def _number(self, value: Any) -> float:
        return round(value) if self.whole else rounded(value)

    def fits(self, answer: Any) -> bool:
        return within(answer, self.low, self.high)

    def checked(self, answer: Any, what: str) -> float:
        if not self.fits(answer):
            raise ValueError(f"{what} should be a number from {self.low:g} to {self.high:g}, found {answer!r}.")
        return self._number(answer)

    def actual(self, value: Any) -> float:
        try:
            return float(value)
        except (TypeError, ValueError, RuntimeError):
            raise ValueError(f"What happened should be a number, found {value!r}.") from None

    def show(self, answer: float) -> str:
        return with_unit(f"{answer:.4g}", self.unit)

    def compare(self, guessed: float, actual: float) -> tuple[bool, str]:
        if not math.isfinite(actual):
            return False, "No number could have met that."
        off = guessed - actual
        if abs(off) <= self.step / 2 * (1 + 1e-9):
            return True, "They agree, as closely as the slider can say it."
        words = f"Too {'high' if off > 0 else 'low'} by {self.show(abs(off))}"
        share = abs(off) / (self.high - self.low)
        return False, f"{words}." if self.unit == "%" else f"{words}, {share:.0%} of the slider's range."

    def control(self, answer: float | None, default: float) -> tuple:
        import ipywidgets as w

        tip = (
            f"{self.low:g} to {self.high:g} {self.unit}".rstrip() + ". Arrow keys move it, or type the number beside it"
        )
        slider, number = slider_and_number(
            default if answer is None else answer,
            (self.low, self.high, self.step),
            layout=w.Layout(width="auto", min_width="12em", flex="1 1 auto"),
            whole=self.whole,
        )
        ends = [
            label("Your guess:", tip),
            w.Label(f"{self.low:g}"),
            slider,
            w.Label(f"{self.high:g}"),
            number,
            w.Label(self.unit),
        ]
        return slider, w.HBox(ends, layout=w.Layout(max_width="40em", align_items="center"))


def bounds(given: Any, name: str) -> tuple[float, float, float]:
    """(lowest, highest, step); ValueError if `given`, the argument of that name, is none."""
    try:
        low, high, step = given
        sound = low < high and step > 0 and all(map(math.isfinite, given))
    except (TypeError, ValueError):
        sound = False
    if not sound:
        raise ValueError(f"{name} should be (lowest, highest, step), lowest below highest, found {given!r}.")
    return low, high, step


def middle(low: float, high: float, step: float) -> float:
    """The place of a slider that is nearest to its middle."""
    return low + round((high - low) / step / 2) * step


def within(value: Any, low: float, high: float) -> bool:
    """Whether it is a number, and one between the two."""
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def with_unit(text: str, unit: str) -> str:
    """A text with its unit behind it."""
    return f"{text} {unit}" if unit else text


def slider_and_number(value, bounds: tuple, whole: bool = False, **look) -> tuple:
    """A slider, and its number to be typed, each following the other; a `label` beside them names both. look: of the
    slider."""
    import ipywidgets as w

    low, high, step = bounds
    range_ = {"value": value, "min": low, "max": high, "step": step}
    slider = (w.IntSlider if whole else w.FloatSlider)(**range_, readout=False, **look)
    number = (w.BoundedIntText if whole else w.BoundedFloatText)(
        **range_, layout=w.Layout(width="7em", flex="0 0 auto")
    )
    for trait in ("value", "disabled"):
        w.link((slider, trait), (number, trait))
    return slider, number
