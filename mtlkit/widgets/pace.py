"""How often a panel that trains may do something else."""

from __future__ import annotations

import time


class Budget:
    """When to do something that costs time: `every` so many seconds, and for no more than a `share` of the time."""

    def __init__(self, every: float, share: float):
        self.every, self.share, self.next = every, share, 0.0

    def due(self) -> bool:
        return time.perf_counter() >= self.next

    def spend(self, work) -> None:
        start = time.perf_counter()
        work()
        end = time.perf_counter()
        self.next = max(start + self.every, start + (end - start) / self.share)
