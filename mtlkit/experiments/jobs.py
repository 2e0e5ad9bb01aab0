"""One training as a job: trained in a process of its own with one thread, known by a fingerprint, never done twice."""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import json
import logging
import marshal
import sys
import time
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import torch

from mtlkit.evaluation.metrics import compute_metrics
from mtlkit.training import checkpoint
from mtlkit.training.config import RunConfig
from mtlkit.utils import cache
from mtlkit.utils.errors import unknown
from mtlkit.utils.files import write_file
from mtlkit.weighting import Weighting

logger = logging.getLogger("mtlkit")

SOURCE = (  # what a training runs through, and is then measured by: a change there makes another outcome
    "batching",
    "corpus",
    "encoder",
    "evaluation",
    "experiments/jobs.py",
    "model.py",
    "sampling",
    "tasks",
    "training",
    "utils",
    "weighting",
)
STATUS = Path("/proc/self/status")  # where Linux tells of memory


@dataclass(frozen=True)
class Job:
    """Train a model of `tasks` with `weighting`, then measure it on `split`. who: the method's name, for reports.
    settings: of `Run`, in which this one differs from the others; plain types."""

    who: str
    weighting: Weighting
    tasks: tuple[str, ...]
    seed: int
    split: str
    settings: dict = field(default_factory=dict)

    def described(self) -> dict:
        """What decides the outcome, besides data, encoder and the run's settings; plain types."""
        weighting = {
            "name": self.weighting.name,
            "settings": self.weighting.settings,
            "source": _source(self.weighting),
        }
        same = {"tasks": list(self.tasks), "seed": self.seed, "split": self.split}
        return {"weighting": weighting, **same, "settings": self.settings}


class JobRunner:
    """What all jobs have in common: corpus, encoder, settings of `Run`. folder: where their outcomes are kept.
    ValueError for a setting that `Run` hasn't."""

    def __init__(self, corpus, encoder, settings: dict, folder: Path):
        self.corpus, self.encoder, self.settings, self.folder = corpus, encoder, self.check(settings), folder
        weights = checkpoint.digest_state(encoder.state_dict())
        reads = [weights, encoder.pooling, encoder.adapted]
        self._same = [cache.source(*SOURCE), settings, _data(corpus, encoder), *reads]

    @staticmethod
    def check(settings: dict) -> dict:
        """The settings; ValueError for one that `Run` hasn't."""
        known = [*(f.name for f in fields(RunConfig)), "epochs", "device"]
        for name in settings:
            if name not in known:
                raise ValueError(unknown("setting of a run", name, known))
        return settings

    def file(self, job: Job) -> Path:
        """Where the outcome lies: its name says what it depends on."""
        return self.folder / f"{cache.key(self._same, job.described())}.json"

    def results(self, plan: Sequence[Job], jobs: int = 1, bar=None) -> list[dict]:
        """Each job's outcome, in their order: "scores" (task → main metric), "seconds", "memory", "history" (its
        records), "notices" (what it warned of); or "error"."""
        from joblib import Parallel, delayed

        files = [self.file(job) for job in plan]
        found = {i: outcome for i, file in enumerate(files) if (outcome := _kept(file)) is not None}
        missing = [i for i in range(len(plan)) if i not in found]
        if bar is not None:
            bar.update(len(found))
        work = (delayed(_numbered)(i, plan[i], self.corpus, self.encoder, self.settings) for i in missing)
        with warnings.catch_warnings():  # joblib replaces a process that has grown, and the work goes on
            warnings.filterwarnings("ignore", "A worker stopped while some jobs were given", UserWarning)
            for i, outcome in Parallel(n_jobs=jobs, return_as="generator_unordered")(work) if missing else ():
                found[i] = outcome
                if "error" not in outcome:
                    self.folder.mkdir(parents=True, exist_ok=True)
                    write_file(files[i], [json.dumps(outcome)])
                    cache.added(files[i])
                if bar is not None:
                    bar.update()
        return [found[i] for i in range(len(plan))]


def train(job: Job, corpus, encoder, settings: dict) -> dict:
    """The training itself, here and now, with one thread; an error is its outcome."""
    from mtlkit.model import MultiTaskModel
    from mtlkit.training.run import Run

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        corpus = corpus.only(list(job.tasks))
        model = MultiTaskModel(encoder, corpus.tasks, seed=job.seed)
        forget_peak()
        started = time.perf_counter()
        run = Run(model, corpus, job.weighting, seed=job.seed, **settings | job.settings)
        with warnings.catch_warnings(record=True) as caught:  # in a process of its own nobody would see them
            warnings.simplefilter("always", UserWarning)
            for _ in run:
                pass
        notices = list(dict.fromkeys(str(warning.message) for warning in caught))
        seconds = time.perf_counter() - started
        memory = peak_memory()
        values, _ = compute_metrics(model, model.tokenize(corpus.splits[job.split]))
        scores = {t.name: values.get(t.name, {}).get(t.main_metric) for t in model.tasks}
        told = {"history": list(run.history.records()), "notices": notices}
        return {"scores": scores, "seconds": seconds, "memory": memory} | told
    except Exception as error:  # of a method, as a rule, that somebody is just writing: the others are trained
        logger.warning("The training of %r with seed %d failed.", job.who, job.seed, exc_info=True)
        last = traceback.extract_tb(error.__traceback__)[-1]
        return {"error": f"{type(error).__name__}: {error} ({Path(last.filename).name}, line {last.lineno})"}
    finally:
        torch.set_num_threads(threads)


def _kept(file: Path) -> dict | None:
    """An outcome that is there already."""
    if not file.is_file():
        return None
    cache.touch(file)
    return json.loads(file.read_text())


def _numbered(number: int, *args: Any) -> tuple[int, dict]:
    return number, train(*args)


def _data(corpus, encoder) -> str:
    """A fingerprint of all splits' texts and labels, and of the words that the encoder's tokenizer knows."""
    seen = hashlib.sha256(repr(sorted(encoder.tokenizer.get_vocab().items())).encode())
    for task in corpus.tasks:
        seen.update(repr(task.identity).encode())
    for name, split in corpus.splits.items():
        seen.update(repr((name, list(split.texts), [split.labels(task.name) for task in corpus.tasks])).encode())
    return seen.hexdigest()


def _source(weighting: Weighting) -> str:
    """A fingerprint of the code of a method: the modules of its classes, or the classes themselves in a notebook."""
    seen = hashlib.sha256()
    for cls in type(weighting).__mro__:
        if issubclass(cls, Weighting):
            where = sys.modules[cls.__module__]
            try:
                seen.update(inspect.getsource(where if hasattr(where, "__file__") else cls).encode())
            except (OSError, TypeError):  # typed at a prompt that keeps no source
                own = [value.__code__ for value in vars(cls).values() if hasattr(value, "__code__")]
                seen.update(b"".join(map(marshal.dumps, own)))
    return seen.hexdigest()


def forget_peak() -> None:
    """Begin anew to watch for the most memory held."""
    if torch.cuda.is_available():
        torch.cuda.reset_peak_memory_stats()
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory() -> float | None:
    """The most memory that this process, or its GPU, held since `forget_peak`, in MB; None where nobody knows."""
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**20
    lines = STATUS.read_text().splitlines() if STATUS.is_file() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), None)
