"""Learning rates for real_data.py, chosen on validation rows: ``python benchmarks/rates.py DATA [JOBS]``.

minilm is trained at each rate of the grid, and measured on validation rows; test rows are not read. Where a data set
has no validation rows for a task, 500 training rows are held out. `SETS` of real_data.py takes the best. A finished
training is kept beside the table and not done again; those kept were done on a GPU (an H200: eight jobs, five minutes).
"""

import functools
import json
import statistics
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import page
import real_data
import torch
from real_data import SETS, kept_lines, labelled, sst2_and_trec, steps_of

import mtlkit as mk

HERE = Path(__file__).parent
KEPT, TABLE = HERE / "rates.jsonl", HERE / "RATES.md"
HELD_OUT = 500
GRID = [  # data, trained together or alone, epochs, rates, seeds
    ("SICK", "joint", 5, (1e-4, 2e-4, 4e-4), 3),
    ("SICK", "joint", 10, (1e-4, 2e-4), 3),
    ("SICK", "relatedness", 5, (1e-4, 2e-4, 4e-4), 2),
    ("SICK", "entailment", 5, (1e-4, 2e-4, 4e-4), 2),
    ("SST-2 + TREC", "joint", 4, (1e-4, 2e-4, 4e-4), 2),
    ("SST-2 + TREC", "joint", 6, (1e-4,), 2),
    ("SST-2 + TREC", "positive", 4, (1e-4, 2e-4, 4e-4), 1),
    ("SST-2 + TREC", "coarse", 4, (1e-4, 2e-4, 4e-4), 1),
    ("SST-2 + TREC", "fine", 4, (1e-4, 2e-4, 4e-4), 1),
    ("WNUT-17", "joint", 5, (1e-4, 2e-4, 4e-4), 2),
    ("WNUT-17", "entities", 5, (1e-4, 2e-4, 4e-4), 2),
    ("CoLA", "joint", 4, (5e-5, 1e-4, 2e-4), 2),
    ("XQuAD", "joint", 6, (1e-4, 2e-4, 4e-4), 2),
    ("XQuAD", "joint", 12, (2e-4, 4e-4), 2),
]


@functools.cache
def corpus(name: str, data: Path) -> mk.Corpus:
    chosen = next(s for s in SETS if s.name == name)
    return sst2_and_trec(data, HELD_OUT) if chosen.read is sst2_and_trec else chosen.read(data)


def train(job: dict, data: Path) -> dict:
    """The job, and the metrics on validation rows."""
    torch.set_num_threads(1)
    whole = corpus(job["data"], data)
    part, share = (whole, 1) if job["who"] == "joint" else (whole.only([job["who"]]), len(labelled(whole)))
    steps = steps_of(whole, job["epochs"]) // share
    found = real_data.train(part, mk.load_encoder("minilm"), steps, job["seed"], job["lr"], "validation")["metrics"]
    main = [f"{t.name} {t.main_metric}" for t in part.tasks if t.column is not None]
    return job | {"metrics": {name: found[name] for name in main}}


def jobs() -> list[dict]:
    names = ("data", "who", "epochs", "lr", "seed")
    return [
        dict(zip(names, (data, who, epochs, lr, seed), strict=True))
        for data, who, epochs, rates, seeds in GRID
        for lr in rates
        for seed in range(seeds)
    ]


def lines(results: list[dict]) -> list[str]:
    """A row for each rate of the grid, means over its seeds; the best of a data set and way of training is bold."""
    rows, means = [], {}
    for data, who, epochs, rates, _ in GRID:
        for lr in rates:
            each = [
                o["metrics"] for o in results if (o["data"], o["who"], o["epochs"], o["lr"]) == (data, who, epochs, lr)
            ]
            if each:
                told = {name: statistics.mean(m[name] for m in each) for name in each[0]}
                means[data, who, epochs, lr] = (statistics.mean(told.values()), told, len(each))
    for (data, who, epochs, lr), (mean, told, seeds) in means.items():
        best = mean == max(m for (d, w, *_), (m, *_) in means.items() if (d, w) == (data, who))
        each = ", ".join(f"{name} {value:.3f}" for name, value in told.items())
        mean = f"**{mean:.3f}**" if best else f"{mean:.3f}"
        rows.append(f"| {data} | {who} | {epochs} | {lr:.0e} | {seeds} | {each} | {mean} |")
    return rows


def main() -> None:
    data, workers = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    results = kept_lines(KEPT)
    done = [{k: v for k, v in o.items() if k != "metrics"} for o in results]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool, open(KEPT, "a") as file:
        for ended in as_completed([pool.submit(train, job, data) for job in jobs() if job not in done]):
            results.append(ended.result())
            file.write(json.dumps(results[-1]) + "\n")
            file.flush()
    table = [
        "# Learning rates, on validation rows",
        "",
        f"Written by `python benchmarks/rates.py DATA`. {page.about(__doc__)}",
        "",
        "| data | trained | epochs | rate | seeds | on validation rows | mean |",
        "| --- | --- | ---: | ---: | ---: | --- | ---: |",
        *lines(results),
    ]
    page.write(TABLE, table)


if __name__ == "__main__":
    main()
