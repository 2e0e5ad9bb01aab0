"""Settings of a weighting: attributes that are checked whenever they are assigned, and what they may be."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from mtlkit.utils.errors import unknown

if TYPE_CHECKING:
    from mtlkit.weighting._weighting import Weighting


class Setting:
    """An attribute of a weighting that is checked whenever it is assigned, from code or by a slider."""

    def __init__(self, check: Callable):
        self.check = check

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, method: Weighting | None, owner: type | None = None) -> Any:
        return self if method is None else method.__dict__[self.name]

    def __set__(self, method: Weighting, value) -> None:
        value = self.check(self.name, value, method.tasks)
        if isinstance(value, Tensor) and not method.per_run:
            raise ValueError(f"{self.name} should be one number; found a tensor of shape {tuple(value.shape)}.")
        method.__dict__[self.name] = value


def one_number(what: str, value, tasks=None, least: float = -math.inf) -> float:
    """`value` as a float; ValueError if it is no number, NaN, infinite, or below `least`."""
    several = isinstance(value, str | bytes) or (isinstance(value, Tensor) and value.ndim)
    try:
        found = math.nan if several else float(value)
    except (TypeError, ValueError):
        found = math.nan
    if not math.isfinite(found) or found < least:
        bound = "" if least == -math.inf else f", {least:g} or more"
        raise ValueError(f"{what} should be a finite number{bound}; found {value!r}.")
    return found


def finite(what: str, value, tasks=None, least: float = -math.inf) -> float | Tensor:
    """As `one_number`, or a tensor (runs, 1) with one for each of several parallel runs, which stays what it is."""
    if isinstance(value, Tensor) and value.ndim:
        wrong = value[~(value.isfinite() & (value >= least))]
        return one_number(what, float(wrong[0]), least=least) if len(wrong) else value
    return one_number(what, value, least=least)


def within(what: str, value, holds: Callable, said: str) -> float | Tensor:
    """As `finite`, if `holds` is true of it, which is `said` in words."""
    value = finite(what, value)
    if not torch.as_tensor(holds(value)).all():
        raise ValueError(f"{what} should be {said}; found {value!r}.")
    return value


def positive(what: str, value, tasks=None) -> float | Tensor:
    """As `finite`, above 0."""
    return within(what, value, lambda v: v > 0, "above 0")


def below_one(what: str, value, tasks=None) -> float | Tensor:
    """As `finite`, at least 0 and below 1."""
    return within(what, value, lambda v: (v >= 0) & (v < 1), "at least 0 and below 1")


def acts(value: float | Tensor) -> bool:
    """Whether a setting that 0 switches off is on; for parallel runs it is, for it may be in one."""
    return isinstance(value, Tensor) or value != 0


def mix(old: Tensor, new: Tensor, share: float | Tensor) -> Tensor:
    """old + share · (new − old), the share a setting."""
    return torch.lerp(old, new, share.to(new) if isinstance(share, Tensor) else share)


def whole(what: str, value, tasks=None) -> int:
    """A whole number of at least 1."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    raise ValueError(f"{what} should be a whole number of at least 1; found {value!r}.")


def whole_or_none(what: str, value, tasks=None) -> int | None:
    """None, or as `whole`."""
    return None if value is None else whole(what, value)


def flag(what: str, value, tasks=None) -> bool:
    """True or False."""
    if hasattr(value, "__len__") or value not in (True, False):  # "no" would count as True
        raise ValueError(f"{what} should be True or False; found {value!r}.")
    return bool(value)


def one_of(*known: str) -> Callable:
    """The check of a setting that is one of a few words."""

    def check(what: str, value, tasks=None) -> str:
        if value not in known:
            raise ValueError(unknown(what, value, known))
        return value

    return check


def bounded(value: float | Tensor, like: Tensor) -> float | Tensor:
    """A setting beside `like`, held in the range of its type."""
    top = torch.finfo(like.dtype).max
    return value.to(like).clamp(-top, top) if isinstance(value, Tensor) else min(max(value, -top), top)


def per_task(what: str, value, tasks: Sequence[str] | None, least: float = -math.inf) -> dict | tuple:
    """Numbers for tasks, given by name or in order, as floats; ValueError naming a wrong, missing or extra one."""
    if isinstance(value, Mapping):
        if tasks is not None:
            for task in value:
                if task not in tasks:
                    raise ValueError(f"{what}: {unknown('task', task, tasks)}")
            for task in tasks:
                if task not in value:
                    raise ValueError(f"{what} has no value for the task {task!r}; found {dict(value)}.")
        return {t: one_number(f"{what} of the task {t!r}", v, least=least) for t, v in value.items()}
    if isinstance(value, str) or not hasattr(value, "__len__"):
        raise ValueError(f"{what} should be numbers for tasks: a dict or a list, found {value!r}.")
    if tasks is not None and len(value) != len(tasks):
        raise ValueError(f"{what} needs {len(tasks)} numbers, for {', '.join(tasks)}; found {len(value)}.")
    who = [f"entry {i}" for i in range(len(value))] if tasks is None else [f"the task {t!r}" for t in tasks]
    return tuple(one_number(f"{what} of {w}", v, least=least) for w, v in zip(who, value, strict=True))


def one_or_per_task(what: str, value, tasks: Sequence[str] | None, least: float = -math.inf):
    """One number for all tasks, or numbers for tasks as `per_task` takes them."""
    several = hasattr(value, "__len__") and not isinstance(value, str | Tensor)
    return per_task(what, value, tasks, least) if several else finite(what, value, least=least)


def as_tensor(what: str, value: dict | tuple, tasks: tuple[str, ...] | None, like: Tensor) -> Tensor:
    """Numbers for tasks as a tensor (tasks,) beside `like`, in their order; made once, not in each step."""
    named = isinstance(value, dict)
    if len(value) != like.shape[-1]:
        raise ValueError(f"{what} has {len(value)} numbers, and there are {like.shape[-1]} losses.")
    return _constant(what, tuple(value.items()) if named else value, named, tasks, like.dtype, like.device)


def log_sizes(what: str, exponent: float | Tensor, method: Weighting, like: Tensor) -> Tensor:
    """exponent · log n_i, (…, tasks) beside `like`, n_i the labelled rows of a task, which all should have some."""
    if method.counts is None:
        raise ValueError(f"{what} needs the tasks' numbers of labelled rows: call setup(tasks, counts), as Run does.")
    for task, n in zip(method.tasks or (), method.counts, strict=True):
        if n < 1:
            raise ValueError(f"{what} needs labelled rows, and the task {task!r} has {n}: label some, or leave it out.")
    logs = as_tensor("counts", tuple(math.log(n) for n in method.counts), method.tasks, like)
    top = torch.finfo(logs.dtype).max
    return (bounded(exponent, logs) * logs).clamp(-top, top)


@functools.lru_cache(maxsize=256)
def _constant(what, values: tuple, named: bool, tasks, dtype: torch.dtype, device: torch.device) -> Tensor:
    # Checked again: a dict may have been changed in place since it was assigned.
    checked = per_task(what, dict(values) if named else values, tasks)
    numbers = [checked[task] for task in tasks or checked] if named else checked
    with torch.inference_mode(False):
        # From pageable memory a non-blocking copy is staged at once: the device is not waited for.
        return torch.tensor(numbers, dtype=dtype).to(device, non_blocking=True)


@functools.cache
def setting_names(cls: type) -> tuple[str, ...]:
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return tuple(n for n, p in inspect.signature(cls).parameters.items() if p.kind not in kinds)


def plain(value):
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
