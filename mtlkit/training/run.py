"""Training: `Run` is an iterator; each `next()` is one optimizer step and yields what happened in it."""

from __future__ import annotations

import copy
import functools
import math
import time
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor

from mtlkit.batching import Batch, Batches, TokenizedSplit
from mtlkit.corpus import Corpus, as_corpus
from mtlkit.encoder.attention import attention_dropout_below
from mtlkit.encoder.precision import autocast, choose_precision
from mtlkit.evaluation.metrics import compute_metrics, shared_tasks
from mtlkit.sampling import Sampler, as_sampling, described
from mtlkit.training import checkpoint as checkpoints
from mtlkit.training.arguments import (
    by_step,
    check_layer_decay,
    check_numbers,
    check_roll_outs,
    check_sampler,
    check_seed,
    check_tasks,
    check_weighting,
    default_device,
    same_tasks,
)
from mtlkit.training.config import RunConfig
from mtlkit.training.errors import NonFiniteError, non_finite_message
from mtlkit.training.feed import Feed
from mtlkit.training.gradients import (
    compute_gradients,
    drop_gradients,
    gradient_cosines,
    gradient_norms,
    second_forward,
)
from mtlkit.training.history import History
from mtlkit.training.notices import WeightNotice
from mtlkit.training.optimizer import CLIP, make_optimizer, peak_rates, schedule
from mtlkit.training.range_test import RangeTest, find_rate
from mtlkit.training.rng import first_randomness, own_randomness
from mtlkit.utils.errors import unknown
from mtlkit.weighting import Need, Weighting, get

if TYPE_CHECKING:
    import pandas

    from mtlkit.model import MultiTaskModel

WRITTEN = 64  # answers that a generating task writes at a validation, one token after the other


@dataclass(frozen=True, eq=False)
class Step:
    """What one optimizer step did.

    Attributes:
        step: its number, from 1.
        epoch: in which it was.
        losses: (tasks,) on the run's device, a copy that no later step changes; NaN for an absent task.
        weights: λ, likewise; 0 for an absent task.
        lr: the encoder's learning rate.
        seconds: spent in the run so far.
        examples: rows so far.
    """

    step: int
    epoch: int
    losses: Tensor
    weights: Tensor
    lr: float
    seconds: float
    examples: int


class Run:
    """Train `model` on `corpus.train`; an iterator over steps.

    `for step in run`, `fit(run)` and the cockpit all drive this same object. Learning rates rise linearly over a tenth
    of the steps and fall linearly to 0; AdamW; the gradient's norm is clipped at 1. Same seed, same machine, same
    number of threads: the same history bit for bit. `config` holds the settings as they act, a `RunConfig`.

    Args:
        model: trained in place.
        corpus: a `Corpus` or its name.
        weighting: a `Weighting` or its name; its settings are read at every step.
        tasks: names of those that are trained (None: all of the model's). The scores of the others are watched in the
            validations, where the corpus has them: a shared encoder that moves changes their answers, too.
        epochs: how long (3, where no steps are given).
        steps: how long, in optimizer steps.
        batch_size: rows a batch.
        lr: peak learning rate of the encoder (None: by its size and kind and the number of steps; 0 freezes it).
            "find": half of that up to which the losses fall in a range test, 60 steps on a copy of the model;
            `plots.range_test` shows it.
        head_lr: that of the heads, or a dict of some tasks' (None: 3 / the encoder's width; a third of that for
            regression, three times that for multilabel; mlm's, where it came with the encoder, at the encoder's rate).
        layer_decay: None trains all of the encoder at `lr`. A factor d in (0, 1], such as 0.9: its top layer at `lr`,
            each lower one at d times the rate of the one above, the embeddings lowest.
        precision: "fp32", "bf16" or "auto" (bf16 where it pays), of steps and validations. On a CPU windows of 384
            tokens or more train without dropout on attention: at 512 tokens a step takes about half the memory and
            time.
        accumulate: batches a step; λ is computed once, on their mean losses.
        validate: "epoch", a number of steps, or None.
        sampling: None reads every row once an epoch. A number τ draws as many rows with replacement: each time a task,
            with a probability ∝ n_i^τ (n_i its labelled rows), then one of its rows. 1: each label alike; 0: each task
            alike; τ is 1/T with the temperature T of T5. A task's loss stays the mean over its labels in the batch: τ
            decides how many labels are behind it and how often each is read, λ its weight. "pike" (`PiKE`) learns on
            the way whose rows pay; a `MSFT` drops the task that overfits first, and goes back to its best step.
        seed: batch order, masking and dropout.
        checkpoint: a folder; making the same Run on it again goes on from its last checkpoint (`resumed_from`).
        checkpoint_every: steps between two (None: once an epoch).
        events: a recorded `history.events` to replay.
        device: None takes a GPU where there is one.

    Raises:
        ValueError: a setting out of range; a task that the corpus lacks or has with other labels; no labelled row in
            train; a weighting that needs what this run can't give; a checkpoint of another run.

    References:
        lr="find": Smith 2017, arXiv:1506.01186. layer_decay: Howard & Ruder 2018, arXiv:1801.06146. sampling: Raffel et
        al. 2020 (T5), arXiv:1910.10683, section 3.5.2.

    Example:
        >>> from mtlkit.corpus import load_corpus
        >>> from mtlkit.model import MultiTaskModel
        >>> corpus = load_corpus("helpdesk", ["topic", "urgency"]).sample(64)
        >>> run = Run(MultiTaskModel("bert-tiny", corpus.tasks), corpus, "equal", steps=2, validate=None)
        >>> [step.weights.tolist() for step in run]
        [[1.0, 1.0], [1.0, 1.0]]
    """

    def __init__(
        self,
        model: MultiTaskModel,
        corpus: Corpus | str,
        weighting: Weighting | str = "equal",
        *,
        tasks: Sequence[str] | None = None,
        epochs: int | None = None,
        steps: int | None = None,
        batch_size: int = 32,
        lr: float | Literal["find"] | None = None,
        head_lr: float | Mapping[str, float] | None = None,
        layer_decay: float | None = None,
        precision: str = "auto",
        accumulate: int = 1,
        validate: Literal["epoch"] | int | None = "epoch",
        sampling: Sampler | dict | str | float | None = None,
        seed: int = 0,
        checkpoint: str | Path | None = None,
        checkpoint_every: int | None = None,
        events: Sequence[dict] | None = None,
        device: str | torch.device | None = None,
    ):
        check_numbers(epochs=epochs, steps=steps, batch_size=batch_size, accumulate=accumulate)
        check_numbers(checkpoint_every=checkpoint_every, validate=None if validate == "epoch" else validate)
        check_layer_decay(layer_decay)
        check_seed(seed)
        if epochs is not None and steps is not None:
            raise ValueError(f"Give epochs or steps, not both (found epochs={epochs} and steps={steps}).")
        corpus = as_corpus(corpus)
        self.model, self.corpus = model, corpus
        self.weighting = get(weighting) if isinstance(weighting, str) else weighting
        self.device = torch.device(device) if device else default_device()
        self._trained = check_tasks(model.tasks, tasks)
        self.tasks = tuple(t.name for t in self._trained)
        precision = choose_precision(precision, self.device, model.encoder)
        find = lr == "find"
        if find and head_lr is not None:
            raise ValueError('lr="find" finds the heads\' rate, too: leave head_lr out, or give both.')
        trained = same_tasks(self._trained, corpus)
        sampling = as_sampling(sampling)
        rows = model.tokenize(corpus.train, trained)
        self._feed = Feed(rows, trained, batch_size, seed, accumulate, sampling)
        self.steps_per_epoch = max(1, len(self.batches) // accumulate)
        steps = (3 if epochs is None else epochs) * self.steps_per_epoch if steps is None else steps
        lr, head_lr = peak_rates(model, steps, None if find else lr, head_lr)
        self.config = RunConfig(
            tasks=self.tasks if len(trained) < len(model.tasks) else None,
            steps=steps,
            batch_size=batch_size,
            accumulate=accumulate,
            lr=lr,
            head_lr=head_lr,
            layer_decay=None if layer_decay is None else float(layer_decay),
            precision=precision,
            validate=self.steps_per_epoch if validate == "epoch" else validate,
            sampling=described(sampling),
            seed=seed,
        )
        self.batch_size, self.seed = batch_size, seed
        check_weighting(self.weighting, model.encoder, corpus, self.config.validate, accumulate)
        check_sampler(sampling, model.encoder, corpus)
        self._validation: TokenizedSplit | None = None
        self._looks: Batches | None = None
        if (self.config.validate or Need.VALIDATION in self.weighting.needs) and "validation" in corpus.splits:
            self._validation = model.tokenize(corpus.validation, shared_tasks(model, corpus.validation))
        if Need.VALIDATION in self.weighting.needs and self._validation is not None:
            self._looks = Batches(self._validation, trained, batch_size, seed)

        model.init_heads(corpus.train, self.tasks)
        model.to(self.device)
        self.counts = corpus.counts("train")
        counts = [self.counts[name] for name in self.tasks]
        self.weighting.setup(self.tasks, counts, self.device, self.steps_per_epoch, serves=Need)
        self._initial_state = copy.deepcopy((model.state_dict(), self.weighting.state_dict(), self.weighting.settings))
        self._events = list(events or ())
        self._replay = by_step(self._events, self.weighting)
        self._folder = None if checkpoint is None else Path(checkpoint)
        self._checkpoint_every = checkpoint_every or self.steps_per_epoch
        self.resumed_from = 0
        self._begin()
        self.range_test: RangeTest | None = None
        if find:
            self._find_rates()
        check_roll_outs(self.sampler, self.config.validate)
        if self._folder is not None:
            self._resume(self._folder)

    def _find_rates(self) -> None:
        self.range_test = test = find_rate(self)
        if test.lr is None:
            warnings.warn(
                "The range test saw the losses fall at no rate; training goes on at the default, "
                f"{self.config.lr:.2g}. Look at mk.plots.range_test(run.range_test).",
                stacklevel=4,
            )
            return
        heads = {task: rate * test.lr / self.config.lr for task, rate in self.config.head_lr.items()}
        self.config = replace(self.config, lr=test.lr, head_lr=heads)
        self._begin()

    @property
    def batches(self) -> Batches:
        """The training batches, by number."""
        return self._feed.batches

    @property
    def sampler(self) -> Sampler | None:
        """What decides whose rows are read, of a run with one: its probabilities, or what it dropped."""
        return self._feed.sampler

    # -- the one seam ------------------------------------------------------------------------------------------
    def __iter__(self) -> Run:
        return self

    def __next__(self) -> Step:
        """One optimizer step.

        Returns:
            What it did.

        Raises:
            StopIteration: after the last.
            NonFiniteError: a loss or gradient is no finite number; names the tasks. On a GPU up to 20 steps later.
        """
        if self.done >= self.steps:
            raise StopIteration
        started = time.perf_counter()
        self._steer()
        try:
            losses, lam, present, rows = self._optimize()
        except BaseException:  # an interrupt, too: half a step's gradients must not enter the next
            drop_gradients(self.model, self.weighting)
            raise
        self.done += 1
        self.examples += rows
        self.seconds += time.perf_counter() - started
        step = Step(
            self.done,
            self._epoch(),
            torch.where(present, losses, math.nan),
            lam,
            self.optimizer.param_groups[0]["lr"],
            self.seconds,
            self.examples,
        )
        self.history.add_step(step)
        self._after(step)
        return step

    def _optimize(self) -> tuple[Tensor, Tensor, Tensor, int]:
        """One step on the next batches, under the run's own randomness; gives what `_apply_gradients` gives."""
        with own_randomness(self):
            if not self.model.training:
                self.model.train()
            if self._looks is not None and self.done % self.weighting.every == 0:
                self._show_validation(self._looks)
            self._feed.before_step(self)
            micro_batches = self._micro_batches()
            found = self._apply_gradients(micro_batches)
            if Need.SECOND_FORWARD in self.weighting.needs:
                second_forward(self, micro_batches)
        return found

    def _apply_gradients(self, micro_batches: list[Batch]) -> tuple[Tensor, Tensor, Tensor, int]:
        """Losses → λ → gradients → parameters. Gives the losses and λ (tasks,), which are present, and the rows."""
        for group, lr in zip(self.optimizer.param_groups, self._rates(), strict=True):
            group["lr"] = lr
        losses, lam, present = compute_gradients(self, micro_batches)
        norm = torch.nn.utils.clip_grad_norm_(self._parameters, CLIP)
        self._check_gradient(norm, losses, lam, micro_batches)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return losses, lam, present, sum(b.size for b in micro_batches)

    def _show_validation(self, looks: Batches) -> None:
        """Tell the weighting the losses of a batch of validation rows."""
        batch = looks[self.done // self.weighting.every].to(self.device)
        self.model.eval()
        with torch.no_grad(), self.autocast():
            losses = self.model.losses(batch, self.tasks)
        self.model.train()
        self.weighting.on_validation(losses, batch.present)

    def autocast(self) -> torch.autocast:
        """The context in which losses are computed, in the run's precision."""
        return autocast(self.device, self.config.precision)

    def _micro_batches(self) -> list[Batch]:
        return [batch.to(self.device) for batch in self._feed.micro_batches(self.done)]

    def _epoch(self) -> int:
        """The epoch of the last step: 1, 2, …; 1 before there is one."""
        return self.batches.epoch(max(self.done - 1, 0) * self.config.accumulate)

    def _rates(self) -> list[float]:
        factor = schedule(self.done + 1, self.steps)
        return [peak * factor for peak in self._peaks]

    # -- steering ----------------------------------------------------------------------------------------------
    def steer(self, who: str = "code", **settings: Any) -> None:
        """Set settings of the weighting, effective at the very next step; recorded there as events.

        Args:
            who: does it, in the record.
            **settings: setting → value.

        Raises:
            ValueError: there is no such setting, or the value is out of its range.
        """
        for name in settings:
            if name not in self.weighting.settings:
                raise ValueError(unknown(f"{self.weighting.name!r} setting", name, self.weighting.settings))
        for name, value in settings.items():
            setattr(self.weighting, name, value)
            self._event_source[name] = who

    def _steer(self) -> None:
        """Apply what is to be replayed at this step, then record every setting that differs from the last step's."""
        for event in self._replay.get(self.done + 1, ()):
            self.steer(event["who"], **{event["setting"]: event["value"]})
        now = self.weighting.settings
        if now != self._settings:
            for name, value in now.items():
                if value != self._settings[name]:
                    who = self._event_source.get(name, "code")
                    self.history.add_event({"step": self.done + 1, "who": who, "setting": name, "value": value})
            self._settings = copy.deepcopy(now)
        self._event_source.clear()

    def reset(self, events: Sequence[dict] | None = None) -> None:
        """Back to the first weights and settings, an empty history, step 0.

        Args:
            events: to be replayed now, in place of those that the run was made with.

        Raises:
            ValueError: an event of a setting that is not there.
        """
        if events is not None:
            self._replay, self._events = by_step(events, self.weighting), list(events)
        weights, state, settings = self._initial_state
        self.model.load_state_dict(weights)
        for name, value in settings.items():
            setattr(self.weighting, name, value)
        self.weighting.reset()
        self.weighting.load_state_dict(state)
        self.history.close()
        self._begin()
        if self._folder is not None:
            self.history.follow(self._folder / checkpoints.HISTORY)
            self._save(self._folder)

    def clone(
        self, weighting: Weighting | str | None = None, model: MultiTaskModel | None = None, **changes: Any
    ) -> Run:
        """A run of its own from this one's first weights, on the same data and with the same settings, at step 0.

        Args:
            weighting: another one (None: a copy of this one, with its first settings).
            model: to be trained in place of a copy of this run's, which isn't touched.
            **changes: other arguments of `Run`, e.g. seed=1.

        Returns:
            The new run.

        Raises:
            ValueError: as `Run` says.
        """
        weights, state, settings = self._initial_state
        if model is None:
            model = copy.deepcopy(self.model)
            model.load_state_dict(weights)
        if weighting is None:
            weighting = copy.deepcopy(self.weighting)
            for name, value in settings.items():
                setattr(weighting, name, value)
            weighting.load_state_dict(state)  # what a method learns begins anew, too
        same: dict[str, Any] = {**asdict(self.config), "device": self.device}
        return Run(model, self.corpus, weighting, **same | changes)

    def _begin(self) -> None:
        config = self.config
        drop_gradients(self.model, self.weighting)
        self._feed.begin(config.steps)
        self.steps = config.steps
        self.done = self.examples = 0
        self.seconds = 0.0
        self.optimizer = make_optimizer(self.model, self.weighting, config.lr, config.head_lr, config.layer_decay)
        self._peaks = [group["lr"] for group in self.optimizer.param_groups]
        self._parameters = [p for group in self.optimizer.param_groups for p in group["params"]]
        self._settings, self._event_source = copy.deepcopy(self.weighting.settings), {}
        self.random = first_randomness(self.device, self.seed)
        self._bad = torch.zeros((), device=self.device)  # a GPU's flag: once 1, later updates do nothing
        if self.device.type != "cpu":
            self.optimizer.found_inf = self._bad  # ty: ignore[missing-attribute]  # torch reads it there
        self.history = History(self.tasks, self._about())
        self._notice = WeightNotice(self.tasks, self.weighting, self.device)

    def _about(self) -> dict:
        return {
            "weighting": {"name": self.weighting.name, **self._settings},
            "encoder": self.model.encoder.name,
            **asdict(self.config),
            "steps_per_epoch": self.steps_per_epoch,
            "attention_dropout_below": attention_dropout_below(self.device),
            "counts": {name: self.counts[name] for name in self.tasks},
        }

    # -- after a step ------------------------------------------------------------------------------------------
    def _after(self, step: Step) -> None:
        last = self.done == self.steps
        self._notice.add(step.losses, step.weights)
        if last or self.done % 20 == 0:  # on a GPU to look is to wait
            self._notice.warn()
        every = self.config.validate
        if self._validation is not None and every and (last or self.done % every == 0):
            if not self._feed.after_validation(self, self._validate()):
                self.steps, last = self.done, True
        if self.device.type != "cpu" and (last or self.done % 20 == 0) and bool(self._bad):
            raise NonFiniteError(non_finite_message(self, step.losses, step.weights, "gradient"))
        if self._folder is not None and (last or self.done % self._checkpoint_every == 0):
            self._save(self._folder)
        if last:
            self.model.eval()
            self.history.flush()

    def validate(self) -> None:
        """Measure every task on corpus.validation now, and record it.

        Of a task that generates the answers to 64 rows are written; `evaluate` writes all.

        Raises:
            ValueError: the corpus has no validation split, or the run was made with validate=None.
        """
        if self._validation is None:
            raise ValueError("There is nothing to validate on: the corpus has no validation split, or validate=None.")
        self._validate()

    def _validate(self) -> list[float]:
        """Gives the main metrics of the trained tasks; NaN where one has none."""
        assert self._validation is not None
        started = time.perf_counter()
        with own_randomness(self):
            values, rows = compute_metrics(
                self.model, self._validation, precision=self.config.precision, written=WRITTEN
            )
        self.history.add_metrics(self.done, self._epoch(), values, rows)
        main = [values.get(t.name, {}).get(t.main_metric, math.nan) for t in self._trained]
        if Need.METRICS in self.weighting.needs:
            self.weighting.on_metrics(torch.tensor(main, device=self.device))
        self.seconds += time.perf_counter() - started
        return main

    def _check_gradient(self, norm: Tensor, losses: Tensor, lam: Tensor, micro_batches: list[Batch]) -> None:
        if self.device.type != "cpu":
            self._bad.copy_(torch.maximum(self._bad, (~norm.isfinite()).float()))
        elif not bool(norm.isfinite()):
            norms = gradient_norms(self, micro_batches[0])
            offending_tasks = [name for name, n in norms.items() if not math.isfinite(n)]
            raise NonFiniteError(non_finite_message(self, losses, lam, "gradient", offending_tasks))

    def gradient_norms(self) -> dict[str, float]:
        """The norm of each task's weighted gradient λ_i ∇L_i in the shared encoder, on the next batch.

        Of ∇L_i where the weighting combines gradients itself. No step is taken, and nothing that later steps read is
        changed.

        Returns:
            Task → norm; tasks absent from that batch are left out.
        """
        with own_randomness(self, keep=False):
            return gradient_norms(self, self._micro_batches()[0])

    def gradient_cosines(self, on: str = "parameters") -> pandas.DataFrame:
        """The cosine between every two tasks' gradients ∇L_i on the next batch.

        1: they pull alike; −1: against one another. No step is taken, as in `gradient_norms`.

        Args:
            on: "parameters", all weights of the shared encoder, or "representation", its token vectors.

        Returns:
            A table, tasks × tasks; NaN for tasks absent from that batch.

        Raises:
            ValueError: `on` is neither.
        """
        import pandas as pd

        if on not in ("parameters", "representation"):
            raise ValueError(unknown("on", on, ("parameters", "representation")))
        with own_randomness(self, keep=False):
            found = gradient_cosines(self, self._micro_batches()[0], on)
        return pd.DataFrame(
            [[found.get((a, b), math.nan) for b in self.tasks] for a in self.tasks], self.tasks, self.tasks
        )

    def _trained_state(self) -> dict:
        """What the steps have changed."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "weighting": self.weighting.state_dict(),
        }

    def _load_trained_state(self, state: dict) -> None:
        for part in ("model", "optimizer", "weighting"):
            getattr(self, part).load_state_dict(state[part])

    # -- checkpoints -------------------------------------------------------------------------------------------
    def _save(self, folder: Path) -> None:
        self.history.flush()
        state = {
            **self._trained_state(),
            "feed": self._feed.state_dict(),
            "steps": self.steps,
            "settings": self.weighting.settings,
            "noticed": self._settings,
            "random": self.random,
            "done": self.done,
            "examples": self.examples,
            "seconds": self.seconds,
        }
        checkpoints.write(folder, self.done, state, self._fingerprint())

    def _resume(self, folder: Path) -> None:
        state = checkpoints.read(folder, self._fingerprint())
        file = folder / checkpoints.HISTORY
        if state is None:
            folder.mkdir(parents=True, exist_ok=True)
            self.history.follow(file)
            self._save(folder)
            return
        self._load_trained_state(state)
        self._feed.load_state_dict(state["feed"])
        self.steps = state["steps"]
        for name, value in state["settings"].items():
            setattr(self.weighting, name, value)
        self._settings, self.random = state["noticed"], state["random"]
        self.done, self.examples, self.seconds = state["done"], state["examples"], state["seconds"]
        self.history = History.load(file, until=self.done)
        self.history.follow(file)
        self.resumed_from = self.done
        if self.done == self.steps:
            self.model.eval()

    def _fingerprint(self) -> dict:
        about = copy.deepcopy(self.history.settings)
        about["weighting"] = {"name": self.weighting.name, **self._initial_state[2]}
        about["tasks"] = list(self.tasks)
        about["heads"] = [t.identity for t in self.model.tasks]
        about["data"], about["first weights"] = self._digests
        about["adapted encoder"] = getattr(self.model.encoder, "adapted", None) or None
        about["events"] = self._events
        about["device"] = self.device.type
        about["threads"] = torch.get_num_threads()
        return about

    @functools.cached_property
    def _digests(self) -> tuple[str, str]:
        """Of the data and the first weights, which a run never changes: hashed once, not at every checkpoint."""
        return checkpoints.digest(self.batches.tokenized), checkpoints.digest_state(self._initial_state[0])
