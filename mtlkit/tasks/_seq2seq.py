"""What a decoder beside the encoder is trained to write."""

import torch
from torch import Tensor

from mtlkit.tasks._target import DecoderTarget


def decoder_target(
    rows: Tensor, written: list[list[int]], texts: Tensor, start: list[int], source=None
) -> DecoderTarget:
    """Answers, as token numbers, about rows (m,) of the pass: at each step the decoder has read what comes before
    (teacher forcing), beginning with the tokens `start`. texts (m,): the rows of the batch `source` that they are
    about."""
    first, longest = len(start), max(map(len, written))
    said = torch.full((len(written), first + longest - 1), start[0])
    said[:, :first] = torch.tensor(start)
    for answer, ids in enumerate(written):
        said[answer, first : first + len(ids) - 1] = torch.tensor(ids[:-1])
    number = torch.tensor([answer for answer, ids in enumerate(written) for _ in ids])
    step = torch.tensor([first - 1 + i for ids in written for i in range(len(ids))])
    labels = torch.tensor([token for ids in written for token in ids])
    return DecoderTarget(number, labels, step, texts[number], source=source, decoder_rows=rows, decoder_ids=said)
