"""What a decoder beside the encoder is trained to write."""

import torch
from torch import Tensor

from mtlkit.tasks._target import DecoderTarget


def decoder_target(rows: Tensor, written: list[list[int]], texts: Tensor, start: int) -> DecoderTarget:
    """Answers, as token numbers, about rows (m,) of the pass: at each step the decoder has read what comes before
    (teacher forcing), beginning with the token `start`. texts (m,): the rows of the batch that they are about."""
    longest = max(map(len, written))
    said = torch.full((len(written), longest), start)
    for answer, ids in enumerate(written):
        said[answer, 1 : len(ids)] = torch.tensor(ids[:-1])
    number = torch.tensor([answer for answer, ids in enumerate(written) for _ in ids])
    step = torch.tensor([i for ids in written for i in range(len(ids))])
    labels = torch.tensor([token for ids in written for token in ids])
    return DecoderTarget(number, labels, step, texts[number], decoder_rows=rows, decoder_ids=said)
