"""Does a probe choose the encoder that fine-tuning would? ``python benchmarks/rank_encoders.py [JOBS]``.

`mk.rank_encoders` orders the embedded encoders, bert-tiny with random weights and minilm by linear probes on the kit's
corpus; then each of them is trained whole on all of its tasks together, over seeds. Finished trainings are kept in the
user's cache folder and not done again.
"""

import itertools
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import pandas as pd
from page import machine, write

import mtlkit as mk
from mtlkit.encoder.sources import embedded_encoders
from mtlkit.experiments.jobs import Job, JobRunner
from mtlkit.utils import cache

RESULTS = Path(__file__).with_name("ENCODERS.md")
TASKS = ["topic", "sentiment", "urgency", "satisfaction", "entities", "symptoms"]  # labelled alike, and alike loud
SEEDS, STEPS, ROWS = 3, 300, 1000


def encoders() -> dict[str, mk.Encoder]:
    named = {name: mk.load_encoder(name) for name in [*embedded_encoders(), "minilm"]}
    return named | {"bert-tiny, random weights": mk.load_encoder("bert-tiny", pretrained=False)}


def fine_tuned(corpus, encoder, jobs: int) -> tuple[pd.DataFrame, float]:
    """Seeds × tasks on test, and the seconds of a training."""
    plan = [Job("equal", mk.Equal(), tuple(TASKS), seed, "test") for seed in range(SEEDS)]
    results = JobRunner(corpus, encoder, {"steps": STEPS, "validate": None}, cache.place("trainings")).results(
        plan, jobs
    )
    table = pd.DataFrame([outcome["scores"] for outcome in results])
    return table.assign(mean=table.mean(axis=1)), float(np.mean([outcome["seconds"] for outcome in results]))


def agreement(ranking: mk.Ranking, trained: dict[str, pd.DataFrame]) -> list[str]:
    """A table: task by task who comes first by either, and how many pairs of encoders stand in the same order; of those
    that both tell apart too: the probes' interval leaves out 0, and every seed of one lies above every seed of the
    other."""
    lines = ["| task | first by probe | first when trained | pairs in the same order | of those told apart by both |"]
    lines.append("| --- | --- | --- | ---: | ---: |")
    for task in [*TASKS, "mean"]:
        probes = {name: ranking.values(name)[task].mean() for name in trained}
        ends = {name: table[task] for name, table in trained.items()}
        same, apart, both = 0, 0, 0
        pairs = list(itertools.combinations(trained, 2))
        for a, b in pairs:
            agree = (probes[a] > probes[b]) == (ends[a].mean() > ends[b].mean())
            _, low, high = ranking.difference(a, b).loc[task]
            told = (low > 0 or high < 0) and (ends[a].min() > ends[b].max() or ends[b].min() > ends[a].max())
            same, apart, both = same + agree, apart + told, both + (told and agree)
        firsts = f"{max(probes, key=probes.get)} | {max(ends, key=lambda name: ends[name].mean())}"
        lines.append(f"| {task} | {firsts} | {same} of {len(pairs)} | {both} of {apart} |")
    return lines


def table(
    values: dict[str, pd.DataFrame], spread: dict[str, pd.DataFrame], more: dict[str, str], head: str
) -> list[str]:
    columns = [*TASKS, "mean"]
    lines = [f"| encoder | {' | '.join(columns)} | {head} |", "| --- |" + " ---: |" * (len(columns) + 1)]
    for name in values:
        cells = [f"{values[name][c]:.3f} ± {spread[name][c]:.3f}" for c in columns]
        lines.append(f"| {name} | {' | '.join(cells)} | {more[name]} |".replace("-0.", "−0."))
    return lines


def main() -> None:
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    corpus, found = mk.load_corpus("helpdesk", tasks=TASKS), encoders()
    started = time.perf_counter()
    ranking = mk.rank_encoders(corpus, found, rows=ROWS)
    probing = time.perf_counter() - started
    frame = ranking.frame().set_index(["encoder", "task"])
    trained = {name: fine_tuned(corpus, encoder, jobs) for name, encoder in found.items()}
    order = sorted(found, key=lambda name: -trained[name][0]["mean"].mean())
    probed = {name: frame.loc[name]["value"] for name in ranking.order}
    half = {name: (frame.loc[name]["high"] - frame.loc[name]["low"]) / 2 for name in ranking.order}
    spent = {name: "{:.1f} + {:.1f}".format(*ranking.seconds[name]) for name in ranking.order}
    means = {name: trained[name][0].mean() for name in order}
    lines = [
        "# Which encoder? Probes against fine-tuning",
        "",
        f"Written by `python benchmarks/rank_encoders.py`. {machine()}",
        "",
        "## `mk.rank_encoders`: a linear probe a task",
        "",
        f"About {ROWS} labelled rows of helpdesk's training split a task, 5 folds; ±: half the 95 % interval. Seconds: "
        "reading the texts, when that was done, and probing.",
        "",
        *table(probed, half, spent, "seconds"),
        "",
        ranking.report(),
        "",
        "## Trained whole, all tasks together",
        "",
        f"{STEPS} steps of 32 rows, equal weights, the kit's default learning rates; on test, over {SEEDS} seeds; ±: "
        "standard deviation. Seconds: of one training with one thread.",
        "",
        *table(means, {n: trained[n][0].std() for n in order}, {n: f"{trained[n][1]:.0f}" for n in order}, "seconds"),
        "",
        "## Do they agree?",
        "",
        *agreement(ranking, {name: trained[name][0] for name in order}),
        "",
        "Told apart by both: the probes' 95 % interval of the difference leaves out 0, and every seed of one training "
        "lies above every seed of the other.",
        f"The ranking took {probing:.0f} s in this run; vectors kept from an earlier one were not read again.",
    ]
    write(RESULTS, lines)


if __name__ == "__main__":
    main()
