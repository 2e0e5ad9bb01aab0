"""Span corruption: hide spans of a text behind marks, and write down what was there (Raffel et al. 2020,
arXiv:1910.10683, section 3.1.4)."""

import torch

from mtlkit.tasks._kind import register
from mtlkit.tasks._language_model import LanguageModelling, language_model_head
from mtlkit.tasks._seq2seq import decoder_target
from mtlkit.tasks._target import DecoderTarget

SHARE = 0.15  # of the tokens are hidden
LENGTH = 3  # tokens in a span, on average


@register
class SpanCorruption(LanguageModelling):
    """Head: hidden → vocabulary, the model's own output layer, on the decoder's vectors. Loss: cross-entropy in nats,
    mean over the tokens to be written: each span's mark (<extra_id_0>, …), what it hides, and the end. Needs no label
    column: corrupted copies of the rows are appended to the same encoder pass, so that other tasks read the text whole.
    For encoder-decoders (T5). It is not asked about a text."""

    name = "span_corruption"

    def target(self, labels, rows, task) -> DecoderTarget | None:
        if labels is None:
            return None
        marks = sentinels(rows.tokenizer)
        there, read, written = [], [], []
        for row in rows.first_windows.tolist():
            ids = rows.token_ids(row)
            if labels[row] is None or len(ids) < 3:
                continue
            text, spans = corrupt(ids[:-1] if ids[-1] == rows.tokenizer.eos_token_id else ids, marks, rows.random)
            there.append(row)
            read.append([*text, rows.tokenizer.eos_token_id])
            written.append([*spans, rows.tokenizer.eos_token_id])
        if not there:
            return None
        first = rows.append_tokens(read)
        return decoder_target(first + torch.arange(len(there)), written, torch.tensor(there), [rows.decoder_start])

    def head(self, task, encoder):
        if len(sentinels(encoder.tokenizer)) < 2:
            raise ValueError(
                f"Task {task.name!r}: the tokenizer of {encoder.name!r} has no marks such as <extra_id_0>."
            )
        return language_model_head(task, encoder, ("encoder-decoder",))


def sentinels(tokenizer) -> list[int]:
    """The tokens <extra_id_0>, <extra_id_1>, … that the tokenizer has."""
    known = tokenizer.get_added_vocab()  # the whole vocabulary would be copied at every batch
    return [known[f"<extra_id_{i}>"] for i in range(100) if f"<extra_id_{i}>" in known]


def corrupt(ids: list[int], marks: list[int], random: torch.Generator) -> tuple[list[int], list[int]]:
    """What is read, and what is to be written. Of the tokens 15 % are hidden (at least one, and not all), in spans of
    mean length 3 that may lie anywhere, the text's ends too, but not beside one another."""
    size = len(ids)
    noise = min(max(round(size * SHARE), 1), size - 1)
    spans = max(1, min(round(noise / LENGTH), size - noise, len(marks)))
    hidden = parts(noise, spans, random)
    first, *between, _ = parts(size - noise + 2, spans + 1, random)
    shown = [first - 1, *between]  # nothing may stand before the first span, or behind the last
    read, written, at = [], [], 0
    for mark, plain, gone in zip(marks, shown, hidden, strict=False):
        read += [*ids[at : at + plain], mark]
        written += [mark, *ids[at + plain : at + plain + gone]]
        at += plain + gone
    return [*read, *ids[at:]], written


def parts(total: int, count: int, random: torch.Generator) -> list[int]:
    """`total` cut at random into `count` whole numbers of at least 1."""
    cuts = (torch.randperm(total - 1, generator=random)[: count - 1] + 1).sort().values.tolist()
    return [b - a for a, b in zip([0, *cuts], [*cuts, total], strict=True)]
