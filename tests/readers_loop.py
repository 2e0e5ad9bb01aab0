"""What README's loop of one's own takes as given: a reader's model, data, losses and optimizer."""

import torch
import transformers
from torch import nn

import mtlkit as mk


class Net(nn.Module):
    """A trunk and two heads that regress; `losses` (tasks,) among its outputs."""

    def __init__(self):
        super().__init__()
        self.trunk, self.heads = nn.Linear(3, 4), nn.Linear(4, 2)

    def forward(self, x, y):
        apart = (self.heads(self.trunk(x).tanh()) - y).square().mean(0)
        return {"losses": apart, "loss": apart.sum()}


def rows(count: int = 16) -> list[dict]:
    generator = torch.Generator().manual_seed(0)
    return [{"x": torch.randn(3, generator=generator), "y": torch.randn(2, generator=generator)} for _ in range(count)]


def names(batches: int = 30) -> dict:
    """The names that the code uses without having made them."""
    torch.manual_seed(0)
    model, data = Net(), rows()
    batch = tuple(torch.stack([row[name] for row in data]) for name in "xy")
    losses = {f"{t}_loss": lambda m, b, i=i: m(*b)["losses"][i] for i, t in enumerate(("topic", "urgency"))}
    given = {"mk": mk, "torch": torch, "transformers": transformers, "model": model, "loader": [batch] * batches}
    return given | losses | {"optimizer": torch.optim.SGD(model.parameters(), 0.1)}
