"""Two parameters and two losses, small enough to be drawn: the path that each weighting takes down."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from mtlkit.weighting import Control, Need, StepContext, Weighting, get


class QuadraticLosses:
    """Two losses of θ (…, 2) that pull apart: L₁ = ½ (θ − a)ᵀA(θ − a), and L₂ the same about b, times `loudness`.

    Calling it: θ (…, 2) → losses (…, 2). L₁ is steep across, L₂ along the way between a and b.

    Args:
        loudness: what the second loss is multiplied by.

    Example:
        >>> QuadraticLosses()(torch.tensor([-1.0, 0.5]))[0]
        tensor(0.)
    """

    centres = torch.tensor([[-1.0, 0.5], [1.0, -0.5]])  # a, b
    steepness = torch.tensor([[0.4, 2.0], [2.0, 0.4]])  # the diagonals of A, B

    def __init__(self, loudness: float = 1.0):
        self.scale = torch.tensor([1.0, loudness])

    def __call__(self, theta: Tensor) -> Tensor:
        """θ (…, 2) → the two losses, (…, 2)."""
        away = theta.unsqueeze(-2) - self.centres  # (…, 2, 2)
        return 0.5 * (self.steepness * away**2).sum(-1) * self.scale

    def front(self, points: int = 50) -> Tensor:
        """Where no step lowers one loss without raising the other: the Pareto front.

        Args:
            points: how many.

        Returns:
            (points, 2), from a to b.
        """
        share = torch.linspace(0, 1, points).unsqueeze(-1)
        first, second = (1 - share) * self.steepness[0], share * self.steepness[1]
        return (first * self.centres[0] + second * self.centres[1]) / (first + second)


def optimization_path(
    weighting: Weighting | str,
    losses: Callable[[Tensor], Tensor],
    start: Sequence[float],
    steps: int = 60,
    lr: float = 0.1,
) -> Tensor:
    """Plain gradient descent on few parameters, without noise.

    Args:
        weighting: any that needs the losses, a second look at them, or their gradients, or its name; a copy is used.
        losses: θ (parameters,) → (tasks,).
        start: θ at the beginning, (parameters,).
        steps: how many.
        lr: learning rate.

    Returns:
        θ at every step, (steps + 1, parameters).

    Raises:
        ValueError: an unknown method, or one that needs validation rows or norms of a model.

    Example:
        >>> optimization_path("equal", QuadraticLosses(), (0.0, 1.0), steps=5).shape
        torch.Size([6, 2])
    """
    method = get(weighting) if isinstance(weighting, str) else copy.deepcopy(weighting)
    if method.needs - {Need.SECOND_FORWARD, Need.JACOBIAN}:
        raise ValueError(f"The weighting {method.name!r} needs {', '.join(sorted(method.needs))}: give it to a Run.")
    theta = torch.tensor(start, dtype=torch.float32, requires_grad=True)
    names = [f"L{i + 1}" for i in range(len(losses(theta.detach())))]
    method.setup(names, device="cpu", serves=[Need.SECOND_FORWARD])
    optimizer, path = torch.optim.SGD([theta, *method.parameters()], lr), [theta.detach().clone()]
    present = torch.ones(len(names), dtype=torch.bool)
    for _ in range(steps):
        optimizer.zero_grad()
        method.backward(StepContext(losses(theta), shared=[theta]))
        optimizer.step()
        if Need.SECOND_FORWARD in method.needs:
            method.on_step_end(losses(theta).detach(), present)
        path.append(theta.detach().clone())
    return torch.stack(path)


CONTROLS = {
    "loudness": Control("Loudness of L₂", "What the second loss is multiplied by.", 0.1, 30.0, 0.1, scale="signed log"),
    "x": Control("Start: θ₁", "Where all paths begin, to the right.", -1.9, 1.9, 0.1),
    "y": Control("Start: θ₂", "Where all paths begin, upwards.", -1.9, 1.9, 0.1),
}


START = {"loudness": 3.0, "x": -0.3, "y": 1.6}


STEPS, LR = 40, 0.1
