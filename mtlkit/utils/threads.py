"""How many threads compute, and how those wait that have nothing to do."""

from __future__ import annotations

import os
import statistics
import time

VARIABLES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")  # by which a user chooses; read once, when torch is loaded
# libgomp, which torch computes with, lets idle threads spin 300,000 times before they sleep. Beside another training
# that is the time of a core; alone it saves a few percent (benchmarks/THREADS.md). A thousand times is what libgomp
# takes itself where it knows of too many threads.
SPINS = 1000


def sleep_early() -> dict[str, str]:
    """Environment variables for processes that will compute beside one another: their idle threads sleep sooner.
    Nothing where the user chose."""
    return {} if any(name in os.environ for name in VARIABLES) else {"GOMP_SPINCOUNT": str(SPINS)}


def cores() -> int:
    """How many cores this process may use: of a container its own, not its host's."""
    from joblib import cpu_count

    return cpu_count()


def limited() -> bool:
    """Whether this process may use fewer cores than the machine has, as in a container."""
    return cores() < (os.cpu_count() or 1)


def share_cores() -> None:
    """Let torch compute with no more threads than there are cores for this process. In a container that may use a few
    of its host's cores torch begins with a thread for each of the host's, and they fight over the few. Nothing where
    the user chose."""
    import torch

    if "OMP_NUM_THREADS" not in os.environ and torch.get_num_threads() > cores():
        torch.set_num_threads(cores())


def steps_a_second(threads: int, seconds: float = 0.1) -> float:
    """How fast a small training goes with so many threads: two layers as wide as bert-tiny's, forth and back."""
    import torch
    from torch import nn

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        with torch.random.fork_rng(devices=[]):
            layers = nn.TransformerEncoder(nn.TransformerEncoderLayer(128, 4, 512, batch_first=True), 2)
            rows, done, started = torch.randn(16, 48, 128), 0, time.perf_counter()
            while done < 2 or time.perf_counter() - started < seconds:
                layers(rows).mean().backward()
                done += 1
            return done / (time.perf_counter() - started)
    finally:
        torch.set_num_threads(before)


def gain_of_threads(rounds: int = 3) -> float:
    """How many times as fast a small training is with a thread for each core as with one: the median of some rounds in
    turn. Near 1 on few cores, and below where others use them, too."""
    steps_a_second(cores())  # the first is slower
    return statistics.median(steps_a_second(cores()) / steps_a_second(1) for _ in range(rounds))
