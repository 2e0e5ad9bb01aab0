"""The metrics of two runs side by side, as HTML."""

from __future__ import annotations

import html

from mtlkit.evaluation.intervals import FEWEST
from mtlkit.experiments.paired_runs import Lockstep
from mtlkit.widgets.controls import INK, line
from mtlkit.widgets.status_html import mark


class Verdict:
    """A row for each task: its main metric in A, in B, the difference, its interval over seeds; as `widget`, whose
    height nothing changes. finding: the last table in a sentence."""

    def __init__(self, pair: Lockstep):
        import matplotlib

        self.pair, self.finding = pair, ""
        size = round(1.4 * matplotlib.rcParams["font.size"])  # grows with the figures
        self.widget = line("auto", f"{size}px")
        self.widget.layout.height = f"{round(1.5 * size * (len(pair.metrics()) + 1) + 12)}px"
        self.clear()

    def clear(self) -> None:
        """No numbers yet."""
        self.finding = ""
        self._fill({}, "over seeds")

    def show(self, table) -> None:
        """A table as `Lockstep.table` gives it."""
        rows = {row["task"]: row for row in table.to_dict("records")}
        count = int(table["seeds"].max()) if "seeds" in table and len(table) else None
        self._fill(rows, f"over {count} seeds" if count else "over seeds", ", mean of the seeds" if count else "")
        self.finding = _finding(rows, self.pair.done == self.pair.steps, count)

    def _fill(self, rows: dict[str, dict], interval: str, mean: str = "") -> None:
        from mtlkit.plots.style_guide import task_style

        metrics, looks = self.pair.metrics(), task_style(list(self.pair.metrics()))
        cell = 'style="text-align:right; padding:0 0 0 1.6em; min-width:4em; white-space:nowrap"'
        heads = [
            f"95 % interval {interval}" if head == "interval" else head for head in ("A", "B", "B − A", "interval")
        ]
        lines = [
            f'<th style="text-align:left">{self._where()}{mean}</th>' + "".join(f"<th {cell}>{h}</th>" for h in heads)
        ]
        for task, metric in metrics.items():
            row = rows.get(task, {})
            ends = [_number(row.get(end), signed=True) for end in ("low", "high")]
            cells = [_number(row.get("a")), _number(row.get("b")), _number(row.get("difference"), signed=True)]
            cells.append("–" if "–" in ends else f"{ends[0]} to {ends[1]}")
            named = html.escape(f"{task} {metric.replace('_', ' ')}")
            lines.append(
                f"<td>{mark(looks[task]['color'])} {named}</td>" + "".join(f"<td {cell}>{c}</td>" for c in cells)
            )
        look = "border-collapse:collapse; line-height:1.5; font-size:inherit; font-variant-numeric:tabular-nums"
        self.widget.value = f'<table style="{INK}; {look}">{"".join(f"<tr>{one}</tr>" for one in lines)}</table>'

    def _where(self) -> str:
        try:
            return f"On {html.escape(self.pair.split)} rows"
        except ValueError:  # there are none; who asks for the table is told
            return "Metric"


def _finding(rows: dict[str, dict], finished: bool, seeds: int | None) -> str:
    when = "" if finished else "So far: "
    if seeds is None:
        return f"{when}{'one' if when else 'One'} seed alone decides nothing: “Over seeds” says how much is chance."
    if seeds < FEWEST:
        return f"Means of {seeds} seeds; fewer than {FEWEST} decide nothing."
    clear = [f"{'B' if row['low'] > 0 else 'A'} on {t}" for t, row in rows.items() if row["low"] > 0 or row["high"] < 0]
    said = ", ".join(clear) or f"no one on any of {len(rows)} tasks"
    return f"Ahead over {seeds} seeds, by more than chance: {said}."


def _number(value: float | None, signed: bool = False) -> str:
    """Three decimals of a metric; a dash where it is undefined or not known."""
    if value is None or value != value:
        return "–"
    shown = f"{round(value, 3) + 0.0:+.3f}" if signed else f"{round(value, 3) + 0.0:.3f}"
    return shown.replace("-", "−")
