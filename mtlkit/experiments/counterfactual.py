"""What λ would have been on the losses of a recorded run, under another α and β."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from mtlkit.training.history import History
from mtlkit.weighting import Sigmoid
from mtlkit.weighting._control import first_number

START = {"alpha": 1.0, "beta": 0.5}  # those of the widespread listing


class WhatIf:
    """λ under an α and a β that may be changed, on the losses of a recorded run. Knows no widget.

    weighting: the `Sigmoid` that computes it, with the recorded settings at first.
    """

    def __init__(self, history: History | None = None):
        if history is not None and not len(history):
            raise ValueError("The history has no step yet: explore it after some training, or explorer() without one.")
        self.history = history
        recorded = dict(history.settings.get("weighting") or {}) if history is not None else {}
        settings = recorded if recorded.pop("name", None) == "sigmoid" else {}
        alone = {name: first_number(settings.get(name, value)) for name, value in START.items()}
        self.start: dict[str, Any] = {"alpha": alone["alpha"], "beta": alone["beta"]}
        self.weighting = Sigmoid(**settings | self.start)
        if history is not None:
            counts = history.settings.get("counts")
            self.weighting.setup(history.tasks, [counts[t] for t in history.tasks] if counts else None)
            self._losses = torch.tensor(history.losses(), dtype=torch.float32)
            self._present = ~self._losses.isnan()

    def weights(self) -> np.ndarray:
        """λ_i at each recorded step, (steps, tasks); NaN where the task was absent."""
        method = self.weighting
        method.reset()
        if method.relative or method.smoothing:  # each step's λ depends on those before
            lam = torch.stack([method(*step) for step in zip(self._losses, self._present, strict=True)])
        else:
            lam = method(self._losses, self._present)
        return torch.where(self._present, lam, torch.nan).double().numpy()

    def apart(self, real: History) -> dict[str, float]:
        """Task → how far λ of a real run is from what it would have been, the mean over the steps that both have."""
        steps = min(len(real), len(self.history or ()))
        distance = np.abs(real.weights()[:steps] - self.weights()[:steps])
        seen = np.isfinite(distance)
        return {t: float(distance[seen[:, i], i].mean()) for i, t in enumerate(real.tasks) if seen[:, i].any()}

    def last_losses(self) -> dict[str, float]:
        """Task → the loss at the end of the run, a mean over the last twentieth of its steps; empty where λ is not a
        function of the loss itself."""
        if self.history is None or self.weighting.relative or self.weighting.smoothing:
            return {}
        ends = {}
        for i, task in enumerate(self.history.tasks):
            seen = self._losses[self._present[:, i], i]
            if len(seen):
                ends[task] = float(seen[-max(1, len(seen) // 20) :].mean())
        return ends

    def note(self) -> str:
        """What of the recorded settings the curve leaves out; "" where it is the whole truth."""
        method, parts = self.weighting, []
        if method.relative or method.smoothing:
            what = " and ".join(w for w in ("relative", "smoothing") if getattr(method, w))
            parts.append(f"with {what}, L in the curve is not the loss itself")
        if method.normalize or method.size_exponent or not method.detach:
            parts.append("the curve is λ before normalize, size_exponent and detach=False, the lines are after")
        return "; ".join(parts)
