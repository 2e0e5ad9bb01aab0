"""Two runs on the same axes: a task keeps its colour and marker, run A is solid, run B dashed and hollow."""

from __future__ import annotations

import inspect

import numpy as np

from mtlkit.training.run import Run
from mtlkit.widgets.status_html import change
from mtlkit.widgets.throttle import shown_steps

DASHES = (0, (4, 1.6))
MARKS = 9  # along a line: tasks of the same colour differ by them


class Overlay:
    """The figure of two runs "A" and "B" of the same tasks, made once and then updated as often as wanted."""

    def __init__(self, runs: dict[str, Run]):
        from mtlkit.plots import LossesAndWeights
        from mtlkit.plots.style_guide import label_margin, new_figure

        self.runs, self.tasks = runs, runs["A"].tasks
        extra = max(0.0, 0.17 * len(self.tasks) - 1.5)  # room for a label per task beside the lower axes
        ax = new_figure(8.6, 5.6 + 2.5 * extra, rows=(3, 2), right=label_margin(self.tasks, 15), top=0.75)
        self.parts = {name: LossesAndWeights(self.tasks, ax=ax) for name in runs}
        self.axes, self.figure = ax, ax[0].figure
        for name, part in self.parts.items():
            for lines in part.lines:
                for line in lines.values():
                    look = {"ls": "-"} if name == "A" else {"ls": DASHES, "mfc": "white"}
                    line.set(markersize=0.8 * line.get_markersize(), **look)
        self.keys = {}
        self.update()

    def update(self) -> None:
        """Draws the two histories as they are now."""
        until = shown_steps(max(run.done for run in self.runs.values()), self.runs["A"].steps)
        limits = []
        for name, part in self.parts.items():
            part.update(self.runs[name].history, until=until)
            limits.append([(*ax.get_ylim(), ax.get_yscale()) for ax in self.axes])
            self._restyle(part)
        self._scale(*zip(*limits, strict=True))
        for which in (0, 1):
            self._label(which)
        self._name_runs()
        self._say()

    def _restyle(self, part) -> None:
        """Without the raw values, which are much the same in both; with a few markers."""
        for raw, lines in zip(part.raw, part.lines, strict=True):
            for task, line in lines.items():
                raw[task].set_data([], [])
                line.set_marker(part.looks[task]["marker"])
                line.set_markevery(max(1, -(-len(line.get_xdata()) // MARKS)))

    def _scale(self, top: tuple, bottom: tuple) -> None:
        """Axes that hold both runs: each run alone set its own."""
        from mtlkit.plots.style_guide import set_range

        low, high = min(low for low, _, _ in top), max(high for _, high, _ in top)
        log = any(scale == "log" for _, _, scale in top)
        if log:
            drawn = np.concatenate([self._values(name, 0, task) for name in self.runs for task in self.tasks])
            low = 10 ** (np.floor(4 * np.log10(drawn[drawn > 0].min() / 1.2)) / 4)  # in coarse steps: it seldom moves
        set_range(self.axes[0], "y", low, high, log=log)
        self.axes[1].set_ylim(min(low for low, _, _ in bottom), max(high for _, high, _ in bottom))

    def _values(self, name: str, which: int, task: str) -> np.ndarray:
        return np.asarray(self.parts[name].lines[which][task].get_ydata(), dtype=float)

    def ends(self, which: int) -> dict[str, tuple[float, float]]:
        """Task → what the drawn line of A and that of B end on; which: 0 for losses, 1 for λ."""
        each = {task: [self._values(name, which, task) for name in "AB"] for task in self.tasks}
        return {task: (float(a[-1]), float(b[-1])) for task, (a, b) in each.items() if len(a) and len(b)}

    def _label(self, which: int) -> None:
        from mtlkit.plots.style_guide import number

        a, b = (self.parts[name] for name in "AB")
        ends = {}
        for task, (one, two) in self.ends(which).items():
            x = a.lines[which][task].get_xdata()[-1]
            ends[task] = (x, one, f"{task} A {number(one)} B {number(two)}")
        a.labels[which].update(ends)
        b.labels[which].update({})

    def _name_runs(self) -> None:
        """The key above the upper axes; made anew only where a setting changed."""
        from matplotlib.lines import Line2D

        from mtlkit.plots.style_guide import GREY

        keys = described(self.runs)
        if keys == self.keys:
            return
        self.keys = keys
        lines = [
            Line2D([], [], color=GREY, ls=style, label=f"{name}: {keys[name]}")
            for name, style in (("A", "-"), ("B", DASHES))
        ]
        shrink = min(1.0, 88 / max(len(str(line.get_label())) for line in lines))  # letters that fit above the axes
        place = {"loc": "lower left", "bbox_to_anchor": (-0.01, 1.0), "borderaxespad": 0.1, "borderpad": 0.2}
        legend = self.axes[0].legend(handles=lines, frameon=False, handlelength=3.0, labelspacing=0.2, **place)
        for text in legend.get_texts():
            text.set(parse_math=False, size=shrink * _points("small"))

    def _say(self) -> None:
        from mtlkit.plots import alt
        from mtlkit.plots.findings import losses_compared, weights_compared
        from mtlkit.plots.style_guide import headline, number

        losses, weights = self.ends(0), self.ends(1)
        top, bottom = self.axes
        key = f"A: {self.keys['A']}. B: {self.keys['B']}."
        if not losses:
            headline(top, "No step yet", pad=self._above())
            headline(bottom, "")
            alt(top, f"Empty axes for the losses and weights of two runs. {key} No step yet.")
            alt(bottom, "")
            return
        headline(top, losses_compared(*self._recorded("losses")), pad=self._above())
        marks = any(part.marks for part in self.parts.values())
        finding = weights_compared(*self._recorded("weights"))
        headline(bottom, finding, pad=17 if marks else 7)  # the changes' names lie between
        said = [
            "; ".join(f"{task} {number(a)} in A, {number(b)} in B" for task, (a, b) in ends.items())
            for ends in (losses, weights)
        ]
        steps = min(run.done for run in self.runs.values())
        alt(top, f"Losses of two runs over {steps} steps. {key} At the end: {said[0]}.")
        alt(bottom, f"Their weights λ on the same steps. At the end: {said[1]}.")

    def _recorded(self, what: str) -> list[dict[str, np.ndarray]]:
        """Of A and of B: task → its values in the steps that both have done."""
        from mtlkit.plots.losses_weights import recorded

        done = min(run.done for run in self.runs.values())
        histories = [self.runs[name].history for name in "AB"]
        return [recorded(history, getattr(history, what)(), until=done) for history in histories]

    def _above(self) -> float:
        """Points between axes and headline, for the key's two lines."""
        return 6 + 2 * 1.55 * _points("small")


def described(runs: dict[str, Run]) -> dict[str, str]:
    """Run → its weighting in words: the settings that differ, or those that it was given; and how they changed."""
    methods = {name: dict(run.history.settings["weighting"]) for name, run in runs.items()}
    a, b = methods.values()
    found = {}
    for name, run in runs.items():
        method = methods[name]
        signature = inspect.signature(type(run.weighting)).parameters
        differ = {k for k in a.keys() & b.keys() if a[k] != b[k]} if a["name"] == b["name"] else set()
        told = differ or {k for k in method if k in run.weighting.controls or method[k] != _default(signature, k)}
        parts = [change(k, v) for k, v in method.items() if k != "name" and k in told]
        moved = [f"from step {e['step']} {change(e['setting'], e['value'])}" for e in run.history.events]
        parts += moved[:2] + (["…"] if len(moved) > 2 else [])
        found[name] = f"{method['name']} {', '.join(parts)}".strip()
    return found


def _default(signature, name: str):
    return signature[name].default if name in signature else None


def _points(size: str) -> float:
    from matplotlib.font_manager import FontProperties

    return FontProperties(size=size).get_size_in_points()
