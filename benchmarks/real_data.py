"""Real data by the public calls: ``python benchmarks/real_data.py DATA`` (DATA: a folder with atis/, sick/, sst2/, …).

Each data set's tasks in one model, and each task that has labels in a model of its own at the same total cost: of N
such tasks, each single model takes 1/N of the joint model's steps. Loss weights are equal. Epochs and learning rates
stand in `SETS`, chosen on validation rows, for a set's single models one rate (rates_before.jsonl; of ATIS among 2e-4
and 4e-4 by the joint model): nothing was chosen by a look at test rows. A finished training is kept in a file beside
the table and is not done again; `--encoder bert-tiny` writes the same table for another encoder.
"""

import argparse
import json
import os
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import page
import torch
from data_sets import atis, cola, sick, sst2_and_trec, wnut17, xquad

import mtlkit as mk
from mtlkit.evaluation.intervals import interval
from mtlkit.experiments.jobs import forget_peak, peak_memory

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Set:
    """A data set of the table. read: folder → Corpus, tested on `test`. lr, alone_lr: the peak rates of minilm, all
    tasks together and each alone; heads five times that. bars: (task, metric) → what it shall reach."""

    name: str
    read: Callable[[Path], mk.Corpus]
    epochs: int
    seeds: int
    lr: float
    alone_lr: float
    bars: dict


SETS = [
    Set("ATIS", atis, 5, 3, 4e-4, 4e-4, {("intent", "accuracy"): 0.975, ("slots", "f1"): 0.95}),
    Set("SICK", sick, 5, 3, 1e-4, 1e-4, {("relatedness", "pearson"): 0.87, ("entailment", "accuracy"): 0.865}),
    Set(
        "SST-2 + TREC",
        sst2_and_trec,
        4,
        3,
        2e-4,
        1e-4,
        {("positive", "accuracy"): 0.89, ("coarse", "accuracy"): 0.965, ("fine", "accuracy"): 0.89},
    ),
    Set("WNUT-17", wnut17, 5, 3, 2e-4, 1e-4, {}),
    Set("CoLA", cola, 4, 3, 1e-4, 1e-4, {}),
    Set("XQuAD", xquad, 12, 3, 2e-4, 2e-4, {}),
]


# -- training -----------------------------------------------------------------------------------------------------
def train(corpus: mk.Corpus, encoder, steps: int, seed: int, lr: float | None, split: str = "test") -> dict:
    """Metrics on a split, seconds and peak memory (MB) of one training."""
    model = mk.MultiTaskModel(encoder, corpus.tasks, seed=seed)
    run = mk.Run(model, corpus, steps=steps, lr=lr, head_lr=lr and 5 * lr, validate=None, seed=seed)
    forget_peak()
    mk.fit(run)
    memory = peak_memory()
    found = mk.evaluate(model, corpus.splits[split])
    values = {f"{row.task} {row.metric}": float(row.value) for row in found.itertuples()}
    return {
        "metrics": values,
        "seconds": run.seconds,
        "memory": memory,
        "steps": steps,
        "lr": run.config.lr,
        "precision": run.config.precision,
        "threads": torch.get_num_threads(),
    }


def labelled(corpus: mk.Corpus) -> list[str]:
    return [t.name for t in corpus.tasks if t.column is not None]


def steps_of(corpus: mk.Corpus, epochs: int) -> int:
    return epochs * -(-len(corpus.train) // 32)


def kept_lines(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []


def trainings(chosen: Set, corpus: mk.Corpus):
    """(who, corpus, steps, seed): all tasks in one model, then each alone with its share of the steps."""
    alone = labelled(corpus) if len(corpus.tasks) > 1 else []
    steps = steps_of(corpus, chosen.epochs)
    for seed in range(chosen.seeds):
        yield "joint", corpus, steps, seed
    for seed in range(chosen.seeds):
        for name in alone:
            yield name, corpus.only([name]), steps // len(alone), seed


def keep_training(chosen: Set, data: Path, encoder, kept: Path, what: str = "all") -> list[dict]:
    """The outcomes of a set's trainings; each is written down as soon as it is there. what: to train "all", "joint" or
    "nothing", beside those that are there."""
    corpus = chosen.read(data)
    done = {(o["data"], o["who"], o["seed"], o["steps"], o["rate"]): o for o in kept_lines(kept)}
    found = []
    for who, part, steps, seed in trainings(chosen, corpus):
        lr = (chosen.lr if who == "joint" else chosen.alone_lr) if encoder.name == "minilm" else None
        key = (chosen.name, who, seed, steps, lr)
        if key not in done and (what == "nothing" or (what == "joint" and who != "joint")):
            continue
        if key not in done:
            outcome = train(part, encoder, steps, seed, lr)
            done[key] = {"data": chosen.name, "who": who, "seed": seed, "rate": lr} | outcome
            with open(kept, "a", encoding="utf-8") as file:
                file.write(json.dumps(done[key]) + "\n")
            print(json.dumps(done[key]), flush=True)
        found.append(done[key])
    return found


# -- the table ----------------------------------------------------------------------------------------------------
def baselines(corpus: mk.Corpus, task: mk.Task) -> tuple[dict, dict]:
    """Metrics on test of the most frequent label or the mean, and of TF-IDF with a linear model; {} for other kinds."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression, Ridge

    if task.kind not in ("classification", "regression"):
        return {}, {}

    def labelled(split):
        pairs = [(t, y) for t, y in zip(split.texts, split.labels(task), strict=True) if y is not None]
        texts, labels = zip(*pairs, strict=True)
        return [t if isinstance(t, str) else f"{t[0]} {t[1]} {shared(*t)}" for t in texts], list(labels)

    (texts, known), (unseen, true) = labelled(corpus.train), labelled(corpus.test)
    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2)
    x, z = words.fit_transform(texts), words.transform(unseen)
    if task.kind == "regression":
        plain, linear = [float(np.mean(known))] * len(true), Ridge().fit(x, known).predict(z).tolist()
    else:
        plain = [int(np.bincount(known).argmax())] * len(true)
        linear = LogisticRegression(C=10, max_iter=300).fit(x, known).predict(z).tolist()
    return tuple(task.metrics(list(zip(guess, true, strict=True))) for guess in (plain, linear))


def shared(a: str, b: str) -> str:
    """How many words two texts share, as a word: what a bag of words can know of a pair's overlap."""
    a, b = set(a.lower().split()), set(b.lower().split())
    return f"sharedshare{round(10 * len(a & b) / len(a | b))}"


def lines_of(chosen: Set, data: Path, results: list[dict]) -> list[str]:
    corpus, lines = chosen.read(data), []
    joint = sorted((o for o in results if o["who"] == "joint"), key=lambda o: o["seed"])
    for task in corpus.tasks:
        plain, linear = baselines(corpus, task)
        own = sorted((o for o in results if o["who"] == task.name), key=lambda o: o["seed"])
        for column in [c for c in joint[0]["metrics"] if c.split()[0] == task.name][:2]:
            metric = column.split()[1]
            cells = [text(plain.get(metric)), text(linear.get(metric))]
            for found in (own, joint):
                values = [o["metrics"][column] for o in found]
                cells.append(spread(values) if values else "–")
            apart = [j["metrics"][column] - o["metrics"][column] for j, o in zip(joint, own, strict=False)]
            cells.append(spread(apart, sign="+") if apart else "–")
            bar = chosen.bars.get((task.name, metric))
            cells.append("" if bar is None else f"{bar:.3f}")
            lines.append(f"| {chosen.name} | {task.name} | {metric} | {' | '.join(cells)} |")
    for what, found in (("one by one", [o for o in results if o["who"] != "joint"]), ("joint", joint)):
        if found:
            seeds = len({o["seed"] for o in found})
            seconds = sum(o["seconds"] for o in found) / seeds
            memory = max(o["memory"] for o in found)
            steps = sum(o["steps"] for o in found) // seeds
            threads = " or ".join(sorted({str(o["threads"]) for o in found}))
            note = f"{what}: {seconds:,.0f} s of training (threads: {threads}), {memory:,.0f} MB at most"
            lines.append(f"| {chosen.name} | | {note}, {steps:,} steps, {found[0]['precision']} | | | | | | |")
    return lines


def text(value: float | None) -> str:
    return "–" if value is None or value != value else f"{value:.3f}"


def spread(values: list[float], sign: str = "") -> str:
    mean, low, _ = interval(values)
    told = format(mean, f"{sign}.3f")
    return told if low != low else f"{told} ± {mean - low:.3f}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    options.add_argument("data", type=Path)
    options.add_argument("--encoder", default="minilm")
    options.add_argument("--only", nargs="*", default=[s.name for s in SETS])
    options.add_argument("--seeds", type=int, help="instead of those of the set")
    options.add_argument("--train", choices=("all", "joint", "nothing"), default="all", help="beside what is kept")
    options.add_argument("--threads", type=int, default=torch.get_num_threads())
    o = options.parse_args()
    if not (o.data / "sick").is_dir():
        sys.exit(f"{o.data} has no sick/: give the folder that holds atis/, sick/, sst2/, …")
    warnings.simplefilter("default")
    torch.set_num_threads(o.threads)
    encoder = mk.load_encoder(o.encoder)
    kept = HERE / f"real_data_{encoder.name}.jsonl"
    rows = []
    for chosen in SETS:
        if chosen.name in o.only:
            found = keep_training(replace(chosen, seeds=o.seeds or chosen.seeds), o.data, encoder, kept, o.train)
            rows += lines_of(chosen, o.data, found) if found else []
    head = "| data | task | metric | majority / mean | bag of words | one by one | joint | joint − one by one | bar |"
    lines = [
        f"# Real data, from {encoder.name}",
        "",
        f"Written by `python benchmarks/real_data.py DATA --encoder {o.encoder}`. {page.about(__doc__)} Mean "
        "over seeds ± half the 95 % interval; differences are paired by seed.",
        "",
        head,
        "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        *rows,
    ]
    name = "REAL_DATA.md" if o.encoder == "minilm" else f"REAL_DATA_{encoder.name}.md"
    page.write(HERE / name, lines)


if __name__ == "__main__":
    main()
