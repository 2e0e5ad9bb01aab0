"""What methods share whose λ hangs on one number per task that is trained along with the model."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mtlkit.weighting._settings import Setting, finite
from mtlkit.weighting._weighting import Weighting


class Learned(Weighting):
    """A method with a parameter s, one number per task, which `Run`'s optimizer trains at ten times the encoder's
    learning rate, and at least at 1e-3.

    `setup` makes it, or else the first losses do. In parallel runs all share it.

    Args:
        start: s at first, any finite number.

    Raises:
        ValueError: `start` is no finite number.
    """

    per_run = False  # all share s
    start = Setting(finite)

    def __init__(self, start: float):
        super().__init__()
        self.start = start
        self.register_parameter("s", None)

    def setup(self, tasks: Sequence[str], *args: Any, **kwargs: Any) -> None:
        super().setup(tasks, *args, **kwargs)
        self._make(len(self.tasks or ()))

    def reset(self) -> None:
        super().reset()
        if self.s is not None:
            self._make(len(self.s))

    def scores(self, like: Tensor) -> Tensor:
        """s, (tasks,), in the type of the losses `like`."""
        if self.s is None or len(self.s) != like.shape[-1]:
            self._make(like.shape[-1])
        return self.s.to(like)

    def _make(self, tasks: int) -> None:
        self.s = nn.Parameter(torch.full((tasks,), self.start, device=self.device))

    def _load_from_state_dict(self, state_dict, prefix, *args: Any, **kwargs: Any):
        saved = state_dict.get(prefix + "s")
        if saved is not None and (self.s is None or self.s.shape != saved.shape):
            self._make(len(saved))
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
