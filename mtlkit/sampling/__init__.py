"""Which tasks' rows a run reads, decided anew while it trains: one method a file."""

from mtlkit.sampling._sampler import SAMPLERS, Sampler, as_sampling, described
from mtlkit.sampling.msft import MSFT
from mtlkit.sampling.pike import PiKE

__all__ = ["MSFT", "SAMPLERS", "PiKE", "Sampler", "as_sampling", "described"]
