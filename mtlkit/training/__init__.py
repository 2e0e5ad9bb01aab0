"""Sum and step: `Run`, its gradients, optimizer, randomness, checkpoints and history."""

from mtlkit.training.config import RunConfig
from mtlkit.training.errors import NonFiniteError
from mtlkit.training.fit import fit
from mtlkit.training.history import History
from mtlkit.training.optimizer import CLIP, default_lr, make_optimizer, peak_rates, schedule
from mtlkit.training.run import Run, Step

__all__ = [
    "CLIP",
    "History",
    "NonFiniteError",
    "Run",
    "RunConfig",
    "Step",
    "default_lr",
    "fit",
    "make_optimizer",
    "peak_rates",
    "schedule",
]
