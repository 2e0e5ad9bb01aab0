"""From where on an answer is better than "no answer"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from mtlkit.encoder.encoder import in_eval_mode
from mtlkit.evaluation.metrics import evaluation_outputs
from mtlkit.tasks import KINDS
from mtlkit.utils.errors import unknown

if TYPE_CHECKING:
    from mtlkit.corpus import Split
    from mtlkit.model import MultiTaskModel
    from mtlkit.tasks import Task


@torch.inference_mode()
def choose_threshold(model: MultiTaskModel, split: Split, task: str, batch_size: int = 64) -> float:
    """Find how sure the model must be of an answer to give it, where questions may have none.

    A question is answered where its best stretch lies that many logits above "no answer". Of all such thresholds the
    one with the best mean of the task's main metric is taken (of equals, the one next to 0); `model` answers by it from
    now on, and keeps it when it is saved.

    Args:
        model: its task gets the threshold.
        split: rows to choose by, e.g. `corpus.validation`; not those that the model is judged by afterwards.
        task: the name of a span task whose training rows have questions without answer.
        batch_size: texts read at once.

    Returns:
        The threshold, in logits.

    Raises:
        ValueError: an unknown task, one of a kind that always answers or whose questions always had an answer in
            training, or a split without labels of it.

    References:
        Rajpurkar et al. 2018, "Know what you don't know" (SQuAD 2.0), arXiv:1806.03822, section 5.
    """
    names = [t.name for t in model.tasks]
    if task not in names:
        raise ValueError(unknown("task", task, names))
    own = model.tasks[names.index(task)]
    if not own.spec.may_have_no_answer or len(own.labels or ()) < 2:
        able = ", ".join(name for name, kind in KINDS.items() if kind.may_have_no_answer)
        raise ValueError(
            f"Task {task!r} ({own.kind}) always answers: a threshold is for a task of kind {able}, some of whose "
            "training questions have no answer."
        )
    margins, gains = _what_answers_gain(model, split, replace(own, threshold=-1e30), batch_size)
    if not len(margins):
        raise ValueError(f"{split.name} has no labels of the task {task!r} to choose a threshold by.")
    best = _best_threshold(margins, gains)
    model.tasks = tuple(replace(t, threshold=best) if t.name == task else t for t in model.tasks)
    return best


def _what_answers_gain(model, split, task: Task, batch_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each question: its margin, and how much the metric of its row is higher with the answer than with none."""
    tokenized = model.tokenize(split, [task])
    margins, gains = [], []
    with in_eval_mode(model):
        for batch, outputs in evaluation_outputs(model, tokenized, [task], batch_size):
            if task.name not in outputs:
                continue
            output, target = outputs[task.name].float().cpu(), batch.targets[task.name]
            margins += task.spec.margins(output, target, task)
            for said, right in task.spec.predictions_and_targets(output, target, task):
                with_, without = (task.metrics([(text, right)])[task.main_metric] for text in (said, ""))
                gains.append(with_ - without)
    return np.array(margins), np.array(gains)


def _best_threshold(margins: np.ndarray, gains: np.ndarray) -> float:
    """The threshold above which the answers' gains sum to the most: midway between two margins."""
    order = np.argsort(-margins)
    margins, total = margins[order], np.concatenate([[0.0], np.cumsum(gains[order])])
    finite = margins[np.isfinite(margins)]
    if not len(finite):
        return 0.0
    between = np.concatenate([[finite[0] + 1], (finite[:-1] + finite[1:]) / 2, [finite[-1] - 1]])
    apart = np.concatenate([[True], finite[:-1] > finite[1:], [True]])  # no threshold parts equal margins
    sums = np.where(apart, total[: len(between)], -np.inf)
    good = np.flatnonzero(sums >= sums.max() - 1e-9)
    return float(between[good[np.abs(between[good]).argmin()]])
