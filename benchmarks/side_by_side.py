"""Two things timed side by side: one call of each in turn, so that both meet the same machine."""

import statistics
import time
from collections.abc import Callable


def ratio(ours: Callable, theirs: Callable, rounds: int, warm_up: int = 3) -> tuple[float, float, float]:
    """(median over the rounds of ours / theirs, the two medians in seconds). A machine that slows down for a while
    slows both of a round."""
    times: tuple[list, list] = ([], [])
    for n in range(rounds + warm_up):
        for which in ((0, 1), (1, 0))[n % 2]:  # who goes first changes
            started = time.perf_counter()
            (ours, theirs)[which]()
            if n >= warm_up:
                times[which].append(time.perf_counter() - started)
    a, b = map(statistics.median, times)
    return statistics.median(x / y for x, y in zip(*times, strict=True)), a, b
