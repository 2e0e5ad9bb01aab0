"""How threads wait that have nothing to do."""

from __future__ import annotations

import os

VARIABLES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")  # by which a user chooses; read once, when torch is loaded
# libgomp, which torch computes with, lets idle threads spin 300,000 times before they sleep. Beside another training
# that is the time of a core; alone it saves a few percent (benchmarks/THREADS.md). A thousand times is what libgomp
# takes itself where it knows of too many threads.
SPINS = 1000


def sleep_early() -> dict[str, str]:
    """Environment variables for processes that will compute beside one another: their idle threads sleep sooner.
    Nothing where the user chose."""
    return {} if any(name in os.environ for name in VARIABLES) else {"GOMP_SPINCOUNT": str(SPINS)}
