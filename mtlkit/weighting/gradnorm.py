"""GradNorm: weights are trained so that all tasks' gradients are about as long, longer where a task lags behind."""

import functools
import math

import torch
from torch import Tensor

from mtlkit.weighting._adam import MEMORY, adam
from mtlkit.weighting._control import Control
from mtlkit.weighting._need import Need
from mtlkit.weighting._registry import register
from mtlkit.weighting._settings import Setting, finite, positive
from mtlkit.weighting._step import StepContext, as_step
from mtlkit.weighting._weighting import Weighting


@register("gradnorm", paper="Chen et al. 2018, GradNorm, ICML, arXiv:1711.02257")
class GradNorm(Weighting):
    """λ_i = K · softmax_i(w) over the K present tasks; w takes a step of Adam down the slope of Σ |λ_i n_i − target_i|.

    n_i: the norm of ∂L_i/∂(shared token vectors), the last thing all tasks share, as the paper advises; not of the
    gradient on all shared weights. target_i = mean_j(λ_j n_j) · r_i^α, held constant, where r_i = (L_i / first L_i)
    over its own mean: the slower a task has fallen, the larger.
    Needs: norms ("gradients"). Cost: a backward pass of each task through its head, beside the step's own.
    Remembers: w, Adam's two means and its steps, the first losses, per task and parallel run.

    Args:
        alpha: α ≥ 0; 1.5, the paper's for tasks that differ. 0: all gradients equally long.
        lr: of Adam on w, above 0; 0.025 as in the paper's experiments.

    Raises:
        ValueError: a setting is out of range, or a step has no `representation` and nobody serves "gradients".

    Shape:
        losses, λ: (…, tasks); the leading dimensions are parallel runs.

    References:
        Chen et al. 2018, GradNorm, ICML, arXiv:1711.02257.

    Example:
        >>> h, gradnorm = torch.ones(3, requires_grad=True), GradNorm(lr=0.5)
        >>> for _ in range(2):  # the second loss has the longer gradient
        ...     gradnorm.backward(StepContext(torch.stack([h.sum(), 5 * h.sum()]), representation=h))
        tensor([1., 1.])
        tensor([1.4621, 0.5379])
    """

    needs = frozenset({Need.GRADIENTS})
    memory = (*MEMORY, "first")
    controls = {
        "alpha": Control("α: pull on tasks that lag (no unit)", "0: all gradients equally long.", *(0.0, 5.0, 0.1)),
    }
    alpha, lr = Setting(functools.partial(finite, least=0.0)), Setting(positive)

    def __init__(self, alpha: float = 1.5, lr: float = 0.025):
        super().__init__()
        self.alpha, self.lr = alpha, lr

    def weights(self, losses: Tensor, present: Tensor) -> Tensor:
        w = self.recall("w", losses, 0.0)
        return w.masked_fill(~present, -math.inf).softmax(-1) * present.sum(-1, keepdim=True)

    def backward(self, step: StepContext | Tensor) -> Tensor:
        step = as_step(step)
        lam = self.weigh(step)
        self.on_gradient_norms(step.backward_with_norms(lam), step.losses.detach(), step.present)
        return lam

    def on_gradient_norms(self, norms: Tensor, losses: Tensor, present: Tensor) -> None:
        tiny, count = torch.finfo(losses.dtype).tiny, present.sum(-1, keepdim=True).clamp(min=1)

        def mean(values: Tensor) -> Tensor:
            return torch.where(present, values, 0.0).sum(-1, keepdim=True) / count

        first = self.recall("first", losses)
        # A first loss of 0 or below is no unit to measure in: the first above 0 serves.
        self.first = torch.where(present & first.isnan() & (losses > 0), losses, first)
        fallen = losses / torch.where(self.first.isnan(), losses.clamp(min=tiny), self.first)
        rate = fallen / mean(fallen).clamp(min=tiny)
        lam = torch.where(present, self.weights(losses, present), 0.0)
        lengths = lam * norms
        slope = torch.where(present, (lengths - mean(lengths) * rate**self.alpha).sign() * norms, 0.0)  # d/dλ_i
        gradient = lam * (slope - (lam * slope).sum(-1, keepdim=True) / count)  # through the softmax
        adam(self, gradient, present & gradient.isfinite(), self.lr)
