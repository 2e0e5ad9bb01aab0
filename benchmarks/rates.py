"""Learning rates, chosen on validation rows: ``python benchmarks/rates.py DATA [SEEDS [PART/PARTS]]``.

bert-tiny and minilm are trained at the kit's own rates and at pairs of rates, of the encoder and of all heads, and
measured on validation rows; test rows are not read. Where a data set has no validation rows for a task, 500 training
rows are held out. Seed 0 tries every pair; further seeds only the kit's own and the two pairs that were best with seed
0. A finished training is kept beside the table and not done again; SEEDS 0 only writes the table. Several processes
share the work by PART/PARTS, such as 0/2.
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
from mtlkit.evaluation import intervals

HERE = Path(__file__).parent
KEPT, TABLE = HERE / "rates.jsonl", HERE / "RATES.md"
HELD_OUT = 500
RATES = {  # the encoder's, the heads'
    "bert-tiny": ((1e-3, 2e-3), (1e-2, 2.4e-2, 6e-2)),
    "minilm": ((8e-5, 1.6e-4), (1e-3, 8e-3, 2e-2)),
}
DEFAULT = (None, None)  # the kit's own: by steps, and by each head's kind of task
BEST = 2  # pairs that go on to further seeds
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
    rates = {"lr": job["lr"], "head_lr": job["head_lr"]}
    run = mk.Run(model, part, epochs=SETS[job["data"]][1], validate=None, seed=job["seed"], **rates)
    mk.fit(run)
    found = mk.evaluate(model, part.validation).groupby("task", sort=False).first()
    metrics = {f"{task} {row.metric}": float(row.value) for task, row in found.iterrows()}
    return job | {"steps": run.steps, "seconds": run.seconds, "metrics": metrics}


def mean(result: dict) -> float:
    return statistics.mean(result["metrics"].values())


def pairs(encoder: str) -> list[tuple]:
    """The rates that are tried, the kit's own first."""
    return [DEFAULT, *itertools.product(*RATES[encoder])]


def trained(results: list[dict], **what) -> dict[tuple, list[dict]]:
    """The results of one encoder, data set or seed, by their rates."""
    found: dict[tuple, list[dict]] = {}
    for result in results:
        if what.items() <= result.items():
            found.setdefault((result["lr"], result["head_lr"]), []).append(result)
    return found


def jobs(seed: int, results: list[dict]) -> list[dict]:
    """Every pair with seed 0, then the kit's own and the best."""
    found = []
    for encoder, data in itertools.product(RATES, SETS):
        place = {"encoder": encoder, "data": data}
        first = {pair: mean(each[0]) for pair, each in trained(results, **place, seed=0).items()}
        rivals = sorted(first.keys() - {DEFAULT}, key=lambda pair: first[pair], reverse=True)
        tried = pairs(encoder) if seed == 0 else [DEFAULT, *rivals[:BEST]]
        found += [place | {"lr": lr, "head_lr": head_lr, "seed": seed} for lr, head_lr in tried]
    return found


def undone(seed: int, results: list[dict]) -> list[dict]:
    return [job for job in jobs(seed, results) if not any(job.items() <= o.items() for o in results)]


# -- the tables ---------------------------------------------------------------------------------------------------
def in_words(pair: tuple) -> str:
    lr, head_lr = pair
    heads = "by kind" if head_lr is None else f"{head_lr:.1e}"
    return "default" if pair == DEFAULT else f"{lr:.1e} / {heads}"


def margins(results: list[dict]) -> list[str]:
    """A row for each encoder and data set: the kit's own rates against the best pair, in pairs of the same seed."""
    rows = []
    for encoder, data in itertools.product(RATES, SETS):
        means = {
            pair: {o["seed"]: mean(o) for o in each}
            for pair, each in trained(results, encoder=encoder, data=data).items()
        }
        own = means.pop(DEFAULT, {})
        shared = {pair: values for pair, values in means.items() if own.keys() & values}
        if not shared:
            continue
        most = max(map(len, shared.values()))
        rivals = {pair: statistics.mean(values.values()) for pair, values in shared.items() if len(values) == most}
        best = max(rivals, key=lambda pair: rivals[pair])
        seeds = sorted(own.keys() & means[best])
        low, high = (f"{statistics.mean(v[s] for s in seeds):.3f}" for v in (own, means[best]))
        apart = intervals.in_words(*intervals.interval([own[s] - means[best][s] for s in seeds]))
        rows.append(
            f"| {encoder} | {data} | {len(shared)} | {len(seeds)} | {low} | {high} | {in_words(best)} | {apart} |"
        )
    return rows


def scores(each: list[dict]) -> str:
    """Each task's metric and the mean of tasks, means over seeds."""
    told = {n: statistics.mean(o["metrics"][n] for o in each) for n in each[0]["metrics"]}
    metrics = ", ".join(f"{name} {score:.3f}" for name, score in told.items())
    return f"{metrics} | {statistics.mean(told.values()):.3f}"


def lines(results: list[dict]) -> list[str]:
    """A row for each pair of rates, means over its seeds."""
    rows = []
    for encoder, data in itertools.product(RATES, SETS):
        for pair, each in trained(results, encoder=encoder, data=data).items():
            rows.append(
                f"| {encoder} | {data} | {each[0]['steps']} | {in_words(pair)} | {len(each)} | {scores(each)} |"
            )
    return rows


def still_open(results: list[dict]) -> str:
    """What is not trained yet with three seeds."""
    left = [job for seed in range(3) for job in undone(seed, results)]
    if not left:
        return "Three seeds of each pair that counts are trained."
    return f"Not finished: at least {len(left)} trainings are still to be done; a row with one seed decides nothing."


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
    page.write(
        TABLE,
        [
            "# Learning rates, on validation rows",
            "",
            f"Written by `python benchmarks/rates.py DATA`. {page.about(__doc__)}",
            "",
            still_open(results),
            "",
            "## The kit's own rates against the best pair that was tried",
            "",
            "Means over tasks and seeds. The best is chosen by these very numbers, among the pairs with most seeds: it "
            "is a little too good.",
            "",
            "| encoder | data | pairs tried | seeds of both | default | best pair | its rates | difference (95 %) |",
            "| --- " * 8 + "|",
            *margins(results),
            "",
            "## All",
            "",
            "| encoder | data | steps | rates: encoder / heads | seeds | on validation rows | mean |",
            "| --- " * 7 + "|",
            *lines(results),
        ],
    )


if __name__ == "__main__":
    main()
