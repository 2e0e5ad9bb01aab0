"""The one face of all weighting methods: a batch's losses in, the effective loss weights λ out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mtlkit.weighting._control import Control
from mtlkit.weighting._need import Need, as_needs
from mtlkit.weighting._settings import plain, setting_names
from mtlkit.weighting._step import StepContext, as_step, check_present


class Weighting(nn.Module):
    """Turns losses, shape (…, tasks), into the effective weights λ = ∂total/∂losses of the same shape, detached.

    A method writes one of two things, both for losses of shape (…, tasks) whose leading dimensions are
    parallel runs, and for `present`, a bool tensor of the same shape:

    - `weights(losses, present)`: λ as plain numbers, held constant by the gradient;
    - `total(losses, present)`: what is minimised, shape (…); λ comes from autograd, which fills the
      gradients of the method's own parameters in passing.

    Losses of absent tasks arrive there as 1 (a number that log and division bear), and their λ is set to 0
    afterwards; sums that a method normalises to should run over the present tasks.

    Raises:
        ValueError: a subclass names a need that is not there.

    Example:
        >>> from mtlkit.weighting import Fixed
        >>> Fixed([2.0, 0.5])(torch.tensor([1.0, 3.0]))
        tensor([2.0000, 0.5000])
    """

    #: The name in the registry; a class that is not registered goes by its own name.
    name = "weighting"
    #: What the loop must supply beyond the losses, at a cost.
    needs: frozenset[Need] = frozenset()
    #: Setting → how panels steer it; a setting that is not here gets no slider.
    controls: Mapping[str, Control] = {}
    #: Whether a number among the settings may be a tensor (runs, 1), one for each parallel run.
    per_run: bool = True
    #: Names of the tensors that the method remembers between steps: None before the first, in `state_dict` after.
    memory: tuple[str, ...] = ()
    #: Names of the tasks and their labelled rows, known after `setup`.
    tasks: tuple[str, ...] | None = None
    counts: tuple[int, ...] | None = None
    #: Steps of an epoch, where `setup` was told.
    steps_per_epoch: int | None = None
    #: Steps between two looks at validation rows, of a method that needs them.
    every: Any
    #: Needs that the loop said to supply, see `setup`.
    served: frozenset[Need] = frozenset()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = cls.__dict__.get("name", cls.__name__)
        cls.needs = as_needs(cls.needs, f"The weighting {cls.__name__}")  # one misspelt would never be served

    def __init__(self) -> None:
        super().__init__()
        self.device: torch.device | None = None
        for name in self.memory:
            self.register_buffer(name, None)

    def setup(
        self,
        tasks: Sequence[str],
        counts: Sequence[int] | None = None,
        device: torch.device | str | None = None,
        steps_per_epoch: int | None = None,
        serves: Iterable[Need | str] = (),
    ) -> None:
        """Begin a run: what the method remembers is forgotten. Called once by `Run`, or by a loop of your own.

        Args:
            tasks: the tasks' names, in the order of the losses.
            counts: their labelled rows, for methods that know of size.
            device: where the losses lie.
            steps_per_epoch: optimizer steps of an epoch.
            serves: the needs that the loop promises to supply by calling the method's `on_…`.

        Raises:
            ValueError: tasks of the same name, as many counts as there are not tasks, a setting that does not fit the
                tasks, or a need that is not there.
        """
        tasks = tuple(tasks)
        if not tasks or len(set(tasks)) < len(tasks):
            raise ValueError(f"A weighting needs tasks of different names, found {list(tasks)}.")
        if counts is not None and len(counts) != len(tasks):
            raise ValueError(f"`counts` needs one number for each of {', '.join(tasks)}, found {list(counts)}.")
        self.tasks = tasks
        self.counts = None if counts is None else tuple(int(n) for n in counts)
        self.steps_per_epoch = steps_per_epoch
        self.served = as_needs(serves, "setup(…, serves=…)")
        for name in setting_names(type(self)):  # checked again, now that the tasks are known
            setattr(self, name, getattr(self, name))
        self.reset()
        if device is not None:
            self.device = torch.device(device)
            self.to(self.device)

    def forward(self, losses: Tensor, present: Tensor | None = None) -> Tensor:
        """λ for losses.

        Args:
            losses: (…, tasks).
            present: which count, bool of the same shape (None: all).

        Returns:
            λ of the same shape, 0 for an absent task.

        Raises:
            ValueError: losses or `present` of another shape or type; or the method needs more than losses, and `setup`
                was not told that the loop supplies it.
        """
        self._check_served()
        return self._effective(losses, present)

    def backward(self, step: StepContext | Tensor) -> Tensor:
        """One step's λ, and with it the gradients of all parameters: in place of `loss.backward()`.

        Args:
            step: the step, or its losses (tasks,) where the method needs no more.

        Returns:
            λ (tasks,).

        Raises:
            ValueError: as in calling the method.
        """
        step = as_step(step)
        lam = self.weigh(step)
        step.backward(lam)
        return lam

    def weigh(self, step: StepContext) -> Tensor:
        """λ for a step that has, or a loop that promised, all that the method needs.

        Args:
            step: of one's own loop, or a Run's.

        Returns:
            λ (tasks,).

        Raises:
            ValueError: a need of the method is not served, or losses or `present` have another shape or type.
        """
        self._check_served(step)
        return self._effective(step.losses.detach(), step.present)

    def _check_served(self, step: StepContext | None = None) -> None:
        for need in sorted(self.needs - self.served):
            if step is None or not step.serves(need, getattr(self, "on", "parameters")):
                raise ValueError(
                    f"The weighting {self.name!r} needs {need.value!r}, {need.cost}, and this loop does not serve it: "
                    f"{need.served_by}. A Run serves every need."
                )

    def _effective(self, losses: Tensor, present: Tensor | None) -> Tensor:
        """∂total/∂losses of shape (…, tasks)."""
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
        """λ, taken as constants; a method writes this or `total`.

        Args:
            losses: (…, tasks), detached.
            present: bool, of the same shape.

        Returns:
            λ of the same shape.

        Raises:
            NotImplementedError: the method wrote neither.
        """
        raise NotImplementedError(f"{type(self).__name__} should define weights(losses, present) or total(…).")

    def on_step_end(self, losses: Tensor, present: Tensor) -> None:
        """Told after each optimizer step to a method that needs "second_forward".

        Args:
            losses: of the same batch after the step, (…, tasks).
            present: bool, of the same shape.
        """

    def on_gradient_norms(self, norms: Tensor, losses: Tensor, present: Tensor) -> None:
        """Told in each step, after λ was asked for, to a method that needs "gradients".

        Args:
            norms: each task's norm of ∂L_i/∂(the shared token vectors), (…, tasks).
            losses: of the step, (…, tasks).
            present: bool, of the same shape.
        """

    def on_validation(self, losses: Tensor, present: Tensor) -> None:
        """Told before a step to a method that needs "validation".

        Args:
            losses: of a batch of validation rows, (…, tasks).
            present: bool, of the same shape.
        """

    def on_metrics(self, values: Tensor) -> None:
        """Told after each validation of the run to a method that needs "metrics".

        Args:
            values: every task's main metric, (…, tasks); NaN where it is undefined.
        """

    def total(self, losses: Tensor, present: Tensor) -> Tensor:
        """What is minimised; a method writes this or `weights`.

        Args:
            losses: (…, tasks), a leaf of the graph.
            present: bool, of the same shape.

        Returns:
            One number a run, (…).
        """
        return (self.weights(losses.detach(), present) * losses).sum(-1)

    def reset(self) -> None:
        """Forgets what earlier steps left in the method; its settings stay."""
        for name in self.memory:
            setattr(self, name, None)

    @property
    def settings(self) -> dict:
        """The constructor's settings with their values of this moment; plain types that JSON takes."""
        return {name: plain(getattr(self, name)) for name in setting_names(type(self))}

    def extra_repr(self) -> str:
        """The settings, as `print` shows them.

        Returns:
            "alpha=1.0, beta=0.5" and the like.
        """
        return ", ".join(f"{name}={value!r}" for name, value in self.settings.items())

    def recall(self, name: str, like: Tensor, start: float = math.nan) -> Tensor:
        """A remembered tensor, in the shape of another.

        Args:
            name: one of `memory`.
            like: a tensor of the shape, type and device that are due.
            start: what it holds where nothing was remembered yet.

        Returns:
            A tensor as `like`.

        Raises:
            ValueError: it was remembered in another shape.
        """
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
        check_present(present, losses)

    def _load_from_state_dict(self, state_dict, prefix, *args: Any, **kwargs: Any):
        # A remembered tensor has no shape before the first step: take over whatever was saved, None included.
        for name in self.memory:
            saved = state_dict.get(prefix + name)
            setattr(self, name, None if saved is None else saved.detach().clone().to(self.device))
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
