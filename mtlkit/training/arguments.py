"""What a run is made of, chosen and checked before it starts."""

from __future__ import annotations

import math
import numbers
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch

from mtlkit.sampling import MSFT, PiKE, Sampler
from mtlkit.utils.errors import unknown
from mtlkit.weighting import Need, Weighting

if TYPE_CHECKING:
    from mtlkit.corpus import Corpus
    from mtlkit.tasks import Task


def default_device() -> torch.device:
    """A GPU where there is one."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def check_numbers(**numbers: int | None) -> None:
    """ValueError for a number that is given and not whole and positive."""
    for name, value in numbers.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise ValueError(f"{name} is a whole number of at least 1, found {value!r}.")


def check_rates(**rates: float | None) -> None:
    """ValueError for a learning rate that is given and no finite number of at least 0."""
    for name, value in rates.items():
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 <= value < math.inf:
            found = ' or "find"' if name == "lr" else ""
            raise ValueError(
                f"{name} is None{found}, or a finite learning rate of at least 0 (0: frozen); found {value!r}."
            )


def check_head_rates(head_lr: float | Mapping[str, float] | None, tasks: Sequence[str]) -> dict[str, float]:
    """The rates that are asked for, by task; ValueError for one that is no rate, or of no task."""
    if head_lr is None:
        return {}
    each = head_lr if isinstance(head_lr, Mapping) else dict.fromkeys(tasks, head_lr)
    for task, rate in each.items():
        if task not in tasks:
            raise ValueError(f"head_lr: {unknown('task', task, tasks)}")
        check_rates(**{f"head_lr of {task!r}" if each is head_lr else "head_lr": rate})
    return {task: float(rate) for task, rate in each.items()}


def check_seed(seed: int) -> None:
    """ValueError for a seed that is no whole number of at least 0."""
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f"seed is a whole number of at least 0, found {seed!r}.")


def check_layer_decay(factor: float | None) -> None:
    """ValueError for a factor that is given and not above 0 and at most 1."""
    if factor is None:
        return
    if isinstance(factor, bool) or not isinstance(factor, numbers.Real) or not 0 < factor <= 1:
        raise ValueError(f"layer_decay is None or a factor above 0 and at most 1, such as 0.9, found {factor!r}.")


def check_tasks(tasks: Sequence[Task], names: Sequence[str] | None) -> list[Task]:
    """The model's tasks of these names, in the model's order; ValueError for none, or a name that it has not."""
    if names is None:
        return list(tasks)
    if isinstance(names, str) or not names:
        raise ValueError(
            f'tasks is a list of names of the model\'s tasks, such as ["{tasks[0].name}"]; found {names!r}.'
        )
    known = [t.name for t in tasks]
    for name in names:
        if name not in known:
            raise ValueError(unknown("task", name, known))
    return [t for t in tasks if t.name in names]


def same_tasks(tasks: Sequence[Task], corpus: Corpus) -> Sequence[Task]:
    """These tasks; ValueError if the corpus hasn't one of them with the same kind and labels."""
    known = {t.name: t for t in corpus.tasks}
    for task in tasks:
        if task.name not in known:
            raise ValueError(
                f"The model has a task the corpus lacks. {unknown('task', task.name, known)} To train some of the "
                "model's tasks, name them: Run(…, tasks=[…])."
            )
        other = known[task.name]
        if (task.kind, task.labels) != (other.kind, other.labels):
            raise ValueError(f"Task {task.name!r} has another kind or other labels in the corpus than in the model.")
    return tasks


def check_sampler(sampling: Sampler | float | None, encoder, corpus) -> None:
    """ValueError if the run cannot supply what the sampler needs."""
    if isinstance(sampling, MSFT) and "validation" not in corpus.splits:
        raise ValueError("sampling='msft' follows each task's metric on validation rows; the corpus has none.")
    if isinstance(sampling, PiKE) and not any(p.requires_grad for p in encoder.parameters()):
        raise ValueError(
            f"sampling='pike' looks at the tasks' gradients in the shared encoder, and all of {encoder.name!r} is "
            "frozen. Freeze fewer layers."
        )


def check_roll_outs(sampler: Sampler | None, validate: int | None) -> None:
    """ValueError if a roll-out of mSFT has not two validations to compare."""
    if isinstance(sampler, MSFT) and (not validate or 2 * validate > sampler.length):
        apart = "there is none (validate=None)" if not validate else f"they are {validate} steps apart"
        raise ValueError(
            f"sampling='msft' compares the validations of each {sampler.length} steps, and {apart}. Take validate="
            f"{max(1, sampler.length // 5)}, or a larger budget: sampling=mk.MSFT(budget=…)."
        )


def check_weighting(weighting: Weighting, encoder, corpus, validate: int | None, accumulate: int) -> None:
    """ValueError if the run cannot supply what the weighting needs."""
    if {Need.VALIDATION, Need.METRICS} & weighting.needs and "validation" not in corpus.splits:
        raise ValueError(f"The weighting {weighting.name!r} needs validation rows; the corpus has no validation split.")
    if Need.METRICS in weighting.needs and not validate:
        raise ValueError(
            f"The weighting {weighting.name!r} needs the run's validations: validate='epoch', or a number."
        )
    if {Need.JACOBIAN, Need.GRADIENTS} & weighting.needs and not any(p.requires_grad for p in encoder.parameters()):
        raise ValueError(
            f"The weighting {weighting.name!r} looks at the tasks' gradients in the shared encoder, and all of "
            f"{encoder.name!r} is frozen. Freeze fewer layers, or take a weighting of the losses."
        )
    if accumulate > 1 and getattr(weighting, "on", None) == "representation":
        raise ValueError("On the representation there is one batch a step: accumulate=1, or on='parameters'.")


def by_step(events: Sequence[dict], weighting: Weighting) -> dict[int, list[dict]]:
    """Step → the events to replay there; ValueError for a setting that the weighting hasn't."""
    found: dict[int, list[dict]] = {}
    for event in events:
        if event["setting"] not in weighting.settings:
            raise ValueError(
                f"An event at step {event['step']}: {unknown('setting', event['setting'], weighting.settings)}"
            )
        found.setdefault(event["step"], []).append(event)
    return found
