"""Notebook 02: the size of each head, the loss of a model that knows nothing, the multi-label loss."""

import math
from collections.abc import Mapping, Sequence

import torch
from torch.nn import functional as F

from mtlkit.course.checks.base import Unanswered, Wrong, exercise
from mtlkit.course.checks.compare import Attempt, Idea, judge_function, judge_number, numbers, random, same

SIZES = {"topic": 8, "sentiment": 3, "urgency": 1, "entities": 9, "symptoms": 8, "escalated": 2}


def _per_task(answer: object, tasks: Sequence[str]) -> dict:
    """The answer as a dict with a value for each task."""
    if not isinstance(answer, Mapping):
        raise Wrong("not-a-dict", f"A dict is due: task name → number, for {', '.join(tasks)}.")
    if any(answer.get(task, 0) is None or answer.get(task, 0) is ... for task in tasks):
        raise Unanswered
    missing = [task for task in tasks if task not in answer]
    if missing:
        raise Wrong("task-missing", f"Your dict has no entry for {', '.join(missing)}.")
    return {task: answer[task] for task in tasks}


@exercise(
    hints=(
        "Ask for each task: how many numbers must the head give for one text (or one word), so that the answer can be "
        "read from them?",
        "Classification and multi-label: one logit per label. Regression: the number itself. Tagging: one logit per "
        "tag, where each kind of entity has a B- and an I- tag, and O stands for no entity.",
    ),
    solution="""
head_sizes = {
    "topic": 8,              # one logit per class
    "sentiment": 3,
    "urgency": 1,            # the number itself
    "entities": 1 + 2 * 4,   # O, and B- and I- for each of the four
    "symptoms": 8,           # one yes/no per symptom
    "escalated": 2,          # no, yes
}
""",
)
def head_sizes(answer):
    """Give a dict: task name → how many numbers its head gives (per text; for entities, per word).

    topic: one of 8 classes. sentiment: one of 3. urgency: a number from 0 to 1. entities: BIO tags for products, dates,
    places and orders. symptoms: any number of 8. escalated: no or yes, as a classification."""
    given = _per_task(answer, list(SIZES))
    kinds = {
        "urgency": [
            Idea(
                "classes-for-a-number",
                "urgency is a number, and a regression head gives just that: one output, whatever the range.",
                (0, 2, 10, 11, 100),
            )
        ],
        "entities": [
            Idea(
                "bio-forgotten",
                "You gave each kind of entity one tag. Two dates side by side would melt into one: BIO marks where an "
                "entity begins (B-) and where it goes on (I-).",
                (4, 5),
            ),
            Idea(
                "outside-forgotten",
                "B- and I- for each of four kinds are 8. And which tag does a word get that belongs to none?",
                8,
            ),
            Idea(
                "outside-per-kind",
                "B-, I- and O for each kind make 12, but O says 'no entity at all': one O serves all kinds.",
                12,
            ),
        ],
        "symptoms": [
            Idea(
                "every-combination",
                "2⁸ = 256 is the number of combinations. One yes/no for each symptom says the same with 8 outputs.",
                (256, 255),
            ),
            Idea(
                "two-per-label",
                "One logit is enough for a yes/no: its sigmoid is the probability of yes, and no gets the rest.",
                16,
            ),
            Idea("one-of-several", "A ticket can have several symptoms at once: each needs an output of its own.", 1),
            Idea(
                "none-as-a-label",
                "'No symptom' needs no output of its own: then all 8 yes/no answers are no.",
                9,
            ),
        ],
        "escalated": [
            Idea(
                "one-logit-for-two-classes",
                "One logit with a sigmoid would do, and many do so. Here yes/no is a classification with two labels "
                "like any other: two logits and a softmax, and one loss serves for all numbers of classes.",
                1,
            )
        ],
    }
    for task, right in SIZES.items():
        general = Idea(
            "one-output-for-classes",
            f"One output for {task} would put the classes on a line, as if class 3 were more than class 2. Each "
            "class needs a logit of its own.",
            1,
        )
        judge_number(given[task], right, kinds.get(task, [general]), f"The size of the head for {task}")
    return "One number per label, one for a regression, and 1 + 2 · 4 tags for four kinds of entity."


@exercise(
    hints=(
        "All classes alike; the mean; ½ for every yes/no. What does the loss make of each?",
        "Cross-entropy is −ln p(true label), with p = 1/8 or ½. Mean squared error around the mean has a name of its "
        "own, and the standard deviation is its square root.",
    ),
    solution="""
import math

uninformed_losses = {
    "topic": math.log(8),       # -ln(1/8)
    "minutes": 40.0 ** 2,       # the variance, in minutes squared
    "symptoms": math.log(2),    # -ln(1/2), the mean over the labels
}
""",
)
def uninformed_losses(answer):
    """Give a dict: task name → the loss of an answer that doesn't depend on the text.

    topic: 8 classes, equally frequent, all called equally likely; cross-entropy. minutes: mean 60, standard deviation
    40, always the mean; mean squared error. symptoms: 8 labels, ½ for each; binary cross-entropy, the mean over labels.
    """
    given = _per_task(answer, ["topic", "minutes", "symptoms"])
    no_loss = Idea(
        "no-loss",
        "A loss of 0 means certain and right. Whoever doesn't read the text can't be that.",
        0.0,
    )
    judge_number(
        given["topic"],
        math.log(8),
        [
            Idea(
                "probability-not-loss",
                "1/8 is the probability of the true class (and the accuracy of guessing). The loss is −ln of it.",
                (1 / 8, 7 / 8),
            ),
            Idea(
                "other-logarithm",
                "That is the right idea with a logarithm to base 2 or 10. PyTorch's losses use the natural one, "
                "`math.log`: their unit is the nat.",
                (math.log2(8), math.log10(8)),
            ),
            Idea("sign", "ln(1/8) is negative; the loss is minus that.", -math.log(8)),
            no_loss,
        ],
        "The loss for topic",
    )
    judge_number(
        given["minutes"],
        1600.0,
        [
            Idea(
                "standard-deviation",
                "40 minutes is the standard deviation, the root of what is asked for. The mean squared error around "
                "the mean is the variance, in minutes squared; that is what makes this task so loud.",
                40.0,
            ),
            Idea(
                "answers-zero",
                "60² + 40² is the loss of a model that always answers 0. This one answers the mean, 60: "
                "only the spread around it is left.",
                (3600.0 + 1600.0, 3600.0),
            ),
            no_loss,
        ],
        "The loss for minutes",
    )
    judge_number(
        given["symptoms"],
        math.log(2),
        [
            Idea(
                "probability-not-loss",
                "½ is the probability that the model gives to each true answer. The loss is −ln of it.",
                0.5,
            ),
            Idea(
                "other-logarithm",
                "That is −log of ½ to base 2 or 10. PyTorch's losses use the natural logarithm, `math.log`.",
                (1.0, math.log10(2)),
            ),
            Idea(
                "sum-over-labels",
                "Each label costs ln 2, so 8 cost 8 ln 2: that is the sum. The loss is the mean over the labels, and "
                "with it ln 2, however many labels there are.",
                8 * math.log(2),
            ),
            Idea(
                "one-of-several",
                "ln 8 would be right if exactly one of the 8 symptoms applied. Here each is a yes/no of its own.",
                math.log(8),
            ),
            Idea("sign", "ln(½) is negative; the loss is minus that.", -math.log(2)),
            no_loss,
        ],
        "The loss for symptoms",
    )
    return (
        "ln 8 = 2.08, 1600 and ln 2 = 0.69. A first loss far from these says that something is wrong before training "
        "has begun; and one of them is hundreds of times louder than the others."
    )


@exercise(
    hints=(
        "Every label is a yes/no of its own, with a probability of its own: which function turns one logit into one "
        "probability?",
        "`torch.nn.functional` has binary cross-entropy in two forms; one of them takes logits.",
    ),
    solution="""
from torch.nn import functional as F

def multilabel_loss(logits, labels):
    return F.binary_cross_entropy_with_logits(logits, labels)
""",
)
def multilabel_loss(answer):
    """Give a function of (logits, labels): the multi-label loss, a scalar: the mean over rows and labels.

    logits: (rows, labels), any numbers. labels: (rows, labels), 1.0 where a label applies and 0.0 elsewhere."""
    probes = [(4 * random(s, rows, 5) - 2, (random(s + 9, rows, 5) > 0.6).float()) for s, rows in ((1, 3), (2, 4))]
    ideas = [
        Idea(
            "softmax",
            "You let the labels compete: with a softmax their probabilities add up to 1, as if exactly one applied. "
            "Here several may, or none. Each logit gets a sigmoid of its own.",
            (
                lambda x, y: F.cross_entropy(x, y),
                lambda x, y: F.cross_entropy(x, y, reduction="sum"),
                lambda x, y: F.cross_entropy(x, y.argmax(1)),
                lambda x, y: -(y * x.log_softmax(1)).mean(),
                lambda x, y: F.binary_cross_entropy(x.softmax(1), y),
            ),
        ),
        Idea(
            "sum-not-mean",
            "That is the sum. The mean over rows and labels stays comparable when the batch or the list of labels "
            "grows; the sum would make this task louder.",
            (
                lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction="sum"),
                lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction="sum") / len(x),
            ),
        ),
        Idea(
            "not-reduced",
            "That is one loss per row and label. A task's loss is one number, their mean.",
            (
                lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction="none"),
                lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction="none").mean(1),
            ),
        ),
        Idea(
            "sigmoid-twice",
            "The sigmoid acts twice: `binary_cross_entropy_with_logits` has one inside.",
            lambda x, y: F.binary_cross_entropy_with_logits(x.sigmoid(), y),
        ),
        Idea(
            "only-positives",
            "You count only the labels that apply. A model that says yes to everything would have no loss: the labels "
            "that don't apply must cost too, −ln(1 − p).",
            (
                lambda x, y: -(y * F.logsigmoid(x)).mean(),
                lambda x, y: -(y * F.logsigmoid(x)).sum() / y.sum(),
            ),
        ),
        Idea(
            "squared-error",
            "That is the squared error of the answers. It trains, but a confident mistake costs at most 1; "
            "cross-entropy lets it cost as much as it deserves.",
            (lambda x, y: F.mse_loss(x.sigmoid(), y), lambda x, y: F.mse_loss(x, y)),
        ),
        Idea("sign", "The sign is the wrong way round: minimising this would unlearn.", _negative),
    ]
    try:
        judge_function(answer, "logits, labels", probes, F.binary_cross_entropy_with_logits, ideas, "The loss")
    except Wrong as wrong:
        said = str(wrong)
        if "between 0 and 1" in said or "nan" in said:
            raise Wrong(
                "sigmoid-forgotten",
                "You took the logits for probabilities. A logit is any number; the sigmoid makes a probability of it, "
                "or `binary_cross_entropy_with_logits` does it for you.",
            ) from None
        raise
    certain = torch.tensor([[120.0, -120.0]]), torch.tensor([[0.0, 1.0]])
    given = numbers(Attempt(answer, "logits, labels")(*certain), "The loss")
    if not same(given, torch.tensor(120.0, dtype=torch.float64)):
        raise Wrong(
            "overflow",
            "Right for small logits; but for a logit of 120 the probability rounds to 1 and its logarithm is lost. A "
            f"mistake of two logits of 120 costs 120, and yours says {float(given):.4g}: NaN, infinite, or cut off, as "
            "`binary_cross_entropy` does at 100. `binary_cross_entropy_with_logits` takes the logarithm first.",
        )
    return "Each label is a yes/no of its own, and the mean keeps the loss comparable."


def _negative(logits, labels):
    return -F.binary_cross_entropy_with_logits(logits, labels)
