"""Adam on a few numbers that a weighting keeps itself, per task and parallel run."""

import torch
from torch import Tensor

from mtlkit.weighting._weighting import Weighting

MOMENTS = (0.9, 0.999)  # as torch has them
MEMORY = ("w", "mean", "square", "steps")  # what a method that uses `adam` remembers


def adam(method: Weighting, gradient: Tensor, where: Tensor, lr: float) -> None:
    """One step on `method.w`, (…, tasks), which begins at 0; numbers that are not in `where` (bool) stay."""
    old = {name: method.recall(name, gradient, 0.0) for name in MEMORY}
    first, second = MOMENTS
    mean, square = torch.lerp(gradient, old["mean"], first), torch.lerp(gradient**2, old["square"], second)
    steps = old["steps"] + 1
    moved = old["w"] - lr * (mean / (1 - first**steps)) / ((square / (1 - second**steps)).sqrt() + 1e-8)
    for name, new in {"w": moved, "mean": mean, "square": square, "steps": steps}.items():
        setattr(method, name, torch.where(where, new, old[name]).detach())
