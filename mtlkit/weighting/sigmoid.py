"""The sigmoid weight λ = σ(α(L − β)): a task counts for more the higher its loss."""

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional

from mtlkit.weighting._control import Control
from mtlkit.weighting._registry import register
from mtlkit.weighting._settings import (
    Setting,
    acts,
    as_tensor,
    below_one,
    bounded,
    finite,
    flag,
    log_sizes,
    mix,
    one_or_per_task,
)
from mtlkit.weighting._weighting import Weighting


@register("sigmoid", paper="The kit's subject; kin: focal loss (Lin et al. 2017, arXiv:1708.02002)")
class Sigmoid(Weighting):
    """λ_i = 1 / (1 + exp(−α (L_i − β))), from the detached loss: no gradient flows through λ.

    All settings are plain attributes that may be assigned between steps. The defaults α = 1, β = ½ are those of the
    widespread listing; with them λ runs from 0.38 at loss 0 towards 1. Safe for any finite α, β and loss.
    Needs: nothing. Cost: a few operations on as many numbers as there are tasks; `detach=False` one small backward.
    Remembers: the first losses (`relative`) and the means (`smoothing`), per task and parallel run.

    Args:
        alpha: how sharply the weight reacts to the loss, any finite number; below 0 the easy tasks get the weight.
        beta: the loss at which a task gets weight ½; one number, or one per task by name or in order.
        detach: False lets the gradient flow through λ: the effective weight is λ_i + αλ_i(1 − λ_i)L_i.
        normalize: scales λ so that it sums to the number of present tasks: balance without a hidden change of the
            learning rate.
        relative: looks at L_i / L_i(first seen above 0) in place of L_i, for losses of different units.
        smoothing: s in [0, 1): looks at the exponential mean m ← s·m + (1 − s)·L_i (taken after `relative`, started at
            the first value).
        size_exponent: τ, any finite number: λ_i is also proportional to n_i^τ (mean 1 over the tasks), n_i the task's
            labelled rows, of which `setup` is told.

    Raises:
        ValueError: a setting is NaN or out of range, a β is of no task, or `size_exponent` where a task has no labelled
            rows.

    Shape:
        losses, λ: (…, tasks); the leading dimensions are parallel runs.

    References:
        Kin: focal loss, Lin et al. 2017, arXiv:1708.02002.

    Example:
        >>> Sigmoid(alpha=2.0, beta=1.0)(torch.tensor([1.0, 3.0]))
        tensor([0.5000, 0.9820])
    """

    memory = ("first", "mean")
    controls = {
        "alpha": Control(
            "α: sharpness (1 / loss)",
            "How sharply the weight λ reacts to the loss. 0: not at all; below 0 the easy tasks get the weight.",
            *(-20.0, 20.0, 0.1),
            scale="signed log",
        ),
        "beta": Control(
            "β: loss where λ = ½ (nats)",
            "The loss at which a task gets the weight one half.",
            *(-1.0, 5.0, 0.05),
            per_task=True,
        ),
    }
    alpha = Setting(finite)
    beta = Setting(one_or_per_task)
    detach, normalize = Setting(flag), Setting(flag)
    smoothing = Setting(below_one)
    size_exponent = Setting(finite)

    def __init__(
        self,
        alpha: float = 1.0,
        beta: float | Mapping[str, float] | Sequence[float] = 0.5,
        detach: bool = True,
        normalize: bool = False,
        relative: bool = False,
        smoothing: float = 0.0,
        size_exponent: float = 0.0,
    ):
        super().__init__()
        self.alpha, self.beta = alpha, beta
        self.detach, self.normalize, self.relative = detach, normalize, relative
        self.smoothing, self.size_exponent = smoothing, size_exponent

    @property
    def relative(self) -> bool:
        """Whether it looks at L_i / L_i(first seen above 0) in place of L_i."""
        return self._relative

    @relative.setter
    def relative(self, value: bool) -> None:
        value = flag("relative", value)
        if value != self.__dict__.get("_relative"):
            self.mean = None  # it was taken in other units
        self._relative = value

    @property
    def by_autograd(self) -> bool:
        """Whether the gradient also runs through λ: not where `detach` stops it."""
        return not self.detach

    def total(self, losses: Tensor, present: Tensor) -> Tensor:
        looked_at = losses.detach() if self.detach else losses
        return (self.weights(looked_at, present) * losses).sum(-1)

    def weights(self, losses: Tensor, present: Tensor) -> Tensor:
        score = self._score(self._level(losses, present))
        if not self.normalize:
            return score.sigmoid() * self._sizes(losses).exp() if acts(self.size_exponent) else score.sigmoid()
        # As a softmax of log λ: it sums to the number of tasks even where every σ underflows to 0.
        logs = functional.logsigmoid(score)
        if acts(self.size_exponent):
            logs = logs + self._sizes(losses)
        share = logs.masked_fill(~present, -math.inf).softmax(-1)
        return share * present.sum(-1, keepdim=True)

    def _level(self, losses: Tensor, present: Tensor) -> Tensor:
        """What the sigmoid looks at: the losses, relative and smoothed as the settings say."""
        level = losses
        if self.relative:
            first = self.recall("first", losses)
            # A first loss of 0 or below is no unit to measure in: the first above 0 serves.
            begins = present & first.isnan() & (losses > 0) & losses.isfinite()
            self.first = torch.where(begins, losses, first).detach()
            tiny = torch.finfo(losses.dtype).tiny  # its inverse is still a finite number
            level = losses / torch.where(self.first.isnan(), 1.0, self.first).clamp(min=tiny)
        if acts(self.smoothing):
            mean = self.recall("mean", losses)
            start = torch.where(mean.isnan(), level.detach(), mean)
            level = mix(start, level, 1 - self.smoothing)
            self.mean = torch.where(present, level, mean).detach()
        elif self.mean is not None:
            self.mean = None  # smoothing was switched off: later it starts anew
        return level

    def _score(self, level: Tensor) -> Tensor:
        """α (level − β), finite for any finite numbers: ∞ − ∞ and 0 · ∞ would be NaN."""
        top = torch.finfo(level.dtype).max
        alpha = bounded(self.alpha, level)
        if isinstance(self.beta, float | Tensor):
            beta = bounded(self.beta, level)
        else:
            beta = as_tensor("beta", self.beta, self.tasks, level).clamp(-top, top)
        return (alpha * (level - beta).clamp(-top, top)).clamp(-top, top)

    def _sizes(self, losses: Tensor) -> Tensor:
        """log of n_i^τ / mean(n^τ), shape (…, tasks)."""
        logs = log_sizes("size_exponent", self.size_exponent, self, losses)
        return logs - logs.logsumexp(-1, keepdim=True) + math.log(logs.shape[-1])
