"""What panels say of a run beside the picture: progress, metrics, shares of the gradient, settings; and its code."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from types import SimpleNamespace

from mtlkit.training.history import History
from mtlkit.training.run import Run
from mtlkit.widgets.controls import ALARM, INK

_TILE, _VALUE = 'style="margin-right:1em; white-space:nowrap"', 'style="display:inline-block; min-width:2.6em"'


def progress(run: Run | SimpleNamespace, status: str, pace: float | None) -> str:
    """One line and a bar; pace: seconds a step just now, None while nothing runs."""
    parts = [f"<b>{status}</b>", f"step {run.done} of {run.steps}"]
    if run.done:
        parts.append(f"{_clock(run.seconds)} min")
    if run.done and pace:
        parts.append(f"{_clock((run.steps - run.done) * pace)} to go")
    bar = f'<div style="width:{100 * run.done / run.steps:.1f}%; height:5px; background:#0072B2"></div>'
    style = f"{INK}; line-height:1.4; white-space:nowrap; font-variant-numeric:tabular-nums"
    groove = f'<div style="background:var(--jp-border-color2, #ddd)">{bar}</div>'
    return f'<div style="{style}">{" · ".join(parts)}</div>{groove}'


def notice(text: str, alarm: bool = False) -> str:
    """A sentence of fixed height; an alarm is read out at once."""
    color, role = (ALARM, "alert") if alarm else (INK, "status")
    style = f"{color}; height:40px; overflow-y:auto; line-height:1.35"
    return f'<div role="{role}" style="{style}">{html.escape(text)}</div>'


def change(setting: str, value, tasks: Sequence[str] = ()) -> str:
    """A setting and its value in words; of one number per task each with its task, where it is known."""
    from mtlkit.plots.losses_weights import SYMBOLS

    if isinstance(value, list | tuple) and len(value) == len(tasks):
        value = dict(zip(tasks, value, strict=True))
    if isinstance(value, dict):
        shown = f"({', '.join(f'{task} {_short(one)}' for task, one in value.items())})"
    elif isinstance(value, list | tuple):
        shown = f"({', '.join(map(_short, value))})"
    else:
        shown = _short(value)
    return f"{SYMBOLS.get(setting, setting)} = {shown}"


def _short(value) -> str:
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:g}".replace("-", "−") if plain else str(value)


def scores(run: Run) -> str:
    """Each task's main metric at the last validation that had it; a dash before."""
    table = run.history.metrics()
    last = dict(zip(zip(table["task"], table["metric"], strict=True), table["value"], strict=True))
    tiles = []
    for task in run.model.tasks:
        found = last.get((task.name, task.main_metric), math.nan)
        value = "–" if math.isnan(found) else f"{found:.2f}".replace("-", "−")
        what = html.escape(f"{task.name} {task.main_metric.replace('_', ' ')}")
        tiles.append(f"<span {_TILE}>{what} <b {_VALUE}>{value}</b></span>")
    when = f"at step {table['step'].max()}" if len(table) else "none yet"
    return f'<div style="{INK}; line-height:1.5">Validation {when}: {" ".join(tiles)}</div>'


def share_bar(history: History) -> str:
    """Each task's share of the shared encoder's gradient, as it was measured last: a bar, and the numbers under it."""
    from mtlkit.plots.style_guide import percent, task_style

    table = history.shares()
    last = table[table["step"] == table["step"].max()]
    looks = task_style(history.tasks)
    parts, names = [], []
    for row in last.itertuples():
        color, name = looks[row.task]["color"], html.escape(row.task)
        rim = "border-right:1px solid white; box-sizing:border-box"
        parts.append(f'<div title="{name}" style="width:{100 * row.share:.1f}%; background:{color}; {rim}"></div>')
        names.append(f"<span {_TILE}>{mark(color)} {name} <b {_VALUE}>{percent(row.share)}</b></span>")
    when = f" before step {last['step'].iloc[0]}" if len(last) else ""
    said = " ".join(names) or "not measured yet"
    bar = f'<div style="display:flex; height:10px; background:var(--jp-border-color2, #ddd)">{"".join(parts)}</div>'
    return f'{bar}<div style="{INK}; line-height:1.6">Share of the shared gradient{when}: {said}</div>'


def mark(color: str) -> str:
    """A small square in a task's colour, before its name."""
    return f'<span style="display:inline-block; width:0.7em; height:0.7em; background:{color}"></span>'


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"
