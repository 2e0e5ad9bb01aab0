"""FAMO: logits are trained so that all losses fall at the same rate, seen from how one step changed them."""

import functools
import math

import torch
from torch import Tensor

from mtlkit.weighting._adam import MEMORY, adam
from mtlkit.weighting._need import Need
from mtlkit.weighting._registry import register
from mtlkit.weighting._settings import Setting, finite, positive
from mtlkit.weighting._weighting import Weighting


@register("famo", paper="Liu et al. 2023, FAMO: Fast Adaptive Multitask Optimization, NeurIPS, arXiv:2306.03792")
class FAMO(Weighting):
    """λ_i = c · z_i / L_i with z = softmax(w) over the present tasks and c = 1 / Σ (z_i / L_i), held constant.

    That is the gradient of c Σ z_i log L_i, and λ adds up to 1. After each step the same batch is looked at again,
    under the same dropout; with δ_i = log L_i before − log L_i after, w takes a step of Adam against
    z_i (δ_i − Σ z_j δ_j): who fell fastest counts less. At first z_i = 1/K.
    As λ goes with 1/L, a task that is nearly solved takes all of the weight: the others stop to learn. Leave it out.
    Needs: the batch's losses once more ("second_forward"). Cost: a second forward pass, without gradient, in each step.
    Remembers: w, Adam's two means and its steps, and the losses before the step, per task and parallel run.

    Args:
        lr: of Adam on w, above 0; 0.025 in the paper.
        decay: of w, added to its gradient, at least 0; 1e-3 as in the paper's Algorithm 2, while its experiments name
            0.01 to 1e-3 and the authors' code has 1e-5.

    Raises:
        ValueError: a setting is out of range, or λ is asked for where nobody serves "second_forward".

    Shape:
        losses, λ: (…, tasks); the leading dimensions are parallel runs.

    References:
        Liu et al. 2023, FAMO: Fast Adaptive Multitask Optimization, NeurIPS, arXiv:2306.03792.

    Example:
        >>> famo = FAMO(lr=0.5)
        >>> famo.setup(["topic", "urgency"], serves=["second_forward"])
        >>> famo(torch.tensor([2.0, 2.0]))
        tensor([0.5000, 0.5000])
        >>> famo.on_step_end(torch.tensor([1.0, 2.0]), torch.tensor([True, True]))  # the first one fell
        >>> famo(torch.tensor([2.0, 2.0]))
        tensor([0.2689, 0.7311])
    """

    needs = frozenset({Need.SECOND_FORWARD})
    memory = (*MEMORY, "before")
    lr, decay = Setting(positive), Setting(functools.partial(finite, least=0.0))

    def __init__(self, lr: float = 0.025, decay: float = 1e-3):
        super().__init__()
        self.lr, self.decay = lr, decay

    def weights(self, losses: Tensor, present: Tensor) -> Tensor:
        logs = losses.clamp(min=torch.finfo(losses.dtype).tiny).log()
        self.before = torch.where(present, logs, self.recall("before", losses)).detach()
        # z_i / L_i over its own sum: in logarithms, where no tiny loss overflows
        return (self.recall("w", losses, 0.0) - logs).masked_fill(~present, -math.inf).softmax(-1)

    def on_step_end(self, losses: Tensor, present: Tensor) -> None:
        """One step of Adam on w.

        Args:
            losses: of the same batch after the model's step, (…, tasks).
            present: bool, of the same shape.
        """
        present = present & ~self.recall("before", losses).isnan()
        w = self.recall("w", losses, 0.0)
        fall = self.recall("before", losses) - losses.clamp(min=torch.finfo(losses.dtype).tiny).log()
        fall = torch.where(present, fall, 0.0)
        z = w.masked_fill(~present, -math.inf).softmax(-1)
        gradient = z * (fall - (z * fall).sum(-1, keepdim=True)) + self.decay * w
        adam(self, gradient, present, self.lr)
