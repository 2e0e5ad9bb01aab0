"""TorchJD's methods by name: each says how conflicting gradients of the tasks become one."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Sequence

import torch
from torch import Tensor

from mtlkit.weighting._control import Control
from mtlkit.weighting._jacobian import JacobianMethod
from mtlkit.weighting._registry import register
from mtlkit.weighting._settings import Setting, below_one, finite, positive, whole, within


def _up_to_one(what: str, value, tasks=None):
    return within(what, value, lambda v: (v >= 0) & (v <= 1), "at least 0 and at most 1")


@register("pcgrad", paper="Yu et al. 2020, Gradient Surgery for Multi-Task Learning, NeurIPS, arXiv:2001.06782")
class PCGrad(JacobianMethod):
    """The sum of gradients, each first rid of its part against every other one that it conflicts with, in random order.

    Needs: "jacobian". Cost: see `on`. Remembers: nothing.

    Args:
        on: "parameters": the gradients on all shared weights; K backward passes through the encoder for K tasks, and
            memory for K gradients. "representation": those on the shared token vectors; K passes through the heads and
            one through the encoder, which is far cheaper and often not the same.
        weigh_heads: True scales the gradient of each head by its task's weight too; published code mostly doesn't.

    Raises:
        ValueError: another `on`, or losses without what `on` looks at, see `StepContext`.
        ImportError: TorchJD is not installed.

    Shape:
        losses, λ: (tasks,).

    References:
        Yu et al. 2020, Gradient Surgery for Multi-Task Learning, NeurIPS, arXiv:2001.06782.
    """

    aggregator = "PCGrad"


@register("mgda", paper="Désidéri 2012; Sener and Koltun 2018, NeurIPS, arXiv:1810.04650")
class MGDA(JacobianMethod):
    """The shortest vector among all weighted means of the gradients; the weights add up to 1.

    None of the losses rises; the smallest gradient tends to rule.
    Needs: "jacobian". Cost: see `on`; a Frank-Wolfe search over as many numbers as tasks. Remembers: nothing.

    Args:
        on: "parameters": the gradients on all shared weights; K backward passes through the encoder for K tasks, and
            memory for K gradients. "representation": those on the shared token vectors; K passes through the heads and
            one through the encoder, which is far cheaper and often not the same.
        weigh_heads: True scales the gradient of each head by its task's weight too; published code mostly doesn't.

    Raises:
        ValueError: another `on`, or losses without what `on` looks at, see `StepContext`.
        ImportError: TorchJD is not installed.

    Shape:
        losses, λ: (tasks,).

    References:
        Désidéri 2012; Sener and Koltun 2018, NeurIPS, arXiv:1810.04650.
    """

    aggregator = "MGDA"


@register("cagrad", paper="Liu et al. 2021, Conflict-Averse Gradient Descent, NeurIPS, arXiv:2110.14048")
class CAGrad(JacobianMethod):
    """The vector within c · ‖mean gradient‖ of the mean gradient that helps the worst task most.

    Needs: "jacobian". Cost: see `on`; a small cone program on the CPU. Remembers: nothing.

    Args:
        c: in [0, 1); 0.4, as in the paper's first experiments. 0: the mean gradient.
        on: "parameters": the gradients on all shared weights; K backward passes through the encoder for K tasks, and
            memory for K gradients. "representation": those on the shared token vectors; K passes through the heads and
            one through the encoder, which is far cheaper and often not the same.
        weigh_heads: True scales the gradient of each head by its task's weight too; published code mostly doesn't.

    Raises:
        ValueError: `c` out of range, another `on`, or losses without what `on` looks at, see `StepContext`.
        ImportError: TorchJD is not installed.

    Shape:
        losses, λ: (tasks,).

    References:
        Liu et al. 2021, Conflict-Averse Gradient Descent, NeurIPS, arXiv:2110.14048.
    """

    aggregator, passed = "CAGrad", {"c": "c"}
    controls = {"c": Control("c: distance from the mean (no unit)", "0: the mean gradient.", *(0.0, 0.95, 0.05))}
    c = Setting(below_one)

    def __init__(self, c: float = 0.4, on: str = "parameters", weigh_heads: bool = False):
        super().__init__(on, weigh_heads)
        self.c = c


@register("nash_mtl", paper="Navon et al. 2022, Multi-Task Learning as a Bargaining Game, ICML, arXiv:2202.01017")
class NashMTL(JacobianMethod):
    """The weights w > 0 at which w_i · (g_i · Σ w_j g_j) = 1 for every task: the bargain in which all gain alike.

    Needs: "jacobian". Cost: see `on`; convex programs on the CPU. Remembers: the last weights.

    Args:
        max_norm: above 0; the update is no longer than that. 1, as in the authors' code.
        every: steps between two solutions of the bargain, at least 1.
        on: "parameters": the gradients on all shared weights; K backward passes through the encoder for K tasks, and
            memory for K gradients. "representation": those on the shared token vectors; K passes through the heads and
            one through the encoder, which is far cheaper and often not the same.
        weigh_heads: True scales the gradient of each head by its task's weight too; published code mostly doesn't.

    Raises:
        ValueError: a setting out of range, another `on`, or losses without what `on` looks at, see `StepContext`.
        ImportError: TorchJD is not installed.

    Shape:
        losses, λ: (tasks,).

    References:
        Navon et al. 2022, Multi-Task Learning as a Bargaining Game, ICML, arXiv:2202.01017.
    """

    aggregator, passed = "NashMTL", {"max_norm": "max_norm", "every": "update_weights_every"}
    max_norm, every = Setting(positive), Setting(whole)

    def __init__(self, max_norm: float = 1.0, every: int = 1, on: str = "parameters", weigh_heads: bool = False):
        super().__init__(on, weigh_heads)
        self.max_norm, self.every = max_norm, every

    def _make(self, tasks: int, **more):
        return super()._make(tasks, n_tasks=tasks)

    def aggregate(self, names: Sequence[str], tensors: Sequence[Tensor]) -> Tensor | None:
        with warnings.catch_warnings():  # that it solves anew each time, and where its solver stopped early
            warnings.filterwarnings("ignore", "You are solving a parameterized|Solution may be inaccurate", UserWarning)
            return super().aggregate(names, tensors)

    def _state_of(self, made) -> dict:
        inner = made.weighting
        scale, weights = (torch.as_tensor(a).clone() for a in (inner.normalization_factor, inner.prvs_alpha))
        return {"step": inner.step, "scale": scale, "weights": weights}

    def _restore(self, made, saved: dict) -> None:
        inner = made.weighting
        inner.step, inner.normalization_factor = saved["step"], saved["scale"].numpy()
        inner.prvs_alpha = saved["weights"].numpy()
        inner._init_optim_problem()


@register("imtl_g", paper="Liu et al. 2021, Towards Impartial Multi-Task Learning, ICLR")
class IMTL_G(JacobianMethod):
    """The weighted sum, weights adding up to 1, whose projections on all gradients are equally long.

    Needs: "jacobian". Cost: see `on`; one small linear system. Remembers: nothing.

    Args:
        on: "parameters": the gradients on all shared weights; K backward passes through the encoder for K tasks, and
            memory for K gradients. "representation": those on the shared token vectors; K passes through the heads and
            one through the encoder, which is far cheaper and often not the same.
        weigh_heads: True scales the gradient of each head by its task's weight too; published code mostly doesn't.

    Raises:
        ValueError: another `on`, or losses without what `on` looks at, see `StepContext`.
        ImportError: TorchJD is not installed.

    Shape:
        losses, λ: (tasks,).

    References:
        Liu et al. 2021, Towards Impartial Multi-Task Learning, ICLR.
    """

    aggregator = "IMTLG"


@register("aligned_mtl", paper="Senushkin et al. 2023, Independent Component Alignment, CVPR, arXiv:2305.19000")
class AlignedMTL(JacobianMethod):
    """The mean of the gradients after they were turned to be orthogonal and equally long, as near as possible.

    Needs: "jacobian". Cost: see `on`; eigenvectors of a small matrix. Remembers: nothing.

    Args:
        on: "parameters": the gradients on all shared weights; K backward passes through the encoder for K tasks, and
            memory for K gradients. "representation": those on the shared token vectors; K passes through the heads and
            one through the encoder, which is far cheaper and often not the same.
        weigh_heads: True scales the gradient of each head by its task's weight too; published code mostly doesn't.

    Raises:
        ValueError: another `on`, or losses without what `on` looks at, see `StepContext`.
        ImportError: TorchJD is not installed.

    Shape:
        losses, λ: (tasks,).

    References:
        Senushkin et al. 2023, Independent Component Alignment, CVPR, arXiv:2305.19000.
    """

    aggregator = "AlignedMTL"


@register("graddrop", paper="Chen et al. 2020, Just Pick a Sign, NeurIPS, arXiv:2010.06808")
class GradDrop(JacobianMethod):
    """Of each coordinate either the positive or the negative parts of all gradients, by a draw with their odds.

    It has no weight for a task: λ is recorded as NaN.
    Needs: "jacobian". Cost: see `on`. Remembers: nothing.

    Args:
        on: "parameters": the gradients on all shared weights; K backward passes through the encoder for K tasks, and
            memory for K gradients. "representation": those on the shared token vectors; K passes through the heads and
            one through the encoder, which is far cheaper and often not the same.

    Raises:
        ValueError: another `on`, or losses without what `on` looks at, see `StepContext`.
        ImportError: TorchJD is not installed.

    Shape:
        losses, λ: (tasks,).

    References:
        Chen et al. 2020, Just Pick a Sign, NeurIPS, arXiv:2010.06808.
    """

    aggregator = "GradDrop"

    def __init__(self, on: str = "parameters"):
        super().__init__(on)


@register("gradvac", paper="Wang et al. 2021, Gradient Vaccine, ICLR, arXiv:2010.05874")
class GradVac(JacobianMethod):
    """As PCGrad, but each pair of gradients is brought to the cosine that it had in the mean so far, not to 0.

    Needs: "jacobian". Cost: see `on`. Remembers: a mean cosine for each pair of tasks.

    Args:
        beta: in [0, 1], share of the newest cosine in that exponential mean; 0.5 as in published code, the paper has
            0.01.
        on: "parameters": the gradients on all shared weights; K backward passes through the encoder for K tasks, and
            memory for K gradients. "representation": those on the shared token vectors; K passes through the heads and
            one through the encoder, which is far cheaper and often not the same.
        weigh_heads: True scales the gradient of each head by its task's weight too; published code mostly doesn't.

    Raises:
        ValueError: `beta` out of range, another `on`, or losses without what `on` looks at, see `StepContext`.
        ImportError: TorchJD is not installed.

    Shape:
        losses, λ: (tasks,).

    References:
        Wang et al. 2021, Gradient Vaccine, ICLR, arXiv:2010.05874.
    """

    aggregator, passed = "GradVac", {"beta": "beta"}
    beta = Setting(_up_to_one)

    def __init__(self, beta: float = 0.5, on: str = "parameters", weigh_heads: bool = False):
        super().__init__(on, weigh_heads)
        self.beta = beta

    def _state_of(self, made) -> dict:
        return {"cosines": made.gramian_weighting._phi_t}

    def _restore(self, made, saved: dict) -> None:
        cosines = saved["cosines"]
        if cosines is not None:
            made.gramian_weighting._phi_t = cosines.clone()
            made.gramian_weighting._state_key = (len(cosines), cosines.dtype)


@register("excess_mtl", paper="He et al. 2024, Robust Multi-Task Learning with Excess Risks, ICML, arXiv:2402.02009")
class ExcessMTL(JacobianMethod):
    """Weights grow by exp(step · excess risk) and add up to 1: a task with much left to learn counts more.

    One whose loss is high from noise alone doesn't. Excess risk: g · H⁻¹ g with the root of summed squares for H, over
    its first.
    Needs: "jacobian". Cost: see `on`; one more gradient's memory per task. Remembers: weights and sums of squares.

    Args:
        step: of the growth, above 0; 1, as in the authors' code.
        on: "parameters": the gradients on all shared weights; K backward passes through the encoder for K tasks, and
            memory for K gradients. "representation": those on the shared token vectors; K passes through the heads and
            one through the encoder, which is far cheaper and often not the same.
        weigh_heads: True scales the gradient of each head by its task's weight too; published code mostly doesn't.

    Raises:
        ValueError: `step` out of range, another `on`, or losses without what `on` looks at, see `StepContext`.
        ImportError: TorchJD is not installed.

    Shape:
        losses, λ: (tasks,).

    References:
        He et al. 2024, Robust Multi-Task Learning with Excess Risks, ICML, arXiv:2402.02009.
    """

    aggregator, passed = "ExcessMTL", {"step": "robust_step_size"}
    step = Setting(positive)
    _KEPT = ("_weights", "_sq_grad_sum", "_initial_w", "_warmup_w_sum", "_n_steps")

    def __init__(self, step: float = 1.0, on: str = "parameters", weigh_heads: bool = False):
        super().__init__(on, weigh_heads)
        self.step = step

    def _state_of(self, made) -> dict:
        return {name: getattr(made.weighting, name) for name in self._KEPT}

    def _restore(self, made, saved: dict) -> None:
        inner, sums = made.weighting, saved["_sq_grad_sum"]
        for name, value in saved.items():
            setattr(inner, name, value.to(self.device) if isinstance(value, Tensor) else value)
        if sums is not None:
            inner._state_key = (*sums.shape, sums.dtype, inner._sq_grad_sum.device)


@register("upgrad", paper="Quinton and Rey 2024, Jacobian Descent for Multi-Objective Optimization, arXiv:2406.16232")
class UPGrad(JacobianMethod):
    """The mean of the gradients, each first projected so that it conflicts with none of the others.

    Needs: "jacobian". Cost: see `on`; small quadratic programs on the CPU. Remembers: nothing.

    Args:
        on: "parameters": the gradients on all shared weights; K backward passes through the encoder for K tasks, and
            memory for K gradients. "representation": those on the shared token vectors; K passes through the heads and
            one through the encoder, which is far cheaper and often not the same.
        weigh_heads: True scales the gradient of each head by its task's weight too; published code mostly doesn't.

    Raises:
        ValueError: another `on`, or losses without what `on` looks at, see `StepContext`.
        ImportError: TorchJD is not installed.

    Shape:
        losses, λ: (tasks,).

    References:
        Quinton and Rey 2024, Jacobian Descent for Multi-Objective Optimization, arXiv:2406.16232.
    """

    aggregator = "UPGrad"


@register("dual_proj", paper="Lopez-Paz and Ranzato 2017, Gradient Episodic Memory, NeurIPS, arXiv:1706.08840")
class DualProj(JacobianMethod):
    """The mean gradient, projected so that it conflicts with none of the tasks' gradients.

    Needs: "jacobian". Cost: see `on`; a small quadratic program on the CPU. Remembers: nothing.

    Args:
        on: "parameters": the gradients on all shared weights; K backward passes through the encoder for K tasks, and
            memory for K gradients. "representation": those on the shared token vectors; K passes through the heads and
            one through the encoder, which is far cheaper and often not the same.
        weigh_heads: True scales the gradient of each head by its task's weight too; published code mostly doesn't.

    Raises:
        ValueError: another `on`, or losses without what `on` looks at, see `StepContext`.
        ImportError: TorchJD is not installed.

    Shape:
        losses, λ: (tasks,).

    References:
        Lopez-Paz and Ranzato 2017, Gradient Episodic Memory, NeurIPS, arXiv:1706.08840.
    """

    aggregator = "DualProj"


@register("fairgrad", paper="Ban and Ji 2024, Fair Resource Allocation in Multi-Task Learning, ICML, arXiv:2402.15638")
class FairGrad(JacobianMethod):
    """The update that is α-fair in what each task gains: 0 the sum's gain, 1 as Nash-MTL, ∞ the worst task's gain.

    Needs: "jacobian". Cost: see `on`; a small least-squares search on the CPU. Remembers: nothing.

    Args:
        alpha: α ≥ 0; 1 here, the paper tries 1 to 10.
        on: "parameters": the gradients on all shared weights; K backward passes through the encoder for K tasks, and
            memory for K gradients. "representation": those on the shared token vectors; K passes through the heads and
            one through the encoder, which is far cheaper and often not the same.
        weigh_heads: True scales the gradient of each head by its task's weight too; published code mostly doesn't.

    Raises:
        ValueError: `alpha` out of range, another `on`, or losses without what `on` looks at, see `StepContext`.
        ImportError: TorchJD is not installed.

    Shape:
        losses, λ: (tasks,).

    References:
        Ban and Ji 2024, Fair Resource Allocation in Multi-Task Learning, ICML, arXiv:2402.15638.
    """

    aggregator, passed = "FairGrad", {"alpha": "alpha"}
    alpha = Setting(functools.partial(finite, least=0.0))

    def __init__(self, alpha: float = 1.0, on: str = "parameters", weigh_heads: bool = False):
        super().__init__(on, weigh_heads)
        self.alpha = alpha


@register("config", paper="Liu, Chu and Thuerey 2025, ConFIG: Conflict-Free Training, ICLR, arXiv:2408.11104")
class ConFIG(JacobianMethod):
    """The direction with the same positive cosine to every task's gradient, as long as their projections together.

    It has no weight for a task: λ is recorded as NaN.
    Needs: "jacobian". Cost: see `on`; a pseudo-inverse of the gradients. Remembers: nothing.

    Args:
        on: "parameters": the gradients on all shared weights; K backward passes through the encoder for K tasks, and
            memory for K gradients. "representation": those on the shared token vectors; K passes through the heads and
            one through the encoder, which is far cheaper and often not the same.

    Raises:
        ValueError: another `on`, or losses without what `on` looks at, see `StepContext`.
        ImportError: TorchJD is not installed.

    Shape:
        losses, λ: (tasks,).

    References:
        Liu, Chu and Thuerey 2025, ConFIG: Conflict-Free Training, ICLR, arXiv:2408.11104.
    """

    aggregator = "ConFIG"

    def __init__(self, on: str = "parameters"):
        super().__init__(on)
