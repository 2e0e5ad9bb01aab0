"""What became faster, beside the commit before: the same lines in fresh processes of either tree, in turn.

``python benchmarks/run.py SPEEDUPS``. ``python benchmarks/speedups.py NAME`` measures one part in the tree that
PYTHONPATH names, and prints it as JSON.
"""

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

BEFORE = "9cd25fb"  # the last commit in which the package was one flat folder
HERE = Path(__file__).resolve().parent


@contextlib.contextmanager
def both_trees():
    """The folders of this tree and of the commit before."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", BEFORE], cwd=HERE, check=True, stdout=subprocess.PIPE).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
        yield str(HERE.parent), folder


def compare(name: str, *arguments, rounds: int = 3) -> tuple[list[dict], list[dict]]:
    """What `name` measured here, and in the commit before, in turn."""
    found = ([], [])
    with both_trees() as trees:
        for n in range(rounds):
            for which in ((0, 1), (1, 0))[n % 2]:  # who goes first changes
                environment = {**os.environ, "PYTHONPATH": trees[which], "XDG_CACHE_HOME": f"{trees[1]}/cache"}
                command = [sys.executable, __file__, name, *map(str, arguments)]
                done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
                found[which].append(json.loads(done.stdout.splitlines()[-1]))
    return found


def medians(found: tuple[list[dict], list[dict]], key: str) -> tuple[float, float, float]:
    """(median ratio of now to before, the two medians)."""
    now, before = ([f[key] for f in side] for side in found)
    ratio = statistics.median(a / b for a, b in zip(now, before, strict=True))
    return ratio, statistics.median(now), statistics.median(before)


def redraw(steps=100_000, tasks=8):
    """What a live figure asks of a history each time it is drawn."""
    ratio, now, before = medians(compare("read_history", steps, tasks), "seconds")
    details = f"{now * 1e3:.3f} and {before * 1e3:.0f} ms"
    return [(f"a redraw at {steps:,} steps × {tasks} tasks, in `History`: now / before", ratio, 0.1, details)]


def read_history(steps, tasks):
    import mtlkit as mk

    losses, weights = torch.rand(2, steps, tasks)
    history, took = mk.History([f"task {i}" for i in range(tasks)]), []
    for i in range(steps):
        history.add_step(mk.Step(i + 1, 1, losses[i], weights[i], 1e-3, 0.1 * i, 8 * i))
        if i >= steps - 20:
            started = time.perf_counter()
            history.steps(), history.losses(), history.weights()
            took.append(time.perf_counter() - started)
    return {"seconds": statistics.median(took)}


def checkpoints(steps=100, every=10):
    """bert-tiny on helpdesk with checkpoints every 10 steps: what is hashed, and how long saving takes."""
    found = compare("train_with_checkpoints", steps, every)
    hashed, *times_hashed = medians(found, "hashed")
    saving, now, before = medians(found, "saving")
    name = f"checkpoints every {every} of {steps} steps, {found[0][0]['rows']:,} rows"
    return [
        (f"{name}, times hashed: now / before", hashed, None, "{:.0f} and {:.0f} times".format(*times_hashed)),
        (f"{name}, seconds of saving: now / before", saving, None, f"{now:.2f} and {before:.2f} s"),
    ]


def train_with_checkpoints(steps, every):
    import mtlkit as mk

    corpus = mk.load_corpus("helpdesk")
    model = mk.MultiTaskModel(mk.load_encoder("bert-tiny"), corpus.tasks)
    module, spent = sys.modules[mk.Run.__module__], {"hashed": 0, "saving": 0.0}
    digest, save = module.checkpoints.digest, mk.Run._save

    def counted(*arguments):
        spent["hashed"] += 1
        return digest(*arguments)

    def timed(run):
        started = time.perf_counter()
        save(run)
        spent["saving"] += time.perf_counter() - started

    module.checkpoints.digest, mk.Run._save = counted, timed
    with tempfile.TemporaryDirectory() as folder:
        settings = {"validate": None, "checkpoint": Path(folder) / "run", "checkpoint_every": every}
        for _ in mk.Run(model, corpus, steps=steps, **settings):
            pass
    return spent | {"rows": len(corpus.train)}


ALL = [redraw, checkpoints]

if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*map(int, sys.argv[2:]))))
