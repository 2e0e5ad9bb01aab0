"""Learning rates, chosen on validation rows: ``python benchmarks/rates.py DATA [SEEDS]``.

minilm is trained at each rate of the grid, heads at 12.5 times the encoder's, and measured on validation rows; test
rows are not read. Where a data set has no validation rows for a task, 500 training rows are held out. A finished
training is kept beside the table and not done again.
"""

import functools
import json
import os
import statistics
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import data_sets
import page
import torch
from real_data import kept_lines

import mtlkit as mk

HERE = Path(__file__).parent
KEPT, TABLE = HERE / "rates.jsonl", HERE / "RATES.md"
HELD_OUT = 500
RATES = (8e-5, 1.6e-4, 3.2e-4, 6.4e-4)
HEADS = 12.5  # their rate / the encoder's
SETS = {  # name → how it is read, epochs
    "ATIS": (data_sets.atis, 3),
    "SGD": (data_sets.sgd, 3),
    "SICK": (data_sets.sick, 3),
    "TREC": (lambda data: parted(data, ["coarse", "fine"]), 3),
    "helpdesk": (lambda data: mk.load_corpus("helpdesk", ["topic", "sentiment", "urgency", "symptoms"]), 3),
    "BC5CDR": (data_sets.bc5cdr, 3),
    "WNUT-17": (lambda data: data_sets.wnut17(data).only(["entities"]), 3),
    "CoLA": (data_sets.cola, 3),
    "SST-2": (lambda data: parted(data, ["positive"]), 3),
    "ATIS, 8 epochs": (data_sets.atis, 8),
    "XQuAD": (data_sets.xquad, 6),
}


def parted(data: Path, tasks: list[str]) -> mk.Corpus:
    return data_sets.sst2_and_trec(data, HELD_OUT).only(tasks)


@functools.cache
def corpus(name: str, data: Path) -> mk.Corpus:
    return SETS[name][0](data)


def train(job: dict, data: Path) -> dict:
    """The job, and the metrics on validation rows."""
    part = corpus(job["data"], data)
    model = mk.MultiTaskModel(mk.load_encoder("minilm"), part.tasks, seed=job["seed"])
    rates = {"lr": job["lr"], "head_lr": HEADS * job["lr"]}
    run = mk.Run(model, part, epochs=SETS[job["data"]][1], validate=None, seed=job["seed"], **rates)
    mk.fit(run)
    found = mk.evaluate(model, part.validation).groupby("task", sort=False).first()
    metrics = {f"{task} {row.metric}": float(row.value) for task, row in found.iterrows()}
    return job | {"steps": run.steps, "seconds": run.seconds, "metrics": metrics}


def jobs(seeds: int) -> list[dict]:
    return [{"data": d, "lr": lr, "seed": seed} for seed in range(seeds) for d in SETS for lr in RATES]


def lines(results: list[dict]) -> list[str]:
    """A row for each rate of the grid, means over its seeds; the best of a data set is bold."""
    rows = []
    for data in SETS:
        means = {}
        for lr in RATES:
            if each := [o for o in results if (o["data"], o["lr"]) == (data, lr)]:
                told = {n: statistics.mean(o["metrics"][n] for o in each) for n in each[0]["metrics"]}
                means[lr] = (statistics.mean(told.values()), told, each)
        for lr, (mean, told, each) in means.items():
            scores = ", ".join(f"{name} {value:.3f}" for name, value in told.items())
            text = f"**{mean:.3f}**" if mean == max(m for m, *_ in means.values()) else f"{mean:.3f}"
            rows.append(f"| {data} | {each[0]['steps']} | {lr:.1e} | {len(each)} | {scores} | {text} |")
    return rows


def main() -> None:
    data, seeds = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads())))
    results = kept_lines(KEPT)
    done = [{k: o[k] for k in ("data", "lr", "seed")} for o in results]
    for job in jobs(seeds):
        if job not in done:
            results.append(train(job, data))
            with KEPT.open("a") as file:
                file.write(json.dumps(results[-1]) + "\n")
            print(results[-1], flush=True)
    head = "| data | steps | rate | seeds | on validation rows | mean |"
    about = f"Written by `python benchmarks/rates.py DATA`. {page.about(__doc__)}"
    page.write(
        TABLE,
        ["# Learning rates, on validation rows", "", about, "", head, "| --- " * 6 + "|", *lines(results)],
    )


if __name__ == "__main__":
    main()
