"""Learning rates, chosen on validation rows: ``python benchmarks/rates.py DATA [SEEDS [PART/PARTS]]``.

bert-tiny and minilm are trained at pairs of rates, of the encoder and of the heads, and measured on validation rows;
test rows are not read. Where a data set has no validation rows for a task, 500 training rows are held out. Seed 0 tries
every pair; further seeds only those whose mean came within 0.02 of the best with seed 0. A finished training is kept
beside the table and not done again; SEEDS 0 only writes the table. Several processes share the work by PART/PARTS, such
as 0/2.
"""

import functools
import itertools
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
RATES = {  # the encoder's, the heads'
    "bert-tiny": ((1e-3, 2e-3), (1e-2, 2.4e-2, 6e-2)),
    "minilm": ((8e-5, 1.6e-4), (1e-3, 8e-3, 2e-2)),
}
NEAR = 0.02
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
    model = mk.MultiTaskModel(mk.load_encoder(job["encoder"]), part.tasks, seed=job["seed"])
    rates = {"lr": job["lr"], "head_lr": job["head_lr"]}  # None: the kit's own
    run = mk.Run(model, part, epochs=SETS[job["data"]][1], validate=None, seed=job["seed"], **rates)
    mk.fit(run)
    found = mk.evaluate(model, part.validation).groupby("task", sort=False).first()
    metrics = {f"{task} {row.metric}": float(row.value) for task, row in found.iterrows()}
    return job | {"steps": run.steps, "seconds": run.seconds, "metrics": metrics}


def mean(result: dict) -> float:
    return statistics.mean(result["metrics"].values())


def jobs(seed: int, results: list[dict]) -> list[dict]:
    """Every pair with seed 0, then those that came near the best."""
    found = []
    for encoder, data in itertools.product(RATES, SETS):
        place = {"encoder": encoder, "data": data}
        first = {(o["lr"], o["head_lr"]): mean(o) for o in results if (place | {"seed": 0}).items() <= o.items()}
        best = max(first.values(), default=0.0)
        near = [pair for pair, value in first.items() if value >= best - NEAR]
        tried = itertools.product(*RATES[encoder]) if seed == 0 else near
        found += [place | {"lr": lr, "head_lr": head_lr, "seed": seed} for lr, head_lr in tried]
    return found


def undone(seed: int, results: list[dict]) -> list[dict]:
    return [job for job in jobs(seed, results) if not any(job.items() <= o.items() for o in results)]


def lines(results: list[dict]) -> list[str]:
    """A row for each pair of rates, means over its seeds; the best of a data set is bold."""
    rows = []
    for data in SETS:
        trained = [o for o in results if o["data"] == data]
        means = {}
        for pair in sorted({(o["lr"], o["head_lr"]) for o in trained}):
            each = [o for o in trained if (o["lr"], o["head_lr"]) == pair]
            told = {n: statistics.mean(o["metrics"][n] for o in each) for n in each[0]["metrics"]}
            means[pair] = (statistics.mean(told.values()), told, each)
        for (lr, head_lr), (value, told, each) in means.items():
            scores = ", ".join(f"{name} {score:.3f}" for name, score in told.items())
            text = f"**{value:.3f}**" if value == max(m for m, *_ in means.values()) else f"{value:.3f}"
            rates = f"{lr:.1e} | {head_lr:.1e}"
            rows.append(f"| {data} | {each[0]['steps']} | {rates} | {len(each)} | {scores} | {text} |")
    return rows


def still_open(results: list[dict]) -> str:
    """What is not trained yet with three seeds."""
    left = [job for seed in range(3) for job in undone(seed, results)]
    if not left:
        return "Three seeds of each pair that counts are trained."
    sets = ", ".join(dict.fromkeys(job["data"] for job in left))
    return (
        f"Not finished: at least {len(left)} trainings are still to be done ({sets}), so nothing is decided yet, and "
        "the kit's default rates are older than this table. An earlier sweep, whose heads began at 0 and were trained "
        "at five times the encoder's rate, is in rates_before.jsonl; `SETS` of real_data.py takes its best."
    )


def main() -> None:
    data, seeds = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", torch.get_num_threads())))
    part, parts = map(int, sys.argv[3].split("/")) if len(sys.argv) > 3 else (0, 1)
    results = kept_lines(KEPT)
    for seed in range(seeds):
        for job in undone(seed, results)[part::parts]:
            results.append(train(job, data))
            with KEPT.open("a") as file:
                file.write(json.dumps(results[-1]) + "\n")
            print(results[-1], flush=True)
    head = "| data | steps | encoder's rate | heads' rate | seeds | on validation rows | mean |"
    about = f"Written by `python benchmarks/rates.py DATA`. {page.about(__doc__)}"
    page.write(
        TABLE,
        [
            "# Learning rates, on validation rows",
            "",
            about,
            "",
            still_open(results),
            "",
            head,
            "| --- " * 7 + "|",
            *lines(results),
        ],
    )


if __name__ == "__main__":
    main()
