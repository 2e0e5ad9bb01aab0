"""One training step as a weighting sees it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from mtlkit.weighting._need import Need


class StepContext:
    """The losses of one step, and what a method may need of the graph behind them.

    `Run` makes its own at every step; in a loop of your own make one by hand:
    `weighting.backward(StepContext(losses, representation=h))`.

    Args:
        losses: (tasks,), with their graphs.
        present: (tasks,) bool, which tasks have a label in the batch (None: all).
        shared: the parameters that all tasks share, such as `encoder.parameters()`; frozen ones are left out.
        representation: the tensor that all tasks' heads read, such as the encoder's token vectors: a part of the
            losses' graphs.

    Raises:
        ValueError: the losses are no tensor of shape (tasks,), or `present` is no bool tensor of that shape.

    Example:
        >>> from mtlkit.weighting import get
        >>> w = torch.tensor(2.0, requires_grad=True)
        >>> step = StepContext(torch.stack([w**2, 3 * w]), torch.tensor([True, False]))
        >>> get("equal").backward(step), w.grad
        (tensor([1., 0.]), tensor(4.))
    """

    def __init__(
        self,
        losses: Tensor,
        present: Tensor | None = None,
        *,
        shared: Iterable[Tensor] = (),
        representation: Tensor | None = None,
    ):
        if not isinstance(losses, Tensor) or losses.ndim != 1:
            found = f"shape {tuple(losses.shape)}" if isinstance(losses, Tensor) else type(losses).__name__
            raise ValueError(f"A step's losses are one tensor (tasks,), such as torch.stack([…]); found {found}.")
        check_present(present, losses)
        self.losses = losses
        self.present = torch.ones_like(losses, dtype=torch.bool) if present is None else present
        self.shared = [p for p in shared if p.requires_grad]
        self.representation = representation

    def serves(self, need: Need, on: str = "parameters") -> bool:
        """Whether the step has what a method of this need looks at.

        Args:
            need: what the method asks for.
            on: where a "jacobian" is taken, "parameters" or "representation".

        Returns:
            True if the method can take the step.
        """
        if need is Need.GRADIENTS or (need is Need.JACOBIAN and on == "representation"):
            return self.representation is not None
        return need is Need.JACOBIAN and bool(self.shared)

    def backward(self, lam: Tensor) -> None:
        """The gradients of Σ λ_i L_i, into all parameters.

        Args:
            lam: λ (tasks,).
        """
        self.losses.backward(lam.to(self.losses))

    def backward_with_norms(self, lam: Tensor) -> Tensor:
        """As `backward`, and measures each task's gradient.

        Args:
            lam: λ (tasks,).

        Returns:
            Each task's norm of ∂L_i/∂(representation), (tasks,), 0 for an absent one.
        """
        representation = self.representation
        assert representation is not None  # `serves` saw to it
        norms = torch.stack(
            [
                gradient_on(loss, representation).norm() if there else torch.zeros_like(loss)
                for loss, there in zip(self.losses, self.present.tolist(), strict=True)
            ]
        ).detach()
        self.backward(lam)
        return norms

    def jacobian(self, on: str) -> tuple[tuple[int, ...], list[Tensor]]:
        """Each present task's gradient apart.

        Args:
            on: "parameters", the shared ones, or "representation".

        Returns:
            The numbers of these tasks, and the tensors that they share, with a row for each of them in the `.jac`.
        """
        drop_jacobians(self.shared)  # of a step that failed
        tasks = tuple(i for i, there in enumerate(self.present.tolist()) if there)
        self._rows = [self.losses[i] for i in tasks]
        return tasks, jacobian(self._rows, self.shared, self.representation, on)

    def finish(self, on: str, tasks: Sequence[int], tensors: Sequence[Tensor], weights: Tensor | None) -> None:
        """The rest of the way back: from the combined gradient to all shared parameters, and those of all others.

        Args:
            on: as for `jacobian`.
            tasks: the numbers that `jacobian` gave.
            tensors: what `jacobian` gave, with the combined gradient in their `.grad`.
            weights: of the heads' losses, (present tasks,) (None: 1 each).
        """
        other_gradients(self._rows, tensors, self.representation, on, weights)
        if on == "representation":
            assert self.representation is not None  # `serves` saw to it
            self.representation.backward(tensors[0].grad)


def as_step(step: StepContext | Tensor) -> StepContext:
    """A step as it is, or one of these losses alone."""
    return step if isinstance(step, StepContext) else StepContext(step)


def check_present(present: Tensor | None, losses: Tensor) -> None:
    """ValueError unless `present` is None or a bool tensor of the losses' shape, which is host data: nothing waits."""
    if present is None:
        return
    known = isinstance(present, Tensor)
    if not known or present.shape != losses.shape or present.dtype != torch.bool:
        found = f"{present.dtype} of shape {tuple(present.shape)}" if known else type(present).__name__
        raise ValueError(
            f"`present` should be a bool tensor of the losses' shape {tuple(losses.shape)}, one entry a task; found "
            f"{found}."
        )


def gradient_on(loss: Tensor, tensor: Tensor) -> Tensor:
    """∂loss/∂tensor in float32; the loss keeps its graph."""
    found = torch.autograd.grad(loss, tensor, retain_graph=True, materialize_grads=True, allow_unused=True)
    return found[0].float()


def jacobian(rows: Sequence[Tensor], shared: Sequence[Tensor], representation: Tensor | None, on: str) -> list[Tensor]:
    """The tensors that the losses `rows` share, with ∂rows/∂tensor added to their `.jac`, a row for each loss; none
    where there is no loss."""
    from torchjd.autojac import backward

    if not rows:
        return []
    if on == "representation":
        assert representation is not None  # `serves` saw to it
        tensor = representation.detach().requires_grad_()
        jac = torch.stack([gradient_on(row, representation).to(representation) for row in rows])
        tensor.jac = jac  # ty: ignore[missing-attribute]  # where torchjd reads it
        return [tensor]
    read = leaves(rows)
    tensors = [p for p in shared if p in read]
    if not tensors:
        raise ValueError(
            "No loss reads a parameter of `shared`: give the parameters of the encoder behind these losses."
        )
    backward(list(rows), inputs=tensors, retain_graph=True, parallel_chunk_size=1)
    return tensors


def drop_jacobians(tensors: Iterable[Tensor]) -> None:
    """Forget the `.jac` in which TorchJD adds up the rows of the tasks."""
    for tensor in tensors:
        if hasattr(tensor, "jac"):
            del tensor.jac


def other_gradients(
    rows: Sequence[Tensor], tensors: Sequence[Tensor], representation: Tensor | None, on: str, weights: Tensor | None
) -> None:
    """The gradient of Σ weight · row into what the losses read besides the tensors that `jacobian` gave."""
    if on == "representation":
        others = leaves(rows, until=representation) - {representation}
    else:
        others = leaves(rows).difference(tensors)
    if not others:
        return
    scales = None if weights is None else [w.to(row) for w, row in zip(weights, rows, strict=True)]
    # A head may read the encoder's weights, as mlm does: on the representation their gradient through the head alone
    # is due here.
    barrier = None
    if representation is not None and on == "representation":
        barrier = representation.register_hook(torch.zeros_like)
    torch.autograd.backward(list(rows), grad_tensors=scales, inputs=list(others), retain_graph=True)
    if barrier is not None:
        barrier.remove()


def leaves(tensors: Sequence[Tensor], until: Tensor | None = None) -> set[Tensor]:
    """The parameters that the tensors hang on other than through `until`."""
    seen, todo, found = {until.grad_fn} if until is not None else set(), [t.grad_fn for t in tensors], set()
    while todo:
        node = todo.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if hasattr(node, "variable"):
            found.add(node.variable)
        todo += [following for following, _ in node.next_functions]
    return found
