"""The one face of all weighting methods: a batch's losses in, the effective loss weights λ out."""

import functools
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mtlkit.utils.errors import unknown

COSTS = {  # what a method may need → what that costs
    "again": "a second forward pass of the batch, without gradient",
    "validation": "a forward pass of a batch of validation rows, every `every` steps",
    "metrics": "nothing beyond the run's own validations",
    "gradients": "a backward pass of each task through its head",
    "jacobian": "a backward pass of each task, and memory for as many gradients as there are tasks",
}


@dataclass(frozen=True)
class Control:
    """How a panel steers a numeric setting: by a slider from `low` to `high`.

    label, help: beside it, and in its tooltip. step: of an arrow key; on the scale "signed log" the size from which on
    equal ways are equal factors, on either side of 0. per_task: the setting also takes one number per task.
    """

    label: str
    help: str
    low: float
    high: float
    step: float
    scale: str = "linear"
    per_task: bool = False


class Weighting(nn.Module):
    """Turns losses, shape (…, tasks), into the effective weights λ = ∂total/∂losses of the same shape, detached.

    A method writes one of two things, both for losses of shape (…, tasks) whose leading dimensions are
    parallel runs, and for `present`, a bool tensor of the same shape:

    - `weights(losses, present)`: λ as plain numbers, held constant by the gradient;
    - `total(losses, present)`: what is minimised, shape (…); λ comes from autograd, which fills the
      gradients of the method's own parameters in passing.

    Losses of absent tasks arrive there as 1 (a number that log and division bear), and their λ is set to 0
    afterwards; sums that a method normalises to should run over the present tasks.
    """

    #: The name in the registry; a class that is not registered goes by its own name.
    name = "weighting"
    #: What `Run` must supply beyond the losses, at a cost: the keys of `COSTS`.
    needs: frozenset[str] = frozenset()
    #: Setting → how panels steer it; a setting that is not here gets no slider.
    controls: Mapping[str, Control] = {}
    #: Names of the tensors that the method remembers between steps: None before the first, in `state_dict` after.
    memory: tuple[str, ...] = ()
    #: Names of the tasks and their labelled rows, known after `setup`.
    tasks: tuple[str, ...] | None = None
    counts: tuple[int, ...] | None = None
    #: Steps of an epoch, where `setup` was told.
    steps_per_epoch: int | None = None

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        cls.name = cls.__dict__.get("name", cls.__name__)

    def __init__(self):
        super().__init__()
        self.device: torch.device | None = None
        for name in self.memory:
            self.register_buffer(name, None)

    def setup(
        self,
        tasks: Sequence[str],
        counts: Sequence[int] | None = None,
        device=None,
        steps_per_epoch: int | None = None,
    ) -> None:
        """Tells the method the tasks' names, in the order of the losses, their labelled rows, the device, and how many
        steps an epoch has.

        Called once by `Run`. What the method remembers is forgotten: a new run begins.
        """
        tasks = tuple(tasks)
        if not tasks or len(set(tasks)) < len(tasks):
            raise ValueError(f"A weighting needs tasks of different names, found {list(tasks)}.")
        if counts is not None and len(counts) != len(tasks):
            raise ValueError(f"`counts` needs one number for each of {', '.join(tasks)}, found {list(counts)}.")
        self.tasks = tasks
        self.counts = None if counts is None else tuple(int(n) for n in counts)
        self.steps_per_epoch = steps_per_epoch
        for name in _setting_names(type(self)):  # checked again, now that the tasks are known
            setattr(self, name, getattr(self, name))
        self.reset()
        if device is not None:
            self.device = torch.device(device)
            self.to(self.device)

    def forward(self, losses: Tensor, present: Tensor | None = None) -> Tensor:
        """λ for losses of shape (…, tasks); `present` (bool, same shape; None: all) says which count."""
        raw = losses if isinstance(losses, Tensor) else torch.as_tensor(losses)
        self._check_shape(raw, present)
        dtype = raw.dtype if raw.is_floating_point() else torch.get_default_dtype()
        losses = raw.detach().to(torch.float64 if dtype == torch.float64 else torch.float32)
        if present is None:
            present = torch.ones_like(losses, dtype=torch.bool)
        losses = torch.where(present, losses, 1.0)
        if self.by_autograd:
            lam = self._gradient(losses, present)
        else:
            with torch.no_grad():
                lam = self.weights(losses, present)
        if lam.shape != losses.shape:
            raise ValueError(
                f"{type(self).__name__}.weights should give one λ per loss, shape {tuple(losses.shape)}, "
                f"found {tuple(lam.shape)}."
            )
        return torch.where(present, lam, 0.0).to(dtype)

    @property
    def by_autograd(self) -> bool:
        """Whether λ is the gradient of `total` (it was written) or simply `weights`."""
        return type(self).total is not Weighting.total

    def weights(self, losses: Tensor, present: Tensor) -> Tensor:
        """λ of shape (…, tasks), taken as constants."""
        raise NotImplementedError(f"{type(self).__name__} should define weights(losses, present) or total(…).")

    def on_step_end(self, losses: Tensor, present: Tensor) -> None:
        """Told by `Run` after each step to a method that needs "again": the same batch's losses then, (…, tasks)."""

    def on_gradient_norms(self, norms: Tensor, losses: Tensor, present: Tensor) -> None:
        """Told in each step, after λ was asked for, to a method that needs "gradients": each task's norm of ∂L_i/∂(the
        shared token vectors), (…, tasks), with the step's losses."""

    def on_validation(self, losses: Tensor, present: Tensor) -> None:
        """Told before a step to a method that needs "validation": the losses of a batch of validation rows."""

    def on_metrics(self, values: Tensor) -> None:
        """Told after each validation of the run to a method that needs "metrics": every task's main metric, (tasks,);
        NaN where it is undefined."""

    def total(self, losses: Tensor, present: Tensor) -> Tensor:
        """What is minimised, shape (…)."""
        return (self.weights(losses.detach(), present) * losses).sum(-1)

    def reset(self) -> None:
        """Forgets what earlier steps left in the method; its settings stay."""
        for name in self.memory:
            setattr(self, name, None)

    @property
    def settings(self) -> dict:
        """The constructor's settings with their values of this moment; plain types that JSON takes."""
        return {name: _plain(getattr(self, name)) for name in _setting_names(type(self))}

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.settings.items())

    def recall(self, name: str, like: Tensor, start: float = math.nan) -> Tensor:
        """The remembered tensor `name`, in the shape of `like`; `start` where nothing was remembered yet."""
        value = getattr(self, name)
        if value is None:
            return torch.full_like(like, start)
        if value.shape != like.shape:
            raise ValueError(
                f"The weighting {self.name!r} remembers losses of shape {tuple(value.shape)} and was handed "
                f"{tuple(like.shape)}. Call reset() between runs that have nothing to do with each other."
            )
        return value.to(like)

    def _gradient(self, losses: Tensor, present: Tensor) -> Tensor:
        with torch.enable_grad():
            leaf = losses.detach().requires_grad_()
            total = self.total(leaf, present)
            if total.shape != leaf.shape[:-1]:
                raise ValueError(
                    f"{type(self).__name__}.total should give one number per run, shape "
                    f"{tuple(leaf.shape[:-1])}, found {tuple(total.shape)}."
                )
            total.sum().backward()
        top = torch.finfo(leaf.dtype).max  # a weight beyond the largest number is that number
        return torch.zeros_like(losses) if leaf.grad is None else leaf.grad.clamp(-top, top)

    def _check_shape(self, losses: Tensor, present: Tensor | None) -> None:
        # Shapes are host data: reading them waits for nothing.
        if losses.ndim == 0:
            raise ValueError("The losses should have shape (…, tasks), found a single number.")
        if self.tasks is not None and losses.shape[-1] != len(self.tasks):
            raise ValueError(
                f"The losses should have shape (…, {len(self.tasks)}), one for each of "
                f"{', '.join(self.tasks)}; found {tuple(losses.shape)}."
            )
        if present is not None and (present.shape != losses.shape or present.dtype != torch.bool):
            raise ValueError(
                f"`present` should be a bool tensor of the losses' shape {tuple(losses.shape)}, found "
                f"{present.dtype} of shape {tuple(present.shape)}."
            )

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs):
        # A remembered tensor has no shape before the first step: take over whatever was saved, None included.
        for name in self.memory:
            saved = state_dict.get(prefix + name)
            setattr(self, name, None if saved is None else saved.detach().clone().to(self.device))
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


class Setting:
    """An attribute of a weighting that is checked whenever it is assigned, from code or by a slider."""

    def __init__(self, check: Callable):
        self.check = check

    def __set_name__(self, owner: type, name: str):
        self.name = name

    def __get__(self, method: Weighting | None, owner: type | None = None):
        return self if method is None else method.__dict__[self.name]

    def __set__(self, method: Weighting, value):
        method.__dict__[self.name] = self.check(self.name, value, method.tasks)


def finite(what: str, value, tasks=None, least: float = -math.inf) -> float:
    """`value` as a float; ValueError if it is no number, NaN, infinite, or below `least`.

    A tensor (runs, 1), one number for each of several parallel runs, is checked and stays what it is.
    """
    if isinstance(value, Tensor) and value.ndim:
        wrong = value[~(value.isfinite() & (value >= least))]
        return finite(what, float(wrong[0]), tasks, least) if len(wrong) else value
    try:
        number = math.nan if isinstance(value, str | bytes) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number) or number < least:
        bound = "" if least == -math.inf else f", {least:g} or more"
        raise ValueError(f"{what} should be a finite number{bound}; found {value!r}.")
    return number


def positive(what: str, value, tasks=None) -> float:
    """As `finite`, above 0."""
    value = finite(what, value, least=0.0)
    if not torch.as_tensor(value).all():
        raise ValueError(f"{what} should be above 0; found {value!r}.")
    return value


def below_one(what: str, value, tasks=None) -> float:
    """A number of at least 0 and below 1."""
    value = finite(what, value)
    if not 0 <= value < 1:
        raise ValueError(f"{what} should be at least 0 and below 1, found {value}.")
    return value


def whole(what: str, value, tasks=None) -> int:
    """A whole number of at least 1."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    raise ValueError(f"{what} should be a whole number of at least 1; found {value!r}.")


def whole_or_none(what: str, value, tasks=None) -> int | None:
    """None, or as `whole`."""
    return None if value is None else whole(what, value)


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
        return {t: finite(f"{what} of the task {t!r}", v, least=least) for t, v in value.items()}
    if isinstance(value, str) or not hasattr(value, "__len__"):
        raise ValueError(f"{what} should be numbers for tasks: a dict or a list, found {value!r}.")
    if tasks is not None and len(value) != len(tasks):
        raise ValueError(f"{what} needs {len(tasks)} numbers, for {', '.join(tasks)}; found {len(value)}.")
    who = [f"entry {i}" for i in range(len(value))] if tasks is None else [f"the task {t!r}" for t in tasks]
    return tuple(finite(f"{what} of {w}", v, least=least) for w, v in zip(who, value, strict=True))


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


@functools.lru_cache(maxsize=256)
def _constant(what, values: tuple, named: bool, tasks, dtype: torch.dtype, device: torch.device) -> Tensor:
    # Checked again: a dict may have been changed in place since it was assigned.
    checked = per_task(what, dict(values) if named else values, tasks)
    numbers = [checked[task] for task in tasks or checked] if named else checked
    with torch.inference_mode(False):
        # From pageable memory a non-blocking copy is staged at once: the device is not waited for.
        return torch.tensor(numbers, dtype=dtype).to(device, non_blocking=True)


@functools.cache
def _setting_names(cls: type) -> tuple[str, ...]:
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return tuple(n for n, p in inspect.signature(cls).parameters.items() if p.kind not in kinds)


def _plain(value):
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def first_number(value) -> float | None:
    """A setting as the one number that a slider can show: of one per task the mean; None of what is no number."""
    if isinstance(value, dict | list | tuple):
        several = list(value.values() if isinstance(value, dict) else value)
        return first_number(sum(several) / len(several)) if several else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
