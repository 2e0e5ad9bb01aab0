"""The gradients of one step: the batches' losses, one λ for all of them, and what the weighting needs besides."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator

import torch
from torch import Tensor

from mtlkit.batching.batches import Batch
from mtlkit.training.errors import NonFiniteError, check_weights, non_finite_message
from mtlkit.training.rng import get_randomness, set_randomness


def compute_gradients(run, micro_batches: list[Batch]) -> tuple[Tensor, Tensor, Tensor]:
    """Losses → λ → the gradients of all parameters. Gives losses and λ, (tasks,), and which tasks are present.

    ValueError, before there is a gradient, if a loss or λ is not finite or a λ below 0 (a GPU is not waited for).
    """
    if "jacobian" in run.weighting.needs:
        return _by_jacobian(run, micro_batches)
    if len(micro_batches) > 1:
        return _accumulated(run, micro_batches)
    losses, norms = _forward(run, micro_batches[0])
    lam = _weigh(run, losses.detach(), micro_batches[0].present)
    if norms is not None:
        run.weighting.on_gradient_norms(norms, losses.detach(), micro_batches[0].present)
    losses.backward(lam)
    return losses.detach(), lam, micro_batches[0].present


def second_forward(run, micro_batches: list[Batch]) -> None:
    """Tell the weighting the same batches' losses after the step, under the same dropout."""
    now = get_randomness(run.device)
    set_randomness(run.device, run.random)  # as it was before the step
    share, present = _shares(run, micro_batches)
    run.weighting.on_step_end(_mean_losses(run, micro_batches, share), present)
    set_randomness(run.device, now)


def gradient_norms(run, batch: Batch) -> dict[str, float]:
    """Task → the norm of λ_i ∇L_i in the shared encoder, of ∇L_i where the weighting combines gradients itself."""
    losses, gradients = _task_gradients(run, batch, "parameters")
    plain = "jacobian" in run.weighting.needs
    lam = torch.ones_like(losses) if plain else copy.deepcopy(run.weighting)(losses, batch.present)
    weights = dict(zip(run.tasks, lam.tolist(), strict=True))
    return {name: abs(weights[name]) * float(gradient.norm()) for name, gradient in gradients}


def gradient_cosines(run, batch: Batch, on: str) -> dict[tuple[str, str], float]:
    """Pair of tasks → the cosine between their ∇L_i, on the encoder's "parameters" or on its token vectors, the
    "representation"."""
    _, gradients = _task_gradients(run, batch, on)
    unit = {name: gradient / gradient.norm() for name, gradient in gradients}
    return {(a, b): float(unit[a] @ unit[b]) for a in unit for b in unit}


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

    return model.stack_by_task(found).detach(), gradients()


def _forward(run, batch: Batch) -> tuple[Tensor, Tensor | None]:
    """Losses (tasks,); where the weighting needs them, each task's norm of ∂L_i/∂(shared token vectors)."""
    model = run.model
    with run.autocast():
        if "gradients" not in run.weighting.needs:
            return model.losses(batch), None
        vectors = model.encode(batch)
        found = model.task_losses(batch, vectors)
    norms = {
        name: torch.autograd.grad(loss, vectors[0], retain_graph=True)[0].float().norm() for name, loss in found.items()
    }
    return model.stack_by_task(found), model.stack_by_task(norms)


def _mean_losses(run, micro_batches: list[Batch], share: Tensor) -> Tensor:
    """Of several batches as of one, without graphs: losses (tasks,)."""
    with torch.no_grad(), run.autocast():
        return sum(run.model.losses(batch) * part for batch, part in zip(micro_batches, share, strict=True))


def _accumulated(run, micro_batches: list[Batch]) -> tuple[Tensor, Tensor, Tensor]:
    """One λ for several batches: their losses first, without graphs; then each again, with its share of λ."""
    before = get_randomness(run.device)
    share, present = _shares(run, micro_batches)
    losses = _mean_losses(run, micro_batches, share)
    lam = _weigh(run, losses, present)
    set_randomness(run.device, before)  # the same dropout again
    squares = 0.0
    for batch, part in zip(micro_batches, share, strict=True):
        own, norms = _forward(run, batch)
        own.backward(lam * part)
        if norms is not None:
            squares = squares + (norms * part) ** 2
    if "gradients" in run.weighting.needs:
        run.weighting.on_gradient_norms(squares**0.5, losses, present)
    return losses, lam, present


def _by_jacobian(run, micro_batches: list[Batch]) -> tuple[Tensor, Tensor, Tensor]:
    """Each task's gradient apart, on what is shared; the method makes one of them."""
    from torchjd.autojac import backward

    model, method = run.model, run.weighting
    names = [name for name in run.tasks if any(name in batch.targets for batch in micro_batches)]
    share, present = _shares(run, micro_batches)
    losses = torch.zeros(len(run.tasks), device=run.device)
    for batch, part in zip(micro_batches, share, strict=True):
        with run.autocast():
            tokens, pooled = model.encode(batch)
            if method.on == "representation":
                cut = tokens.detach().requires_grad_()
                pooled = model.encoder.pool(cut, batch.attention_mask)
            else:
                cut = tokens
            found = model.task_losses(batch, (cut, pooled))
        own = model.stack_by_task(found).detach()
        _check(run, own, torch.zeros_like(own))
        losses = losses + own * part
        rows = _rows(run, found, names, part, cut)
        leaves = _leaves(rows)
        encoder = [cut] if cut is not tokens else [p for p in model.encoder.parameters() if p in leaves]
        backward(rows, inputs=encoder, retain_graph=True, parallel_chunk_size=1)
        torch.autograd.backward(rows, inputs=list(leaves.difference(encoder)))
    weights = method.aggregate(names, encoder)
    if cut is not tokens:
        tokens.backward(cut.grad)
    if method.weigh_heads:
        for name, weight in zip(names, weights, strict=True):
            for parameter in leaves.intersection(model.heads[name].parameters()).difference(encoder):
                parameter.grad.mul_(weight)
    return losses, _scatter(run, names, weights, present), present


def _rows(run, found: dict[str, Tensor], names: list[str], part: Tensor, tokens: Tensor) -> list[Tensor]:
    """A loss for each of `names`, times its share of the step; one of 0 for a task that only other batches have."""
    return [found[name] * part[run.tasks.index(name)] if name in found else tokens.sum() * 0.0 for name in names]


def _leaves(tensors: list[Tensor]) -> set[Tensor]:
    """The parameters that the tensors hang on."""
    seen, todo, found = set(), [t.grad_fn for t in tensors], set()
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            found.add(node.variable)
        todo += [following for following, _ in node.next_functions]
    return found


def _scatter(run, names: list[str], weights: Tensor | None, present: Tensor) -> Tensor:
    """The weights of the tasks `names` as λ (tasks,): 0 for the others, NaN where there are none."""
    if weights is None:
        return torch.where(present, math.nan, 0.0)
    lam = torch.zeros(len(run.tasks), device=run.device)
    index = torch.tensor([run.tasks.index(name) for name in names]).to(run.device, non_blocking=True)
    lam[index] = weights.to(lam)
    return lam


def _shares(run, micro_batches: list[Batch]) -> tuple[Tensor, Tensor]:
    """Each batch's share of a task's labels in the step (batches, tasks), and which tasks are present."""
    labels = torch.tensor(
        [[b.targets[n].size if n in b.targets else 0 for n in run.tasks] for b in micro_batches], dtype=torch.float32
    ).to(run.device, non_blocking=True)
    return labels / labels.sum(0).clamp(min=1), labels.sum(0) > 0


def _weigh(run, losses: Tensor, present: Tensor) -> Tensor:
    lam = run.weighting(losses, present)
    _check(run, losses, lam)
    if run.device.type == "cpu":
        check_weights(run, losses, lam)
    return lam


def _check(run, losses: Tensor, lam: Tensor) -> None:
    if run.device.type == "cpu" and not bool(losses.isfinite().all()):
        raise NonFiniteError(non_finite_message(run, losses, lam, "loss"))
