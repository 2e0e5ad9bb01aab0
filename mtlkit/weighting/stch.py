"""STCH: a smooth maximum of the losses, each in units of what it once was: the worst task counts most."""

import math

import torch
from torch import Tensor

from mtlkit.weighting._control import Control
from mtlkit.weighting._registry import register
from mtlkit.weighting._settings import Setting, flag, positive, whole_or_none
from mtlkit.weighting._weighting import Weighting


@register("stch", paper="Lin et al. 2024, Smooth Tchebycheff Scalarization, ICML, arXiv:2402.19078")
class STCH(Weighting):
    """total = μ · log Σ exp(log(L_i / nadir_i) / μ) over the present tasks, after a warm-up with total = Σ log L_i.

    Then λ_i = softmax_i(log(L_i / nadir_i) / μ) / L_i; in the warm-up λ_i = 1 / L_i.
    Needs: nothing. Cost: one small backward. Remembers: the step and the losses' sums in the warm-up.

    Args:
        mu: μ > 0; the authors' code has 1, their paper tries 0.01 to 1. Smaller: nearer to the worst task alone.
        warm_up: steps of the warm-up, at least 1, whose mean losses become the nadir; None: four epochs as in the
            authors' code, where `setup` is told an epoch, else 100 steps.
        plain: True takes the form of the paper's definition, μ · log Σ exp((L_i / K) / μ), without logarithm, nadir and
            warm-up: loud losses then count more.

    Raises:
        ValueError: a setting is out of range.

    Shape:
        losses, λ: (…, tasks); the leading dimensions are parallel runs.

    References:
        Lin et al. 2024, Smooth Tchebycheff Scalarization, ICML, arXiv:2402.19078.

    Example:
        >>> stch = STCH(warm_up=1)
        >>> [stch(torch.tensor(losses)) for losses in ([2.0, 90.0], [2.0, 45.0])]  # the second one has halved
        [tensor([0.5000, 0.0111]), tensor([0.3333, 0.0074])]
    """

    memory = ("step", "sums", "seen")
    controls = {"mu": Control("μ: smoothing (no unit)", "Smaller: the worst task alone.", *(0.05, 5.0, 0.05))}
    mu = Setting(positive)
    warm_up, plain = Setting(whole_or_none), Setting(flag)

    def __init__(self, mu: float = 1.0, warm_up: int | None = None, plain: bool = False):
        super().__init__()
        self.mu, self.warm_up, self.plain = mu, warm_up, plain

    def total(self, losses: Tensor, present: Tensor) -> Tensor:
        if self.plain:
            count = present.sum(-1, keepdim=True).clamp(min=1)
            return self._smooth_maximum(losses / count, present)
        logs = losses.clamp(min=torch.finfo(losses.dtype).tiny).log()
        early, nadir = self._remember(losses.detach(), present)
        smooth = self._smooth_maximum(logs - nadir.log(), present)
        return torch.where(early, torch.where(present, logs, 0.0).sum(-1), smooth)

    def _smooth_maximum(self, values: Tensor, present: Tensor) -> Tensor:
        scaled = (values / self.mu).masked_fill(~present, -math.inf)
        none = ~present.any(-1, keepdim=True)  # the logarithm of an empty sum has no gradient
        return (self.mu * torch.where(none, 0.0, scaled).logsumexp(-1, keepdim=True)).squeeze(-1)

    def _remember(self, losses: Tensor, present: Tensor) -> tuple[Tensor, Tensor]:
        """Whether this step is one of the warm-up, per run; each task's mean loss in it, 1 where it was never seen."""
        step = self.recall("step", losses[..., :1], 0.0)
        sums, seen = (self.recall(name, losses, 0.0) for name in ("sums", "seen"))
        early = step < (self.warm_up or 4 * (self.steps_per_epoch or 25))
        counted = early & present & losses.isfinite()
        self.step, self.seen, self.sums = step + 1, seen + counted, sums + torch.where(counted, losses, 0.0)
        nadir = self.sums / self.seen
        return early.squeeze(-1), torch.where(nadir > 0, nadir, 1.0)
