"""What heads are made of."""

from torch import nn


class LinearHead(nn.Sequential):
    """Dropout and one linear layer with small random weights: at the start every answer is nearly the bias."""

    def __init__(self, hidden: int, size: int, dropout: float = 0.1):
        super().__init__(nn.Dropout(dropout), nn.Linear(hidden, size))
        nn.init.normal_(self[1].weight, std=0.02)
        nn.init.zeros_(self[1].bias)
