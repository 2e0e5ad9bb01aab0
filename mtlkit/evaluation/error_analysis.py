"""Where a model is most wrong: the rows of a split with the highest loss, each with its truth and the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from mtlkit.batching import Rows, group_windows, labelled_rows
from mtlkit.encoder.encoder import in_eval_mode
from mtlkit.evaluation.metrics import write_answers
from mtlkit.tasks._grouped import dense
from mtlkit.utils.errors import unknown

if TYPE_CHECKING:
    import pandas

    from mtlkit.corpus import Split
    from mtlkit.model import MultiTaskModel


def worst_errors(
    model: MultiTaskModel, split: Split, task: str, n: int | None = 10, batch_size: int = 64
) -> pandas.DataFrame:
    """The wrong answers of a task, those with the highest loss first.

    A high loss is a mistake made with confidence: there either the model is wrong, or the label. Of numbers every
    answer is off, and the ones that are farthest off come first.

    Args:
        model: what answers.
        split: of a corpus with the task.
        task: its name.
        n: how many (None: all).
        batch_size: rows read at once.

    Returns:
        A table: row (counted from 0, as in `split[row]`), text, truth, answer, loss (of the row alone, in the task's
        unit; of tags: the mean over its words).

    Raises:
        ValueError: an unknown task, or one whose answers are words one by one, none right or wrong as a row.
    """
    import pandas as pd

    names = [t.name for t in model.tasks]
    if task not in names:
        raise ValueError(unknown("task", task, names))
    own = model.tasks[names.index(task)]
    if own.column is None:
        raise ValueError(
            f"Task {task!r} is {own.kind!r}: its answers are words one by one, none right or wrong as a row."
        )
    found = [
        (row, _one_text(split.texts[row]), right[0], answer, loss)
        for row, right, answer, loss in _judged(model, split, own, batch_size)
        if not any(own.spec.agree(answer, each) for each in right)
    ]
    found.sort(key=lambda judged: -judged[-1])
    return pd.DataFrame(found[:n], columns=["row", "text", "truth", "answer", "loss"])


@torch.inference_mode()
def _judged(model, split, task, batch_size: int):
    """(row, right answers, answer, loss) of every labelled row, the answers in the same words."""
    tokenized = model.tokenize(split, [task])
    with in_eval_mode(model):
        for index in group_windows(tokenized, labelled_rows(tokenized, [task]), batch_size):
            rows = Rows(tokenized, index)
            labels = [tokenized.labels[task.name][window] for window in index]
            target = task.spec.target(labels, rows, task)
            if target is None:  # nothing of these rows was read
                continue
            batch = rows.batch({task.name: target}, [task], keep=True).to(model.device)
            output = model.outputs(batch, model.read(batch))[task.name].float().cpu()
            losses = _losses(task, output, target, rows)
            if task.spec.generates:
                answers = write_answers(model, tokenized, task, index[rows.first_windows], batch_size)
            else:
                answers = task.spec.decode(output, target, rows, task)
            rights = task.spec.reference(labels, target, rows, task)
            for at, answer, right in zip(rows.first_windows.tolist(), answers, rights, strict=True):
                if at in losses:
                    yield int(tokenized.row[index[at]]), [*map(task.format, right)], task.format(answer), losses[at]


def _losses(task, output, target, rows: Rows) -> dict[int, float]:
    """First row of a text → the loss of what the task read of it."""
    owner = target.rows if target.texts is None else target.texts
    owner = torch.tensor(rows.text_of)[owner]
    found = {}
    for at in owner.unique().tolist():
        mine = owner == at
        labels = target.labels[mine]
        if target.count is not None:  # their first column numbers the answers of the batch
            labels = torch.cat([dense(labels[:, 0])[:, None], labels[:, 1:].long()], 1)
        found[at] = float(task.spec.loss(output[mine], labels))
    return found


def _one_text(text: str | tuple[str, str]) -> str:
    return text if isinstance(text, str) else " || ".join(text)
