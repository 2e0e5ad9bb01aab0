"""Notebook 11: a layer's FLOPs by hand; separate models over a joint one; a training at half the time."""

from __future__ import annotations

from mtlkit.course.checks.base import Unanswered, Wrong, exercise
from mtlkit.course.checks.compare import Idea, judge_function

_LAYERS = [(128, 64), (384, 32), (16, 100)]  # (d, tokens)
_COSTS = [(1.0, 0.05, 4), (0.3, 0.3, 2), (2.0, 0.0, 8)]  # (encoder, head, tasks)


def _layer(projections: float = 8, feed_forward: float = 16, attention: float = 4):
    return lambda d, tokens: (projections + feed_forward) * d**2 * tokens + attention * d * tokens**2


@exercise(
    hints=(
        "A product of matrices (a × b) · (b × c) has a·c numbers, each of b multiplications and b additions: 2·a·b·c. "
        "Attention has two such products: each token with each other, then each token's mean of all vectors.",
        "Scores: (tokens × d) · (d × tokens). Mean of the values: (tokens × tokens) · (tokens × d). How many heads "
        "share the d numbers plays no part.",
    ),
    solution="""
def layer_flops(d, tokens):
    projections = 4 * (2 * tokens * d * d)         # query, key, value, output
    feed_forward = 2 * (2 * tokens * d * (4 * d))  # from d to 4d and back
    attention = 2 * (2 * tokens * tokens * d)      # scores, then the mean of the values
    return projections + feed_forward + attention
""",
)
def layer_flops(answer):
    """Give a function of (d, tokens): the operations of one encoder layer, forward, on one text of `tokens` tokens."""
    judge_function(answer, "d, tokens", _LAYERS, _layer(), _LAYER_IDEAS, "the layer's FLOPs")
    return "24·d²·T + 4·d·T²: linear in the text's length but for attention, which matters where T comes near 6·d."


_LAYER_IDEAS = [
    Idea(
        "multiply-and-add-as-one",
        "Half of what is due: each of the products needs a multiplication and an addition, and both count.",
        _layer(4, 8, 2),
    ),
    Idea(
        "attention-forgotten",
        "Attention is missing. It has no parameters, and yet two products: each token with each other.",
        _layer(attention=0),
    ),
    Idea(
        "one-product-of-attention",
        "Attention has two products: the scores, and with them the mean of the values. One of the two is missing.",
        _layer(attention=2),
    ),
    Idea(
        "backward-counted",
        "Three times what is due: that is forward and backward together; here only forward is asked.",
        _layer(24, 48, 12),
    ),
    Idea(
        "attention-linear",
        "In attention each token meets *each other*: its cost grows with tokens², not with tokens.",
        (lambda d, tokens: 24 * d**2 * tokens + 4 * d * tokens, lambda d, tokens: 28 * d**2 * tokens),
    ),
    Idea(
        "narrow-feed-forward",
        "The feed-forward part is four times as wide as d inside: from d to 4·d, and back.",
        _layer(feed_forward=4),
    ),
]


@exercise(
    hints=(
        "Write down both costs first. How often does the encoder run in each, how often a head?",
        "Separate: K encoders and K heads. Joint: one encoder and K heads. The ratio is the first over the second.",
    ),
    solution="""
def separate_over_joint(encoder, head, tasks):
    separate = tasks * (encoder + head)
    joint = encoder + tasks * head
    return separate / joint
""",
)
def separate_over_joint(answer):
    """Give a function of (encoder, head, tasks): how many times a joint model's cost `tasks` separate ones cost."""
    judge_function(
        answer,
        "encoder, head, tasks",
        _COSTS,
        lambda e, h, k: k * (e + h) / (e + k * h),
        _RATIO_IDEAS,
        "separate over joint",
    )
    return "K(E + H) / (E + KH): nearly K as long as K heads cost little beside one encoder; never more than 1 + E/H."


_RATIO_IDEAS = [
    Idea(
        "heads-free",
        "That is K only if heads cost nothing. A joint model has K heads, too.",
        (lambda e, h, k: k, lambda e, h, k: k * (e + h) / e),
    ),
    Idea(
        "one-head",
        "Both have a head for *each* task: K of them, on one encoder or on K.",
        lambda e, h, k: (k * e + h) / (e + h),
    ),
    Idea(
        "upside-down",
        "That is the joint model's part of the separate ones' cost: turn it round.",
        lambda e, h, k: (e + k * h) / (k * (e + h)),
    ),
    Idea(
        "difference",
        "That is what joint training saves. How many *times* its cost do the separate models cost?",
        lambda e, h, k: (k - 1) * e,
    ),
    Idea(
        "encoder-shared",
        "Separate models share nothing: each has an encoder of its own, and passes through it.",
        (lambda e, h, k: 1.0, lambda e, h, k: e + k * h),
    ),
]


@exercise(
    hints=(
        "Look at the bars of the methods, and at rows a second over the batch size: which two settings of `slow` are "
        "the dear ones?",
        "`slow.clone(weighting, batch_size=…)` changes both. What must stay: encoder, tasks, and the rows of an epoch.",
    ),
    solution="""
half_the_time = slow.clone("equal", batch_size=32)  # and that is the run to hand in beside `slow`
""",
)
def half_the_time(slow, quick=...):
    """Give two runs: the slow one, and one made from it that gets through an epoch in at most half the time, with the
    same tasks, an encoder of the same size, and the same rows. Both are measured."""
    from mtlkit.experiments.cost import profile
    from mtlkit.training.run import Run

    if quick is ...:
        raise Unanswered("Hand in both runs: `mk.check.half_the_time(slow, slow.clone(…))`.")
    if not isinstance(slow, Run) or not isinstance(quick, Run):
        raise Wrong("not-a-run", "Two runs are due: `mk.check.half_the_time(slow, slow.clone(…))`.")
    if quick is slow:
        raise Wrong("same-object", "Those are one and the same run: make another with `slow.clone(…)`.")
    if quick.tasks != slow.tasks:
        raise Wrong("tasks-dropped", f"Tasks must stay {', '.join(slow.tasks)}; yours has {', '.join(quick.tasks)}.")
    if quick.model.encoder.size() != slow.model.encoder.size():
        raise Wrong("other-encoder", "The encoder must stay: a smaller one is another model, not a cheaper training.")
    if len(quick.batches.rows) != len(slow.batches.rows):
        raise Wrong("rows-dropped", f"An epoch must stay {len(slow.batches.rows):,} rows: fewer are less to learn.")
    each = 1 / profile({"slow": slow, "quick": quick}, rounds=5)["rows_per_second"]
    part = each["quick"] / each["slow"]
    if part > 0.5:
        raise Wrong("too-slow", f"Measured: an epoch takes {part:.0%} of the slow one's time; at most 50 % is due.")
    steps = f"{slow.steps_per_epoch:,} → {quick.steps_per_epoch:,} steps an epoch"
    return f"Measured: {part:.0%} of the time ({steps}). With fewer steps, the learning rate may have to rise."
