"""Two things timed side by side: one call of each in turn, so that both meet the same machine."""

import statistics
from collections.abc import Callable

from mtlkit.experiments.cost import seconds
from mtlkit.training.arguments import default_device


def ratio(ours: Callable, theirs: Callable, rounds: int, warm_up: int = 3) -> tuple[float, float, float]:
    """(median over the rounds of ours / theirs, the two medians in seconds). A machine that slows down for a while
    slows both of a round."""
    device, times = default_device(), ([], [])
    for n in range(rounds + warm_up):
        for which in ((0, 1), (1, 0))[n % 2]:  # who goes first changes
            took = seconds((ours, theirs)[which], device)
            if n >= warm_up:
                times[which].append(took)
    a, b = map(statistics.median, times)
    return statistics.median(x / y for x, y in zip(*times, strict=True)), a, b
