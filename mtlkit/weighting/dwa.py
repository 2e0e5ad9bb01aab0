"""DWA: the slower a task's loss falls from epoch to epoch, the more it counts."""

import math

import torch
from torch import Tensor

from mtlkit.weighting._control import Control
from mtlkit.weighting._registry import register
from mtlkit.weighting._settings import Setting, positive, whole_or_none
from mtlkit.weighting._weighting import Weighting


@register("dwa", paper="Liu, Johns and Davison 2019, CVPR, arXiv:1803.10704, section 3.3")
class DWA(Weighting):
    """λ_i = K · softmax_i(r_i / T) over the K present tasks, r_i = mean loss of the last epoch / of the one before.

    λ_i = 1 in the first two epochs, and for a task that was not seen in both of the last two r_i = 1.
    Needs: nothing. Cost: a few operations on as many numbers as there are tasks.
    Remembers: the step, and three means per task and parallel run.

    Args:
        temperature: T > 0; the paper has 2. Larger: weights more alike.
        every: steps of an "epoch", over which losses are averaged, at least 1; None: the epoch that `setup` is told,
            else 100.

    Raises:
        ValueError: a setting is out of range.

    Shape:
        losses, λ: (…, tasks); the leading dimensions are parallel runs.

    References:
        Liu, Johns and Davison 2019, CVPR, arXiv:1803.10704, section 3.3.

    Example:
        >>> dwa = DWA(every=1)
        >>> [dwa(torch.tensor(losses)) for losses in ([2.0, 2.0], [1.0, 1.8], [0.9, 1.6])][-1]
        tensor([0.9003, 1.0997])
    """

    memory = ("step", "sums", "seen", "last", "before")
    controls = {
        "temperature": Control("T: temperature (no unit)", "Larger: weights more alike.", *(0.1, 10.0, 0.1)),
    }
    temperature = Setting(positive)
    every = Setting(whole_or_none)

    def __init__(self, temperature: float = 2.0, every: int | None = None):
        super().__init__()
        self.temperature, self.every = temperature, every

    def weights(self, losses: Tensor, present: Tensor) -> Tensor:
        step = self.recall("step", losses[..., :1], 0.0)
        sums, seen = (self.recall(name, losses, 0.0) for name in ("sums", "seen"))
        last, before = self.recall("last", losses), self.recall("before", losses)
        ends = (step > 0) & (step % (self.every or self.steps_per_epoch or 100) == 0)  # the epoch before this step
        before, last = torch.where(ends, last, before), torch.where(ends, sums / seen, last)  # 0 / 0: not seen in it
        counted = present & losses.isfinite()
        self.sums = torch.where(ends, 0.0, sums) + torch.where(counted, losses, 0.0)
        self.seen = torch.where(ends, 0.0, seen) + counted
        self.step, self.last, self.before = step + 1, last, before
        rate = last / before
        rate = torch.where(rate.isfinite(), rate, 1.0)  # no two epochs of it yet, or a mean of 0
        share = (rate / self.temperature).masked_fill(~present, -math.inf).softmax(-1)
        return share * present.sum(-1, keepdim=True)
