"""A step of a replay in words and numbers, as HTML."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence

from mtlkit.experiments.recording import Moment, Playback
from mtlkit.widgets.controls import INK, line
from mtlkit.widgets.status_html import change, mark


class Told:
    """The present step of `playback`, as `widget`; of a height that no step changes. width: of it, in pixels."""

    def __init__(self, playback: Playback, width: float):
        import matplotlib

        size = round(1.4 * matplotlib.rcParams["font.size"])  # grows with the figures
        self.widget = line("auto", f"{size}px")
        self.shares = [bool(len(run.shares)) for run in playback.runs]
        turns = {playback.first, *(event["step"] for run in playback.runs for event in run.events)}
        each = zip(*(playback.at(turn) for turn in turns), strict=True)
        longest = [max(len(", ".join(_settings(moment))) for moment in one) for one in each]
        letters = width / (0.55 * size)  # on a line
        lines = 1 + len(playback.runs[0].tasks) + sum(1 + math.ceil((n + 25) / letters) for n in longest)
        self.widget.layout.height = f"{round(1.5 * size * lines + 14)}px"
        self.update(playback.step, playback.at())

    def update(self, step: int, moments: Sequence[Moment]) -> None:
        names = ("This run", "The other") if len(moments) > 1 else ("Weighting",)
        said = "".join(
            f"<div>{_in_force(name, step, moment)}</div>" for name, moment in zip(names, moments, strict=True)
        )
        # As wide as the panel, however wide the table: no text wraps beyond what is seen.
        style = f"{INK}; line-height:1.5; width:0; min-width:100%; height:100%; overflow:auto"
        self.widget.value = f'<div style="{style}">{_table(step, moments, self.shares)}{said}</div>'


def _table(step: int, moments: Sequence[Moment], shares: Sequence[bool]) -> str:
    """A row for each task: loss and λ of each run, their difference, shares of the shared gradient."""
    from mtlkit.plots.style_guide import number, task_style

    this, two = moments[0], len(moments) > 1
    heads = ["loss", "(other)", "λ", "(other)", "λ − other"] if two else ["loss", "λ"]
    each = list(zip(moments, shares, strict=True))
    heads += [_measured("(other)" if i else "gradient share", m) for i, (m, there) in enumerate(each) if there]
    cell = 'style="text-align:right; padding:0 0 0 1em; min-width:3.6em"'
    rows = [f'<th style="text-align:left">Step {step}</th>' + "".join(f"<th {cell}>{head}</th>" for head in heads)]
    looks = task_style(list(this.losses))
    for task in this.losses:
        lam = [moment.weights[task] for moment in moments]
        cells = [number(moment.losses[task]) for moment in moments] + [number(value) for value in lam]
        cells += [_signed(lam[0] - lam[1])] if two else []
        cells += [_share(moment, task) for moment, there in each if there]
        absent = this.recorded and math.isnan(this.losses[task])
        note = ' title="No label for it in the batch of this step"' if absent else ""
        rows.append(
            f"<td>{mark(looks[task]['color'])} {html.escape(task)}</td>"
            + "".join(f"<td {cell}{note}>{c}</td>" for c in cells)
        )
    look = "border-collapse:collapse; line-height:1.5; font-size:inherit; white-space:nowrap"
    look += "; font-variant-numeric:tabular-nums"
    return f'<table style="{look}">{"".join(f"<tr>{row}</tr>" for row in rows)}</table>'


def _in_force(name: str, step: int, moment: Moment) -> str:
    """The settings that acted at the step, and what changed last."""
    settings = html.escape(", ".join(_settings(moment))) or "no settings recorded"
    over = "" if moment.recorded else f" (has no step {step})"
    event = moment.event
    last = "nothing changed so far"
    if event:
        who = f"by {event['who']} at step {event['step']}"
        last = f"last changed {who}: {change(event['setting'], event['value'], list(moment.losses))}"
    return f"<b>{name}</b>{over}: {settings}<div>&emsp;{html.escape(last)}</div>"


def _settings(moment: Moment) -> list[str]:
    settings = dict(moment.settings)
    named = [settings.pop("name")] if "name" in settings else []
    return named + [change(name, value, list(moment.losses)) for name, value in settings.items()]


def _signed(value: float) -> str:
    from mtlkit.plots.style_guide import number

    return ("+" if value > 0 else "") + number(value)


def _measured(head: str, moment: Moment) -> str:
    """With the step before which it was measured: that may be some steps ago."""
    return head if moment.measured is None else f"{head}, step {moment.measured}"


def _share(moment: Moment, task: str) -> str:
    from mtlkit.plots.style_guide import percent

    return html.escape(percent(moment.shares[task])) if task in moment.shares else "–"
