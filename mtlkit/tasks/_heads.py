"""What heads are made of."""

from torch import nn


class LinearHead(nn.Sequential):
    """Dropout and one linear layer with small random weights: at the start every answer is nearly the bias."""

    def __init__(self, hidden: int, size: int, dropout: float = 0.1):
        linear = nn.Linear(hidden, size)
        super().__init__(nn.Dropout(dropout), linear)
        nn.init.normal_(linear.weight, std=0.02)
        nn.init.zeros_(linear.bias)
