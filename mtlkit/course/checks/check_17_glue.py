"""Notebook 17: Matthews' correlation by hand, GLUE's average, and MultiRC's exact match."""

from __future__ import annotations

import math

import torch

from mtlkit.course.checks.base import exercise
from mtlkit.course.checks.compare import Idea, judge_function, judge_number


@exercise(
    hints=(
        "Matthews' correlation is what agrees minus what disagrees, over the root of the four margins' product.",
        "Above: 270 · 30 − 80 · 20. Below: the root of 350 · 290 · 110 · 50.",
    ),
    solution="""
tp, fn, fp, tn = 270, 20, 80, 30
above = tp * tn - fp * fn
below = ((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)) ** 0.5
matthews = above / below
""",
)
def matthews(answer):
    """Give Matthews' correlation of 400 answers: of 290 acceptable sentences 270 were called so, of 110 unacceptable
    ones 30 were found out."""
    tp, fn, fp, tn = 270, 20, 80, 30
    margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    judge_number(
        answer,
        (tp * tn - fp * fn) / math.sqrt(margins),
        [
            Idea("accuracy", "That is the accuracy, which the frequent class carries.", (tp + tn) / 400),
            Idea(
                "f1",
                "That is the F1 of the acceptable sentences. It never asks about the 30 found out.",
                0.84375,
            ),
            Idea("not-normalised", "That is what stands above the line. Divide by the root of the margins.", 6500),
            Idea("root-forgotten", "You divide by the product of the margins itself: take its root.", 6500 / margins),
            Idea(
                "added", "Above the line the disagreement is taken off: tp · tn − fp · fn.", 9700 / math.sqrt(margins)
            ),
            Idea("sign", "The sign is swapped: agreement counts up, tp · tn first.", -6500 / math.sqrt(margins)),
            Idea(
                "balanced-accuracy",
                "That is the mean of both classes' recall (or twice that less 1). It is a good remedy, too, but "
                "Matthews also asks how far each *answer* can be trusted.",
                (0.6019, 0.2038),
            ),
        ],
        "Matthews' correlation",
    )
    return "0.75 of accuracy, 0.84 of F1, and yet only 0.28: most of the unacceptable sentences went through."


@exercise(
    hints=(
        "First one number per task, then the mean over tasks.",
        "cola 40, sst2 92, mrpc (92 + 84) / 2, stsb (84 + 80) / 2, rte 66; then divide by five.",
    ),
    solution="""
glue_average = (40 + 92 + (92 + 84) / 2 + (84 + 80) / 2 + 66) / 5
""",
)
def glue_average(answer):
    """Give the average, in points of 100, as GLUE's leaderboard takes it: cola Matthews 40 (accuracy 76), sst2 accuracy
    92, mrpc F1 92 and accuracy 84, stsb Pearson 84 and Spearman 80, rte accuracy 66."""
    judge_number(
        answer,
        73.6,
        [
            Idea(
                "mean-of-metrics",
                "You average all seven numbers, so that mrpc and stsb count twice. A task with two metrics has their "
                "mean as its score.",
                538 / 7,
            ),
            Idea("one-metric-each", "You leave one of two metrics out. mrpc and stsb count with both.", (74.8, 72.4)),
            Idea("colas-accuracy", "cola is judged by Matthews, not by its accuracy.", (80.8, (538 + 36) / 7)),
            Idea("by-rows", "You weigh tasks by their rows. In GLUE each task counts alike, however small.", 82.63),
            Idea("sum", "That is the sum over tasks. Divide by their number.", 368.0),
            Idea("fraction", "Points of 100 are due, as on the leaderboard.", 0.736),
        ],
        "The average",
    )
    return "One number per task, then the mean: rte with its few rows moves it as much as sst2."


def _by_question(questions: list, right: list) -> dict:
    found: dict = {}
    for question, good in zip(questions, right, strict=True):
        found.setdefault(question, []).append(bool(good))
    return found


@exercise(
    hints=(
        "Go through the answers and note for each question whether one of them was judged wrong.",
        "A dict: `whole[q] = whole.get(q, True) and r`. Then the mean of its values.",
    ),
    solution="""
def question_match(questions, right):
    whole = {}
    for q, r in zip(questions, right):
        whole[q] = whole.get(q, True) and r
    return sum(whole.values()) / len(whole)
""",
)
def question_match(answer):
    """Give a function of (questions, right): the share of questions of which every answer was judged right.

    questions: a list with the question of each row; right: whether the row was judged right."""
    judge_function(
        answer,
        "questions, right",
        [
            (["a", "a", "b", "b", "b", "c"], [True, False, True, True, True, True]),
            (["x", "y", "x", "z", "y", "w"], [True, True, True, False, False, False]),
        ],
        lambda q, r: torch.tensor([all(v) for v in _by_question(q, r).values()]).double().mean(),
        [
            Idea(
                "rows-not-questions",
                "That is the share of *rows* judged right.",
                lambda q, r: sum(r) / len(r),
            ),
            Idea(
                "any-answer",
                "You count a question of which *some* answer was judged right. All of them must be.",
                lambda q, r: sum(any(v) for v in _by_question(q, r).values()) / len(set(q)),
            ),
            Idea(
                "mean-of-shares",
                "You average each question's share of right rows. A question counts whole or not at all.",
                lambda q, r: sum(sum(v) / len(v) for v in _by_question(q, r).values()) / len(set(q)),
            ),
            Idea(
                "count",
                "That is the number of questions. Divide by how many there are.",
                (lambda q, r: sum(all(v) for v in _by_question(q, r).values()),),
            ),
            Idea(
                "divided-by-rows",
                "You divide by the number of rows. The share is one of questions.",
                lambda q, r: sum(all(v) for v in _by_question(q, r).values()) / len(r),
            ),
        ],
        "The share",
    )
    return "One row judged wrong costs its whole question."
