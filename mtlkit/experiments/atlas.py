"""Atlas: a map of trainings over two settings of a weighting, hundreds of them as one batched computation."""

from __future__ import annotations

import inspect
import itertools
import math
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from mtlkit.corpus import Corpus, as_corpus
from mtlkit.experiments.vectorized import Trainings
from mtlkit.model import MultiTaskModel
from mtlkit.tasks import Task
from mtlkit.training.arguments import check_numbers, check_rates
from mtlkit.training.history import History
from mtlkit.training.optimizer import schedule
from mtlkit.training.run import Run
from mtlkit.utils.errors import unknown
from mtlkit.weighting import METHODS, Weighting

if TYPE_CHECKING:
    import pandas


def atlas(
    model: MultiTaskModel,
    corpus: Corpus | str,
    method: type[Weighting] | str = "sigmoid",
    *,
    steps: int = 300,
    batch_size: int = 32,
    trunk: int = 16,
    lr: float = 1e-2,
    seeds: int = 1,
    split: str = "validation",
    **settings: Any,
) -> Atlas:
    """Train once for each pair of two settings of a weighting: `atlas(model, corpus, mk.Sigmoid, alpha=…, beta=…)`.

    The trainings differ from a `Run` in this: the encoder is frozen, a shared layer lies between it and the heads, and
    there is no dropout. AdamW, warm-up, decay and clipping are those of `Run`.

    Args:
        model: its encoder is read once and stays as it is; its tasks are trained anew.
        corpus: a `Corpus` or its name.
        method: a class or name, of a method that needs the losses alone.
        steps: of each training.
        batch_size: rows a step.
        trunk: width of the shared layer.
        lr: peak learning rate.
        seeds: trainings per cell, of seed 0, 1, …: two or more tell noise from difference.
        split: where the main metrics are measured at the end.
        **settings: of the method. The two given as lists or arrays of numbers are the axes; others hold everywhere.

    Returns:
        The map.

    Raises:
        ValueError: axes that aren't two, a value that isn't finite, a task that reads words (tagging, mlm), an unknown
            method or one that needs more than the losses, and a map too large for the memory, with one that fits.
    """
    check_numbers(steps=steps, batch_size=batch_size, trunk=trunk, seeds=seeds)
    check_rates(lr=lr)
    if isinstance(method, str):
        if method not in METHODS:
            raise ValueError(unknown("weighting", method, METHODS))
        method = METHODS[method].cls
    corpus = as_corpus(corpus)
    axes, rest = _axes(settings, method)
    _only_pooled(model.tasks)
    runs = [{**rest, **dict(zip(axes, pair, strict=True))} for pair in itertools.product(*axes.values())]
    _check_memory(model, axes, steps, batch_size, trunk, seeds)
    started = time.perf_counter()
    options = {"steps": steps, "batch_size": batch_size, "trunk": trunk, "lr": lr, "split": split}
    trainings = Trainings(model, corpus, method, runs, **options)
    found = [trainings.train(seed) for seed in range(seeds)]
    shape = (seeds, *map(len, axes.values()))
    losses, weights, scores = (
        torch.stack(part).numpy().reshape(*shape, *part[0].shape[1:]) for part in zip(*found, strict=True)
    )
    return Atlas(axes, losses, weights, scores, trainings, time.perf_counter() - started)


class Atlas:
    """What `atlas` gives: a grid of trainings.

    Attributes:
        axes: the two settings, name → values.
        losses: (seeds, first, second, steps, tasks), NaN where a task was absent.
        weights: λ, of the same shape.
        scores: (seeds, first, second, tasks), the main metric at the end; NaN where a training broke, 0 for the
            correlation of an answer that is the same for every text.
        tasks: their names.
        metrics: the main metric of each.
        seconds: what it took.
    """

    def __init__(
        self,
        axes: dict[str, np.ndarray],
        losses: np.ndarray,
        weights: np.ndarray,
        scores: np.ndarray,
        trainings: Trainings,
        seconds: float,
    ):
        self.axes, self.losses, self.weights, self.seconds = axes, losses, weights, seconds
        self.scores, self.trainings = scores, trainings
        self.tasks = tuple(t.name for t in trainings.tasks)
        self.metrics = tuple(t.main_metric for t in trainings.tasks)

    @property
    def maps(self) -> dict[str, str]:
        """The maps there are: name → what it shows."""
        told = {
            "mean": "mean of the tasks' main metrics",
            "worst": "the task that is furthest below its own best on the map: by how much",
            "spread": "how unequally far below their own best the tasks are (highest less lowest)",
        }
        told |= {task: f"{task}: {metric}" for task, metric in zip(self.tasks, self.metrics, strict=True)}
        return told | {f"λ {task}": f"λ of {task}, mean of the last tenth of the steps" for task in self.tasks}

    def map(self, what: str = "mean") -> np.ndarray:
        """One number for each cell.

        Args:
            what: a name of `maps`.

        Returns:
            (first axis, second axis): the mean over the seeds; NaN where a training broke.

        Raises:
            ValueError: there is no such map.
        """
        return self._each(what).mean(axis=0)

    def _each(self, what: str) -> np.ndarray:
        if what not in self.maps:
            raise ValueError(unknown("map", what, self.maps))
        if what in self.tasks:
            return self.scores[..., self.tasks.index(what)]
        if what.startswith("λ "):
            end = self.weights[..., -max(1, self.weights.shape[3] // 10) :, self.tasks.index(what[2:])]
            counted = np.isfinite(end).sum(axis=-1)
            return np.divide(np.nansum(end, axis=-1), counted, out=np.full(counted.shape, np.nan), where=counted > 0)
        if what == "mean":
            return self.scores.mean(axis=-1)
        short = self.scores - np.fmax.reduce(self.scores.mean(axis=0), axis=(0, 1))
        return short.min(axis=-1) if what == "worst" else short.max(axis=-1) - short.min(axis=-1)

    def best(self, what: str = "mean") -> dict[str, float]:
        """The settings of the cell that is highest on a map ("spread": lowest).

        Args:
            what: a name of `maps`.

        Returns:
            Setting → value.

        Raises:
            ValueError: there is no such map, or every training broke.
        """
        found = self.map(what) * (-1 if what == "spread" else 1)
        if np.isnan(found).all():
            raise ValueError(f"Every training of this atlas broke: no cell is best on the map {what!r}.")
        cell = np.unravel_index(np.nanargmax(found), found.shape)
        return {name: float(values[i]) for (name, values), i in zip(self.axes.items(), cell, strict=True)}

    def as_good(self, what: str = "mean") -> np.ndarray | None:
        """Which cells are as good as the best within the noise of seeds.

        The noise is what is left of a cell's scores when its mean and the seed's mean are taken away, pooled over the
        cells; a cell counts while it is less than two standard errors of a difference below the best.

        Args:
            what: a name of `maps`.

        Returns:
            bool (first axis, second axis); None of a single seed.

        Raises:
            ValueError: there is no such map.
        """
        each = self._each(what) * (-1 if what == "spread" else 1)
        seeds = len(each)
        if seeds < 2:
            return None
        if np.isnan(each.mean(0)).all():  # every training broke
            return np.zeros(each.shape[1:], dtype=bool)
        rest = each - each.mean(0) - np.nanmean(each, axis=(1, 2), keepdims=True) + np.nanmean(each)
        cells = np.isfinite(each).all(0).sum()
        noise = math.sqrt(np.nansum(rest**2) / max((seeds - 1) * (cells - 1), 1))
        return each.mean(0) >= np.nanmax(each.mean(0)) - 2 * noise * math.sqrt(2 / seeds)

    def cell(self, **settings: float) -> tuple[int, int]:
        """The cell nearest to these values of the two settings.

        Args:
            **settings: a value of each axis.

        Returns:
            Its place on the first and the second axis.

        Raises:
            ValueError: an axis that is not there, or one without a value.
        """
        for name in settings:
            if name not in self.axes:
                raise ValueError(unknown("axis", name, self.axes))
        missing = [name for name in self.axes if name not in settings]
        if missing:
            raise ValueError(f"Give a value for {' and '.join(missing)}, too.")
        first, second = (int(np.abs(values - settings[name]).argmin()) for name, values in self.axes.items())
        return first, second

    def history(self, seed: int = 0, **settings: float) -> History:
        """What a `Run` would have recorded at one cell, validations left out.

        Args:
            seed: which of the cell's trainings.
            **settings: a value of each axis; the nearest cell is taken.

        Returns:
            A new history.

        Raises:
            ValueError: as `cell` says.
        """
        (first, second), plan, index = self.cell(**settings), self.trainings, self._number(**settings)
        about: dict[str, Any] = {"weighting": {"name": plan.method.name, **plan.method(**plan.runs[index]).settings}}
        about |= {"counts": dict(zip(self.tasks, plan.counts, strict=True)), "seed": seed, "steps": plan.steps}
        numbers = range(1, plan.steps + 1)
        return History.from_arrays(
            self.tasks,
            self.losses[seed, first, second],
            self.weights[seed, first, second],
            settings=about,
            lr=[plan.lr * schedule(number, plan.steps) for number in numbers],
            examples=[number * plan.batch_size for number in numbers],
        )

    def run(self, seed: int = 0, **settings: float) -> Run:
        """The training of one cell as a `Run` through the frozen encoder: the same losses and λ, to watch or steer.

        Args:
            seed: which of the cell's trainings.
            **settings: a value of each axis; the nearest cell is taken.

        Returns:
            A new run, at step 0.

        Raises:
            ValueError: as `cell` says.
        """
        return self.trainings.run(self._number(**settings), seed)

    def _number(self, **settings: float) -> int:
        return int(np.ravel_multi_index(self.cell(**settings), tuple(map(len, self.axes.values()))))

    def frame(self) -> pandas.DataFrame:
        """A pandas table: one row for each cell, seed and task, with the two settings, the metric and its value."""
        import pandas as pd

        names = ["seed", *self.axes, "task"]
        levels = [range(len(self.scores)), *self.axes.values(), self.tasks]
        table = pd.Series(self.scores.ravel(), pd.MultiIndex.from_product(levels, names=names), name="value")
        table = table.reset_index()
        return table.assign(metric=table["task"].map(dict(zip(self.tasks, self.metrics, strict=True))))

    def __repr__(self) -> str:
        size = " × ".join(f"{len(values)} {name}" for name, values in self.axes.items())
        return f"Atlas({size}, {len(self.scores)} seeds, {self.trainings.steps} steps, {self.seconds:.1f} s)"


def _axes(settings: dict, method: type[Weighting]) -> tuple[dict[str, np.ndarray], dict]:
    """(the two settings given as several numbers, the others)."""
    known = inspect.signature(method).parameters
    for name in settings:
        if name not in known:
            raise ValueError(unknown(f"{method.name!r} setting", name, known))
    axes = {n: v for n, v in settings.items() if isinstance(v, list | range | np.ndarray | Tensor)}
    if len(axes) != 2:
        raise ValueError(
            f"An atlas has two axes: give two settings as lists of numbers, found {len(axes)} "
            f"({', '.join(axes) or 'none'})."
        )
    for name, values in axes.items():
        values = axes[name] = np.asarray(values, dtype=float).ravel()
        if not len(values):
            raise ValueError(f"The axis {name} has no value: give it some, as in {name}=[0.0, 0.5, 1.0].")
        if not np.isfinite(values).all() or len(set(values)) < len(values):
            raise ValueError(f"The axis {name} needs finite numbers, each once; found {values.tolist()}.")
        axes[name] = np.sort(values)
    return axes, {n: v for n, v in settings.items() if n not in axes}


def _only_pooled(tasks: Sequence[Task]) -> None:
    for task in tasks:
        if not task.spec.writes("score"):
            raise ValueError(
                f"An atlas trains on one vector a text, and task {task.name!r} ({task.kind}) reads each word's. "
                "Leave it out: MultiTaskModel(encoder, corpus.only([…]).tasks)."
            )


def _check_memory(model, axes, steps: int, batch_size: int, trunk: int, seeds: int) -> None:
    """ValueError if the map would need more memory than is free, saying what would fit."""
    import psutil

    cells = math.prod(map(len, axes.values()))
    outputs = sum(max(len(t.labels or ()), 1) for t in model.tasks)
    parameters = trunk * (model.encoder.hidden_size + 1) + outputs * (trunk + 1)
    passing = 6 * batch_size * (trunk + outputs)  # activations and their gradients
    kept = 2 * steps * len(model.tasks) * (seeds + 1)
    needed, free = 4 * cells * (5 * parameters + passing + kept), psutil.virtual_memory().available
    if needed > free:
        fits = math.isqrt(int(cells * free / needed))
        raise ValueError(
            f"This map of {cells:,} cells would need about {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free. "
            f"{fits} × {fits} cells would fit, or a smaller trunk than {trunk}."
        )
