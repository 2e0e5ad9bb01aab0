"""CoBa: the weights follow how the losses on validation rows fall, so that all tasks converge together."""

import math

import torch
from torch import Tensor

from mtlkit.weighting._need import Need
from mtlkit.weighting._registry import register
from mtlkit.weighting._settings import Setting, flag, positive, whole
from mtlkit.weighting._weighting import Weighting


@register("coba", paper="Gong et al. 2024, CoBa: Convergence Balancer, EMNLP, arXiv:2410.06741")
class CoBa(Weighting):
    """λ_i = DF · RCS_i + (1 − DF) · ACS_i, which add up to 1 over the present tasks; 1/K until the warm-up is over.

    Of each task's loss on validation rows over its first one, the slope α_i of the last `window` looks (least squares)
    gives two scores. Relative: RCS = softmax_i(K α_i / Σ_j |α_j|), more for who falls slower than the others. Absolute:
    ACS = softmax_i(−n α_i / Σ |α_i| over its last n ≤ `window` slopes), less for who no longer falls as it did. The
    divergence factor DF = n · softmax(−τ n s / Σ |s|) at the last of the n slopes s so far of the worst task's ratio:
    large while it falls, small once it rises, and then who overfits loses weight. A task that a look did not see is
    left out of its slope there; with fewer than two points a slope is 0.

    Needs: losses on validation rows ("validation"). Cost: a forward pass of one batch every `every` steps.
    Remembers: ratios and slopes of the last `window` looks, ratios of a longer warm-up, and the worst task's slopes.

    Args:
        warm_up: looks until the weights move, at least 1, also more than `window`; 100 as in the authors' code.
        window: looks, at least 1; 200 as in the authors' code.
        tau: τ > 0, how sharply DF answers to the worst task; 5 as in the authors' code.
        every: steps from one look to the next, at least 1.
        clamp: DF is at most 1, as in the paper; False lets it exceed 1, as the authors' code does.
        second_softmax: True takes softmax(K λ) of that with a floor of 1/(10 K), as the authors' code does besides.

    Raises:
        ValueError: a setting is out of range, or λ is asked for where nobody serves "validation".

    Shape:
        losses, λ: (…, tasks); the leading dimensions are parallel runs.

    References:
        Gong et al. 2024, CoBa: Convergence Balancer, EMNLP, arXiv:2410.06741.

    Example:
        >>> coba = CoBa(warm_up=2)
        >>> coba.setup(["topic", "urgency"], serves=["validation"])
        >>> for losses in ([2.0, 2.0], [1.0, 1.8]):  # the second one falls slower
        ...     coba.on_validation(torch.tensor(losses), torch.tensor([True, True]))
        >>> coba(torch.tensor([1.0, 1.0]))
        tensor([0.2086, 0.7914])
    """

    needs = frozenset({Need.VALIDATION})
    memory = ("first", "ratios", "slopes", "worst", "share")
    warm_up, window, every, tau = Setting(whole), Setting(whole), Setting(whole), Setting(positive)
    clamp, second_softmax = Setting(flag), Setting(flag)

    def __init__(
        self,
        warm_up: int = 100,
        window: int = 200,
        tau: float = 5.0,
        every: int = 1,
        clamp: bool = True,
        second_softmax: bool = False,
    ):
        super().__init__()
        self.warm_up, self.window, self.tau, self.every = warm_up, window, tau, every
        self.clamp, self.second_softmax = clamp, second_softmax

    def weights(self, losses: Tensor, present: Tensor) -> Tensor:
        share = torch.where(present, self.recall("share", losses, 1.0), 0.0)
        return share / share.sum(-1, keepdim=True).clamp(min=torch.finfo(losses.dtype).tiny)

    def on_validation(self, losses: Tensor, present: Tensor) -> None:
        """One look.

        Args:
            losses: on validation rows, (…, tasks).
            present: bool, of the same shape.
        """
        losses = torch.where(present & losses.isfinite(), losses.detach(), math.nan)
        first = self.recall("first", losses)
        self.first = torch.where(first.isnan() & (losses > 0), losses, first)
        self.ratios = self._append("ratios", losses / self.first, max(self.warm_up, self.window))
        if self.worst is None and self.ratios.shape[-1] < self.warm_up:
            return
        ratios = self.ratios[..., -self.window :]
        worst = ratios.nan_to_num(-math.inf).amax(-2, keepdim=True)  # (…, 1, looks)
        self.slopes = self._append("slopes", _slope(ratios), self.window)
        slope = _slope(torch.where(worst.isinf(), math.nan, worst)).squeeze(-1)
        self.worst = slope[..., None] if self.worst is None else torch.cat([self.worst, slope[..., None]], -1)
        self.share = self._balance()

    def _append(self, name: str, values: Tensor, last: int) -> Tensor:
        """What `name` remembers, (…, tasks, looks), with `values` (…, tasks) at its end; the `last` of them."""
        old = getattr(self, name)
        new = values[..., None] if old is None else torch.cat([old.to(values), values[..., None]], -1)
        return new[..., -last:]

    def _balance(self) -> Tensor:
        now, tiny = self.slopes[..., -1], torch.finfo(self.slopes.dtype).tiny
        tasks = now.shape[-1]
        relative = (tasks * now / now.abs().sum(-1, keepdim=True).clamp(min=tiny)).softmax(-1)
        n = self.slopes.shape[-1]
        absolute = (-n * now / self.slopes.abs().sum(-1).clamp(min=tiny)).softmax(-1)
        n = self.worst.shape[-1]
        fall = -self.tau * n * self.worst / self.worst.abs().sum(-1, keepdim=True).clamp(min=tiny)
        factor = n * fall.softmax(-1)[..., -1:]
        factor = factor.clamp(max=1.0) if self.clamp else factor
        share = factor * relative + (1 - factor) * absolute
        if not self.second_softmax:
            return share
        floor = 1 / (10 * tasks)
        return (tasks * share).softmax(-1) * (1 - floor * tasks) + floor


def _slope(values: Tensor) -> Tensor:
    """Of the line through (…, looks) with NaN where there is no point, by least squares."""
    there = values.isfinite()
    looks = torch.arange(values.shape[-1], device=values.device, dtype=values.dtype).expand_as(values)
    count = there.sum(-1, keepdim=True).clamp(min=1)
    x = torch.where(there, looks - torch.where(there, looks, 0.0).sum(-1, keepdim=True) / count, 0.0)
    y = torch.where(there, values, 0.0)
    return (x * y).sum(-1) / (x * x).sum(-1).clamp(min=1e-9)  # a single point: 0
