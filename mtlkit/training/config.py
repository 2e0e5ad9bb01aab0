"""The settings of a run, in one place."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RunConfig:
    """The settings of a `Run` as they act: defaults filled in, epochs counted in steps.

    Each field is an argument of `Run`: `Run(model, corpus, weighting, **dataclasses.asdict(run.config))` is the same
    training. Weighting, model and corpus come beside it; where a run computes and what it keeps on disk (device,
    checkpoint) is no part of it.

    tasks: those that are trained; None: all of the model's. head_lr: of each task's head. validate: steps between two
    validations; None: no validation.
    """

    tasks: tuple[str, ...] | None
    steps: int
    batch_size: int
    accumulate: int
    lr: float
    head_lr: dict[str, float]
    layer_decay: float | None
    precision: str
    validate: int | None
    sampling: float | dict | None
    seed: int
