"""The pace of a panel that trains: how often it may do something else, and how its step axis grows."""

from __future__ import annotations

import math
import time


def shown_steps(done: int, steps: int) -> int:
    """How far the step axis of a live figure goes: it grows by doubling, to the planned steps. An axis that moves with
    each picture is hard to read and takes twice as long to draw."""
    return next((n for n in (math.ceil(steps / k) for k in (8, 4, 2, 1)) if n >= done), done)


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
