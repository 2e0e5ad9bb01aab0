"""What a run recorded: losses, weights, metrics and events, as tidy tables and one small file."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from mtlkit.utils.files import write_file

if TYPE_CHECKING:
    import pandas
    from numpy.typing import ArrayLike

    from mtlkit.training.run import Step

FORMAT = 1
HOST = np.dtype([("step", "i8"), ("epoch", "i8"), ("lr", "f8"), ("seconds", "f8"), ("examples", "i8")])


class History:
    """The record of one run.

    `events` tells who changed which setting of the weighting at which step, as dicts {"step", "who", "setting",
    "value"}; the value acted from that step on.

    Args:
        tasks: their names, in the order of the losses.
        settings: how the run was set up.
        file: every record is appended to it within a second, so that a crash loses at most that.

    Example:
        >>> history = History.from_arrays(["topic", "mood"], [[1.0, 2.0]], [[0.5, 1.0]])
        >>> history.frame()["weighted_loss"].tolist()
        [0.5, 2.0]
    """

    def __init__(self, tasks: Sequence[str], settings: dict | None = None, file: str | Path | None = None):
        self.tasks = tuple(tasks)
        self.settings = settings or {}
        self.events: list[dict] = []
        self._host = _Rows((), HOST)
        self._losses, self._weights = _Rows((len(self.tasks),)), _Rows((len(self.tasks),))
        self._metrics: list[dict] = []
        self._shares: list[dict] = []
        self._pending: list[tuple[torch.Tensor, torch.Tensor]] = []  # still on the device
        self._file = None if file is None else Path(file)
        self._handle, self._unwritten, self._written_at = None, [], time.monotonic()

    # -- recording ---------------------------------------------------------------------------------------------
    def add_step(self, step: Step) -> None:
        """Record a step; its tensors stay on their device until somebody reads.

        Args:
            step: what `next(run)` gave.
        """
        self._host.extend(np.array([(step.step, step.epoch, step.lr, step.seconds, step.examples)], HOST))
        self._pending.append((step.losses, step.weights))
        self._maybe_write()

    def add_event(self, event: dict) -> None:
        """Record that a setting was changed.

        Args:
            event: {"step", "who", "setting", "value"}, as in `events`; of types that JSON takes.
        """
        self.events.append(event)
        self._unwritten.append({"event": event})

    def add_metrics(self, step: int, epoch: int, found: dict[str, dict[str, float]], rows: dict[str, int]) -> None:
        """Record a validation.

        Args:
            step: after which.
            epoch: in which.
            found: task → metric → value.
            rows: task → labelled rows.
        """
        record = {"step": step, "epoch": epoch, "values": found, "rows": rows}
        self._metrics.append(record)
        self._unwritten.append({"metrics": record})

    def add_shares(self, step: int, norms: dict[str, float]) -> None:
        """Record how the tasks share the gradient of the encoder before a step.

        Args:
            step: the one that it was measured before.
            norms: task → the norm of its weighted gradient in the shared encoder; recorded as shares of their sum.
        """
        total = sum(norms.values())
        record = {"step": step, "values": {task: norm / total if total else 0.0 for task, norm in norms.items()}}
        self._shares.append(record)
        self._unwritten.append({"shares": record})

    # -- reading -----------------------------------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self._host)

    def steps(self) -> np.ndarray:
        """Step numbers, (steps,); a copy, as the other arrays are: the record stays what it is."""
        return self._host.values["step"].copy()

    def losses(self) -> np.ndarray:
        """(steps, tasks); NaN where a task was absent."""
        self._settle()
        return self._losses.values.copy()

    def weights(self) -> np.ndarray:
        """The effective λ that acted, (steps, tasks); NaN where a task was absent."""
        self._settle()
        return self._weights.values.copy()

    def frame(self) -> pandas.DataFrame:
        """Steps and tasks as a table.

        Returns:
            One row for each step and task: step, epoch, task, loss, weight, weighted_loss, lr, seconds, examples. loss
            and weight are NaN where the task was absent.
        """
        import pandas as pd

        host = self._host.values.repeat(len(self.tasks))
        losses, weights = self.losses().ravel(), self.weights().ravel()
        return pd.DataFrame(
            {
                "step": host["step"],
                "epoch": host["epoch"],
                "task": list(self.tasks) * len(self),
                "loss": losses,
                "weight": weights,
                "weighted_loss": losses * weights,
                "lr": host["lr"],
                "seconds": host["seconds"],
                "examples": host["examples"],
            }
        )

    def metrics(self) -> pandas.DataFrame:
        """The validations as a table: step, epoch, task, metric, value, rows."""
        import pandas as pd

        found = [
            (m["step"], m["epoch"], task, metric, value, m["rows"][task])
            for m in self._metrics
            for task, metrics in m["values"].items()
            for metric, value in metrics.items()
        ]
        return pd.DataFrame(found, columns=["step", "epoch", "task", "metric", "value", "rows"])

    def shares(self) -> pandas.DataFrame:
        """Each task's share of the shared encoder's gradient, where it was measured: step, task, share."""
        import pandas as pd

        found = [(s["step"], task, share) for s in self._shares for task, share in s["values"].items()]
        return pd.DataFrame(found, columns=["step", "task", "share"])

    def __repr__(self) -> str:
        return f"History({len(self)} steps of {', '.join(self.tasks)}; {len(self.events)} events)"

    # -- files -------------------------------------------------------------------------------------------------
    def save(self, path: str | Path) -> None:
        """Write the whole history to one file (a line of JSON per record), whole or not at all.

        Args:
            path: where to.

        Raises:
            OSError: the file can't be written.
        """
        write_file(path, (_line(r) for r in self.records()))

    @classmethod
    def load(cls, path: str | Path, until: int | None = None) -> History:
        """A history as `save` or a running `Run` wrote it. A last line that a crash cut off is left out.

        Args:
            path: the file.
            until: only what happened up to that step.

        Returns:
            The history.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is no history, or a line of it can't be read; names the line.
        """
        lines = Path(path).read_text(encoding="utf-8").split("\n")
        records = []
        for number, line in enumerate(lines, start=1):
            try:
                records += [json.loads(line)] if line else []
            except ValueError as error:
                if number == len(lines):
                    break  # no newline after it: the write was cut off
                raise ValueError(f"{path}, line {number} is not a history record: {line[:60]!r}") from error
        if not records or not isinstance(records[0], dict) or records[0].get("history") != FORMAT:
            raise ValueError(f"{str(path)!r} is not a history file of mtlkit.")
        return cls.from_records(records, until)

    @classmethod
    def from_records(cls, records: Sequence[dict], until: int | None = None) -> History:
        """A history out of what `records` gave.

        Args:
            records: all of them, in their order.
            until: only what happened up to that step.

        Returns:
            The history.
        """
        history, steps = cls(records[0]["tasks"], records[0]["settings"]), []
        last = math.inf if until is None else until
        kept = {"event": history.events, "metrics": history._metrics, "shares": history._shares}
        for record in records[1:]:
            kind = next((name for name in kept if name in record), None)
            content = record if kind is None else record[kind]
            if content["step"] <= last:
                (steps if kind is None else kept[kind]).append(content)
        history._host.extend(np.array([tuple(r[name] for name in HOST.names or ()) for r in steps], HOST))
        # None, as NaN is written there, becomes NaN.
        history._add_tasks(*(np.array([r[name] for r in steps], dtype=float) for name in ("losses", "weights")))
        return history

    @classmethod
    def from_arrays(
        cls,
        tasks: Sequence[str],
        losses: ArrayLike,
        weights: ArrayLike,
        settings: dict | None = None,
        epoch: ArrayLike = 1,
        lr: ArrayLike = 0.0,
        seconds: ArrayLike = 0.0,
        examples: ArrayLike = 0,
    ) -> History:
        """A history of steps 1, 2, … out of arrays, without a `Step` for each.

        Args:
            tasks: their names, in the order of the columns.
            losses: (steps, tasks); NaN says that the task was absent.
            weights: λ, (steps, tasks).
            settings: how it was made, as `Run` records it.
            epoch: a number, or one a step (steps,); so are the rest.
            lr: of the step.
            seconds: from the start.
            examples: rows from the start.

        Returns:
            The history.

        Raises:
            ValueError: losses or weights are not (steps, tasks).
        """
        losses, weights = np.asarray(losses, dtype=float), np.asarray(weights, dtype=float)
        if losses.ndim != 2 or losses.shape[1] != len(tasks) or weights.shape != losses.shape:
            raise ValueError(
                f"losses and weights are (steps, {len(tasks)}) for the tasks {', '.join(tasks)}; found {losses.shape} "
                f"and {weights.shape}."
            )
        host: Any = np.empty(len(losses), HOST)
        host["step"] = np.arange(1, len(losses) + 1)
        host["epoch"], host["lr"], host["seconds"], host["examples"] = epoch, lr, seconds, examples
        history = cls(tasks, settings)
        history._host.extend(host)
        history._add_tasks(losses, weights)
        return history

    def records(self) -> Iterator[dict]:
        """Everything in it as dicts of plain types: first tasks and settings, then events, steps and the rest."""
        self._settle()
        yield {"history": FORMAT, "tasks": list(self.tasks), "settings": self.settings}
        yield from ({"event": e} for e in self.events)
        yield from (self._step_record(i) for i in range(len(self)))
        yield from ({"metrics": m} for m in self._metrics)
        yield from ({"shares": s} for s in self._shares)

    def follow(self, file: str | Path) -> None:
        """Write the whole history to a file, and from now on append every record to it.

        Args:
            file: where to; what it held is gone.

        Raises:
            OSError: the file can't be written.
        """
        self.close()
        self._settle()
        self.save(file)
        self._file, self._unwritten = Path(file), []

    def flush(self) -> None:
        """Bring the file, if there is one, up to date."""
        self._settle()
        if self._file is None:
            self._unwritten.clear()
            return
        if self._handle is None:
            if not self._file.exists():
                self.save(self._file)
                self._unwritten.clear()
            self._handle = open(self._file, "a", encoding="utf-8")  # noqa: SIM115 - kept open while the run lasts
        self._handle.writelines(_line(r) for r in self._unwritten)
        self._handle.flush()
        self._unwritten.clear()
        self._written_at = time.monotonic()

    def close(self) -> None:
        """Bring the file, if there is one, up to date, and let go of it."""
        if self._file is not None:
            self.flush()
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def _maybe_write(self) -> None:
        if self._file is not None and time.monotonic() - self._written_at > 0.9:
            self.flush()
        elif len(self._pending) >= 512:
            self._settle()

    def _settle(self) -> None:
        """Move what the device still holds to the host, in one copy."""
        if not self._pending:
            return
        losses, weights = (torch.stack(side).double() for side in zip(*self._pending, strict=True))
        losses, weights = torch.stack([losses, weights]).cpu().numpy()
        start = len(self._losses)
        self._pending.clear()
        self._add_tasks(losses, weights)
        if self._file is not None:
            self._unwritten += [self._step_record(i) for i in range(start, len(self._losses))]

    def _add_tasks(self, losses: np.ndarray, weights: np.ndarray) -> None:
        shape = (-1, len(self.tasks))
        losses, weights = losses.reshape(shape), weights.reshape(shape)
        self._losses.extend(losses)
        self._weights.extend(np.where(np.isnan(losses), math.nan, weights))  # a step's weight of an absent task is 0

    def _step_record(self, i: int) -> dict:
        step, epoch, lr, seconds, examples = self._host.values[i].item()
        return {
            "step": step,
            "epoch": epoch,
            "losses": _no_nan(self._losses.values[i]),
            "weights": _no_nan(self._weights.values[i]),
            "lr": lr,
            "seconds": seconds,
            "examples": examples,
        }


class _Rows:
    """Rows that become more: an array that is twice as long as needed at most, so that nothing is copied to be read."""

    def __init__(self, shape: tuple[int, ...], dtype=float):
        self._data, self._count = np.empty((64, *shape), dtype), 0

    def __len__(self) -> int:
        return self._count

    def extend(self, rows: np.ndarray) -> None:
        count = self._count + len(rows)
        if count > len(self._data):  # arrays given out keep the old one, and their rows
            grown = np.empty((max(count, 2 * len(self._data)), *self._data.shape[1:]), self._data.dtype)
            grown[: self._count] = self.values
            self._data = grown
        self._data[self._count : count] = rows
        self._count = count

    @property
    def values(self) -> np.ndarray:
        found = self._data[: self._count]
        found.flags.writeable = False
        return found


def _no_nan(values: list[float]) -> list[float | None]:
    return [None if math.isnan(v) else v for v in values]


def _line(record: dict) -> str:
    return json.dumps(record, ensure_ascii=False) + "\n"
