"""Weighting methods held against one another: ``python benchmarks/methods.py DATA [JOBS]`` (DATA: sick/, sst2/, trec/).

Three published findings are tried on the kit's corpus and on two real ones, all from `bert-tiny`: (a) tuned fixed
weights match the dynamic and the gradient methods (Kurin et al. 2022, Xin et al. 2022); (b) random weights are on a par
with uncertainty and DWA (Lin et al. 2022); (c) sharing helps related small tasks and hurts with an unrelated one.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
sys.path.insert(0, str(Path(__file__).parent))

from data_sets import sick, sst2_and_trec
from page import write

import mtlkit as mk
from mtlkit.evaluation.intervals import in_words
from mtlkit.experiments.comparison import ALONE

RESULTS = Path(__file__).with_name("METHODS.md")
SEEDS, STEPS, ROWS, TRIALS = 5, 150, 16, 6
WEIGHTINGS = {
    "tuned fixed": mk.Search("fixed", lambdas=(0.01, 10.0)),
    "equal": "equal",
    "tuned sigmoid": mk.Search("sigmoid", alpha=(-5.0, 5.0), beta=(0.0, 2.0)),
    "uncertainty": "uncertainty",
    "dwa": mk.weighting.DWA(every=30),  # an epoch of these corpora is longer than the training, or nearly
    "uw_so": "uw_so",
    "ldc_mtl": "ldc_mtl",
    "rlw": "rlw",
    "famo": "famo",
    "pcgrad": mk.weighting.get("pcgrad", on="representation"),
}
METHODS = WEIGHTINGS | {
    "pike": {"sampling": "pike"},
    "msft": {"sampling": mk.MSFT(), "validate": STEPS // 25},
}
LOUD = METHODS | {"tuned fixed": mk.Search("fixed", lambdas=(1e-4, 10.0))}  # the loss of `minutes` is in the thousands
SMALL = {  # what sharing does to `sentiment` with 300 rows: the partner, and what it has to do with it
    "satisfaction": "related: feeling is part of it",
    "topic": "told by the same tickets, by other words",
    "desk": "unrelated: drawn at random",
}


def compare(corpus, jobs: int, methods=METHODS, steps: int = STEPS) -> mk.Comparison:
    encoder = mk.load_encoder("bert-tiny")
    return mk.compare(methods, corpus, encoder, seeds=SEEDS, budget=steps, trials=TRIALS, jobs=jobs, batch_size=ROWS)


def signed(row) -> str:
    """A difference with its interval."""
    return in_words(*row[["mean", "low", "high"]])


def table(found: mk.Comparison) -> list[str]:
    rows = found.frame().set_index(["method", "task"])
    head = [*found.tasks, "mean", "mean − tuned fixed (95 %)", "rank", "Δm (%)"]
    lines = ["| method | " + " | ".join(head) + " |", "| --- |" + " ---: |" * len(head)]
    for name in found.names:
        values = [f"{rows.loc[(name, t), 'mean']:.3f} ± {rows.loc[(name, t), 'std']:.3f}" for t in found.tasks]
        mean = rows.loc[(name, "mean")]
        apart = "–" if name == found.baseline else signed(found.difference(name).loc["mean"])
        end = [f"{mean['mean']:.3f}", apart, f"{mean['rank']:.1f}", f"{mean['gain']:+.1f}".replace("-", "−")]
        lines.append(f"| {name} | " + " | ".join(values + end).replace("-", "−") + " |")
    alone = found.values(ALONE)
    values = [f"{alone[t].mean():.3f} ± {alone[t].std():.3f}" for t in found.tasks]
    return [*lines, f"| {ALONE} | " + " | ".join([*values, f"{alone['mean'].mean():.3f}", "", "", ""]) + " |"]


def random_weights(found: mk.Comparison) -> str:
    """Finding (b), in a line."""
    pairs = [f"rlw − {other}: {signed(found.difference('rlw', other).loc['mean'])}" for other in ("uncertainty", "dwa")]
    return "Random weights, mean of tasks: " + "; ".join(pairs) + "."


def sharing(found: mk.Comparison) -> str:
    """Finding (c), in a line."""
    apart = found.difference("equal", ALONE)
    return "Equal weights − one model per task: " + "; ".join(f"{t} {signed(apart.loc[t])}" for t in found.tasks) + "."


def chosen(found: mk.Comparison) -> str:
    fixed = found.weightings["tuned fixed"].settings["lambdas"]
    fixed = zip(found.tasks, fixed.values() if isinstance(fixed, dict) else fixed, strict=True)
    sigmoid = found.weightings["tuned sigmoid"]
    lambdas = ", ".join(f"{task} {value:.2g}" for task, value in fixed)
    return f"Tuned on validation: λ = {lambdas}; α = {sigmoid.alpha:.2g}, β = {sigmoid.beta:.2g}.".replace("-", "−")


def with_little_data(jobs: int) -> list[str]:
    lines = ["| second task | what it is | sentiment: joint − alone (95 %) | second task: joint − alone |"]
    lines.append("| --- | --- | ---: | ---: |")
    for partner, what in SMALL.items():
        corpus = mk.load_corpus("helpdesk", tasks=["sentiment", partner]).sample(300)
        apart = compare(corpus, jobs, {"equal": "equal", "dwa": "dwa"}, steps=100).difference("equal", ALONE)
        lines.append(f"| {partner} | {what} | {signed(apart.loc['sentiment'])} | {signed(apart.loc[partner])} |")
    return lines


def section(corpus, jobs: int, methods=METHODS) -> list[str]:
    found = compare(corpus, jobs, methods)
    metrics = ", ".join(f"{t.name} ({t.main_metric})" for t in corpus.tasks)
    said = [found.report(), random_weights(found), sharing(found), chosen(found)]
    return [f"## {corpus.name}", "", f"{metrics}.", "", *table(found), "", *[f"- {line}" for line in said], ""]


def main() -> None:
    if len(sys.argv) not in (2, 3) or not (Path(sys.argv[1]) / "sick").is_dir():
        sys.exit("Give the folder that holds sick/, sst2/ and trec/: python benchmarks/methods.py DATA [JOBS]")
    data, jobs = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) == 3 else 1
    helpdesk = mk.load_corpus("helpdesk", tasks=["topic", "sentiment", "urgency", "minutes"])
    lines = [
        "# Which weighting? Measured",
        "",
        f"Written by `python benchmarks/methods.py DATA`. {len(METHODS)} methods, {SEEDS} seeds, {STEPS} steps of "
        f"{ROWS} rows from bert-tiny; the tuned ones had {TRIALS} trials on validation each. ±: standard deviation. "
        "(…): 95 % t interval of the differences in pairs of the same seed; against tuned fixed, for all "
        "methods of a table together. Rank: 1 is best. Δm: mean relative gain over one model per task, which had the "
        "same number of steps for each task. pcgrad: on the token vectors. pike and msft choose rows, not weights; in "
        "SICK every row has both labels, and there is nothing to choose.",
        "",
        *section(helpdesk, jobs, LOUD),
        *section(sick(data), jobs, WEIGHTINGS),
        *section(sst2_and_trec(data, held_out=500), jobs),
        "## Sharing with little data: helpdesk, 300 rows, 100 steps",
        "",
        *with_little_data(jobs),
    ]
    write(RESULTS, lines)


if __name__ == "__main__":
    main()
