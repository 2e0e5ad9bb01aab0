"""Data-size temperature: tasks with more labels count more, or less."""

import math

from torch import Tensor

from mtlkit.weighting._control import Control
from mtlkit.weighting._registry import register
from mtlkit.weighting._settings import Setting, finite, log_sizes
from mtlkit.weighting._weighting import Weighting


@register(
    "size_temperature",
    paper="Raffel et al. 2020, T5, arXiv:1910.10683, section 3.5.2",
)
class SizeTemperature(Weighting):
    """λ_i = K · n_i^τ / Σ n_j^τ over the K present tasks, n_i the task's labelled rows: they add up to K.

    The paper *draws* more rows of a task with n_i^τ; here its loss weighs more, to the same expected gradient.
    Needs: nothing but the counts that `setup` is told. Cost: nothing per step.

    Args:
        tau: τ, any finite number. 0: all alike; 1: each label counts alike, however many its task has; ½ (τ = 1/T with
            a temperature of T = 2) lies between; below 0 the tasks with few labels count more.

    Raises:
        ValueError: τ is no finite number, or `setup` was told no counts, or of a task without labelled rows.

    Shape:
        losses, λ: (…, tasks); the leading dimensions are parallel runs.

    References:
        Raffel et al. 2020, T5, arXiv:1910.10683, section 3.5.2.

    Example:
        >>> import torch
        >>> sizes = SizeTemperature(tau=0.5)
        >>> sizes.setup(["topic", "urgency"], counts=[100, 400])
        >>> sizes(torch.tensor([2.0, 90.0]))
        tensor([0.6667, 1.3333])
    """

    controls = {"tau": Control("τ: exponent of the size (no unit)", "0: all alike; 1: each label.", *(-1.0, 1.0, 0.05))}
    tau = Setting(finite)

    def __init__(self, tau: float = 0.5):
        super().__init__()
        self.tau = tau

    def weights(self, losses: Tensor, present: Tensor) -> Tensor:
        logs = log_sizes("size_temperature", self.tau, self, losses)
        share = logs.expand_as(losses).masked_fill(~present, -math.inf).softmax(-1)
        return share * present.sum(-1, keepdim=True)
