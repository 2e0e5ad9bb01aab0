"""Many small trainings at once: one layer and the heads on vectors that a frozen encoder gave once, batched over runs.

All begin with the same weights and see the same batches; only the settings of their weighting differ. Each is what a
`Run` of its own would be, up to float rounding.
"""

from __future__ import annotations

import copy
import logging
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call, vmap

from mtlkit.batching import Batches, TokenizedSplit, evaluation_batches, labelled_rows
from mtlkit.encoder.encoder import Encoder
from mtlkit.model import MultiTaskModel
from mtlkit.tasks import Target, Task
from mtlkit.training.optimizer import CLIP, schedule
from mtlkit.training.run import Run
from mtlkit.weighting import Weighting

logger = logging.getLogger("mtlkit")


class Trunk(nn.Module):
    """An encoder as `MultiTaskModel` takes it: `encoder` frozen, and one small layer with tanh on its pooled vectors.

    size: of the layer's output. center, scale (hidden,): what is taken from the vectors, and what they are divided by:
    those of a language model share one large direction that says nothing. seed: draws the layer's weights.
    """

    def __init__(self, encoder: Encoder, size: int, center: Tensor, scale: Tensor, seed: int = 0):
        super().__init__()
        self.frozen, self.hidden_size, self.name = encoder.requires_grad_(False), size, f"{encoder.name}, frozen"
        self.tokenizer, self.max_length, self.decoder_start = encoder.tokenizer, encoder.max_length, None
        self.register_buffer("center", center)
        self.register_buffer("scale", scale)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.layer = nn.Sequential(nn.Linear(encoder.hidden_size, size), nn.Tanh())

    def train(self, mode: bool = True) -> Trunk:
        """As of any module; the encoder stays in evaluation mode."""
        super().train(mode)
        self.frozen.eval()  # its vectors are the same each time
        return self

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Token vectors (rows, tokens, the encoder's hidden size) and pooled ones (rows, size)."""
        with torch.no_grad():
            tokens, pooled = self.frozen(input_ids, attention_mask, token_type_ids)
        return tokens, self.layer((pooled - self.center) / self.scale)


class HeadsOnFeatures(nn.Module):
    """A trunk's layer and the heads, on vectors (rows, hidden) of which center and scale are taken out already."""

    def __init__(self, model: MultiTaskModel):
        super().__init__()
        self.tasks, self.heads = model.tasks, model.heads
        self.layer: Any = model.encoder.layer

    def forward(self, vectors: Tensor, targets: dict[str, Target], losses: bool = True) -> Any:
        """The tasks' losses (tasks,), 0 where a task is absent; or with losses=False what each head says."""
        shared = self.layer(vectors)
        said = {name: self.heads[name](shared[target.rows]) for name, target in targets.items()}
        if not losses:
            return said
        absent = shared.new_zeros(())
        labels: dict[str, Any] = {name: target.labels for name, target in targets.items()}
        return torch.stack([t.loss(said[t.name], labels[t.name]) if t.name in said else absent for t in self.tasks])


class VectorizedRuns:
    """One method under many settings: losses (runs, tasks) → λ (runs, tasks), each run under its own.

    Where the method takes a tensor (runs, 1) for a setting and gives with it what each alone gives, one call serves
    all; else each run has a method of its own, which is slow but right for any (and said to the log). What a method
    raises when it is asked for plain numbers is a fault of its own, and is raised.
    """

    def __init__(self, method: type[Weighting], runs: Sequence[dict], tasks: Sequence[str], counts: Sequence[int]):
        self.each = [method(**settings) for settings in runs]
        for one in self.each:
            one.setup(tasks, counts)
        if self.each[0].needs or any(True for _ in self.each[0].parameters()):
            raise ValueError(f"An atlas takes methods of the losses alone, and {method.name!r} needs or learns more.")
        self.whole = self._as_one(method, runs, tasks, counts)
        for one in self.each:  # the trial left something in them
            one.reset()

    def __call__(self, losses: Tensor, present: Tensor) -> Tensor:
        """λ (runs, tasks) for losses of the same shape."""
        present = present.expand_as(losses)
        if self.whole is not None:
            return self.whole(losses, present)
        return torch.stack([one(*row) for one, row in zip(self.each, zip(losses, present, strict=True), strict=True)])

    def _as_one(self, method, runs, tasks, counts) -> Weighting | None:
        varied = [name for name in runs[0] if any(run[name] != runs[0][name] for run in runs)]
        random = torch.Generator().manual_seed(0)
        tried = 4 * torch.rand(3, len(runs), len(tasks), generator=random)  # what it remembers shows in later calls
        alone = [torch.stack([one(row) for one, row in zip(self.each, losses, strict=True)]) for losses in tried]
        try:
            whole = method(**runs[0])
            for name in varied:
                setattr(whole, name, torch.tensor([[run[name]] for run in runs], dtype=torch.float32))
            whole.setup(tasks, counts)
            together = [whole(losses) for losses in tried]
        except (RuntimeError, TypeError, ValueError):  # a tensor where the method can only do with a number
            logger.info(
                "%r takes no tensor for %s: each run has its own.", method.name, ", ".join(varied), exc_info=True
            )
            return None
        same = all(torch.allclose(a, b, rtol=1e-4, atol=1e-6) for a, b in zip(together, alone, strict=True))
        if not same:
            logger.info("%r gives other weights together than alone: each run has its own.", method.name)
        return whole if same else None

    def reset(self) -> None:
        """Forget what earlier steps left."""
        for one in self.each if self.whole is None else (self.whole,):
            one.reset()


class Trainings:
    """As many trainings of a small model as there are dicts of weighting settings in `runs`."""

    def __init__(self, model, corpus, method, runs, *, steps, batch_size, trunk, lr, split) -> None:
        self.encoder, self.tasks = model.encoder, model.tasks
        self.method, self.runs, self.corpus = method, runs, corpus
        self.steps, self.batch_size, self.trunk, self.lr = steps, batch_size, trunk, lr
        counts = corpus.counts("train")
        self.counts = [counts[t.name] for t in self.tasks]
        self.weighting = VectorizedRuns(method, runs, [t.name for t in self.tasks], self.counts)
        self.rows = model.tokenize(corpus.train)
        unseen = model.tokenize(getattr(corpus, split))
        self.eval_batch = next(evaluation_batches(unseen, self.tasks, max(len(unseen), 1)))
        vectors, others = (features(self.encoder, tokenized, self.tasks) for tokenized in (self.rows, unseen))
        known = vectors[labelled_rows(self.rows, self.tasks)]
        self.center, self.scale = known.mean(0), known.std(0).clamp(min=1e-6)
        self.vectors = (vectors - self.center) / self.scale
        self.eval_vectors = (others[self.eval_batch.index] - self.center) / self.scale

    def model(self, seed: int) -> MultiTaskModel:
        """Trunk and heads with their first weights; without dropout, so that all runs see the same."""
        trunk = Trunk(copy.deepcopy(self.encoder), self.trunk, self.center, self.scale, seed)
        model = MultiTaskModel(trunk, self.tasks, seed=seed)  # ty: ignore[invalid-argument-type]  # it acts as one
        model.init_heads(self.corpus.train)
        for module in model.heads.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        return model

    def run(self, number: int, seed: int) -> Run:
        """Run `number` by itself, through the frozen encoder."""
        rates: dict[str, Any] = {"lr": self.lr, "head_lr": self.lr, "precision": "fp32", "device": "cpu"}
        sizes: dict[str, Any] = {"steps": self.steps, "batch_size": self.batch_size, "seed": seed, "validate": None}
        return Run(self.model(seed), self.corpus, self.method(**self.runs[number]), **rates, **sizes)

    def train(self, seed: int) -> tuple[Tensor, Tensor, Tensor]:
        """losses and λ (runs, steps, tasks), NaN where a task was absent; main metrics at the end (runs, tasks), NaN
        where the parameters are no longer finite, 0 where a metric is undefined."""
        small = HeadsOnFeatures(self.model(seed))
        params = {n: p.detach().expand(len(self.runs), *p.shape).clone() for n, p in small.named_parameters()}
        for p in params.values():
            p.requires_grad_()
        decays = [[p for p in params.values() if (p.ndim > 2) == matrix] for matrix in (True, False)]
        optimizer = torch.optim.AdamW(
            [{"params": decays[0], "weight_decay": 0.01}, {"params": decays[1], "weight_decay": 0.0}], fused=True
        )
        self.weighting.reset()
        batches = Batches(self.rows, self.tasks, self.batch_size, seed)
        seen = torch.empty(2, self.steps, len(self.runs), len(self.tasks))
        for step in range(self.steps):
            for group in optimizer.param_groups:
                group["lr"] = self.lr * schedule(step + 1, self.steps)
            batch = batches[step]
            vectors, targets = self.vectors[batch.index], batch.targets
            losses = vmap(lambda p: functional_call(small, p, (vectors, targets)))(params)  # noqa: B023 - called now
            lam = self.weighting(losses.detach(), batch.present)
            losses.backward(lam)
            clip_each(list(params.values()))
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            seen[0, step] = torch.where(batch.present, losses.detach(), math.nan)
            seen[1, step] = torch.where(batch.present, lam, math.nan)
        losses, lam = seen.transpose(1, 2)
        return losses, lam, self._scores(small, params)

    @torch.no_grad()
    def _scores(self, small: HeadsOnFeatures, params: dict[str, Tensor]) -> Tensor:
        said = vmap(lambda p: functional_call(small, p, (self.eval_vectors, self.eval_batch.targets, False)))(params)
        sound = torch.stack([p.reshape(len(p), -1).isfinite().all(1) for p in params.values()]).all(0)
        scores = [
            t.spec.score(said[t.name], self.eval_batch.targets[t.name].labels).nan_to_num()
            if t.name in said
            else sound * 0.0
            for t in self.tasks
        ]
        return torch.stack(scores, dim=-1).where(sound[:, None], math.nan)


@torch.no_grad()
def features(encoder: Encoder, tokenized: TokenizedSplit, tasks: Sequence[Task], batch_size: int = 64) -> Tensor:
    """The pooled vectors of a split, (rows, hidden); 0 for rows without a label."""
    found = torch.zeros(len(tokenized), encoder.hidden_size)
    encoder.eval()
    for batch in evaluation_batches(tokenized, tasks, batch_size):
        found[batch.index] = encoder(batch.input_ids, batch.attention_mask, batch.token_type_ids)[1]
    return found


def clip_each(params: Sequence[Tensor]) -> None:
    """Gradient clipping as in `Run`, for each run by itself: the first dimension counts the runs."""
    grads = [p.grad for p in params if p.grad is not None]  # an absent task's head has none
    norms = torch.stack([g.reshape(len(g), -1).square().sum(1) for g in grads]).sum(0).sqrt()
    factor = (CLIP / (norms + 1e-6)).clamp(max=1.0)
    for g in grads:
        g.mul_(factor.view(-1, *[1] * (g.ndim - 1)))
