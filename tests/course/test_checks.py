"""The checks: every solution passes, every stub is "not answered yet", every typical wrong idea is told by its name."""

import html
import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
import toy
from torch.nn import functional as F

import mtlkit as mk
from mtlkit.course.checks import EXERCISES, Verdict, exercise
from mtlkit.course.checks.base import UNANSWERED
from mtlkit.course.checks.check_18_your_own_tasks import HARMLESS, injected_issue
from mtlkit.experiments.jobs import Job


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def upper(table):
    """Each pair once."""
    return table[tuple(torch.triu_indices(*table.shape, offset=1))]


def method(body):
    """A weighting class out of a function of (losses, present)."""

    class Own(mk.weighting.Weighting):
        def weights(self, losses, present):
            return body(losses, present)

    return Own


# -- wrong answers: exercise → misconception → answers that must be told as it --------------------------------------
def training(body):
    """A training step from a text of three letters: z(ero), b(ackward), s(tep)."""

    def step(losses, weights, optimizer):
        for letter in body:
            if letter == "z":
                optimizer.zero_grad()
            elif letter == "b":
                losses.backward(weights)
            else:
                optimizer.step()

    return step


def descend(total):
    def step(losses, weights, optimizer):
        optimizer.zero_grad()
        total(losses, weights).backward()
        optimizer.step()

    return step


def sigmoid_of_items(losses, alpha, beta):
    return 1 / (1 + math.exp(-alpha * (losses.item() - beta)))


def the_listing(losses, alpha, beta):
    return torch.stack([1 / (1 + torch.exp(-alpha * (loss.item() - beta))) for loss in losses])


def weight_of_the_mean(losses, alpha, beta):
    return 1 / (1 + math.exp(-alpha * (losses.mean().item() - beta)))


def one_by_one_with_math(losses, alpha, beta):
    return [1 / (1 + math.exp(-alpha * (loss.item() - beta))) for loss in losses]


def exp_over_one_plus_exp(losses, alpha, beta):
    e = torch.exp(alpha * (losses.detach() - beta))
    return e / (1 + e)


def labels_in_place(original_ids, asked):
    original_ids[~asked] = -100
    return original_ids


def marked(text, spans, entity=html.escape, rest=html.escape, label="<small>{}</small>", escape_label=html.escape):
    pieces, end = [], 0
    for s in spans:
        name = label.format(escape_label(s["label"]))
        pieces += [rest(text[end : s["start"]]), f"<mark>{entity(s['text'])} {name}</mark>"]
        end = s["end"]
    return "".join(pieces) + rest(text[end:])


def escaped_then_cut(text, spans):
    text = html.escape(text)
    for s in reversed(spans):
        entity = text[s["start"] : s["end"]]
        text = f"{text[: s['start']]}<mark>{entity} <small>{s['label']}</small></mark>{text[s['end'] :]}"
    return text


def inserted_forwards(text, spans):
    for s in spans:
        entity = html.escape(text[s["start"] : s["end"]])
        text = f"{text[: s['start']]}<mark>{entity} <small>{s['label']}</small></mark>{text[s['end'] :]}"
    return text


def replaced(text, spans):
    text = html.escape(text)
    for s in spans:
        text = text.replace(s["text"], f"<mark>{s['text']} <small>{s['label']}</small></mark>")
    return text


def mean_of_shares(questions, right):
    rows = {q: [r for p, r in zip(questions, right, strict=True) if p == q] for q in questions}
    return sum(sum(r) / len(r) for r in rows.values()) / len(rows)


SIZES = {"topic": 8, "sentiment": 3, "urgency": 1, "entities": 9, "symptoms": 8, "escalated": 2}
LOSSES = {"topic": math.log(8), "minutes": 1600, "symptoms": math.log(2)}

WRONG = {
    "weight_by_hand": {
        "alpha-sign": [sigmoid(-1.5), 0.18],
        "beta-as-weight": [0.5, 0.5 * sigmoid(1.5), 1.0],
        "beta-outside": [sigmoid(2) - 0.5, 1 / (1 + math.exp(-2 - 0.5))],
        "beta-forgotten": [sigmoid(2)],
        "no-brackets": [1 / 1 + math.exp(-1.5), 1 / 1 + math.exp(1.5)],
        "no-sigmoid": [1.5, math.exp(-1.5)],
        "weighted-loss": [2 * sigmoid(1.5)],
        "unrecognised": [0.7],
        "not-finite": [math.nan],
    },
    "half_weight_loss": {
        "score-not-loss": [0, 0.0],
        "weight-not-loss": [0.5],
        "alpha-moves-the-middle": [2.4, 0.8 / 3],
        "beta-sign": [-0.8],
        "half-of-beta": [0.4],
    },
    "mean_pooling": {
        "padding-counted": [lambda t, m: t.mean(1), lambda t, m: t.mean(dim=-2)],
        "divided-by-all-tokens": [lambda t, m: (t * m[..., None]).mean(1)],
        "sum-not-mean": [lambda t, m: (t * m[..., None]).sum(1)],
        "first-token": [lambda t, m: t[:, 0]],
        "max-not-mean": [lambda t, m: t.max(1).values, lambda t, m: t.masked_fill(m[..., None] == 0, -9).amax(1)],
        "wrong-dimension": [lambda t, m: t.mean(0), lambda t, m: t.mean(-1)],
        "shape": [lambda t, m: t.mean()],
        "signature": [lambda t: t.mean(1)],
    },
    "last_token": {
        "last-position": [lambda t, m: t[:, -1]],
        "padding-on-the-right-only": [lambda t, m: t[torch.arange(len(t)), m.sum(1) - 1]],
        "first-token": [lambda t, m: t[:, 0], lambda t, m: t[torch.arange(len(t)), m.argmax(1)]],
        "mean": [lambda t, m: (t * m[..., None]).sum(1) / m.sum(1)[:, None]],
    },
    "choose": {
        "the-best": [lambda h, p: h.index(0.0)],
        "the-smallest": [lambda h, p: p.index(min(p))],
        "wrong-way-round": [lambda h, p: min((i for i, x in enumerate(h) if x < 0), key=lambda i: p[i])],
        "the-largest": [lambda h, p: max((i for i, x in enumerate(h) if x >= 0), key=lambda i: p[i])],
    },
    "mlm_labels": {
        "labels-everywhere": [lambda i, h: i, lambda i, h: i.clone()],
        "mask-id-as-label": [lambda i, h: torch.where(h, 103, -100), lambda i, h: i.masked_fill(h, 4)],
        "inverse": [lambda i, h: i.masked_fill(h, -100)],
        "zero-not-ignored": [lambda i, h: i * h],
        "mask-not-truth": [lambda i, h: h, lambda i, h: h.long()],
        "only-the-asked": [lambda i, h: i[h]],
        "input-changed": [labels_in_place],
    },
    "planted_fault": {
        "harmless": [{"finding": name, "rows": 40} for name in ("column tells a label", "ID column", "missing labels")],
        "rows-counted-that-go": [{"finding": "texts also in train", "rows": 14}],
        "all-rows": [{"finding": "texts also in train", "rows": 40}],
        "train-rows": [{"finding": "texts also in train", "rows": 66}],
        "no-such-finding": [{"finding": "overfitting", "rows": 26}],
        "unrecognised": [{"finding": "texts also in train", "rows": 25}],
        "not-a-dict": [26, ("texts also in train", 26), {"finding": "texts also in train"}],
    },
    "head_sizes": {
        "bio-forgotten": [SIZES | {"entities": 5}, SIZES | {"entities": 4}],
        "outside-forgotten": [SIZES | {"entities": 8}],
        "outside-per-kind": [SIZES | {"entities": 12}],
        "every-combination": [SIZES | {"symptoms": 2**8}],
        "two-per-label": [SIZES | {"symptoms": 16}],
        "one-of-several": [SIZES | {"symptoms": 1}],
        "classes-for-a-number": [SIZES | {"urgency": 2}],
        "one-logit-for-two-classes": [SIZES | {"escalated": 1}],
        "one-output-for-classes": [SIZES | {"topic": 1}, SIZES | {"sentiment": 1}],
        "task-missing": [{"topic": 8}],
        "not-a-dict": [[8, 3, 1, 9, 8, 2], 8],
        "not-a-number": [SIZES | {"topic": "8"}],
    },
    "uninformed_losses": {
        "probability-not-loss": [LOSSES | {"topic": 1 / 8}, LOSSES | {"symptoms": 0.5}],
        "other-logarithm": [LOSSES | {"topic": 3}, LOSSES | {"topic": math.log10(8)}, LOSSES | {"symptoms": 1}],
        "sign": [LOSSES | {"topic": math.log(1 / 8)}],
        "no-loss": [LOSSES | {"topic": 0}, LOSSES | {"minutes": 0}],
        "standard-deviation": [LOSSES | {"minutes": 40}],
        "answers-zero": [LOSSES | {"minutes": 60**2 + 40**2}],
        "sum-over-labels": [LOSSES | {"symptoms": 8 * math.log(2)}],
        "one-of-several": [LOSSES | {"symptoms": math.log(8)}],
    },
    "multilabel_loss": {
        "softmax": [lambda x, y: F.cross_entropy(x, y), lambda x, y: F.binary_cross_entropy(x.softmax(-1), y)],
        "sum-not-mean": [lambda x, y: F.binary_cross_entropy(x.sigmoid(), y, reduction="sum")],
        "not-reduced": [lambda x, y: F.binary_cross_entropy(x.sigmoid(), y, reduction="none")],
        "sigmoid-forgotten": [
            lambda x, y: F.binary_cross_entropy(x, y),
            lambda x, y: -(y * x.log() + (1 - y) * (1 - x).log()).mean(),
        ],
        "sigmoid-twice": [lambda x, y: F.binary_cross_entropy_with_logits(x.sigmoid(), y)],
        "only-positives": [lambda x, y: -(y * x.sigmoid().log()).mean()],
        "squared-error": [lambda x, y: ((x.sigmoid() - y) ** 2).mean()],
        "sign": [lambda x, y: -F.binary_cross_entropy(x.sigmoid(), y)],
        "overflow": [
            lambda x, y: -(y * x.sigmoid().log() + (1 - y) * (1 - x.sigmoid()).log()).mean(),
            lambda x, y: F.binary_cross_entropy(x.sigmoid(), y),
            lambda x, y: F.binary_cross_entropy(x.sigmoid().clamp(1e-7, 1 - 1e-7), y),
            lambda x, y: -(y * (x.sigmoid() + 1e-9).log() + (1 - y) * (1 - x.sigmoid() + 1e-9).log()).mean(),
        ],
    },
    "weighted_sum": {
        "weights-ignored": [lambda x, w: x.sum(), lambda x, w: sum(x)],
        "mean-not-sum": [lambda x, w: (w * x).mean()],
        "normalised": [lambda x, w: (w * x).sum() / w.sum()],
        "not-summed": [lambda x, w: w * x],
        "sums-multiplied": [lambda x, w: w.sum() * x.sum()],
        "detached": [
            lambda x, w: (w * x.detach()).sum(),
            lambda x, w: sum(a.item() * b.item() for a, b in zip(x, w, strict=True)),
        ],
        "gradient-differs": [lambda x, w: w[0] * x[0] + (w[1:] * x[1:].detach()).sum()],
    },
    "gradient_shares": {
        "weights-ignored": [lambda n, w: n / n.sum()],
        "norms-ignored": [lambda n, w: w / w.sum()],
        "squared": [lambda n, w: (w * n).square() / (w * n).square().sum()],
        "not-normalised": [lambda n, w: w * n],
        "divided-by-largest": [lambda n, w: w * n / max(w * n)],
        "normalised-too-early": [lambda n, w: w * (n / n.sum())],
        "softmax": [lambda n, w: torch.softmax(w * n, 0)],
    },
    "balancing_weights": {
        "proportional": [lambda n: n / n.mean(), lambda n: n / n.sum() * len(n)],
        "not-normalised": [lambda n: 1 / n, lambda n: n.mean() / n],
        "sums-to-one": [lambda n: (1 / n) / (1 / n).sum()],
        "equal-weights": [lambda n: torch.ones(len(n))],
        "softmax": [lambda n: len(n) * torch.softmax(-n, 0)],
        "squared": [lambda n: n**-2 / (n**-2).sum() * len(n)],
    },
    "sigmoid_weight": {
        "alpha-sign": [
            lambda x, a, b: 1 / (1 + torch.exp(a * (x - b))),
            lambda x, a, b: torch.sigmoid(a * (b - x)).detach(),
        ],
        "beta-as-weight": [
            lambda x, a, b: b * torch.sigmoid(a * x),
            lambda x, a, b: a * x * b,
            lambda x, a, b: torch.sigmoid(a * b * x),
        ],
        "beta-outside": [lambda x, a, b: torch.sigmoid(a * x - b), lambda x, a, b: 1 / (1 + torch.exp(-a * x - b))],
        "beta-forgotten": [lambda x, a, b: torch.sigmoid(a * x)],
        "beta-sign": [lambda x, a, b: torch.sigmoid(a * (x + b))],
        "alpha-outside": [lambda x, a, b: a * torch.sigmoid(x - b)],
        "softmax": [lambda x, a, b: torch.softmax(a * (x - b), 0), lambda x, a, b: torch.softmax(a * x, -1)],
        "weighted-loss": [lambda x, a, b: x * torch.sigmoid(a * (x - b))],
        "no-sigmoid": [lambda x, a, b: a * (x - b), lambda x, a, b: torch.exp(-a * (x - b))],
        "switch": [lambda x, a, b: (torch.sigmoid(a * (x - b)) > 0.5).float()],
        "gradient-through-weight": [
            lambda x, a, b: torch.sigmoid(a * (x - b)),
            lambda x, a, b: 1 / (1 + torch.exp(-a * (x - b))),
        ],
        "one-number": [sigmoid_of_items, weight_of_the_mean, lambda x, a, b: torch.sigmoid(a * (x.mean() - b))],
        "exp-of-a-float": [the_listing],
        "overflow": [exp_over_one_plus_exp, one_by_one_with_math],
        "not-a-function": [torch.tensor([0.1, 0.2, 0.3]), 0.5, "sigmoid"],
        "error": [lambda x, a, b: torch.sigmoid(x, a, b), lambda x, a, b: undefined_name],  # noqa: F821
    },
    "turning_loss": {
        "half-weight": [1, 1.0],
        "deepest-point": [1.22],
        "weight-not-loss": [0.69, 0.0, -0.72],
        "loss-factor-missing": [0.73],
        "beta-in-the-factor": [1.32],
        "alpha-missing": [1.3],
        "unrecognised": [0.5],
    },
    "sharpness": {
        "alpha-sign": [-2 * math.log(9), 2 * math.log(1 / 9)],
        "other-logarithm": [2 * math.log10(9), 2 * math.log2(9)],
        "not-divided": [math.log(9), 2.2],
        "multiplied": [math.log(9) / 2],
        "odds-forgotten": [2 * math.log(0.9), 2 * math.log(10)],
        "straight-line": [1.8],
    },
    "training_step": {
        "weights-ignored": [descend(lambda x, w: x.sum()), descend(lambda x, w: x.mean())],
        "gradients-not-zeroed": [training("bs")],
        "step-before-backward": [training("sb"), training("szb")],
        "nothing-moves": [training("zsb"), training("zb"), training("bzs"), training("zs")],
        "weights-not-matched": [descend(lambda x, w: w.sum() * x.sum())],
        "mean-not-sum": [descend(lambda x, w: (w * x).mean())],
        "normalised": [descend(lambda x, w: (w * x).sum() / w.sum())],
        "weights-twice": [lambda x, w, o: (o.zero_grad(), (w * x).backward(w), o.step())],
        "backward-of-a-vector": [lambda x, w, o: (o.zero_grad(), (w * x).backward(), o.step())],
        "unrecognised": [descend(lambda x, w: x[0])],
    },
    "mark_entities": {
        "not-escaped": [lambda t, s: marked(t, s, rest=str)],
        "escaped-twice": [lambda t, s: marked(t, s, rest=lambda x: html.escape(html.escape(x)))],
        "no-mark": [lambda t, s: html.escape(t)],
        "escaped-before-cutting": [escaped_then_cut],
        "offsets-shifted": [inserted_forwards],
        "replaced-everywhere": [replaced],
        "label-missing": [lambda t, s: marked(t, s, label="")],
        "label-not-escaped": [lambda t, s: marked(t, s, escape_label=str)],
        "text-lost": [lambda t, s: "".join(marked(x["text"], [x | {"start": 0, "end": len(x["text"])}]) for x in s)],
        "type": [lambda t, s: s],
    },
    "texts_read": {
        "swapped": [{"joint": 1000, "separate": 200}],
        "one-pass-per-task": [{"joint": 1000, "separate": 1000}],
        "encoder-shared": [{"joint": 200, "separate": 200}],
        "whole-batch": [{"joint": 1, "separate": 5}, {"joint": 7, "separate": 35}, {"joint": 200, "separate": 5}],
        "heads-counted": [{"joint": 205, "separate": 1000}],
        "not-a-dict": [200, {"joint": 200}],
    },
    "conflicts": {
        "diagonal-counted": [lambda g: (g @ g.T < 0).float().mean()],
        "accord-counted": [lambda g: (upper(g @ g.T) >= 0).float().mean()],
        "number-not-share": [lambda g: (upper(g @ g.T) < 0).sum()],
        "mean-cosine": [lambda g: upper(F.normalize(g) @ F.normalize(g).T).mean()],
    },
    "without_conflict": {
        "always": [lambda a, b: a - a @ b / (b @ b) * b],
        "not-squared": [lambda a, b: a - a @ b / b.norm() * b if a @ b < 0 else a],
        "own-length": [lambda a, b: a - a @ b / (a @ a) * b if a @ b < 0 else a],
        "part-itself": [lambda a, b: a @ b / (b @ b) * b if a @ b < 0 else a],
        "added": [lambda a, b: a + a @ b / (b @ b) * b if a @ b < 0 else a],
        "other-projected": [lambda a, b: b - a @ b / (a @ a) * a if a @ b < 0 else a],
    },
    "surgery_wins": {
        "not-both": [{"loudness": 3.0, "x": -0.3, "y": 1.6}],
        "out-of-range": [{"loudness": 40.0, "x": 0.0, "y": 0.0}],
        "not-a-dict": [3.0, {"loudness": 3.0}],
    },
    "in_errors": {
        "wrong-sign": [lambda m, b: (b - m).mean() / ((b - m).std() / len(m) ** 0.5)],
        "unpaired": [lambda m, b: (m.mean() - b.mean()) / ((m.var() + b.var()) / len(m)) ** 0.5],
        "spread-of-one-seed": [lambda m, b: (m - b).mean() / (m - b).std()],
        "no-error": [lambda m, b: m.mean() - b.mean()],
        "upside-down": [lambda m, b: (m - b).std() / len(m) ** 0.5 / (m - b).mean()],
        "population-spread": [lambda m, b: (m - b).mean() / ((m - b).std(correction=0) / len(m) ** 0.5)],
    },
    "own_weighting": {
        "not-a-weighting": [lambda losses, present: losses, int, 3.0],
        "one-number": [method(lambda losses, present: 1 / losses.sum().clamp(min=1e-8))],
        "not-finite": [method(lambda losses, present: 1 / losses), method(lambda losses, present: losses.exp())],
        "negative": [method(lambda losses, present: losses - 1)],
        "order-of-tasks": [method(lambda losses, present: torch.tensor([1.0, 2.0, 3.0]).expand_as(losses))],
        "present-ignored": [method(lambda losses, present: losses.softmax(-1))],
        "runs-mixed": [method(lambda losses, present: losses / (losses * present).sum().clamp(min=1e-8))],
        "equal": [method(lambda losses, present: torch.ones_like(losses)), mk.Equal()],
    },
    "layer_flops": {
        "multiply-and-add-as-one": [lambda d, t: 12 * d * d * t + 2 * d * t * t],
        "attention-forgotten": [lambda d, t: 24 * d * d * t],
        "one-product-of-attention": [lambda d, t: 24 * d * d * t + 2 * d * t * t],
        "backward-counted": [lambda d, t: 3 * (24 * d * d * t + 4 * d * t * t)],
        "attention-linear": [lambda d, t: 24 * d * d * t + 4 * d * t, lambda d, t: 28 * d * d * t],
        "narrow-feed-forward": [lambda d, t: 12 * d * d * t + 4 * d * t * t],
        "unrecognised": [lambda d, t: d * t],
    },
    "separate_over_joint": {
        "heads-free": [lambda e, h, k: k],
        "one-head": [lambda e, h, k: (k * e + h) / (e + h)],
        "upside-down": [lambda e, h, k: (e + k * h) / (k * e + k * h)],
        "difference": [lambda e, h, k: k * (e + h) - (e + k * h)],
        "encoder-shared": [lambda e, h, k: 1, lambda e, h, k: e + k * h],
        "not-a-function": [4.0],
    },
    "rare_share": {
        "tau-ignored": [25 / 525],
        "rows-not-labels": [1 / 3],
        "wrong-sum": [5 / 525, 5 / math.sqrt(525)],
        "exponent-inverted": [625 / 170625],
        "ratio-not-share": [0.25],
        "not-normalised": [5],
        "another-task": [20 / 35, 10 / 35],
    },
    "noise_floor": {
        "perfect-model": [0],
        "only-the-right": [0.25, 0.357],
        "only-the-wrong": [0.569, 1.897],
        "one-wrong-class": [0.611],
        "wrong-class-left-out": [0.534],
        "knows-nothing": [math.log(3)],
        "other-logarithm": [1.181],
        "sign": [-0.819],
        "share-not-loss": [0.3, 0.7],
    },
    "deaf_to_noise": {
        "noise-heard": [
            mk.Sigmoid(4, 1),
            mk.Sigmoid(0, 1),
            mk.weighting.get("equal"),
            mk.Sigmoid(-4, 0.8, relative=True),
        ],
        "learnable-starved": [mk.Sigmoid(-8, 1), mk.Sigmoid(4, [3, 0.3, 0.8, 3])],
        "all-muted": [mk.Sigmoid(8, 4)],
        "not-a-weighting": [4, {"alpha": 4}, "sigmoid"],
        "error": [mk.Sigmoid(4, {"topic": 1, "desk": 3})],
    },
    "matthews": {
        "accuracy": [0.75],
        "f1": [0.84],
        "not-normalised": [6500],
        "root-forgotten": [1.2e-5],
        "added": [0.41],
        "sign": [-0.275],
        "balanced-accuracy": [0.6, 0.2],
        "unrecognised": [0.5],
        "not-finite": [math.nan],
    },
    "glue_average": {
        "mean-of-metrics": [76.9],
        "one-metric-each": [74.8, 72.4],
        "colas-accuracy": [80.8],
        "by-rows": [82.6],
        "sum": [368],
        "fraction": [0.736],
        "unrecognised": [50],
    },
    "question_match": {
        "rows-not-questions": [lambda q, r: sum(r) / len(r)],
        "any-answer": [lambda q, r: len({a for a, b in zip(q, r, strict=True) if b}) / len(set(q))],
        "mean-of-shares": [mean_of_shares],
        "count": [lambda q, r: len(set(q) - {a for a, b in zip(q, r, strict=True) if not b})],
        "divided-by-rows": [lambda q, r: len(set(q) - {a for a, b in zip(q, r, strict=True) if not b}) / len(r)],
        "not-a-function": [0.5],
    },
}
NUMBERS = {
    "weight_by_hand",
    "half_weight_loss",
    "sharpness",
    "turning_loss",
    "rare_share",
    "noise_floor",
    "matthews",
    "glue_average",
}
DICTS = {"head_sizes", "uninformed_losses", "texts_read", "surgery_wins", "planted_fault"}
WEIGHTINGS = {"own_weighting", "deaf_to_noise"}
FUNCTIONS = set(WRONG) - NUMBERS - DICTS - WEIGHTINGS
BY_HAND = {"same_history", "raises_the_worst", "half_the_time"}  # tried below


def answer_of(name: str, **names):
    exec(EXERCISES[name].solution_code, names)
    return names[name]


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """What is solved is stored where the kernel works."""
    monkeypatch.chdir(tmp_path)


# -- all exercises ---------------------------------------------------------------------------------------------
def test_there_are_35_exercises_and_each_is_tested():
    assert set(EXERCISES) == set(WRONG) | BY_HAND
    assert len(EXERCISES) == 35


@pytest.mark.parametrize("name", sorted(WRONG))
def test_the_solution_that_is_shown_is_right(name, capsys):
    check = getattr(mk.check, name)
    verdict = check(answer_of(name))
    assert verdict == Verdict(True, verdict.message, "")
    assert verdict and verdict.answered
    check.solution()
    assert capsys.readouterr().out.strip() == check.solution_code


@pytest.mark.parametrize("name", sorted(EXERCISES))
def test_no_answer_yet_is_a_verdict_of_its_own(name):
    def stub(*args):
        """Only this."""

    def todo(*args):
        raise NotImplementedError

    def half_written(*args):
        weight = ...
        return weight * args[0]

    stubs = [..., None, *([stub, todo, lambda *_: ..., half_written] if name in FUNCTIONS else [])]
    stubs += [{"joint": ..., "separate": 1}] if name == "encoder_passes" else []
    stubs += [SIZES | {"entities": ...}] if name == "head_sizes" else []
    for answer in stubs:
        verdict = EXERCISES[name](answer)
        assert (verdict.ok, verdict.answered, verdict.misconception) == (False, False, UNANSWERED)
        assert "Not answered yet" in repr(verdict) and "Not answered yet" in verdict._repr_html_()
    assert EXERCISES[name]().misconception == UNANSWERED


CASES = [(n, idea, i) for n, ideas in WRONG.items() for idea, answers in ideas.items() for i in range(len(answers))]


@pytest.mark.parametrize(("name", "idea", "number"), CASES)
def test_a_wrong_idea_is_told_by_its_name(name, idea, number):
    verdict = EXERCISES[name](WRONG[name][idea][number])
    assert (verdict.ok, verdict.misconception) == (False, idea), verdict.message
    assert len(verdict.message) > 25


@pytest.mark.parametrize("name", sorted(WRONG))
def test_at_least_two_ideas_and_each_has_its_own_message(name):
    own = {idea: EXERCISES[name](answers[0]).message for idea, answers in WRONG[name].items()}
    assert len(own) >= 2
    assert len(set(own.values())) == len(own)


def test_later_cells_go_on_with_the_right_answer_or_with_the_solution(capsys):
    check, norms = mk.check.balancing_weights, torch.tensor([1.0, 3.0])

    def own(norms):
        return len(norms) / norms / (1 / norms).sum()

    assert check.use(own) is own and not capsys.readouterr().out
    for wrong in (None, ..., lambda norms: norms):
        torch.testing.assert_close(check.use(wrong)(norms), torch.tensor([1.5, 0.5]))
        assert "solution" in capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(EXERCISES))
def test_hints_come_one_after_the_other(name, capsys):
    check = type(EXERCISES[name])(EXERCISES[name]._judge, EXERCISES[name].hints, "pass")  # none shown so far
    shown = []
    for number in (None, None, None, 1, 2):
        check.hint(number)
        shown.append(capsys.readouterr().out)
    first, second, again, one, two = shown
    assert check.hints[0] in first and check.hints[1] in second and "solution()" in second
    assert (again, one, two) == (second, first, second)
    assert check.hints[0] != check.hints[1]
    with pytest.raises(ValueError, match="hints 1 to 2, found 3"):
        check.hint(3)


class Odd:
    def __call__(self):
        return 1


GARBAGE = ["text", 3, 2.5, [1, "a"], {}, {"topic": object()}, object(), Odd(), print, len, torch.zeros(0), b"x", True]


@pytest.mark.parametrize("name", sorted(EXERCISES))
def test_whatever_is_handed_in_gives_a_verdict(name):
    results = [
        "text",
        3,
        [1, "a"],
        [torch.zeros(2), torch.zeros(3)],
        {},
        object(),
        torch.zeros(0),
        torch.zeros(2, 3, 4),
    ]
    answers = [*GARBAGE, *((lambda *_, r=r: r) for r in results)]
    for answer in answers:
        verdict = EXERCISES[name](answer)
        assert isinstance(verdict, Verdict) and not verdict.ok and verdict.message, answer


@pytest.mark.parametrize("name", sorted(WRONG))
def test_the_global_random_state_stays(name):
    answer = answer_of(name)

    def drawing(*args):
        torch.rand(3)
        return answer(*args)

    torch.manual_seed(5)
    before = torch.get_rng_state()
    assert EXERCISES[name](drawing if name in FUNCTIONS else answer).ok
    assert torch.equal(torch.get_rng_state(), before)


# -- details ---------------------------------------------------------------------------------------------------
def test_numbers_come_in_any_form_and_rounded():
    for form in (float, torch.tensor, lambda x: torch.tensor([x]), lambda x: round(x, 2)):
        assert mk.check.weight_by_hand(form(sigmoid(1.5))).ok


def test_a_function_may_give_lists_and_compute_task_by_task():
    assert mk.check.sigmoid_weight(
        lambda losses, alpha, beta: [torch.sigmoid(alpha * (loss.detach() - beta)) for loss in losses]
    ).ok
    assert mk.check.weighted_sum(lambda losses, weights: sum(w * x for w, x in zip(weights, losses, strict=True))).ok
    assert mk.check.mark_entities(lambda t, s: marked(t, s, label="({})")).ok


def test_other_ways_to_write_the_three_lines_are_right_too():
    def zeroed_after(losses, weights, optimizer):
        (losses @ weights).backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=False)

    def task_by_task(losses, weights, optimizer):
        optimizer.zero_grad()
        for loss, weight in zip(losses, weights, strict=True):
            (weight * loss).backward(retain_graph=True)
        optimizer.step()

    assert mk.check.training_step(zeroed_after).ok
    assert mk.check.training_step(task_by_task).ok


def test_an_error_is_told_in_plain_words_with_its_line(tmp_path):
    source = tmp_path / "cell.py"
    source.write_text("def mine(losses, weights):\n    return losses[99] * weights\n")
    names = {}
    exec(compile(source.read_text(), str(source), "exec"), names)
    verdict = mk.check.weighted_sum(names["mine"])
    assert verdict.misconception == "error"
    assert "IndexError" in verdict.message and "return losses[99] * weights" in verdict.message


def test_what_comes_from_the_learner_is_escaped_in_the_verdict():
    def mine(losses, weights):
        raise RuntimeError("<script>alert(1)</script>")

    verdict = mk.check.weighted_sum(mine)
    assert "<script>" in repr(verdict)
    assert "<script>" not in verdict._repr_html_() and "&lt;script&gt;" in verdict._repr_html_()


def test_verdicts_differ_in_sign_and_word_and_not_by_colour_alone():
    heads = [str(v)[:5] for v in (mk.check.sharpness(2 * math.log(9)), mk.check.sharpness(1), mk.check.sharpness(...))]
    assert heads == ["✓ Rig", "✗ Not", "○ Not"]
    assert "<code>math.log</code>" in mk.check.sharpness(2 * math.log10(9))._repr_html_()


def test_the_head_sizes_are_those_of_the_kits_own_heads():
    class encoder:
        hidden_size = 4

    labels = {"topic": 8, "sentiment": 3, "symptoms": 8, "escalated": 2}
    tasks = [mk.Task(n, "classification", labels=map(str, range(c))) for n, c in labels.items() if n != "symptoms"]
    tasks += [mk.Task("symptoms", "multilabel", labels=map(str, range(8))), mk.Task("urgency", "regression")]
    kinds = ["product", "date", "place", "order"]
    tags = mk.tasks.KINDS["tagging"].labels_of([["O", *(f"{mark}-{kind}" for kind in kinds for mark in "BI")]])
    tasks.append(mk.Task("entities", "tagging", labels=tags))
    sizes = {t.name: t.spec.head(t, encoder)(torch.zeros(1, 4)).shape[-1] for t in tasks}
    assert sizes == SIZES
    assert mk.check.head_sizes(sizes).ok


def test_the_weights_checked_are_those_of_the_kit():
    assert mk.check.sigmoid_weight(lambda losses, alpha, beta: mk.Sigmoid(alpha, beta)(losses)).ok
    grid = torch.linspace(0.5, 1.0, 501, dtype=torch.float64)[:, None]
    raised = mk.Sigmoid(-4.0, 1.0, detach=False)(grid) < 0
    assert mk.check.turning_loss(grid[raised][0]).ok


def test_an_unknown_exercise_names_the_nearest():
    with pytest.raises(AttributeError, match="'sigmoid_wait'. Did you mean 'sigmoid_weight'"):
        _ = mk.check.sigmoid_wait
    assert "sharpness" in dir(mk.checks) and mk.check is mk.checks


def test_two_exercises_of_one_name_are_refused():
    with pytest.raises(ValueError, match="already an exercise 'sharpness'"):

        @exercise(hints=("a", "b"), solution="")
        def sharpness(answer):
            return "right"


# -- histories -------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """(encoder, run): six steps of two tasks, α moved before the fourth."""
    torch.set_num_threads(1)
    encoder = mk.load_encoder(toy.encoder_folder(str(tmp_path_factory.mktemp("toy"))))
    corpus = toy.corpus(("colour", "size"))
    run = mk.Run(mk.MultiTaskModel(encoder, corpus.tasks), corpus, mk.Sigmoid(), steps=6, batch_size=16, seed=3)
    for step in run:
        if step.step == 3:
            run.steer(alpha=4.0)
    return encoder, run


def again(trained, **changes):
    encoder, run = trained
    settings = {"steps": 6, "batch_size": 16, "seed": 3, "events": run.history.events} | changes
    weighting = settings.pop("weighting", mk.Sigmoid())
    model = mk.MultiTaskModel(encoder, run.corpus.tasks, seed=settings.pop("heads", 0))
    other = mk.Run(model, run.corpus, weighting, **settings)
    for _ in other:
        pass
    return other.history


def test_a_replayed_run_has_the_same_history(trained):
    encoder, run = trained
    pair = answer_of("same_history", encoder=encoder, run=run)
    verdict = mk.check.same_history(pair)
    assert verdict.ok and "6 steps" in verdict.message
    assert mk.check.same_history(*pair) == verdict


@pytest.mark.parametrize(
    ("idea", "changes"),
    [
        ("events-missing", {"events": None}),
        ("other-seed", {"seed": 4}),
        ("other-weighting", {"weighting": mk.Sigmoid(alpha=4.0)}),
        ("other-steps", {"steps": 7}),
        ("other-settings", {"batch_size": 8}),
        ("unrecognised", {"heads": 1}),
    ],
)
def test_why_two_histories_differ_is_told(trained, idea, changes):
    verdict = mk.check.same_history(trained[1].history, again(trained, **changes))
    assert verdict.misconception == idea
    assert "They differ first at step" in verdict.message


def test_the_first_step_and_task_that_differ_are_named(trained):
    history = trained[1].history
    verdict = mk.check.same_history(history, again(trained, events=None))
    assert "step 4, task 'colour': the weight is" in verdict.message  # α acted from the fourth step on

    losses = torch.tensor(history.losses())
    losses[2, 1] *= 2
    verdict = mk.check.same_history(losses, history)
    assert verdict.misconception == "unrecognised"
    assert "step 3, task 'size': the loss is" in verdict.message


def test_losses_by_hand_are_compared_bit_for_bit(trained):
    history = trained[1].history
    by_hand = [torch.tensor(row, dtype=torch.float32) for row in history.losses()]
    assert mk.check.same_history(by_hand, history).ok
    assert mk.check.same_history(history.losses() * (1 + 1e-6), history).misconception == "nearly-equal"
    assert mk.check.same_history(by_hand[:4], history).misconception == "other-length"
    assert mk.check.same_history(history, history).misconception == "same-object"
    assert mk.check.same_history(by_hand, history.losses()[:, :1]).misconception == "other-tasks"
    assert mk.check.same_history(history, [0.1, 0.2]).misconception == "not-a-history"
    assert mk.check.same_history(history, mk.History(["colour", "size"])).misconception == "not-a-history"
    assert mk.check.same_history(history, mk.History(["size", "colour"])).misconception == "not-a-history"
    assert mk.check.same_history(history, ...).misconception == UNANSWERED


# -- half the time ---------------------------------------------------------------------------------------------
def by_passes(runs, rounds):
    """For `mk.profile`, without a clock: a gradient method passes the encoder backwards once a task."""
    speed = {
        name: run.batch_size / (len(run.tasks) if "jacobian" in run.weighting.needs else 1)
        for name, run in runs.items()
    }
    return pd.DataFrame({"rows_per_second": speed})


def test_a_run_at_half_the_time_keeps_what_matters(trained, monkeypatch):
    monkeypatch.setattr("mtlkit.experiments.cost.profile", by_passes)
    encoder, run = trained
    slow = run.clone("pcgrad", batch_size=2)
    pytest.importorskip("torchjd")
    verdict = mk.check.half_the_time(slow, answer_of("half_the_time", slow=slow))
    assert verdict.ok and "steps an epoch" in verdict.message, verdict.message
    few = mk.Run(mk.MultiTaskModel(encoder, run.corpus.tasks[:1]), run.corpus.only(run.tasks[:1]), steps=4)
    found = {
        "same-object": slow,
        "not-a-run": "equal",
        "tasks-dropped": few,
        "rows-dropped": mk.Run(slow.model, run.corpus.sample(10), steps=4),
        "too-slow": slow.clone(batch_size=2),
        UNANSWERED: ...,
    }
    for idea, quick in found.items():
        assert mk.check.half_the_time(slow, quick).misconception == idea
    assert mk.check.half_the_time(slow).misconception == UNANSWERED


# -- a planted fault -------------------------------------------------------------------------------------------
def test_the_planted_table_has_the_one_fault_that_makes_a_score_wrong():
    found = mk.find_issues(injected_issue()).set_index("finding")
    assert found.index[found["severity"] != "note"].tolist() == ["texts also in train"]
    right = answer_of("planted_fault")
    assert right["rows"] == len(injected_issue().test) - found.loc["texts also in train", "rows"]
    assert set(found.index) - {"texts also in train"} <= set(HARMLESS)


# -- progress --------------------------------------------------------------------------------------------------
def test_progress_counts_what_was_solved_and_stays(tmp_path):
    empty = mk.check.progress()
    assert (empty.solved, empty.exercises) == (0, len(EXERCISES))
    assert [name[:2] for name in empty.notebooks] == [
        "00",
        "01",
        "01",
        "02",
        "03",
        "04",
        "05",
        "06",
        "07",
        "08",
        "10",
        "11",
        "17",
        "18",
    ]
    mk.check.weighted_sum(WRONG["weighted_sum"]["mean-not-sum"][0])
    mk.check.weighted_sum(...)
    assert mk.check.progress().solved == 0
    mk.check.weighted_sum(answer_of("weighted_sum"))
    mk.check.weighted_sum(answer_of("weighted_sum"))
    after = mk.check.progress(tmp_path)
    assert after.solved == 1 and after.notebooks["03_weighted_sum"]["weighted_sum"]
    assert (
        "03_weighted_sum" in repr(after)
        and "●" in repr(after)
        and f"Exercises solved: 1 of {len(EXERCISES)}." in repr(after)
    )
    assert "1 of 3" in after._repr_html_()


# -- a claim that its interval carries ---------------------------------------------------------------------------
def comparison(topic, minutes):
    """As many seeds (six at most) of a baseline and of "mine", which is that much above it."""
    base = {"topic": [0.3, 0.4, 0.2, 0.3, 0.3, 0.4], "minutes": [0.6, 0.5, 0.6, 0.7, 0.6, 0.5]}
    base = {task: values[: len(topic)] for task, values in base.items()}
    tables = {
        "base": base,
        "mine": {"topic": np.add(base["topic"], topic), "minutes": np.add(base["minutes"], minutes)},
    }
    plan = [Job(m, mk.Equal(), tuple(base), seed, "test") for m in tables for seed in range(len(topic))]
    scores = [{task: float(tables[t.who][task][t.seed]) for task in base} for t in plan]
    tasks = [SimpleNamespace(name=task, main_metric="accuracy") for task in base]
    results = [{"scores": s, "seconds": 1.0, "memory": 1.0} for s in scores]
    return mk.Comparison(SimpleNamespace(tasks=tasks), dict.fromkeys(tables, mk.Equal()), plan, results, "base")


def test_the_worst_task_is_raised_where_the_interval_says_so():
    up, noise, down = 0.1 + 0.01 * np.arange(-2.5, 3), np.array([0.3, -0.3, 0.2, -0.1, 0.1, -0.1]), np.full(6, -0.3)
    assert up.mean() == pytest.approx(0.1)
    verdict = mk.check.raises_the_worst(comparison(up, 0 * up), "mine")
    assert verdict.ok and "topic, the worst under base: +0.100" in verdict.message
    assert mk.check.raises_the_worst((comparison(up, 0 * up), "mine")) == verdict
    wrong = {
        "too-few-seeds": comparison(up[:2], 0 * up[:2]),
        "interval-holds-nought": comparison(noise, 0 * up),
        "worst-not-raised": comparison(-up, up),
        "mean-lowered": comparison(up, down),
        "not-a-comparison": {"base": 0.3, "mine": 0.4},
    }
    for idea, found in wrong.items():
        assert mk.check.raises_the_worst(found, "mine").misconception == idea
    assert mk.check.raises_the_worst(comparison(up, up), "base").misconception == "no-such-method"
    assert mk.check.raises_the_worst(comparison(up, up), ...).misconception == UNANSWERED
