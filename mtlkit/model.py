"""The multi-task model: one shared encoder, one head per task. Losses, answers, save and load."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mtlkit.batching import Batch, LabelledTexts, Rows, TokenizedSplit, group_windows, shared_tokens, tokenize_split
from mtlkit.encoder.encoder import Encoder, in_eval_mode
from mtlkit.encoder.loading import as_encoder
from mtlkit.encoder.precision import autocast, choose_precision
from mtlkit.tasks import DecoderTarget, Target, Task
from mtlkit.utils.errors import unknown
from mtlkit.utils.files import read_folder, write_folder


class MultiTaskModel(nn.Module):
    """One encoder pass, then the heads of the tasks whose labels, or questions, are there.

    Args:
        encoder: an encoder, or its name as `load_encoder` takes it; copied, so that several models can start from the
            same one.
        tasks: as in `corpus.tasks`, labels known.
        seed: draws the heads' first weights, whatever else was drawn before.

    Raises:
        ValueError: no task, two of a name, one without labels, two that write after the same prompt, or an unknown
            encoder.

    Example:
        >>> model = MultiTaskModel("bert-tiny", [Task("mood", "classification", labels=("bad", "good"))])
        >>> model.predict(["It broke."])[0]["mood"]["label"] in ("bad", "good")
        True
    """

    def __init__(self, encoder: Encoder | str | Path, tasks: Sequence[Task], seed: int = 0):
        super().__init__()
        tasks = tuple(tasks)
        if not tasks:
            raise ValueError("A MultiTaskModel needs at least one task.")
        if len({t.name for t in tasks}) < len(tasks):
            raise ValueError(f"Two tasks have the same name: {', '.join(t.name for t in tasks)}.")
        for task in tasks:
            if task.spec.labels_of([]) is not None and not task.labels:
                raise ValueError(
                    f"Task {task.name!r} has no labels yet: take it from corpus.tasks, or give labels=[…]."
                )
        self.tasks = tasks
        self.encoder = copy.deepcopy(as_encoder(encoder))
        check_prompts(tasks, self.encoder.tokenizer)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.heads = nn.ModuleDict({t.name: t.spec.head(t, self.encoder) for t in tasks})
        self._new_heads = {t.name for t in tasks}
        self.eval()

    def init_heads(self, split: LabelledTexts, tasks: Sequence[str] | None = None) -> None:
        """Let each new head begin at what a model says that knows nothing but the labels: their mean or frequencies.

        A `Run` does it with `corpus.train`; in a loop of your own call it before the first step. A head is new until
        this, or until `load`.

        Args:
            split: the training rows.
            tasks: names (None: all of the model's).

        Raises:
            ValueError: the split lacks a task, or has other labels.

        References:
            For rare labels: Lin et al. 2017, Focal loss, arXiv:1708.02002, section 3.3.
        """
        new = self._new_heads if tasks is None else self._new_heads.intersection(tasks)
        for task in self.tasks:
            if task.name in new and task.spec.needs_column:
                labels = [label for label in split.labels(task) if label is not None]
                if labels:
                    task.spec.init_head(self.heads[task.name], labels, task)
                    self._new_heads.discard(task.name)

    @property
    def tokenizer(self) -> Any:
        """The encoder's."""
        return self.encoder.tokenizer

    @property
    def device(self) -> torch.device:
        """Where its parameters lie."""
        return next(self.parameters()).device

    def encode(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The one pass.

        Args:
            batch: on the model's device.

        Returns:
            Token vectors (rows, tokens, hidden), pooled vectors (rows, hidden).
        """
        return self.encoder(batch.input_ids, batch.attention_mask, batch.token_type_ids)

    def read(self, batch: Batch, precision: str = "auto") -> tuple[Tensor, Tensor]:
        """As `encode`, for answers: the pass in `precision`, its vectors in float32, and so the heads.

        In bf16 classes close to one another would be a tie, and a text's answer turn on its neighbours.

        Args:
            batch: on the model's device.
            precision: as `Run` takes it.

        Returns:
            Token vectors (rows, tokens, hidden), pooled vectors (rows, hidden).
        """
        precision = choose_precision(precision, self.device, self.encoder)
        with autocast(self.device, precision):
            tokens, pooled = self.encode(batch)
        return (tokens.float(), pooled.float()) if precision == "bf16" else (tokens, pooled)

    def tokenize(self, split: LabelledTexts, tasks: Sequence[Task] | None = None) -> TokenizedSplit:
        """A corpus split as this model reads it.

        Args:
            split: of a corpus.
            tasks: whose labels go with it (None: all of the model's).

        Returns:
            The tokenized split.

        Raises:
            ValueError: the split lacks a task, or can't be read with the model's labels.
        """
        tasks = self.tasks if tasks is None else tasks
        return tokenize_split(split, self.encoder, tasks)

    def outputs(self, batch: Batch, vectors: tuple[Tensor, Tensor] | None = None) -> dict[str, Tensor]:
        """What the heads say.

        Args:
            batch: on the model's device.
            vectors: those of `encode`, if known.

        Returns:
            Task name → (n, …), for the tasks in the batch.
        """
        tokens, pooled = vectors or self.encode(batch)
        return {name: self.heads[name](self._read(t, batch, tokens, pooled)) for name, t in batch.targets.items()}

    def _read(self, target: Target, batch: Batch, tokens: Tensor, pooled: Tensor) -> Tensor:
        """The vectors (n, hidden) that a task reads: the encoder's, or a decoder's that looks at them."""
        if isinstance(target, DecoderTarget):
            seen = target.decoder_rows
            tokens = self.encoder.decode(target.decoder_ids, tokens[seen], batch.attention_mask[seen])
        return target.vectors(tokens, pooled)

    def task_losses(self, batch: Batch, vectors: tuple[Tensor, Tensor] | None = None) -> dict[str, Tensor]:
        """The mean loss of each task in the batch over its labels there.

        Args:
            batch: on the model's device.
            vectors: those of `encode`, if known.

        Returns:
            Task name → a float32 scalar.
        """
        outputs = self.outputs(batch, vectors)
        labels: dict[str, Any] = {name: target.labels for name, target in batch.targets.items()}
        return {t.name: t.loss(outputs[t.name].float(), labels[t.name]) for t in self.tasks if t.name in outputs}

    def losses(self, batch: Batch, tasks: Sequence[str] | None = None) -> Tensor:
        """The losses as one tensor.

        Args:
            batch: on the model's device.
            tasks: names (None: all of the model's).

        Returns:
            (tasks,), in the order of `tasks`; 0 where a task is absent.
        """
        return self.stack_by_task(self.task_losses(batch), tasks)

    def stack_by_task(self, found: dict[str, Tensor], tasks: Sequence[str] | None = None) -> Tensor:
        """Numbers of tasks as one tensor.

        Args:
            found: task name → a scalar, on the model's device.
            tasks: names (None: all of the model's).

        Returns:
            (tasks,), in the order of `tasks`; 0 for those not in `found`.
        """
        absent = torch.zeros((), device=self.device)
        names = [t.name for t in self.tasks] if tasks is None else tasks
        return torch.stack([found.get(name, absent) for name in names])

    @torch.inference_mode()
    def predict(
        self,
        texts: Sequence,
        tasks: Sequence[str] | None = None,
        batch_size: int = 32,
        *,
        choices: dict[str, Sequence[Sequence[str]]] | None = None,
        beams: int = 1,
        max_new_tokens: int = 64,
    ) -> list[dict]:
        """Every task's answer to every text, from one pass.

        Args:
            texts: a list of str, or (str, str) for pairs.
            tasks: names (None: all that the text puts a question to; a pair task is not asked about a single text, nor
                "mlm" where no [MASK] is, nor a choice without candidates).
            batch_size: rows read at once.
            choices: choice task → the candidates of each text.
            beams: how a task that generates writes (1: the likeliest token at each step).
            max_new_tokens: how much it writes at most; of a causal encoder less than its `max_length`, which the text
                shares.

        Returns:
            One dict per text: task name → {"label", "score"}, {"value"}, {"labels", "scores"}, {"spans"}, {"masks"},
            {"text", "start", "end", "score"}, {"index", "label", "score"}, or {"text", "finished"}: False where
            `max_new_tokens` cut an answer off.

        Raises:
            ValueError: an unknown task, one text in place of a list, candidates that don't fit, or so many
                `max_new_tokens` that no room is left for the text.
        """
        asked = self._asked(tasks)
        if isinstance(texts, str):
            raise ValueError(f"predict takes a list of texts: predict([{texts[:20]!r}…]).")
        texts = [t if isinstance(t, str) else tuple(t) for t in texts]
        if not texts:
            return []
        encoder = self.encoder
        stride = shared_tokens(encoder.max_length) if any(t.spec.windowed for t in asked) else 0
        given = self._choices(texts, choices or {})
        tokenized = TokenizedSplit(
            texts, self.tokenizer, encoder.max_length, choices=given, stride=stride, decoder_start=encoder.decoder_start
        )
        answers: list[dict] = [{} for _ in texts]
        with in_eval_mode(self):
            for index in group_windows(tokenized, np.arange(len(tokenized)), batch_size):
                rows = Rows(tokenized, index)
                found = self.answers(rows, asked, beams, max_new_tokens)
                for row, answer in zip(rows.first_windows.tolist(), found, strict=True):
                    answers[tokenized.row[index[row]]] = answer
        return answers

    def _asked(self, names: Sequence[str] | None) -> list[Task]:
        known = [t.name for t in self.tasks]
        for name in names or ():
            if name not in known:
                raise ValueError(unknown("task", name, known))
        return [t for t in self.tasks if names is None or t.name in names]

    def _choices(self, texts: Sequence, choices: dict) -> dict:
        """The candidates, checked."""
        known = [t.name for t in self.tasks if t.spec.needs_choices]
        for name, found in choices.items():
            if name not in known:
                raise ValueError(unknown("choice task", name, known))
            if len(found) != len(texts):
                raise ValueError(
                    f"Task {name!r}: a list of candidates is due for each of {len(texts)} texts, found {len(found)}."
                )
        return choices

    def answers(self, rows: Rows, asked: list[Task], beams: int, max_new_tokens: int) -> list[dict]:
        """What tasks answer to the texts of one pass.

        Args:
            rows: of a tokenized split.
            asked: the tasks.
            beams: as for `predict`.
            max_new_tokens: likewise.

        Returns:
            For each text task name → answer; a task that says nothing is left out.

        Raises:
            ValueError: so many `max_new_tokens` that no room is left for the text.
        """
        texts = [rows.tokenized.source(rows.index[row]) for row in rows.first_windows.tolist()]
        answers: list[dict] = [{} for _ in texts]
        targets = {t.name: t.spec.target(None, rows, t) for t in asked}
        targets = {name: target for name, target in targets.items() if target is not None}
        if not targets:
            return answers
        batch = rows.batch(targets, asked, keep=True).to(self.device)
        vectors = self.read(batch)
        written = {t.name for t in asked if t.spec.generates}
        read = {name: target for name, target in batch.targets.items() if name not in written}
        outputs = self.outputs(replace(batch, targets=read), vectors)
        for task in asked:
            if task.name not in targets:
                continue
            if task.name in written:
                found = task.spec.write(self.encoder, rows, vectors[0], task, beams, max_new_tokens)
            else:
                found = task.spec.decode(outputs[task.name].float().cpu(), targets[task.name], rows, task)
            for text, one, answer in zip(texts, found, answers, strict=True):
                if one is not None and task.pair in (None, not isinstance(text, str)):
                    answer[task.name] = one
        return answers

    def save(self, folder: str | Path) -> None:
        """Write weights (safetensors), tasks, encoder config and tokenizer; whole or not at all.

        Args:
            folder: where to.

        Raises:
            ValueError: the folder holds something else than a model; it is left alone.
            OSError: the folder can't be written.
        """
        from safetensors.torch import save_model

        folder = Path(folder)
        if folder.is_dir() and any(folder.iterdir()) and not (folder / "mtlkit.json").is_file():
            raise ValueError(f"The folder {str(folder)!r} holds something else than a model; choose another.")
        with write_folder(folder) as aside:
            save_model(self, str(aside / "model.safetensors"), metadata={"format": "pt"})  # what is tied, once
            self.encoder.config.save_pretrained(aside)
            self.tokenizer.save_pretrained(aside)
            tasks = [{**vars(t), "labels": t.labels} for t in self.tasks]
            encoder = {"encoder": self.encoder.name, "pooling": self.encoder.pooling, "adapted": self.encoder.adapted}
            about = {"format": 1, **encoder, "tasks": tasks}
            (aside / "mtlkit.json").write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> MultiTaskModel:
        """A model as `save` wrote it.

        Args:
            folder: where it lies.

        Returns:
            The model.

        Raises:
            ValueError: the folder is not one, or lacks something.
        """
        from safetensors import safe_open
        from safetensors.torch import load_model

        from mtlkit.encoder.loading import load_encoder

        folder = read_folder(folder)
        missing = [f for f in ("mtlkit.json", "model.safetensors", "config.json") if not (folder / f).is_file()]
        if missing:
            raise ValueError(f"{str(folder)!r} is not a model saved by mtlkit: it lacks {', '.join(missing)}.")
        try:
            about = json.loads((folder / "mtlkit.json").read_text(encoding="utf-8"))
            with safe_open(folder / "model.safetensors", "pt"):  # whole?
                pass
            tasks = [Task(**(t | {"labels": t["labels"] and tuple(t["labels"])})) for t in about["tasks"]]
        except Exception as error:  # a cut-off file, another format: many kinds of error, one meaning
            raise ValueError(f"The model folder {str(folder)!r} is damaged: {error}") from error
        encoder = load_encoder(folder, pretrained=False, pooling=about["pooling"], **about.get("adapted", {}))
        encoder.name = about["encoder"]
        model = cls(encoder, tasks)
        try:
            load_model(model, str(folder / "model.safetensors"))
        except RuntimeError as error:
            raise ValueError(f"The weights in {str(folder)!r} don't fit its tasks: {error}") from error
        model._new_heads = set()
        return model


def check_prompts(tasks: Sequence[Task], tokenizer: Any) -> None:
    """ValueError for two tasks whose language model could not know which of them it answers: the same prompt, or two
    that are the same to the tokenizer, such as words it does not know."""
    asked: dict[tuple[int, ...], Task] = {}
    for task in (t for t in tasks if t.spec.generates):
        ids = tuple(task.spec.prompt_ids(task, tokenizer))
        other = asked.setdefault(ids, task)
        if other is not task:
            prompts = " and ".join(repr(t.spec.prompt(t)) for t in (other, task))
            raise ValueError(
                f"The tasks {other.name!r} and {task.name!r} write after the prompts {prompts}, which are the same to "
                "the tokenizer: both would give the same answers. Give each its own, such as "
                'Task(…, prompt="name the colour:").'
            )
