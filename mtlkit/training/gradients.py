"""The gradients of one step: the micro-batches' losses, one λ for all of them, and what the weighting needs besides."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from functools import cached_property

import torch
from torch import Tensor

from mtlkit.batching import Batch
from mtlkit.training.errors import NonFiniteError, check_weights, non_finite_message
from mtlkit.training.rng import get_randomness, set_randomness
from mtlkit.weighting import Need, StepContext
from mtlkit.weighting._step import drop_jacobians, gradient_on, jacobian, other_gradients


def compute_gradients(run, micro_batches: list[Batch]) -> tuple[Tensor, Tensor, Tensor]:
    """Losses → λ → the gradients of all parameters. Gives losses and λ, (tasks,), and which tasks are present.

    Raises:
        ValueError: before there is a gradient, a loss or λ is not finite or a λ below 0 (a GPU is not waited for).
    """
    step = RunStep(run, micro_batches)
    lam = run.weighting.backward(step)
    return step.losses.detach(), lam, step.present


def drop_gradients(model, weighting) -> None:
    """Forget what a backward pass, a run's or another, left in the parameters: `.grad`, and TorchJD's `.jac`."""
    parameters = [*model.parameters(), *weighting.parameters()]
    for parameter in parameters:
        parameter.grad = None
    drop_jacobians(parameters)


class RunStep(StepContext):
    """A step of a `Run`: one batch, or several micro-batches under one λ, made of their mean losses."""

    def __init__(self, run, micro_batches: list[Batch]):
        self.run, self.micro_batches = run, micro_batches
        if len(micro_batches) == 1:
            self.present = micro_batches[0].present
            self.label_fraction = self.present.float()[None]
        else:
            self.label_fraction, self.present = label_fractions(run, micro_batches)
        self._before = get_randomness(run.device) if len(micro_batches) > 1 else []
        self._jacobian_losses: Tensor | None = None

    def serves(self, need: Need, on: str = "parameters") -> bool:
        """Always: `check_weighting` saw to it before the first step."""
        return True

    @cached_property
    def shared(self) -> list[Tensor]:
        """The encoder's parameters that are trained; listed only for a method that asks for them."""
        return [p for p in self.run.model.encoder.parameters() if p.requires_grad]

    @cached_property
    def _forward(self) -> tuple[Tensor, dict[str, Tensor]]:
        """Of a single batch: token vectors, and the loss of each of its tasks."""
        return _forward(self.run, self.micro_batches[0])[1:]

    @cached_property
    def losses(self) -> Tensor:
        """(tasks,); of several micro-batches their mean, without a graph."""
        if self._jacobian_losses is not None:
            return self._jacobian_losses
        if len(self.micro_batches) == 1:
            return _stack(self.run, self._forward[1])
        return mean_losses(self.run, self.micro_batches, self.label_fraction)

    def backward(self, lam: Tensor) -> None:
        """The gradients of Σ λ_i L_i; of several micro-batches one after the other."""
        self._check(lam)
        if len(self.micro_batches) == 1:
            self.losses.backward(lam)
            return
        for batch_losses, _, fraction in self._once_more():
            batch_losses.backward(lam * fraction)

    def backward_with_norms(self, lam: Tensor) -> Tensor:
        """As `backward`; gives each task's norm of ∂L_i/∂(token vectors), (tasks,)."""
        self._check(lam)
        squares: Tensor | float = 0.0
        several = len(self.micro_batches) > 1
        parts = self._once_more() if several else [(self.losses, self._forward, torch.ones_like(lam))]
        for batch_losses, (tokens, task_losses), fraction in parts:
            norms = _stack(self.run, {name: gradient_on(loss, tokens).norm() for name, loss in task_losses.items()})
            batch_losses.backward(lam * fraction)
            squares = squares + (norms * fraction) ** 2
        return squares**0.5

    def _once_more(self) -> Iterator[tuple[Tensor, tuple[Tensor, dict[str, Tensor]], Tensor]]:
        """Each micro-batch's losses with their graph, under the same dropout as when λ was made of them."""
        set_randomness(self.run.device, self._before)
        for batch, fraction in zip(self.micro_batches, self.label_fraction, strict=True):
            _, tokens, task_losses = _forward(self.run, batch)
            yield _stack(self.run, task_losses), (tokens, task_losses), fraction

    def jacobian(self, on: str) -> tuple[tuple[int, ...], list[Tensor]]:
        """Each present task's gradient apart, as `StepContext.jacobian`."""
        run, names = self.run, self.run.tasks
        there = {name for batch in self.micro_batches for name in batch.targets}
        tasks = tuple(i for i, name in enumerate(names) if name in there)
        self._jacobian_losses = torch.zeros(len(names), device=run.device)
        for batch, fraction in zip(self.micro_batches, self.label_fraction, strict=True):
            tokens, read, task_losses = _forward(run, batch, cut=on == "representation")
            batch_losses = _stack(run, task_losses).detach()
            _check_finite(run, batch_losses, torch.zeros_like(batch_losses))
            self._jacobian_losses = self._jacobian_losses + batch_losses * fraction
            # A task that only other micro-batches have: a row of zeros.
            nothing = read.sum() * 0.0
            rows = [task_losses[names[i]] * fraction[i] if names[i] in task_losses else nothing for i in tasks]
            tensors = jacobian(rows, self.shared, read, on)
            other_gradients(rows, tensors, read, on, None)
        self.representation = tokens
        return tasks, tensors

    def finish(self, on: str, tasks: Sequence[int], tensors: Sequence[Tensor], weights: Tensor | None) -> None:
        """The rest of the way back, as `StepContext.finish`."""
        if on == "representation":
            assert self.representation is not None  # `jacobian` left it
            self.representation.backward(tensors[0].grad)
        if weights is None:
            return
        shared = set(self.shared)
        for task, weight in zip(tasks, weights, strict=True):
            for parameter in self.run.model.heads[self.run.tasks[task]].parameters():
                if parameter.grad is not None and parameter not in shared:
                    parameter.grad.mul_(weight)

    def _check(self, lam: Tensor) -> None:
        losses = self.losses.detach()
        _check_finite(self.run, losses, lam)
        if self.run.device.type == "cpu":
            check_weights(self.run, losses, lam)


def second_forward(run, micro_batches: list[Batch]) -> None:
    """Tell the weighting the same batches' losses after the step, under the same dropout."""
    now = get_randomness(run.device)
    set_randomness(run.device, run.random)  # as it was before the step
    fractions, present = label_fractions(run, micro_batches)
    run.weighting.on_step_end(mean_losses(run, micro_batches, fractions), present)
    set_randomness(run.device, now)


def gradient_norms(run, batch: Batch) -> dict[str, float]:
    """Task → the norm of λ_i ∇L_i in the shared encoder, of ∇L_i where the weighting combines gradients itself."""
    losses, gradients = _task_gradients(run, batch, "parameters")
    plain = Need.JACOBIAN in run.weighting.needs
    lam = torch.ones_like(losses) if plain else copy.deepcopy(run.weighting)(losses, batch.present)
    weights = dict(zip(run.tasks, lam.tolist(), strict=True))
    return {name: abs(weights[name]) * float(gradient.norm()) for name, gradient in gradients}


def gradient_cosines(run, batch: Batch, on: str) -> dict[tuple[str, str], float]:
    """Pair of tasks → the cosine between their ∇L_i, on the encoder's "parameters" or on its token vectors, the
    "representation"."""
    _, gradients = _task_gradients(run, batch, on)
    unit = {name: gradient / gradient.norm() for name, gradient in gradients}
    return {(a, b): float(unit[a] @ unit[b]) for a in unit for b in unit}


def gradient_moments(run, parts: list[Batch]) -> tuple[float, float]:
    """Of one task: ‖∇L‖² in the shared encoder, and the variance of one row's gradient, from the gradients of several
    batches of its rows; zeros for none. Both are without bias, so that the first may come out below 0."""
    if not parts:
        return 0.0, 0.0
    total: Tensor | float = 0.0
    squares = 0.0
    for batch in parts:
        ((_, gradient),) = _task_gradients(run, batch, "parameters")[1]
        total, squares = total + gradient, squares + float(gradient.square().sum())
    count, mean = len(parts), float(torch.as_tensor(total / len(parts)).square().sum())
    spread = (squares - count * mean) / (count - 1)  # of a part's gradient
    return mean - spread / count, spread * sum(b.size for b in parts) / count


def _task_gradients(run, batch: Batch, on: str) -> tuple[Tensor, Iterator[tuple[str, Tensor]]]:
    """Losses (tasks,), and one after the other (task, its ∇L_i as one vector), for the tasks in the batch."""
    model, was_training = run.model, run.model.training
    model.train()
    with run.autocast():
        vectors = model.encode(batch)
        found = model.task_losses(batch, vectors)  # apart: through one tensor a NaN of one would reach all
    model.train(was_training)
    shared = vectors[:1] if on == "representation" else model.encoder.parameters()
    inputs = [t for t in shared if t.requires_grad]

    def gradients():
        for name, loss in found.items():
            if not inputs:  # a frozen encoder: no loss moves it
                yield name, torch.zeros(1)
                continue
            each = torch.autograd.grad(loss, inputs, retain_graph=True, materialize_grads=True, allow_unused=True)
            yield name, torch.cat([g.float().flatten() for g in each])

    return _stack(run, found).detach(), gradients()


def _forward(run, batch: Batch, cut: bool = False) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """Token vectors as they are and as the heads read them, the same or, with `cut`, apart from the encoder's graph;
    and the loss of each of the batch's tasks, which hangs on the latter."""
    model = run.model
    with run.autocast():
        tokens, pooled = model.encode(batch)
        read = tokens
        if cut:
            read = tokens.detach().requires_grad_()
            pooled = model.encoder.pool(read, batch.attention_mask)
        return tokens, read, model.task_losses(batch, (read, pooled))


def mean_losses(run, micro_batches: list[Batch], label_fraction: Tensor) -> Tensor:
    """Of several batches as of one, without graphs: losses (tasks,)."""
    with torch.no_grad(), run.autocast():
        parts = zip(micro_batches, label_fraction, strict=True)
        return sum(run.model.losses(batch, run.tasks) * fraction for batch, fraction in parts)


def label_fractions(run, micro_batches: list[Batch]) -> tuple[Tensor, Tensor]:
    """Each batch's share of a task's labels in the step (batches, tasks), and which tasks are present."""
    labels = torch.tensor(
        [[b.targets[n].size if n in b.targets else 0 for n in run.tasks] for b in micro_batches], dtype=torch.float32
    ).to(run.device, non_blocking=True)
    return labels / labels.sum(0).clamp(min=1), labels.sum(0) > 0


def _stack(run, found: dict[str, Tensor]) -> Tensor:
    """Numbers of the tasks that are trained, (tasks,)."""
    return run.model.stack_by_task(found, run.tasks)


def _check_finite(run, losses: Tensor, lam: Tensor) -> None:
    if run.device.type == "cpu" and not bool(losses.isfinite().all()):
        raise NonFiniteError(non_finite_message(run, losses, lam, "loss"))
