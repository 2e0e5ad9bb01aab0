"""Draws from a source of random numbers in [0, 1), the same on every machine."""

from collections.abc import Callable, Iterable, Sequence


def pick(items: Sequence, random: Callable[[], float]):
    """One of the items."""
    return items[int(random() * len(items))]


def some(items: Iterable, count: int, random: Callable[[], float]) -> list:
    """Up to that many of the items, without replacement."""
    left = list(items)
    return [left.pop(int(random() * len(left))) for _ in range(min(count, len(left)))]


def noise(random: Callable[[], float]) -> float:
    """About standard normal: six uniform numbers added, so that no machine's rounding of logarithms matters."""
    return (random() + random() + random() + random() + random() + random() - 3) * 1.4142
