"""The small picture of a weighting method: its λ on the recorded run."""

import io
import json
from functools import cache

import numpy as np
import record_methods
import torch

import mtlkit as mk

# Ink that reads on the page's white and on its black.
INK = {"light": "#444444", "dark": "#bbbbbb"}


@cache
def recorded() -> dict:
    return json.loads(record_methods.FILE.read_text("utf-8"))


def weights(name: str) -> np.ndarray | None:
    """λ of each step and task, (steps, tasks): told by the recorded losses where they are enough, else as recorded;
    None where a method that needs a run of its own was not recorded."""
    if not record_methods.told_by_losses(name):
        kept = recorded()["methods"].get(name, {}).get("weights")
        return None if kept is None else np.array(kept, dtype=float)
    torch.manual_seed(record_methods.SEED)
    weighting, counts = record_methods.make(name), recorded()["counts"]
    weighting.setup(list(counts), list(counts.values()), steps_per_epoch=max(counts.values()) // record_methods.BATCH)
    losses = torch.tensor(np.array(recorded()["losses"], dtype=float))
    return np.array([weighting(step, ~step.isnan()).tolist() for step in losses])


def draw(lam: np.ndarray) -> dict[str, bytes]:
    """Theme → an SVG without a background: λ over the steps, a line for each task."""
    import matplotlib
    from matplotlib.figure import Figure

    ink, tasks = INK["light"], list(recorded()["counts"])
    look = {"text.color": ink, "axes.labelcolor": ink, "axes.edgecolor": ink, "xtick.color": ink, "ytick.color": ink}
    fixed = {"svg.hashsalt": "mtlkit", "svg.fonttype": "path", "font.size": 9}  # the same file each time
    with matplotlib.rc_context(look | fixed):
        figure = Figure(figsize=(5.8, 2.3))
        ax = figure.add_axes((0.11, 0.2, 0.68, 0.75))
        ax.spines[["top", "right"]].set_visible(False)
        for task, style, line in zip(tasks, mk.plots.task_style(tasks).values(), lam.T, strict=True):
            ax.plot(np.arange(1, len(line) + 1), line, color=style["color"], linestyle=style["linestyle"], label=task)
        ax.set(xlabel="step", ylabel="λ", xlim=(0, len(lam) + 1))
        if np.nanmin(lam) > 0 and np.nanmax(lam) > 30 * np.nanmin(lam):
            ax.set_yscale("log")
        if np.nanmax(lam) - np.nanmin(lam) < 0.05 * np.nanmax(lam):  # a constant is no zigzag
            ax.set_ylim(0, 1.3 * np.nanmax(lam))
        ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1.05), frameon=False)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    return {theme: file.getvalue().replace(ink, other).encode() for theme, other in INK.items()}


def described(lam: np.ndarray) -> str:
    """The picture in words."""
    ends = zip(recorded()["counts"], lam[0], lam[-1], strict=True)
    told = "; ".join(f"{task} {short(first)} at first, {short(last)} at last" for task, first, last in ends)
    return f"λ of each task over {len(lam)} steps: {told}."


def short(value: float) -> str:
    return f"{value:.3g}"
