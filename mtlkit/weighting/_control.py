"""How a panel steers a setting of a weighting."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Control:
    """How a panel steers a numeric setting: by a slider from `low` to `high`.

    Args:
        label: beside the slider.
        help: in its tooltip.
        low: the least value.
        high: the largest value.
        step: of an arrow key; on the scale "signed log" the size from which on equal ways are equal factors, on either
            side of 0.
        scale: "linear" or "signed log".
        per_task: the setting also takes one number per task.
    """

    label: str
    help: str
    low: float
    high: float
    step: float
    scale: str = "linear"
    per_task: bool = False


def first_number(value: object) -> float | None:
    """A setting as the one number that a slider can show: of one per task the mean; None of what is no number."""
    if isinstance(value, dict | list | tuple):
        several = list(value.values() if isinstance(value, dict) else value)
        return first_number(sum(several) / len(several)) if several else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
