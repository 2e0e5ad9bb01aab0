"""Generation: a text for a text, such as the reply to a message."""

import torch

from mtlkit.tasks._kind import register
from mtlkit.tasks._labels import NONE, label_text, missing
from mtlkit.tasks._language_model import Tokens, language_model_head
from mtlkit.tasks._seq2seq import decoder_target
from mtlkit.tasks._target import Target

LONGEST = 128  # tokens of an answer that are learnt


@register
class Generation(Tokens):
    """Head: hidden → vocabulary, the model's own output layer. Loss: cross-entropy in nats, mean over the answer's
    tokens and the mark of its end, each from those before it (teacher forcing). An encoder-decoder (T5, BART) writes
    from the encoder's one pass; a decoder (GPT-2, Llama …) goes on after the text and a mark, in a row of its own.
    Metrics are those of the next token, given the right ones before it. Asked about a text, it writes: `beams` and
    `max_new_tokens` of `predict`. A cell holds the answer's text."""

    name = "generation"
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
        texts = torch.tensor(there)
        written = rows.target_ids([labels[i] for i in there], min(LONGEST, rows.max_length // 2))
        if rows.decoder_start is not None:
            return decoder_target(texts, written, texts, rows.decoder_start)
        prompts = [prompt(rows, i, rows.max_length - len(ids)) for i, ids in zip(there, written, strict=True)]
        first = rows.append_tokens([p + ids for p, ids in zip(prompts, written, strict=True)])
        number = torch.tensor([k for k, ids in enumerate(written) for _ in ids])
        position = torch.tensor(
            [len(p) - 1 + i for p, ids in zip(prompts, written, strict=True) for i in range(len(ids))]
        )
        labels = torch.tensor([token for ids in written for token in ids])
        return Target(first + number, labels, position, texts[number])

    def head(self, task, encoder):
        if encoder.tokenizer.eos_token_id is None:
            raise ValueError(
                f"Task {task.name!r}: the tokenizer of {encoder.name!r} has no token to end an answer with."
            )
        return language_model_head(task, encoder, ("decoder", "encoder-decoder"))

    def write(self, encoder, rows, tokens, beams: int, max_new_tokens: int) -> list[dict]:
        """The answers to the texts of `rows`, whose token vectors (rows, tokens, hidden) are known."""
        first = rows.first_windows
        if encoder.family == "encoder-decoder":
            ids, mask, known = None, rows.attention_mask[first], tokens[first]
        else:
            longest = encoder.max_length - max_new_tokens
            if longest < 2:  # a token of the text, and the mark behind it
                raise ValueError(
                    f"max_new_tokens={max_new_tokens} leaves no room for the text: {encoder.name!r} takes "
                    f"{encoder.max_length} tokens, those of the text and of the answer. Ask for at most "
                    f"{encoder.max_length - 2}."
                )
            prompts = [prompt(rows, i, longest)[::-1] for i in first.tolist()]
            ids, mask = (part.flip(1) for part in rows.padded(prompts))  # padding to the left: it goes on at the right
            known = None
        written = encoder.generate(ids, mask, known, num_beams=beams, max_new_tokens=max_new_tokens)
        return [{"text": text.strip()} for text in rows.tokenizer.batch_decode(written, skip_special_tokens=True)]

    def format(self, answer):
        return answer["text"].strip() or NONE


def prompt(rows, row: int, longest: int) -> list[int]:
    """The text's tokens, up to `longest`, the last of them the mark after which the answer begins."""
    ids = rows.token_ids(row)
    sep = rows.tokenizer.sep_token_id
    mark = rows.tokenizer.eos_token_id if sep is None else sep
    return [*(ids[:-1] if ids[-1] == mark else ids)[: longest - 1], mark]
