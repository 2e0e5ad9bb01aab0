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

import torch
from real_data import SETS, sst2_and_trec

import mtlkit as mk

HERE = Path(__file__).parent
KEPT, TABLE = HERE / "rates.jsonl", HERE / "RATES.md"
HELD_OUT = 500
GRID = [  # data, trained together or alone, share of the steps, epochs, rates, seeds
    ("SICK", "joint", 1, 5, (1e-4, 2e-4, 4e-4), 3),
    ("SICK", "joint", 1, 10, (1e-4, 2e-4), 3),
    ("SICK", "relatedness", 2, 5, (1e-4, 2e-4, 4e-4), 2),
    ("SICK", "entailment", 2, 5, (1e-4, 2e-4, 4e-4), 2),
    ("SST-2 + TREC", "joint", 1, 4, (1e-4, 2e-4, 4e-4), 2),
    ("SST-2 + TREC", "joint", 1, 6, (1e-4,), 2),
    ("SST-2 + TREC", "positive", 3, 4, (1e-4, 2e-4, 4e-4), 1),
    ("SST-2 + TREC", "coarse", 3, 4, (1e-4, 2e-4, 4e-4), 1),
    ("SST-2 + TREC", "fine", 3, 4, (1e-4, 2e-4, 4e-4), 1),
    ("WNUT-17", "joint", 1, 5, (1e-4, 2e-4, 4e-4), 2),
    ("WNUT-17", "entities", 1, 5, (1e-4, 2e-4, 4e-4), 2),
    ("CoLA", "joint", 1, 4, (5e-5, 1e-4, 2e-4), 2),
    ("XQuAD", "joint", 1, 6, (1e-4, 2e-4, 4e-4), 2),
    ("XQuAD", "joint", 1, 12, (2e-4, 4e-4), 2),
]


@functools.cache
def corpus(name: str, data: Path) -> mk.Corpus:
    chosen = next(s for s in SETS if s.name == name)
    return sst2_and_trec(data, HELD_OUT) if chosen.read is sst2_and_trec else chosen.read(data)


def train(job: dict, data: Path) -> dict:
    """The job, and the metrics on validation rows."""
    torch.set_num_threads(1)
    whole, lr = corpus(job["data"], data), job["lr"]
    part = whole if job["who"] == "joint" else whole.only([job["who"]])
    model = mk.MultiTaskModel(mk.load_encoder("minilm"), part.tasks, seed=job["seed"])
    steps = job["epochs"] * -(-len(whole.train) // 32) // job["share"]
    for _ in mk.Run(model, part, steps=steps, lr=lr, head_lr=5 * lr, validate=None, seed=job["seed"]):
        pass
    main = {t.name: t.main_metric for t in part.tasks if t.column is not None}
    found = mk.evaluate(model, part.validation)
    metrics = {f"{r.task} {r.metric}": float(r.value) for r in found.itertuples() if main.get(r.task) == r.metric}
    return job | {"metrics": metrics}


def jobs() -> list[dict]:
    names = ("data", "who", "share", "epochs", "lr", "seed")
    return [
        dict(zip(names, (data, who, share, epochs, lr, seed), strict=True))
        for data, who, share, epochs, rates, seeds in GRID
        for lr in rates
        for seed in range(seeds)
    ]


def lines(outcomes: list[dict]) -> list[str]:
    """A row for each rate of the grid, means over its seeds; the best of a data set and way of training is bold."""
    rows, means = [], {}
    for data, who, _, epochs, rates, _ in GRID:
        for lr in rates:
            each = [
                o["metrics"] for o in outcomes if (o["data"], o["who"], o["epochs"], o["lr"]) == (data, who, epochs, lr)
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
    outcomes = [json.loads(line) for line in KEPT.read_text().splitlines()] if KEPT.is_file() else []
    done = [{k: v for k, v in o.items() if k != "metrics"} for o in outcomes]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool, open(KEPT, "a") as file:
        for ended in as_completed([pool.submit(train, job, data) for job in jobs() if job not in done]):
            outcomes.append(ended.result())
            file.write(json.dumps(outcomes[-1]) + "\n")
            file.flush()
    about = " ".join((__doc__ or "").split("\n\n")[1].replace("\n", " ").split())
    page = [
        "# Learning rates, on validation rows",
        "",
        f"Written by `python benchmarks/rates.py DATA`. {about}",
        "",
        "| data | trained | epochs | rate | seeds | on validation rows | mean |",
        "| --- | --- | ---: | ---: | ---: | --- | ---: |",
        *lines(outcomes),
    ]
    TABLE.write_text("\n".join(page) + "\n", encoding="utf-8")
    print("\n".join(page))


if __name__ == "__main__":
    main()
