"""How answers are judged: a learner's function is called with care, and what it gives is compared with what is right
and with what each typical wrong idea would give."""

from __future__ import annotations

import inspect
import linecache
import math
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mtlkit.course.checks.base import Unanswered, Wrong


@dataclass(frozen=True)
class Idea:
    """A typical wrong idea. gives: what it leads to: a number, or a function like the learner's; several in a tuple."""

    misconception: str
    message: str
    gives: object

    def variants(self) -> tuple:
        return self.gives if isinstance(self.gives, tuple) else (self.gives,)


class Attempt:
    """A learner's function. Calling it raises nothing but `Wrong`; it gets copies of the inputs, and the global random
    state is left as it was. inputs: what it got in the last call. changed: the names of inputs that it changed."""

    def __init__(self, function: object, parameters: str):
        self.names = [name.strip() for name in parameters.split(",")]
        if not callable(function):
            raise Wrong(
                "not-a-function",
                f"Hand in the function itself, without calling it: a function of ({parameters}) is due here, "
                f"found {_a(function)}.",
            )
        self.function, self.inputs, self.changed = function, [], set()
        try:
            inspect.signature(function).bind(*self.names)
        except TypeError as error:
            raise Wrong("signature", f"Your function should take ({parameters}): {error}.") from None
        except ValueError:
            pass  # some built-in functions have no signature to look at

    def __call__(self, *inputs):
        result = self.run(*inputs)
        if result is None or result is ...:
            raise Unanswered(
                "Replace the `...` by your answer and run the cell again. "
                "If you have written something already: does your function `return` it?"
            )
        return result

    def run(self, *inputs):
        """Like a call, for a function that need not give anything back."""
        self.inputs = [copy(value) for value in inputs]
        try:
            with torch.random.fork_rng(devices=[]):
                return self.function(*self.inputs)
        except NotImplementedError:
            raise Unanswered from None
        except Exception as error:
            if "ellipsis" in str(error):
                raise Unanswered from None  # the stub's `...` met an operation
            raise Wrong("error", f"Your code stopped with {_what(error)}{self._where(error)}") from error
        finally:
            for name, before, after in zip(self.names, inputs, self.inputs, strict=True):
                if isinstance(before, Tensor) and not torch.equal(before, after):
                    self.changed.add(name)

    def _where(self, error: Exception) -> str:
        code = getattr(self.function, "__code__", None)
        own = [f for f in traceback.extract_tb(error.__traceback__) if code and f.filename == code.co_filename]
        line = linecache.getline(own[-1].filename, own[-1].lineno or 0).strip() if own else ""
        return f"\nThe line was `{line}`." if line else ""


def copy(value):
    """A tensor's copy; one that was computed from others stays itself, with its way back."""
    if isinstance(value, Tensor) and value.grad_fn is not None:
        return value
    return value.detach().clone().requires_grad_(value.requires_grad) if isinstance(value, Tensor) else value


def judge_function(
    answer: object,
    parameters: str,
    probes: Sequence[tuple],
    right: Callable[..., Tensor],
    ideas: Sequence[Idea],
    what: str,
) -> list:
    """Compare a learner's function with the right one on every probe; raises `Wrong`, else gives its raw results."""
    attempt = Attempt(answer, parameters)
    raw = [attempt(*probe) for probe in probes]
    got = [numbers(value, what) for value in raw]
    expected = [numbers(right(*map(copy, probe)), what) for probe in probes]
    if not all(map(same, got, expected)):
        for idea in ideas:
            for variant in idea.variants():
                if all(same(g, numbers(variant(*map(copy, p)), what)) for g, p in zip(got, probes, strict=True)):
                    raise Wrong(idea.misconception, idea.message)
        first = next(i for i, pair in enumerate(zip(got, expected, strict=True)) if not same(*pair))
        given = ", ".join(f"{n} = {show(v)}" for n, v in zip(attempt.names, probes[first], strict=True))
        raise differs(f"For {given}: {what}", got[first], expected[first])
    if attempt.changed:
        name = sorted(attempt.changed)[0]
        raise Wrong(
            "input-changed",
            f"The result is right, but your function also changed `{name}` itself, and whoever uses it afterwards "
            "reads the changed one. Make a new tensor: with `.clone()`, `torch.where`, or operations without an "
            "underscore at their end.",
        )
    return raw


def judge_number(answer: object, right: float, ideas: Sequence[Idea], what: str) -> float:
    """Compare a number, which may be rounded to two decimals, with the right one; raises `Wrong`, else gives it."""
    got = number(answer, what)
    if close(got, right):
        return got
    for idea in ideas:
        if any(close(got, value) for value in idea.variants()):
            raise Wrong(idea.misconception, idea.message)
    raise Wrong("unrecognised", f"{what} isn't {got:.4g}: do the steps one by one, or ask for a hint.")


def close(got: float, right: float) -> bool:
    return abs(got - right) <= 0.0051 * max(1.0, abs(right))


def number(answer: object, what: str) -> float:
    if callable(answer) or isinstance(answer, str | dict | bool):
        raise Wrong("not-a-number", f"{what} is a number; found {_a(answer)}.")
    value = numbers(answer, what)
    if value.numel() != 1:
        raise Wrong("not-a-number", f"{what} is one number; found {value.numel()} of them.")
    if not math.isfinite(value.item()):
        raise Wrong("not-finite", f"{what} is a finite number; yours is {value.item()}.")
    return value.item()


def numbers(value: object, what: str) -> Tensor:
    """A tensor, array, number or list of them as a detached tensor of doubles."""
    try:
        if isinstance(value, list | tuple) and any(isinstance(v, Tensor) for v in value):
            value = torch.stack([torch.as_tensor(v) for v in value])
        return torch.as_tensor(value).detach().to("cpu", torch.float64)
    except (TypeError, ValueError, RuntimeError):
        raise Wrong("type", f"{what} should be a tensor or number, found {_a(value)}.") from None


def same(a: Tensor, b: Tensor) -> bool:
    if a.numel() == b.numel() == 1:
        a, b = a.reshape(()), b.reshape(())
    return a.shape == b.shape and torch.allclose(a, b, rtol=1e-4, atol=1e-6, equal_nan=True)


def differs(what: str, got: Tensor, expected: Tensor) -> Wrong:
    """The verdict where no typical idea explains the difference."""
    if got.shape != expected.shape:
        return Wrong("shape", f"{what} should have shape {tuple(expected.shape)}; yours has {tuple(got.shape)}.")
    return Wrong("unrecognised", f"{what} should be {show(expected)}; yours is {show(got)}.")


def show(value: object) -> str:
    """A value as in a message: three digits, at most six numbers."""
    if not isinstance(value, Tensor):
        return f"{value:g}" if isinstance(value, float) else str(value)
    flat = value.detach().reshape(-1)
    shown = [f"{v:.3g}" if isinstance(v, float) else str(v) for v in flat[:6].tolist()]
    if value.ndim == 0:
        return shown[0]
    more = ", …" if len(flat) > 6 else ""
    shape = f" of shape {tuple(value.shape)}" if value.ndim > 1 else ""
    return f"[{', '.join(shown)}{more}]{shape}"


def random(seed: int, *shape: int) -> Tensor:
    """Numbers in [0, 1), the same at every call, from a generator of their own."""
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


def _what(error: Exception) -> str:
    """An error's kind and the first line of its text."""
    text = (str(error).strip().splitlines() or [""])[0][:300]
    name = type(error).__name__
    return f"{'an' if name[0] in 'AEIOU' else 'a'} {name}{': ' + text if text else ''}."


def _a(value: object) -> str:
    name = "None" if value is None else type(value).__name__
    return name if value is None else f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
