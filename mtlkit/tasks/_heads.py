"""What heads are made of."""

import torch
from torch import Tensor, nn


class LinearHead(nn.Sequential):
    """Dropout and one linear layer with small random weights: at the start every answer is nearly the bias."""

    def __init__(self, hidden: int, size: int, dropout: float = 0.1):
        linear = nn.Linear(hidden, size)
        super().__init__(nn.Dropout(dropout), linear)
        nn.init.normal_(linear.weight, std=0.02)
        nn.init.zeros_(linear.bias)

    @property
    def bias(self) -> Tensor:
        """The linear layer's, (size,)."""
        linear = self[1]
        assert isinstance(linear, nn.Linear)
        return linear.bias


class NumberHead(LinearHead):
    """A linear layer that says one number in units of `scale` from `mean`, and gives it in the label's own unit: what
    it has to learn is of the same size whatever that unit is."""

    mean: Tensor
    scale: Tensor

    def __init__(self, hidden: int):
        super().__init__(hidden, 1)
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("scale", torch.ones(()))

    def forward(self, input: Tensor) -> Tensor:
        return self.mean + self.scale * super().forward(input)
