"""What the titles of figures say: only what chance doesn't say as well.

Of losses and weights the means of at least ten steps are compared, of metrics the intervals. Simulated noise gets a
false title in 5 % of cases or fewer (tests/evaluation/test_intervals.py).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from mtlkit.evaluation.intervals import Estimate, order, surely_above
from mtlkit.plots.style_guide import number, percent, score

if TYPE_CHECKING:
    import pandas

Scored = tuple[float, float, float]  # a metric, and the ends of its interval

WINDOW = 10  # steps at either end that are taken together, at least
FEWEST = 2 * WINDOW  # steps, before which nothing is said
TOO_FEW = f"Nothing is said of fewer than {FEWEST} steps"


def last_steps(values: np.ndarray) -> np.ndarray:
    """The end of a line: a twentieth of it, as its moving mean, but at least ten steps."""
    return values[-max(WINDOW, len(values) // 20) :]


def loss_finding(losses: dict[str, np.ndarray]) -> str:
    """Which losses fell, and which most."""
    losses = {task: y for task, y in losses.items() if len(y) >= FEWEST and y[:WINDOW].mean() > 0}
    if not losses:
        return TOO_FEW
    ends = {task: [Estimate.from_steps(part) for part in (y[:WINDOW], last_steps(y))] for task, y in losses.items()}
    fell = [task for task, (first, last) in ends.items() if surely_above(first, last, len(losses))]
    rose = [task for task, (first, last) in ends.items() if surely_above(last, first, len(losses))]
    left = {task: last.value / first.value for task, (first, last) in ends.items()}
    if len(losses) == 1:
        (task,) = losses
        if not fell and not rose:
            return f"The loss of {task} changed no more than it does from step to step"
        return f"The loss of {task} {'fell' if fell else 'rose'} to {percent(left[task])} of its start"
    if not fell and not rose:
        return "No loss changed more than it does from step to step"
    highest, lowest = order({task: _ratio(*pair) for task, pair in ends.items()})
    if not fell:
        most = f"that of {highest[0]} rose most" if highest else f"{len(rose)} of {len(losses)} rose"
        return f"No loss fell; {most}, to {percent(max(left[t] for t in rose))} of its start"
    if lowest:
        text = f"The loss of {lowest[0]} fell most, to {percent(left[lowest[0]])} of its start"
    else:
        low, high = (percent(end(left[task] for task in fell)) for end in (min, max))
        text = f"{len(fell)} of {len(losses)} losses fell, to {low if low == high else f'{low} to {high}'} of the start"
    if highest and highest[0] in rose:
        return f"{text}; {highest[0]} rose, to {percent(left[highest[0]])}"
    return f"{text}; {highest[0]} least, to {percent(left[highest[0]])}" if lowest and highest else text


def weight_finding(weights: dict[str, np.ndarray]) -> str:
    """Who weighs most and least at the end; of the values since the last change of settings."""
    ends = {task: Estimate.from_steps(last_steps(y)) for task, y in weights.items() if len(y) > 1}
    if not ends:
        return ""
    values = {task: end.value for task, end in ends.items()}
    low, high = min(values.values()), max(values.values())
    if len(ends) == 1:
        return f"One task alone; its weight is λ = {number(high)} at the end"
    if high - low <= 0.01 * abs(high):
        return f"All tasks carry the same weight at the end, λ = {number(high)}"
    top, bottom = order(ends)
    if not top:
        return f"No task weighs most for certain at the end: λ from {number(low)} to {number(high)}"
    text = f"{top[0]} weighs most at the end, λ = {number(high)}"
    return f"{text}; {bottom[0]} least, {number(low)}" if bottom else text


def losses_compared(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> str:
    """Which of two runs on the same batches has the lower losses at the end."""
    apart = {task: a[task] - b[task] for task in a if len(a[task]) >= FEWEST}
    if not apart:
        return TOO_FEW
    if not any(y.any() for y in apart.values()):
        return "The two runs have the same losses"
    ends, nought = {task: Estimate.from_steps(last_steps(y)) for task, y in apart.items()}, Estimate(0.0)
    lower = {
        "A": [task for task, end in ends.items() if surely_above(nought, end, len(ends))],
        "B": [task for task, end in ends.items() if surely_above(end, nought, len(ends))],
    }
    said = [f"{name} on {', '.join(tasks)}" for name, tasks in lower.items() if tasks]
    if not said:
        return f"At the end neither run has a surely lower loss on any of {len(ends)} tasks"
    if max(map(len, lower.values())) > 2:
        said = [f"{name} on {len(tasks)} of {len(ends)} tasks" for name, tasks in lower.items() if tasks]
    return f"Lower loss at the end: {'; '.join(said)}"


def weights_compared(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> str:
    """Whose weight differs most between two runs at the end."""
    ends = {task: [last_steps(run[task]).mean() for run in (a, b)] for task in a if len(a[task])}
    if not ends:
        return ""
    most = max(ends, key=lambda task: abs(ends[task][0] - ends[task][1]))
    one, two = ends[most]
    if one == two:
        return "The two runs have the same weights at the end"
    return f"λ of {most} at the end: {number(float(one))} in A, {number(float(two))} in B"


def _ratio(first: Estimate, last: Estimate) -> Estimate:
    """How large a mean is beside another; its error follows from theirs (the delta method)."""
    ratio = last.value / first.value
    return Estimate(ratio, math.hypot(ratio * first.error, last.error) / first.value, min(first.freedom, last.freedom))


def metric_finding(found: Mapping[str, Scored], rows: Mapping[str, str], floor: Mapping[str, float]) -> str:
    """Each task (its metric in `rows`) is held against its own floor; tasks are ranked only where all have the same
    metric."""
    values = {task: Estimate.from_interval(*one) for task, one in found.items() if np.isfinite(one[0])}
    if not values:
        return "No metric is defined on these rows"
    known = [task for task in values if task in floor]
    if not any(np.isfinite(one.error) for one in values.values()):
        return "Without intervals no difference can be told from chance"
    if known:
        above = [task for task in known if surely_above(values[task], Estimate(floor[task]), len(known))]
        return f"{len(above)} of {len(known)} tasks above a model that knows nothing"
    if len({rows[task] for task in values}) > 1:
        return "Each task in its own metric: the rows make no ranking"
    if len(values) == 1:
        ((task, one),) = values.items()
        return f"{task}: {score(one.value)} {rows[task]}"
    best, worst = order(values)
    said = [
        f"{word}: {task}, {score(values[task].value)} {rows[task]}"
        for word, tasks in (("best", best), ("weakest", worst))
        for task in tasks
    ]
    text = "; ".join(said) or "no task is best beyond the intervals"
    return text[0].upper() + text[1:]


def comparison_finding(found: Mapping[str, Mapping[str, Scored]]) -> str:
    """Who is ahead of all others beyond the intervals, on how many tasks; of task → name → value, low, high."""
    names = list(dict.fromkeys(name for of in found.values() for name in of))
    pairs = len(names) * (len(names) - 1) // 2
    leads, compared, intervals = dict.fromkeys(names, 0), 0, False
    for of in found.values():
        each = {name: Estimate.from_interval(*v) for name, v in of.items() if np.isfinite(v[0])}
        if len(each) < 2:
            continue
        compared += 1
        intervals |= any(np.isfinite(one.error) for one in each.values())
        for name, one in each.items():
            leads[name] += all(surely_above(one, other, pairs * len(found)) for n, other in each.items() if n != name)
    if not intervals:
        return "Without intervals no difference can be told from chance"
    said = [f"{name} on {count}" for name, count in leads.items() if count]
    if not said:
        return f"No one is ahead beyond the intervals on any of {compared} tasks"
    return f"Ahead beyond the intervals: {', '.join(said)} of {compared} tasks"


def validation_finding(table: pandas.DataFrame) -> str:
    """How many tasks end above their first validation by more than the draw of so many rows would do. A metric between
    −1 and 1 has a standard error of 1/√rows at most, nearly; this says seldom too much and often too little."""
    told = {}
    for task, rows in table[np.isfinite(table["value"].astype(float))].groupby("task", sort=False):
        error = 1 / np.sqrt(rows["rows"].min()) if "rows" in rows else np.nan
        told[task] = [Estimate(float(value), float(error)) for value in rows["value"].iloc[[0, -1]]]
    if not told:
        return "No metric is defined on these rows"
    if table["step"].nunique() < 2:
        return "One validation: a change takes two"
    risen = [task for task, (first, last) in told.items() if surely_above(last, first, len(told))]
    return f"{len(risen)} of {len(told)} tasks ended above their first validation by more than chance"
