"""Records what the pages of the weighting methods show, into recorded.json: losses, λ, and what a step costs.

`python docs/site/record_methods.py` takes a quarter of an hour, so the site reads what was recorded. Run it anew when
what a step costs has changed; with the name of a method that joins, only that is recorded, timed beside equal weights.
"""

import json
import os
import platform
import sys
from pathlib import Path

import torch

import mtlkit as mk

FILE = Path(__file__).with_name("recorded.json")
TASKS = ("topic", "sentiment", "urgency", "entities")
STEPS, BATCH, SEED, ROUNDS = 80, 32, 0, 20
# What a method must be told, and what lets it show itself in so short a run; the others run at their defaults.
SETTINGS: dict[str, dict] = {
    "fixed": {"lambdas": {"topic": 1.0, "sentiment": 2.0, "urgency": 10.0, "entities": 0.5}},
    "dwa": {"every": 10},
    "stch": {"warm_up": 20},
    "coba": {"warm_up": 10, "window": 20},
    "size_temperature": {"tau": 0.5},
}


def make(name: str) -> mk.weighting.Weighting:
    """The method `name` as its page shows it."""
    return mk.weighting.get(name, **SETTINGS.get(name, {}))


def told_by_losses(name: str) -> bool:
    """Whether recorded losses are enough to know λ: nothing else is needed, and nothing is trained along."""
    if mk.weighting.METHODS[name].needs:
        return False
    weighting = make(name)
    weighting.setup(TASKS, [1] * len(TASKS))  # what is trained is made here
    return not list(weighting.parameters())


def main() -> None:
    corpus = mk.load_corpus("helpdesk", tasks=list(TASKS))
    encoder = mk.load_encoder("bert-tiny")

    def run(name: str) -> mk.Run:
        validate = 10 if "metrics" in mk.weighting.METHODS[name].needs else None
        model = mk.MultiTaskModel(encoder, corpus.tasks, seed=SEED)
        return mk.Run(model, corpus, make(name), steps=STEPS, batch_size=BATCH, validate=validate, seed=SEED)

    chosen = sys.argv[1:]
    names = ["equal", *(chosen or sorted(set(mk.weighting.METHODS) - {"equal"}))]
    runs = {name: run(name) for name in names}
    costs = mk.profile(runs, rounds=ROUNDS)  # of copies: the runs are at their start
    methods = {}
    for name in names:
        columns = ("ratio", "ratio_low", "ratio_high", "forward", "backward", "memory")
        methods[name] = {column: round(float(costs.loc[name, column]), 3) for column in columns}
        if name == "equal" or not told_by_losses(name):
            print(name, flush=True)
            history = mk.fit(runs[name])
            methods[name]["weights"] = rounded(history.weights())
            if name == "equal":
                losses = rounded(history.losses())
    if chosen:
        record = json.loads(FILE.read_text("utf-8"))
        joined = record["methods"] | {name: methods[name] for name in chosen}
        write(record | {"methods": {name: joined[name] for name in ["equal", *sorted(set(joined) - {"equal"})]}})
        return
    counts = {task: corpus.counts("train")[task] for task in TASKS}
    made = f"{cpu()}, threads: {torch.get_num_threads()}, Python {platform.python_version()}, torch {torch.__version__}"
    first = costs["seconds"].iloc[0]
    record = {
        "made": made,
        "seconds": round(float(first), 4),
        "batch": BATCH,
        "rounds": ROUNDS,
        "counts": counts,
        "losses": losses,
        "methods": methods,
    }
    write(record)


def write(record: dict) -> None:
    lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(value)}" for key, value in record.items())
    FILE.write_text("{\n" + lines + "\n}\n", encoding="utf-8")


def rounded(table) -> list[list[float | None]]:
    """Four digits of each number; None for NaN, which JSON lacks."""
    return [[None if value != value else float(f"{value:.4g}") for value in row] for row in table.tolist()]


def cpu() -> str:
    """The processor's name where the system tells it."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{(named or [platform.processor() or platform.machine()])[0]}, {os.cpu_count()} cores"


if __name__ == "__main__":
    main()
