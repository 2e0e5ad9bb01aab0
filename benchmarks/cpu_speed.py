"""Fine-tuning on a plain CPU: ``python benchmarks/cpu_speed.py DATA`` (a folder with atis/); needs mtlkit[minilm].

1,600 rows of ATIS, intent and slots, from minilm, three epochs: a plain loop (fp32, rows shuffled and padded to the
longest of their batch, AdamW as torch has it by default) against `Run` with its defaults (rows of like length together,
the precision that "auto" chooses, the fused optimizer). The same first weights, learning rates, schedule, clipping and
number of steps; in turn, seed by seed.
"""

import os
import statistics
import sys
import time
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import page
import torch
from data_sets import atis

import mtlkit as mk
from mtlkit.batching import (
    collate,
    generator,
)
from mtlkit.evaluation.intervals import interval
from mtlkit.training.optimizer import CLIP, make_optimizer, schedule

ROWS, EPOCHS, BATCH, SEEDS = 1600, 3, 32, 3
RESULTS = Path(__file__).with_name("CPU_SPEED.md")


def plain(model, corpus, lr: float, head_lr: dict[str, float], seed: int) -> float:
    """Seconds of a loop as one writes it first."""
    tokenized = model.tokenize(corpus.train)
    groups = make_optimizer(model, None, lr, head_lr).param_groups
    peaks = [group["lr"] for group in groups]
    optimizer = torch.optim.AdamW([{k: g[k] for k in ("params", "lr", "weight_decay")} for g in groups])
    torch.manual_seed(seed)
    model.train()
    steps, step, started = EPOCHS * -(-len(tokenized) // BATCH), 0, time.perf_counter()
    for epoch in range(EPOCHS):
        order = np.random.default_rng([seed, epoch]).permutation(len(tokenized))
        for start in range(0, len(order), BATCH):
            step += 1
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                group["lr"] = peak * schedule(step, steps)
            batch = collate(tokenized, order[start : start + BATCH], model.tasks, generator(seed, step))
            model.losses(batch).sum().backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
            optimizer.zero_grad()
    seconds = time.perf_counter() - started
    model.eval()
    return seconds


def main() -> None:
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "atis").is_dir():
        sys.exit("Give the folder that holds atis/: python benchmarks/cpu_speed.py DATA")
    corpus = atis(Path(sys.argv[1])).sample(ROWS, seed=0)
    encoder = mk.load_encoder("minilm")
    seconds = {"plain": [], "Run": []}
    found: dict[tuple, list[float]] = {}
    for seed in range(SEEDS):
        model = mk.MultiTaskModel(encoder, corpus.tasks, seed=seed)
        run = mk.Run(model, corpus, epochs=EPOCHS, batch_size=BATCH, validate=None, seed=seed)
        for _ in run:
            pass
        seconds["Run"].append(run.seconds)
        other = mk.MultiTaskModel(encoder, corpus.tasks, seed=seed)
        seconds["plain"].append(plain(other, corpus, run.config.lr, run.config.head_lr, seed))
        for who, one in (("plain", other), ("Run", model)):
            table = mk.evaluate(one, corpus.test).set_index(["task", "metric"]).value
            for key in (("intent", "accuracy"), ("slots", "f1")):
                found.setdefault((who, *key), []).append(float(table[key]))
    ratios = [a / b for a, b in zip(seconds["plain"], seconds["Run"], strict=True)]
    rows = [
        f"| seconds an epoch, plain loop | {statistics.median(seconds['plain']) / EPOCHS:.1f} | |",
        f"| seconds an epoch, `Run` in {run.config.precision} | {statistics.median(seconds['Run']) / EPOCHS:.1f} | |",
        f"| plain / `Run` | {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) | ≥ 2 |",
    ]
    for key in (("intent", "accuracy"), ("slots", "f1")):
        one, other = found["Run", *key], found["plain", *key]
        mean, low, _ = interval([a - b for a, b in zip(one, other, strict=True)])
        rows.append(
            f"| {' '.join(key)}: `Run`, plain, difference | {statistics.mean(one):.3f}, {statistics.mean(other):.3f}, "
            f"{mean:+.3f} ± {mean - low:.3f} | within seed noise |"
        )
    lines = [
        "# Fine-tuning on a plain CPU",
        "",
        f"Written by `python benchmarks/cpu_speed.py DATA`. {page.about(__doc__)}",
        f"{torch.get_num_threads()} threads, {SEEDS} seeds.",
        "",
        "| what | measured | bar |",
        "| --- | --- | --- |",
        *rows,
    ]
    page.write(RESULTS, lines)


if __name__ == "__main__":
    main()
