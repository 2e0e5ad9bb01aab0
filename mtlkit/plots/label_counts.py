"""What a corpus holds: how often each label occurs, how numbers spread, how long texts are; a panel for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mtlkit.corpus import Corpus, as_corpus
from mtlkit.corpus.summary import has_names, label_counts, present_labels
from mtlkit.plots.style_guide import BLACK, GREY, alt, clean_axes, headline, number, percent, task_style

COLUMNS, MOST, BINS, LETTERS = 3, 8, 20, 16


def contents(corpus: Corpus | str, split: str = "train", other: str | None = "test") -> np.ndarray:
    """What a corpus holds: a panel for each task with labels in the split, and one for the texts' lengths in words.

    A bar is a label's share of all labels of its task, in tagging an entity's share of all entities. The commonest
    eight are shown. Numbers have a histogram, as shares of the rows.

    Args:
        corpus: a `Corpus` or its name.
        split: drawn as bars.
        other: a second split, drawn in black (None, or "test" where the corpus has no such split: nothing).

    Returns:
        The axes, an array (panels,).

    Raises:
        ValueError: an unknown corpus or split.
    """
    from mtlkit.utils.errors import unknown

    corpus = as_corpus(corpus)
    for name in (split,) if other in (None, "test") else (split, other):
        if name not in corpus.splits:
            raise ValueError(unknown("split", name, corpus.splits))
    parts = [corpus.splits[name] for name in (split, other) if name and name in corpus.splits]
    numbers = {
        task.name: [present_labels(part, task) for part in parts] for task in corpus.tasks if not has_names(task)
    }
    numbers = {name: each for name, each in numbers.items() if all(map(_are_numbers, each))}
    counts = {task.name: [label_counts(part, task) for part in parts] for task in corpus.tasks if has_names(task)}
    counts = {name: each for name, each in counts.items() if each[0]}
    tasks = [task for task in corpus.tasks if task.name in counts or task.name in numbers]
    axes = _panels(len(tasks) + 1)
    looks, skews = task_style([task.name for task in tasks]), {}
    for ax, task in zip(axes, tasks, strict=False):
        color = looks[task.name]["color"]
        if task.name in numbers:
            said = _histogram(ax, numbers[task.name], color, task.name)
            ax.set_xlabel("its number")
        else:
            said, skews[task.name] = _bars(ax, counts[task.name], color, task.name)
        alt(ax, f"{task.name}: {said}.")
    lengths = [[len((t if isinstance(t, str) else " ".join(t)).split()) for t in p.texts] for p in parts]
    said = _histogram(axes[-1], lengths, GREY, "texts")
    axes[-1].set_xlabel("words")
    alt(axes[-1], f"Length of texts: {said} words.")
    black = f", black {parts[1].name}" if len(parts) > 1 else ""
    headline(axes[0], f"{_finding(skews)} (bars {split}{black})", pad=24)
    return axes


def _are_numbers(labels: list) -> bool:
    return bool(labels) and all(isinstance(label, int | float) and not isinstance(label, bool) for label in labels)


def _panels(count: int) -> np.ndarray:
    import matplotlib
    import matplotlib.pyplot as plt

    grow = matplotlib.rcParams["font.size"] / 10
    columns = min(count, COLUMNS)
    rows = -(-count // columns)
    width, height = 0.4 + 3.0 * columns, 0.6 + 2.15 * rows
    space = {"left": 1.3 / width, "right": 1 - 0.25 / width, "top": 1 - 0.6 / height, "bottom": 0.5 / height}
    figure, axes = plt.subplots(
        rows,
        columns,
        squeeze=False,
        figsize=(width * grow, height * grow),
        gridspec_kw=space | {"wspace": 0.85, "hspace": 0.65},
    )
    figure.mtlkit_size = True  # ty: ignore[missing-attribute]  # a mark of ours, for `png`
    for spare in axes.ravel()[count:]:
        spare.remove()
    return axes.ravel()[:count]


def _bars(ax, counts: list, color: str, title: str) -> tuple[str, tuple[str, float, int]]:
    """The commonest labels' shares; gives them in words, and the commonest of all, its share, and how many labels there
    are."""
    first = counts[0]
    names = [name for name, _ in first.most_common(MOST)]
    shares = [np.array([c[name] for name in names]) / max(c.total(), 1) for c in counts]
    y = np.arange(len(names))
    ax.barh(y, shares[0], color=color, alpha=0.6)
    for share in shares[1:]:
        ax.vlines(share, y - 0.4, y + 0.4, color=BLACK, lw=2)
    cut = len(first) > MOST
    _frame(ax, f"{title}: {MOST} of {len(first)} labels" if cut else title, xlabel="share of its labels")
    ax.grid(False, axis="y")
    shown = [name if len(name) <= LETTERS else name[: LETTERS - 1] + "…" for name in names]
    ax.set_yticks(y, shown, fontsize="small", parse_math=False)
    ax.set(ylim=(len(names) - 0.4, -0.6), xlim=(0, None))
    said = ", ".join(f"{n} {percent(s)}" for n, s in zip(names, shares[0], strict=True))
    return said, (names[0], float(shares[0][0]), len(first))


def _histogram(ax, values: Sequence[Sequence[float]], color: str, title: str) -> str:
    """Shares of the values; gives their middle and spread in words."""
    edges = np.histogram_bin_edges(np.concatenate([np.asarray(v, dtype=float) for v in values]), BINS)
    for number_, of in enumerate(values):
        share = np.histogram(of, edges)[0] / max(len(of), 1)
        if number_ == 0:
            ax.stairs(share, edges, fill=True, color=color, alpha=0.6)
        else:
            ax.stairs(share, edges, color=BLACK, lw=1.4)
    _frame(ax, title, ylabel="share of rows")
    low, middle, high = np.percentile(values[0], [5, 50, 95])
    return f"middle {number(middle)}, nine of ten between {number(low)} and {number(high)}"


def _frame(ax, title: str, **labels: Any) -> None:
    clean_axes(ax, **labels)
    ax.annotate(
        title,
        (0.5, 1.0),
        (0, 3),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="center",
        va="bottom",
        parse_math=False,
    )


def _finding(skews: dict[str, tuple[str, float, int]]) -> str:
    if not skews:
        return "No labels to be unequal"
    task = max(skews, key=lambda name: skews[name][1] * skews[name][2])
    label, share, count = skews[task]
    return f"Most unequal: {task}, where {label} is {percent(share)} of {count} labels"
