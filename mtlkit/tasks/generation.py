"""Generation: a text for a text, such as the reply to a message."""

from typing import NamedTuple

import numpy as np
import torch

from mtlkit.tasks._counts import chrf, chrf_counts, divide
from mtlkit.tasks._kind import register
from mtlkit.tasks._labels import NONE, label_text, missing
from mtlkit.tasks._language_model import Tokens, language_model_head
from mtlkit.tasks._seq2seq import decoder_target
from mtlkit.tasks._target import Target

LONGEST = 128  # tokens of an answer that are learnt


class Judged(NamedTuple):
    """What is known of one answer: tokens guessed rightly, their loss in nats, how many, given the right ones before;
    the right text; and what was written, where it was, and whether to its end."""

    hits: int
    nats: float
    tokens: int
    right: str
    said: str | None = None
    finished: bool = True


@register
class Generation(Tokens):
    """Head: hidden → vocabulary, the model's own output layer. Loss: cross-entropy in nats, mean over the answer's
    tokens and the mark of its end, each from those before it (teacher forcing). The answer begins with the task's
    prompt, which is not learnt and not shown, so that several tasks of one model are told apart. An encoder-decoder
    (T5, BART) writes from the encoder's one pass, its decoder beginning with the prompt; a decoder (GPT-2, Llama …)
    goes on after the text, a mark and the prompt, in a row of its own. Judged by what it writes, token by token the
    likeliest, in an evaluation for every row, in a validation for some. Asked about a text, it writes: `beams` and
    `max_new_tokens` of `predict`. A cell holds the answer's text."""

    name = "generation"
    metric_names = ("chrf", "exact", "token_accuracy")
    generates = True

    def parse(self, value, task, where):
        return None if missing(value) else label_text(value)

    def target(self, labels, rows, task):
        there = rows.first_windows.tolist()
        if labels is None:
            return Target(rows.first_windows, None)
        there = [i for i in there if labels[i] is not None]
        if not there:
            return None
        texts, begin = torch.tensor(there), self.prompt_ids(task, rows.tokenizer)
        written = rows.target_ids([labels[i] for i in there], min(LONGEST, rows.max_length // 2))
        if rows.decoder_start is not None:
            return decoder_target(texts, written, texts, [rows.decoder_start, *begin], rows)
        longest = rows.max_length - len(begin)
        prompts = [before(rows, i, longest - len(ids)) + begin for i, ids in zip(there, written, strict=True)]
        first = rows.append_tokens([p + ids for p, ids in zip(prompts, written, strict=True)])
        number = torch.tensor([k for k, ids in enumerate(written) for _ in ids])
        position = torch.tensor(
            [len(p) - 1 + i for p, ids in zip(prompts, written, strict=True) for i in range(len(ids))]
        )
        labels = torch.tensor([token for ids in written for token in ids])
        return Target(first + number, labels, position, texts[number], source=rows)

    def head(self, task, encoder):
        if encoder.tokenizer.eos_token_id is None:
            raise ValueError(
                f"Task {task.name!r}: the tokenizer of {encoder.name!r} has no token to end an answer with."
            )
        return language_model_head(task, encoder, ("decoder", "encoder-decoder"))

    # -- metrics -----------------------------------------------------------------------------------------------
    def predictions_and_targets(self, output, target, task):
        """A `Judged` for each text, of which nothing is written yet."""
        guessed = super().predictions_and_targets(output, target, task)
        texts = dict.fromkeys(target.texts.tolist())
        return [Judged(*g, target.source.label(row, task)) for g, row in zip(guessed, texts, strict=True)]

    def with_written(self, pairs, answers):
        return [
            pair if answer is None else pair._replace(said=answer["text"], finished=answer["finished"])
            for pair, answer in zip(pairs, answers, strict=True)
        ]

    def counts(self, pairs, task):
        rows = []
        for hits, nats, tokens, right, said, finished in pairs:
            known = (0,) * 21 if said is None else (1, same(said, right), not finished, *chrf_counts(said, right))
            rows.append((hits, nats, tokens, *known))
        return np.array(rows, dtype=float)

    def from_counts(self, sums, task):
        """Of the texts written: chrF over all of them (see `chrf`), the share that is exactly right, spaces aside, and
        the share that was cut off before its end. BLEU is not offered: of a reply of three words it is 0, right or
        wrong. Beside them, of all answers, the share of the next tokens guessed right, given the right ones before, and
        the perplexity: these say little of what is written."""
        written, exact, unfinished = np.moveaxis(sums[..., 3:6], -1, 0)
        guessed = super().from_counts(sums[..., :3], task)
        asked = {
            "chrf": chrf(sums[..., 6:]),
            "exact": divide(exact, written),
            "unfinished": divide(unfinished, written),
        }
        asked = {name: np.where(written > 0, value, np.nan) for name, value in asked.items()}
        return asked | {"token_accuracy": guessed["accuracy"], "perplexity": guessed["perplexity"]}

    # -- answers -----------------------------------------------------------------------------------------------
    def write(self, encoder, rows, tokens, task, beams: int, max_new_tokens: int) -> list[dict]:
        """The answers to the texts of `rows`, whose token vectors (rows, tokens, hidden) are known."""
        first, begin = rows.first_windows, self.prompt_ids(task, rows.tokenizer)
        options = {"num_beams": beams, "max_new_tokens": max_new_tokens}
        if encoder.family == "encoder-decoder":
            written = encoder.generate(None, rows.attention_mask[first], tokens[first], begin, **options)
        else:
            longest = encoder.max_length - max_new_tokens - len(begin)
            if longest < 2:  # a token of the text, and the mark behind it
                raise ValueError(
                    f"max_new_tokens={max_new_tokens} leaves no room for the text: {encoder.name!r} takes "
                    f"{encoder.max_length} tokens, those of the text, of the task's prompt and of the answer. Ask for "
                    f"at most {encoder.max_length - 2 - len(begin)}."
                )
            prompts = [(before(rows, i, longest) + begin)[::-1] for i in first.tolist()]
            ids, mask = (part.flip(1) for part in rows.padded(prompts))  # padding to the left: it goes on at the right
            written = encoder.generate(ids, mask, **options)
        finished = (written == rows.tokenizer.eos_token_id).any(1).tolist()
        texts = rows.tokenizer.batch_decode(written, skip_special_tokens=True)
        return [{"text": text.strip(), "finished": end} for text, end in zip(texts, finished, strict=True)]

    def reference(self, labels, target, rows, task):
        return [[{"text": labels[row]}] for row in rows.first_windows.tolist()]

    def agree(self, answer, right):
        return same(answer, right)

    def format(self, answer):
        return answer["text"].strip() or NONE


def same(said: str, right: str) -> bool:
    """Whether two texts are the same, spaces between words aside."""
    return said.split() == right.split()


def before(rows, row: int, longest: int) -> list[int]:
    """The text's tokens, up to `longest`, the last of them the mark after which the answer begins."""
    ids = rows.token_ids(row)
    sep = rows.tokenizer.sep_token_id
    mark = rows.tokenizer.eos_token_id if sep is None else sep
    return [*(ids[:-1] if ids[-1] == mark else ids)[: longest - 1], mark]
