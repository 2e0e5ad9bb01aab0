"""A run's own randomness, swapped in and out, so that nothing drawn elsewhere between two steps matters."""

from __future__ import annotations

import torch
from torch import Tensor


class own_randomness:
    """Within the block the run's random state is the global one; `keep`: what the block drew counts for the run, unless
    it failed, so that a step that is done again draws the same."""

    def __init__(self, run, keep: bool = True):
        self.run, self.keep = run, keep

    def __enter__(self) -> None:
        self.outside = get_randomness(self.run.device)
        set_randomness(self.run.device, self.run.random)

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if self.keep and error is None:
            self.run.random = get_randomness(self.run.device)
        set_randomness(self.run.device, self.outside)


def first_randomness(device: torch.device, seed: int) -> list[Tensor]:
    """The states that a seed gives the generators; what they were stays."""
    outside = get_randomness(device)
    torch.manual_seed(seed)
    first = get_randomness(device)
    set_randomness(device, outside)
    return first


def get_randomness(device: torch.device) -> list[Tensor]:
    """The states of torch's generators: the CPU's, and the device's own."""
    states = [torch.get_rng_state()]
    if device.type != "cpu":
        states.append(getattr(torch, device.type).get_rng_state())
    return states


def set_randomness(device: torch.device, states: list[Tensor]) -> None:
    """Put the generators into states that `get_randomness` gave."""
    torch.set_rng_state(states[0])
    if device.type != "cpu":
        getattr(torch, device.type).set_rng_state(states[1])
