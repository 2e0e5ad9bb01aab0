"""Span: the stretch of a text that answers a question, as in SQuAD (Rajpurkar et al. 2016, arXiv:1606.05250)."""

import math
import re
import string
from collections import Counter

import numpy as np
import torch

from mtlkit.tasks._grouped import dense, log_softmax
from mtlkit.tasks._heads import LinearHead
from mtlkit.tasks._kind import Kind, register
from mtlkit.tasks._labels import NONE as DASH
from mtlkit.tasks._labels import missing
from mtlkit.tasks._target import Target

LONGEST = 30  # tokens of an answer
ANSWER, NONE = "answer", "none"


@register
class Span(Kind):
    """A row is a pair (question, context), or a context alone: the answer lies in the last text. Head: hidden → 2
    logits for each token of the context, and for one before it that says "not here": where the answer starts, where it
    ends. Loss: cross-entropy in nats over the tokens, mean of start and end; about log of the tokens for a model that
    knows nothing. A context longer than the encoder reads is read in windows; where the answer isn't whole in a window,
    "not here" is right.

    A cell is SQuAD's {"text": […], "answer_start": […]}, {"start": 17, "end": 25} in characters of the context or a
    list of those, or the answer's text where it occurs once. An empty list or stretch: the question has no answer
    there. What an empty cell among answers' texts means, `Task(…, empty=…)` says.

    Where questions may have none, the metrics are told apart, as SQuAD 2.0 does (Rajpurkar et al. 2018,
    arXiv:1806.03822): has_answer_f1, has_answer_exact and no_answer_accuracy."""

    name = "span"
    metric_names = ("f1", "exact")
    windowed = True
    resolves = True
    empty_means = "no answer"
    may_have_no_answer = True

    def labels_of(self, values):
        empty = any(not self.parse(v, None, "") for v in values if not missing(v))
        return (ANSWER, NONE) if empty else (ANSWER,)

    def reads_empty_two_ways(self, cells):
        return any(isinstance(cell, str) and not missing(cell) for cell in cells)

    def parse(self, value, task, where):
        """A list of (start or None, end or None, text or None); None where the cell is missing."""
        if missing(value):
            return None
        if isinstance(value, str):
            return [(None, None, value.strip())]
        found = [value] if isinstance(value, dict) else list(value)
        if len(found) == 1 and "answer_start" in found[0]:
            texts, starts = found[0]["text"], found[0]["answer_start"]
            single = isinstance(texts, str)
            pairs = [(texts, starts)] if single else zip(texts or (), starts or (), strict=True)
            return [(start, start + len(text), text) for text, start in pairs if text]
        return [(a["start"], a["end"], a.get("text")) for a in found if a.get("start") not in (None, a.get("end"))]

    def resolve(self, label, text, choices, task, where):
        """A list of (start, end) in characters of the context."""
        context = context_of(text, task)
        found = []
        for start, end, words in label:
            if start is None:
                if context.count(words) != 1:
                    raise ValueError(
                        f"Task {task.name!r}, {where}: the answer {words[:40]!r} occurs {context.count(words)} times "
                        'in the context; give its place: {"start": …, "end": …}.'
                    )
                start = context.index(words)
                end = start + len(words)
            there = context[start:end] if 0 <= start < end <= len(context) else ""
            if not there.strip() or words not in (None, there):
                raise ValueError(
                    f"Task {task.name!r}, {where}: the answer {(words or '')[:40]!r} does not lie at {start:,} to "
                    f"{end:,} of the context ({len(context):,} characters), where {there[:40]!r} stands. Offsets count "
                    "characters from 0."
                )
            found.append((end - len(there.lstrip()), start + len(there.rstrip())))
        return found

    def cell(self, label, task):
        return [{"start": start, "end": end} for start, end in label]

    def target(self, labels, rows, task):
        row_of, position, truth, count = [], [], [], 0
        for row in range(len(rows)):
            if labels is not None and labels[row] is None:
                continue
            encoding = rows.encoding(row)
            tokens = candidates(encoding, task)
            if not tokens:
                continue
            if labels is not None:
                marked = ends(encoding, labels[row]) or (tokens[0], tokens[0])
                truth += [(count, token == marked[0], token == marked[1]) for token in tokens]
            row_of += [row] * len(tokens)
            position += tokens
            count += 1
        if not row_of:
            return None
        place, truth = torch.tensor(row_of), None if labels is None else torch.tensor(truth)
        return Target(place, truth, torch.tensor(position), texts=place, count=count, source=rows)

    def head(self, task, encoder):
        return LinearHead(encoder.hidden_size, 2)

    def loss(self, output, labels):
        group, start, end = labels.unbind(1)
        right = log_softmax(output[:, 0], group) * start + log_softmax(output[:, 1], group) * end
        return -right.sum() / start.sum() / 2

    def predictions_and_targets(self, output, target, task):
        """(predicted text, the right ones) of each text; no text for "none"."""
        rows = target.source
        answers = zip(rows.first_windows.tolist(), self.decode(output, target, rows, task), strict=True)
        found = []
        for row, answer in answers:
            gold, context = rows.label(row, task), rows.context(row)
            if gold is not None:
                found.append((answer["text"], [context[start:end] for start, end in gold] or [""]))
        return found

    def constant_guesses(self, labels, judged, task):
        """To every question "no answer", where that may be right."""
        return [[("", ["an answer"] if gold else [""]) for gold in judged]] if NONE in (task.labels or ()) else []

    def margins(self, output, target, task):
        rows, best = target.source, self._best(output, target)
        labelled = [row for row in target.source.first_windows.tolist() if rows.label(row, task) is not None]
        return [best[row][0] if row in best else -math.inf for row in labelled]

    def counts(self, pairs, task):
        """F1 of the words and exact match, of answers without case, articles and punctuation, the best over the right
        answers, as SQuAD's own script counts them; for all, and for questions with an answer."""
        rows = []
        for said, gold in pairs:
            has = any(map(normal, gold))
            f1, exact = max(word_f1(said, g) for g in gold), max(normal(said) == normal(g) for g in gold)
            rows.append((1, f1, exact, has, has * f1, has * exact))
        return np.array(rows, dtype=float)

    def from_counts(self, sums, task):
        count, f1, exact, has, has_f1, has_exact = np.moveaxis(sums, -1, 0)
        found = {"f1": f1 / count, "exact": exact / count}
        if NONE not in (task.labels or ()):
            return found
        with np.errstate(divide="ignore", invalid="ignore"):
            apart = {"has_answer_f1": has_f1 / has, "has_answer_exact": has_exact / has}
            return found | apart | {"no_answer_accuracy": (exact - has_exact) / (count - has)}

    def decode(self, output, target, rows, task):
        best = self._best(output, target)
        return [self._answer(best.get(row), rows, task) for row in rows.first_windows.tolist()]

    def _best(self, output, target) -> dict[int, tuple]:
        """First row of a text → its best stretch in any window: what `best_span` says of it, the row and the tokens'
        positions."""
        rows = target.source
        group = dense(target.rows)
        logs = torch.stack([log_softmax(side, group) for side in output.unbind(1)], 1)
        best: dict[int, tuple] = {}
        for number in range(int(group.max()) + 1):
            mine = (group == number).nonzero().squeeze(1)
            row = int(target.texts[mine[0]])
            found = (*best_span(logs[mine], output[mine]), row, target.positions[mine])
            text = rows.text_of[row]
            if text not in best or found[0] > best[text][0]:
                best[text] = found
        return best

    def reference(self, labels, target, rows, task):
        """Any of the stretches that are marked."""
        golds = ((rows.context(row), labels[row]) for row in rows.first_windows.tolist())
        return [[{"text": context[start:end]} for start, end in gold or [(0, 0)]] for context, gold in golds]

    def agree(self, answer, right):
        return normal(answer) == normal(right)  # an article or a full stop more is no mistake, as in the metrics

    def format(self, answer):
        return answer["text"].strip() or DASH

    def _answer(self, found: tuple | None, rows, task) -> dict:
        nothing = {"text": "", "start": None, "end": None, "score": 1.0}
        if found is None:
            return nothing
        margin, score, none, start, end, row, positions = found
        if NONE in task.labels and margin < task.threshold:
            return nothing | {"score": none}
        offsets, context = rows.encoding(row).offsets, rows.context(row)
        start, end = offsets[positions[start]][0], offsets[positions[end]][1]
        return {"text": context[start:end], "start": start, "end": end, "score": score}


def context_of(text: str | tuple[str, str], task) -> str:
    """What the answer lies in: of a pair the second text; nothing, where a task about pairs lacks it."""
    return text[1] if not isinstance(text, str) else "" if task.pair else text


def candidates(encoding, task) -> list[int]:
    """The tokens of the context, after the token that stands for "not here"; [] where there is no such token, or no
    context."""
    sides = encoding.sequence_ids
    if task.pair and 1 not in sides:
        return []
    last = 1 if 1 in sides else 0
    context = [i for i, side in enumerate(sides) if side == last]
    other = next((i for i, side in enumerate(sides) if side != last), None)
    return [] if other is None else [other, *context]


def ends(encoding, answers: list[tuple[int, int]]) -> tuple[int, int] | None:
    """The first and last token of the first answer; None where it isn't whole in this window."""
    if not answers:
        return None
    start, end = answers[0]
    side = 1 if 1 in encoding.sequence_ids else 0
    first, last = encoding.char_to_token(start, side), encoding.char_to_token(end - 1, side)
    return None if first is None or last is None else (first, last)


def best_span(logs, logits) -> tuple[float, float, float, int, int]:
    """Of log probabilities and logits (tokens, 2), the first "not here": how far the best span's logits are above those
    of "not here", its probability, that of "not here", and its first and last token."""
    scores = logs[1:, 0, None] + logs[None, 1:, 1]  # (start, end)
    long = torch.ones_like(scores, dtype=torch.bool).triu().tril(LONGEST - 1)
    scores = scores.masked_fill(~long, -torch.inf)
    start, end = divmod(int(scores.argmax()), scores.shape[1])
    none = logits[0].sum()
    margin = logits[start + 1, 0] + logits[end + 1, 1] - none
    return float(margin), float(scores[start, end].exp()), float(logs[0].sum().exp()), start + 1, end + 1


def normal(text: str) -> str:
    """Without case, punctuation, articles and extra spaces."""
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def word_f1(said: str, right: str) -> float:
    """F1 of the words in common; of nothing and nothing 1."""
    ours, theirs = normal(said).split(), normal(right).split()
    if not ours or not theirs:
        return float(ours == theirs)
    both = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * both / (len(ours) + len(theirs))
