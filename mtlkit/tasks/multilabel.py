"""Multi-label classification: any number of C labels for a text."""

import ast
import numbers
import re
from collections import Counter
from collections.abc import Iterable

import torch
from torch import nn

from mtlkit.tasks._counts import absent_labels, label_counts, label_scores
from mtlkit.tasks._heads import LinearHead
from mtlkit.tasks._kind import Kind, register
from mtlkit.tasks._labels import NONE, NUMBER, index_of, label_text, missing, name_of, no_gaps, sort_labels

ITEM = r"""(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|-?\d+)"""
LIST = re.compile(rf"\s*\[\s*(?:{ITEM}(?:\s*,\s*{ITEM})*\s*,?)?\s*\]\s*")  # as Python and JSON write lists
QUOTED = re.compile(r"""\s*\[\s*['"]""")


@register
class Multilabel(Kind):
    """Head: hidden → C logits, one yes/no each. Loss: binary cross-entropy in nats, mean over rows and labels; their
    entropy for a new model, which says how often each label occurs. A cell holds a list, also one written out ("['a',
    'b']"), one label alone, or one text separated by | or ;, or by the task's `sep`, where "-" means "none". What an
    empty cell means is plain where others say "none"; else `Task(…, empty=…)` does."""

    name = "multilabel"
    metric_names = ("micro_f1", "macro_f1")
    many_labels = True
    empty_means = "no label"
    pace = 3.0  # a rare label begins far below 0 and has far to go
    pipeline_tag = "text-classification"

    def labels_of(self, values):
        rows = enumerate(values, 1)
        return sort_labels(label for row, v in rows if not missing(v) for label in names(v, f"training row {row:,}"))

    def names_in(self, cell, task):
        return [name_of(label, task) for label in names(cell, f"Task {task.name!r}")]

    def reads_empty_two_ways(self, cells):
        return all(names(cell, "a label") for cell in cells if not missing(cell))

    def parse(self, value, task, where):
        if missing(value):
            return None
        found = [index_of(label, task, where) for label in names(value, f"Task {task.name!r}, {where}")]
        return [i for i in found if i is not None]

    def tensor(self, labels, task):
        hot = torch.zeros(len(labels), len(task.labels))
        for row, found in enumerate(labels):
            hot[row, found] = 1.0
        return hot

    def prior(self, labels, task):
        found = torch.tensor([i for row in labels for i in set(row)], dtype=torch.long)
        share = torch.bincount(found, minlength=len(task.labels)) / len(labels)
        return share.logit(eps=0.5 / len(labels))  # never or always: but for half a row

    def constants(self, labels, task):
        order = self.prior(labels, task).argsort(descending=True)  # the commonest k labels, for every k
        return [torch.where(torch.isin(torch.arange(len(order)), order[:k]), 1.0, -1.0) for k in range(len(order) + 1)]

    def head(self, task, encoder):
        return LinearHead(encoder.hidden_size, len(task.labels))

    def loss(self, output, labels):
        return nn.functional.binary_cross_entropy_with_logits(output, labels)

    def predictions_and_targets(self, output, target, task):
        return list(zip((output > 0).int().tolist(), target.labels.int().tolist(), strict=True))

    def counts(self, pairs, task):
        return label_counts(*zip(*pairs, strict=True))

    def from_counts(self, sums, task):
        return label_scores(sums)

    def remarks(self, sums, task):
        return absent_labels(sums)

    def probe_targets(self, labels, task):
        return 2 * labels - 1

    def score(self, output, labels):
        said, true = output > 0, labels > 0
        both, either = (said & true).sum((-2, -1)), said.sum((-2, -1)) + true.sum()
        return torch.where(either > 0, 2 * both / either, 0.0)

    def decode(self, output, target, rows, task):
        answers = []
        for row in output.sigmoid().tolist():
            scores = dict(zip(task.labels, row, strict=True))
            answers.append({"labels": [label for label, s in scores.items() if s > 0.5], "scores": scores})
        return answers

    def format(self, answer):
        return "|".join(answer["labels"]) or NONE


def names(value, where: str) -> list[str]:
    """The label names in a cell that is not missing. ValueError naming `where` for a list that is written out badly, or
    for one with an empty item."""
    parts = [value] if isinstance(value, numbers.Number) else value
    if isinstance(value, str):
        written_out = LIST.fullmatch(value)
        if not written_out and QUOTED.match(value):
            raise ValueError(
                f"{where}: {value[:60]!r} begins like a list of labels and is none. "
                "Write \"['a', 'b']\", or the labels alone, separated by | or ;."
            )
        parts = ast.literal_eval(value.strip()) if written_out else re.split(r"[|;]", value)
    return [label for label in map(label_text, no_gaps(parts, where)) if label not in ("", NONE)]


def divide(cell, sep: str):
    """A cell of text as the list of its labels, `sep` between them; lists, also written out, and gaps as they are."""
    if not isinstance(cell, str) or missing(cell) or LIST.fullmatch(cell):
        return cell
    return cell.split(sep) if sep else [cell]


def find_separator(cells: Iterable) -> str | None:
    """What separates the labels in cells of text: "," or " "; None where neither does, or | or ; may."""
    values = {cell.strip() for cell in cells if isinstance(cell, str) and not missing(cell)}
    if not values or any("|" in v or ";" in v or LIST.fullmatch(v) for v in values):
        return None
    return next((sep for sep in (",", " ") if _recombine(values, sep)), None)


def _recombine(values: set[str], sep: str) -> bool:
    """Whether the parts of texts are labels, not pieces of names: most of them come again in other company, or alone.
    Two words of a name often come again ("very good", "very bad"): with blanks, they must stand alone or be numbers."""
    divided = [{part.strip() for part in value.split(sep)} - {""} for value in values]
    seen = Counter(part for parts in divided for part in parts)
    several = {part for parts in divided if len(parts) > 1 for part in parts}
    alone = {part for parts in divided if len(parts) == 1 for part in parts}
    if not several:
        return False
    numbered = all(map(NUMBER.fullmatch, several))
    again = {part for part in several if part in alone or (seen[part] > 1 and (sep != " " or numbered))}
    return len(again) > 0.8 * len(several)
