"""The multi-task model: one shared encoder, one head per task. Losses, answers, save and load."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from mtlkit.batching import Batch, Encoded, Rows
from mtlkit.encoder import Encoder
from mtlkit.names import read_folder, unknown, write_folder
from mtlkit.tasks import Target, Task


class MultiTaskModel(nn.Module):
    """One encoder pass, then the heads of the tasks whose labels, or questions, are there.

    encoder: copied, so that several models can start from the same one. tasks: as in `corpus.tasks`, labels known.
    seed: draws the heads' first weights, whatever else was drawn before.
    """

    def __init__(self, encoder: Encoder, tasks: Sequence[Task], seed: int = 0):
        super().__init__()
        tasks = tuple(tasks)
        if not tasks:
            raise ValueError("A MultiTaskModel needs at least one task.")
        if len({t.name for t in tasks}) < len(tasks):
            raise ValueError(f"Two tasks have the same name: {', '.join(t.name for t in tasks)}.")
        for task in tasks:
            if task.of.labels_of([]) is not None and not task.labels:
                raise ValueError(
                    f"Task {task.name!r} has no labels yet: take it from corpus.tasks, or give labels=[…]."
                )
        self.tasks = tasks
        self.encoder = copy.deepcopy(encoder)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.heads = nn.ModuleDict({t.name: t.of.head(t, self.encoder) for t in tasks})
        self.eval()

    @property
    def tokenizer(self):
        return self.encoder.tokenizer

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    def encode(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """The one pass: token vectors (rows, tokens, hidden), pooled vectors (rows, hidden)."""
        return self.encoder(batch.input_ids, batch.attention_mask, batch.token_type_ids)

    def outputs(self, batch: Batch, vectors: tuple[Tensor, Tensor] | None = None) -> dict[str, Tensor]:
        """Task name → what its head says, (n, …), for the tasks in the batch. vectors: those of `encode`, if known."""
        tokens, pooled = vectors or self.encode(batch)
        return {name: self.heads[name](t.vectors(tokens, pooled)) for name, t in batch.targets.items()}

    def task_losses(self, batch: Batch, vectors: tuple[Tensor, Tensor] | None = None) -> dict[str, Tensor]:
        """Task name → its mean loss over its labels in the batch, a float32 scalar, for the tasks in the batch."""
        outputs = self.outputs(batch, vectors)
        return {
            t.name: t.loss(outputs[t.name].float(), batch.targets[t.name].labels)
            for t in self.tasks
            if t.name in outputs
        }

    def losses(self, batch: Batch) -> Tensor:
        """The losses as one tensor (tasks,); 0 where a task is absent."""
        return self.in_order(self.task_losses(batch))

    def in_order(self, found: dict[str, Tensor]) -> Tensor:
        """Task name → a number, as one tensor (tasks,); 0 for the others."""
        absent = torch.zeros((), device=self.device)
        return torch.stack([found.get(t.name, absent) for t in self.tasks])

    @torch.inference_mode()
    def predict(self, texts: Sequence, tasks: Sequence[str] | None = None, batch_size: int = 32) -> list[dict]:
        """Every task's answer to every text, from one pass.

        texts: a list of str, or (str, str) for pairs. tasks: names (None: all that the text puts a question to; a pair
        task is not asked about a single text, nor "mlm" where no [MASK] is). Gives one dict per text: task name →
        {"label", "score"}, {"value"}, {"labels", "scores"}, {"spans"} or {"masks"}.
        """
        asked = self._asked(tasks)
        if isinstance(texts, str):
            raise ValueError(f"predict takes a list of texts: predict([{texts[:20]!r}…]).")
        texts = [t if isinstance(t, str) else tuple(t) for t in texts]
        if not texts:
            return []
        encoded = Encoded(texts, self.tokenizer, self.encoder.max_length)
        answers: list[dict] = [{} for _ in texts]
        order = sorted(range(len(texts)), key=lambda i: -encoded.lengths[i])
        was_training = self.training
        self.eval()
        try:
            for start in range(0, len(order), batch_size):
                index = order[start : start + batch_size]
                for i, answer in zip(index, self._answers(Rows(encoded, index), asked), strict=True):
                    answers[i] = answer
        finally:
            self.train(was_training)
        return answers

    def _asked(self, names: Sequence[str] | None) -> list[Task]:
        known = [t.name for t in self.tasks]
        for name in names or ():
            if name not in known:
                raise ValueError(unknown("task", name, known))
        return [t for t in self.tasks if names is None or t.name in names]

    def _answers(self, rows: Rows, asked: list[Task]) -> list[dict]:
        targets = {t.name: t.of.target(None, rows, t) for t in asked}
        targets = {name: target for name, target in targets.items() if target is not None}
        answers: list[dict] = [{} for _ in range(len(rows))]
        if not targets:
            return answers
        batch = rows.batch({**targets, "": Target(torch.arange(len(rows)), None)}, asked)  # "": keep every row
        del batch.targets[""]
        outputs = self.outputs(batch.to(self.device))
        for task in asked:
            if task.name not in targets:
                continue
            found = task.of.decode(outputs[task.name].float().cpu(), targets[task.name], rows, task)
            for row, answer in enumerate(found):
                pair = not isinstance(rows.encoded.texts[rows.index[row]], str)
                if answer is not None and task.pair in (None, pair):
                    answers[row][task.name] = answer
        return answers

    def save(self, folder: str | Path) -> None:
        """Write weights (safetensors), tasks, encoder config and tokenizer; whole or not at all. A folder that holds
        something else than a model is left alone (ValueError)."""
        from safetensors.torch import save_file

        folder = Path(folder)
        if folder.is_dir() and any(folder.iterdir()) and not (folder / "mtlkit.json").is_file():
            raise ValueError(f"The folder {str(folder)!r} holds something else than a model; choose another.")
        with write_folder(folder) as aside:
            tensors = {name: t.detach().cpu().contiguous() for name, t in self.state_dict().items()}
            save_file(tensors, aside / "model.safetensors", metadata={"format": "pt"})
            self.encoder.config.save_pretrained(aside)
            self.tokenizer.save_pretrained(aside)
            tasks = [{**vars(t), "labels": t.labels} for t in self.tasks]
            about = {"format": 1, "encoder": self.encoder.name, "pooling": self.encoder.pooling, "tasks": tasks}
            (aside / "mtlkit.json").write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: str | Path) -> MultiTaskModel:
        """A model as `save` wrote it. ValueError when the folder is not one, or lacks something."""
        from safetensors.torch import load_file

        from mtlkit.encoder import load_encoder

        folder = read_folder(folder)
        missing = [f for f in ("mtlkit.json", "model.safetensors", "config.json") if not (folder / f).is_file()]
        if missing:
            raise ValueError(f"{str(folder)!r} is not a model saved by mtlkit: it lacks {', '.join(missing)}.")
        try:
            about = json.loads((folder / "mtlkit.json").read_text(encoding="utf-8"))
            tensors = load_file(folder / "model.safetensors")
            tasks = [Task(**{**t, "labels": t["labels"] and tuple(t["labels"])}) for t in about["tasks"]]
        except Exception as error:  # a cut-off file, another format: many kinds of error, one meaning
            raise ValueError(f"The model folder {str(folder)!r} is damaged: {error}") from error
        encoder = load_encoder(folder, pretrained=False, pooling=about["pooling"])
        encoder.name = about["encoder"]
        model = cls(encoder, tasks)
        try:
            model.load_state_dict(tensors)
        except RuntimeError as error:
            raise ValueError(f"The weights in {str(folder)!r} don't fit its tasks: {error}") from error
        return model
