"""What a step costs: runs measured in turn, a step of each a round, on the machine at hand."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode, sdpa_backward_flop_count, sdpa_flop_count

from mtlkit.training.arguments import check_numbers
from mtlkit.training.run import Run
from mtlkit.weighting import Need

if TYPE_CHECKING:
    import pandas

COUNTED = 2  # steps before the timed ones: they warm up, and are counted
PATIENCE = 0.5  # seconds for the products that tell the most a machine can do, where one alone does not take longer
_TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def profile(runs: Run | Mapping[str, Run], rounds: int = 20) -> pandas.DataFrame:
    """What a step of each run costs here: real steps of copies (`run.clone`), so that the runs stay as they are.

    A round takes one step of every run, in an order drawn anew, so that a slow moment of the machine hits them all; the
    first run is what ratios refer to.

    Args:
        runs: name → run, or one run.
        rounds: timed steps of each.

    Returns:
        A table, a row for each run, medians over the rounds:

        - seconds, ratio (seconds over the first run's, within a round); *_low and *_high: their quartiles;
        - forward, backward: passes through the encoder in a step, of whatever size, counted as they happen;
        - rows, tokens (padding included), padding (its share of them); rows_per_second, tokens_per_second, and
          useful_per_second (tokens without padding);
        - memory: MB of parameters, optimizer and the most that a step adds in tensors (of two steps). What Python,
          torch's libraries and the data take is not in it;
        - flops: of a step's matrix products, attention among them, multiplication and addition each counted as one (a
          count of two steps, per token); flops_per_second; share: of what `peak_flops` says of this machine.

    Raises:
        ValueError: something else than runs, or no round.
    """
    import pandas as pd

    check_numbers(rounds=rounds)
    if isinstance(runs, Run):
        runs = {runs.weighting.name: runs}
    if not isinstance(runs, Mapping) or not runs or not all(isinstance(run, Run) for run in runs.values()):
        found = {n: type(run).__name__ for n, run in runs.items()} if isinstance(runs, Mapping) else repr(runs)
        raise ValueError(f"A Run, or a dict name → Run with one at least, can be measured; found {found}.")
    spent = {name: _Spent(run, rounds) for name, run in runs.items()}
    peaks = {key: peak_flops(*key) for key in {(one.run.config.precision, one.run.device) for one in spent.values()}}
    draw, each = np.random.default_rng(0), list(spent.values())
    for _ in range(rounds):
        for i in draw.permutation(len(each)):
            each[i].step()
    first = np.array(each[0].seconds)
    rows = [one.summary(first, peaks[one.run.config.precision, one.run.device]) for one in each]
    return pd.DataFrame(rows, index=pd.Index(spent, name="run"))


def count_flops(call: Callable[[], object]) -> int:
    """Floating-point operations of the matrix products in a call; one multiplication and one addition are two.

    Args:
        call: what is counted.

    Returns:
        How many.
    """
    with FlopCounterMode(display=False, custom_mapping=_ATTENTION) as counter:
        call()
    return counter.get_total_flops()


def peak_flops(precision: str = "fp32", device: torch.device | str = "cpu") -> float:
    """Operations a second in the best of some products of two large square matrices.

    That is about the most that this machine, with torch's present number of threads, makes of any step. A machine that
    takes long for it, as CPUs without bf16 do for a product in bf16, is asked for smaller and fewer products.

    Args:
        precision: "fp32" or "bf16".
        device: what is measured.

    Returns:
        Operations a second.
    """
    device, best, until = torch.device(device), 0.0, time.perf_counter() + PATIENCE
    random = torch.Generator(device).manual_seed(0)
    for size in (256, 512, 1024) if device.type == "cpu" else (2048, 4096, 8192):
        a, b = torch.randn(2, size, size, generator=random, device=device).to(_TYPES[precision])
        for _ in range(10):
            best = max(best, 2 * size**3 / seconds(lambda a=a, b=b: a @ b, device))
            if time.perf_counter() > until:
                return best
    return best


class _Spent:
    """A run's copy, spent by being measured."""

    def __init__(self, run: Run, rounds: int):
        steps = COUNTED + rounds + 1  # the last one, after which a run validates, is never taken
        validate = steps if Need.METRICS in run.weighting.needs else None
        self.run = run.clone(steps=steps, validate=validate)
        self.seconds, self.rows, self.tokens, self.useful = [], [], [], []
        flops, tokens, self.passes, self.memory = 0, 0, np.zeros(2), 0
        for _ in range(COUNTED):
            tokens += self._size_of_next()[0]
            held = self._held()
            with _Passes(self.run.model.encoder) as passes, _Memory() as memory:
                flops += count_flops(lambda: next(self.run))
            self.passes += passes.forward, passes.backward
            self.memory = max(self.memory, held + memory.peak)
        self.passes /= COUNTED
        self.flops_per_token = flops / tokens

    def step(self) -> None:
        """One step, timed."""
        tokens, useful = self._size_of_next()
        before = self.run.examples
        self.seconds.append(seconds(lambda: next(self.run), self.run.device))
        self.rows.append(self.run.examples - before)
        self.tokens.append(tokens)
        self.useful.append(useful)

    def summary(self, first: np.ndarray, peak: float) -> dict:
        seconds, rows, tokens, useful = map(np.array, (self.seconds, self.rows, self.tokens, self.useful))
        flops = tokens * self.flops_per_token
        speed = np.median(flops / seconds)
        return {
            **_quartiles("seconds", seconds),
            **_quartiles("ratio", seconds / first),
            "forward": self.passes[0],
            "backward": self.passes[1],
            "rows": np.median(rows),
            "tokens": np.median(tokens),
            "padding": 1 - useful.sum() / tokens.sum(),
            "rows_per_second": np.median(rows / seconds),
            "tokens_per_second": np.median(tokens / seconds),
            "useful_per_second": np.median(useful / seconds),
            "memory": self.memory / 2**20,
            "flops": np.median(flops),
            "flops_per_second": speed,
            "share": speed / peak,
        }

    def _size_of_next(self) -> tuple[int, int]:
        """Tokens of the next step, with padding and without."""
        count = self.run.config.accumulate
        masks = [self.run.batches[self.run.done * count + k].attention_mask for k in range(count)]
        return sum(mask.numel() for mask in masks), sum(int(mask.sum()) for mask in masks)

    def _held(self) -> int:
        """Bytes of what is there between two steps: parameters, and the optimizer's memory of them."""
        held = [*self.run.model.state_dict().values(), *tree_leaves(self.run.optimizer.state_dict()["state"])]
        return sum(t.numel() * t.element_size() for t in held if isinstance(t, Tensor))


class _Passes:
    """Within the block: how often batches go through the encoder, and gradients back to the first layer that learns."""

    def __init__(self, encoder: torch.nn.Module):
        self.encoder, self.forward, self.backward = encoder, 0, 0

    def __enter__(self) -> _Passes:
        self._open = False
        self._hooks = [self.encoder.register_forward_pre_hook(self._begin)]
        self._hooks += [part.register_forward_hook(self._watch) for part in self.encoder.modules()]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def _begin(self, *_: object) -> None:
        self.forward += 1
        self._open = True

    def _watch(self, part, inputs, output):
        if self._open and isinstance(output, Tensor) and output.requires_grad:
            output.register_hook(self._came_back)
            self._open = False

    def _came_back(self, gradient):
        self.backward += 1


class _Memory(TorchDispatchMode):
    """Within the block: `peak`, the most bytes at once of tensors that came to be in it. Counted, since of a process
    that holds several runs the system tells only the whole, and memory that was freed stays with the process."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._alive: dict[int, weakref.ref] = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None) -> Any:
        kwargs = kwargs or {}
        given = {t.untyped_storage()._cdata for t in tree_leaves((args, kwargs)) if isinstance(t, Tensor)}
        result = func(*args, **kwargs)
        for tensor in tree_leaves(result):
            if isinstance(tensor, Tensor):
                storage = tensor.untyped_storage()
                if storage._cdata not in given and storage._cdata not in self._alive:
                    self._add(storage)
        return result

    def _add(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()

        def freed(_):
            self.now -= size
            del self._alive[key]

        self._alive[key] = weakref.ref(storage, freed)
        self.now += size
        self.peak = max(self.peak, self.now)


def seconds(call: Callable[[], object], device: torch.device) -> float:
    """What a call takes, with what it leaves for the device to do."""
    _wait(device)
    started = time.perf_counter()
    call()
    _wait(device)
    return time.perf_counter() - started


def _wait(device: torch.device) -> None:
    """Until a GPU has done what it was told."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def _quartiles(name: str, values: np.ndarray) -> dict[str, float]:
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    return {name: middle, f"{name}_low": low, f"{name}_high": high}


# FlopCounterMode knows the attention kernels of GPUs; without these two it takes a CPU's for free.
_ATTENTION = {
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: (
        lambda query, key, value, *_, **__: sdpa_flop_count(query, key, value)
    ),
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward: (
        lambda gradient, query, key, value, *_, **__: sdpa_backward_flop_count(gradient, query, key, value)
    ),
}
