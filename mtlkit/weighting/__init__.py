"""Loss weights: losses in, λ out. Every file of this folder that registers a `Weighting` is a method by name."""

import importlib
import pkgutil

from mtlkit.weighting._control import Control
from mtlkit.weighting._need import Need
from mtlkit.weighting._registry import METHODS, Method, get, names, register
from mtlkit.weighting._step import StepContext
from mtlkit.weighting._weighting import Weighting

for _module in pkgutil.iter_modules(__path__):
    if not _module.name.startswith("_"):
        importlib.import_module(f"{__name__}.{_module.name}")

from mtlkit.weighting.aggregators import (  # noqa: E402
    IMTL_G,
    MGDA,
    AlignedMTL,
    CAGrad,
    ConFIG,
    DualProj,
    ExcessMTL,
    FairGrad,
    GradDrop,
    GradVac,
    NashMTL,
    PCGrad,
    UPGrad,
)
from mtlkit.weighting.coba import CoBa  # noqa: E402
from mtlkit.weighting.dwa import DWA  # noqa: E402
from mtlkit.weighting.equal import Equal  # noqa: E402
from mtlkit.weighting.famo import FAMO  # noqa: E402
from mtlkit.weighting.fixed import Fixed  # noqa: E402
from mtlkit.weighting.gls import GLS  # noqa: E402
from mtlkit.weighting.gradnorm import GradNorm  # noqa: E402
from mtlkit.weighting.imtl_l import IMTL_L  # noqa: E402
from mtlkit.weighting.ldc_mtl import LDCMTL  # noqa: E402
from mtlkit.weighting.rlw import RLW  # noqa: E402
from mtlkit.weighting.sigmoid import Sigmoid  # noqa: E402
from mtlkit.weighting.size_temperature import SizeTemperature  # noqa: E402
from mtlkit.weighting.stch import STCH  # noqa: E402
from mtlkit.weighting.task_priority import TaskPriority  # noqa: E402
from mtlkit.weighting.uncertainty import UncertaintyWeighting  # noqa: E402
from mtlkit.weighting.uw_so import UWSO  # noqa: E402

__all__ = [
    "DWA",
    "FAMO",
    "GLS",
    "IMTL_G",
    "IMTL_L",
    "LDCMTL",
    "METHODS",
    "MGDA",
    "RLW",
    "STCH",
    "UWSO",
    "AlignedMTL",
    "CAGrad",
    "CoBa",
    "ConFIG",
    "Control",
    "DualProj",
    "Equal",
    "ExcessMTL",
    "FairGrad",
    "Fixed",
    "GradDrop",
    "GradNorm",
    "GradVac",
    "Method",
    "NashMTL",
    "Need",
    "PCGrad",
    "Sigmoid",
    "SizeTemperature",
    "StepContext",
    "TaskPriority",
    "UPGrad",
    "UncertaintyWeighting",
    "Weighting",
    "get",
    "names",
    "register",
]
