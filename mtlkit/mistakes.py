"""Where a model is most wrong: the rows of a split with the highest loss, each with its truth and the answer."""

from __future__ import annotations

import torch

from mtlkit.batching import Rows, encode
from mtlkit.names import unknown
from mtlkit.tasks import Target
from mtlkit.tasks.base import label_text
from mtlkit.tasks.multilabel import NONE
from mtlkit.tasks.multilabel import names as multilabel_names
from mtlkit.tasks.tagging import spans


def mistakes(model, split, task: str, n: int | None = 10, batch_size: int = 64):
    """The wrong answers of a task, those with the highest loss first: a pandas table of row, text, truth, answer, loss.

    A high loss is a mistake made with confidence: there either the model is wrong, or the label. Of numbers every
    answer is off, and the ones that are farthest off come first. row: counted from 0, as in `split[row]`. loss: that of
    the row alone, in the task's unit (of tags: the mean over its words). n: how many (None: all).
    """
    import pandas as pd

    names = [t.name for t in model.tasks]
    if task not in names:
        raise ValueError(unknown("task", task, names))
    own = model.tasks[names.index(task)]
    if own.column is None:
        raise ValueError(f"Task {task!r} ({own.kind}) hides words of the text; there are no rows to be wrong about.")
    found = [
        (row, _one_text(split.texts[row]), truth, answer, loss)
        for row, truth, answer, loss in _judged(model, split, own, batch_size)
        if own.kind == "regression" or truth != answer
    ]
    found.sort(key=lambda judged: -judged[-1])
    return pd.DataFrame(found[:n], columns=["row", "text", "truth", "answer", "loss"])


@torch.inference_mode()
def _judged(model, split, task, batch_size: int):
    """(row, truth, answer, loss) of every labelled row, truth and answer in the same words."""
    encoded = encode(split, model.tokenizer, [task], model.encoder.max_length)
    labels, cells = encoded.labels[task.name], split.cells(task.column)
    labelled = [row for row in range(len(split)) if labels[row] is not None]
    labelled.sort(key=lambda row: -encoded.lengths[row])
    was_training = model.training
    model.eval()
    try:
        for start in range(0, len(labelled), batch_size):
            index = labelled[start : start + batch_size]
            rows = Rows(encoded, index)
            target = task.of.target([labels[row] for row in index], rows, task)
            if target is None:  # no word of these rows was read
                continue
            everything = Target(torch.arange(len(rows)), None)  # keeps every row in the pass
            batch = rows.batch({task.name: target, "": everything}, [task])
            del batch.targets[""]
            output = model.outputs(batch.to(model.device))[task.name].float().cpu()
            answers = task.of.decode(output, target, rows, task)
            for i, row in enumerate(index):
                mine = target.rows == i
                if mine.any():
                    loss = float(task.of.loss(output[mine], target.labels[mine]))
                    yield row, _truth(task, cells[row], labels[row], rows, i), say(answers[i]), loss
    finally:
        model.train(was_training)


def _truth(task, cell, label, rows: Rows, i: int) -> str:
    """The label in the words that `say` has for an answer."""
    if task.kind == "tagging":
        read = [position is not None for position in rows.first_tokens(i, task)]  # the model never saw the others
        tags = [task.labels[tag] for tag, seen in zip(label, read, strict=True) if seen]
        return say({"spans": spans(tags, rows.word_spans(i, task), rows.text(i))})
    if task.kind == "multilabel":
        known = multilabel_names(cell)
        return say({"labels": [name for name in task.labels if name in known]})
    return say({"value": float(cell)} if task.kind == "regression" else {"label": label_text(cell)})


def say(answer: dict | None) -> str:
    """An answer as `predict` gives it, in one line: a label, a number, labels with | between, or label: words."""
    if answer is None:
        return ""
    if "label" in answer:
        return answer["label"]
    if "value" in answer:
        return f"{answer['value']:.4g}"
    if "labels" in answer:
        return "|".join(answer["labels"]) or NONE
    if "spans" in answer:
        return "; ".join(f"{span['label']}: {span['text']}" for span in answer["spans"]) or NONE
    return str(answer)


def _one_text(text: str | tuple[str, str]) -> str:
    return text if isinstance(text, str) else " || ".join(text)
