"""What pretraining buys: ``python data/encoders/worth.py bert-tiny`` (or ``gpt-tiny``, ``t5-tiny``) writes its card.

Fine-tuning on helpdesk from the pretrained encoder against the same encoder with random weights, with 50, 200 and 1,000
training rows, all tasks together, over seeds (each draws other rows, heads and batches); test metrics, mean and 95 %
interval of the mean (t) over the seeds.
"""

import argparse
import functools
import json
import math
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the runs go side by side, one thread each

import mtlkit as mk
from mtlkit.evaluation.intervals import interval

ROWS, STEPS = (50, 200, 1000), 300
ABOUT = {  # what it is, and what it did in pretraining
    "bert-tiny": (
        "A BERT of 2 layers, 128 wide, 4 heads, {parameters:,} parameters, {vocabulary:,} lower-case WordPiece "
        "tokens,\ntexts of up to 128 tokens; {size:.1f} MB in the Hub's layout, with its masked-language head.",
        "masked language modelling",
        "guesses {accuracy:.1%} of the hidden tokens",
    ),
    "gpt-tiny": (
        "A GPT-2 of 2 layers, 128 wide, 4 heads, {parameters:,} parameters, {vocabulary:,} tokens by byte-level "
        "BPE (capitals\nkept), texts of up to 128 tokens; {size:.1f} MB in the Hub's layout, "
        "with its output layer (the embeddings).",
        "causal language modelling",
        "guesses {accuracy:.1%} of the next tokens",
    ),
    "t5-tiny": (
        "A T5 of 2 + 2 layers, 128 wide, 4 heads, {parameters:,} parameters, {vocabulary:,} Unigram tokens "
        "(capitals kept), 20\nof them marks for what is cut out; {size:.1f} MB in the Hub's layout, "
        "with its output layer (the embeddings).",
        "span corruption, with writing the text\nagain as a second task (from the first alone its decoder "
        "hardly learnt to look at what the encoder read),",
        "guesses {accuracy:.1%} of the tokens to be written",
    ),
}
# What is loud in its own unit gets a fixed weight that keeps it from drowning the others.
WEIGHTS = {"minutes": 0.001, "severity": 0.1}


def one(job: tuple[int, int, str], load: Callable, arms: dict[str, dict]) -> dict:
    """Main metric of each task on test after one fine-tuning: (training rows, seed, arm) on the corpus of `load()`."""
    rows, seed, arm = job
    whole = load()
    corpus = whole.sample(rows, seed=seed)
    model = mk.MultiTaskModel(mk.load_encoder(seed=seed, **arms[arm]), corpus.tasks, seed=seed)
    weights = mk.Fixed({t.name: WEIGHTS.get(t.name, 1.0) for t in corpus.tasks})
    for _ in mk.Run(model, corpus, weights, steps=STEPS, validate=None, seed=seed):
        pass
    table = mk.evaluate(model, whole.test)
    main = {t.name: t.main_metric for t in corpus.tasks}
    return {r.task: r.value for r in table.itertuples() if main[r.task] == r.metric}


class Race:
    """Fine-tunings on one corpus from the two encoders of `arms` (name → arguments of `load_encoder`), the first being
    what the second is held against."""

    def __init__(self, load: Callable[[], mk.Corpus], arms: dict[str, dict], seeds: int, jobs: int = 2):
        self.tasks, self.arms, self.seeds = load().tasks, arms, range(seeds)
        todo = [(rows, seed, arm) for rows in ROWS for seed in self.seeds for arm in arms]
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            scores = pool.map(functools.partial(one, load=load, arms=arms), todo)
            self.found = dict(zip(todo, scores, strict=True))

    def table(self) -> list[str]:
        """Every task's metric by training rows and arm, mean ± half the 95 % interval over the seeds."""
        head = " | ".join(f"{rows} rows: {' | '.join(self.arms)}" for rows in ROWS)
        lines = [f"| task | metric | {head} |", "| --- | --- |" + " ---: | ---: |" * len(ROWS)]
        for task in self.tasks:
            cells = []
            for rows in ROWS:
                for arm in self.arms:
                    cells.append(spread([self.found[rows, s, arm].get(task.name) for s in self.seeds]))
            lines.append(f"| {task.name} | {task.main_metric} | {' | '.join(cells)} |")
        return lines

    def gains(self) -> str:
        """The mean over tasks of the second arm minus the first, paired by seed; without the control `desk`."""
        tasks = [t.name for t in self.tasks if t.name != "desk"]
        first, second = self.arms
        told = []
        for rows in ROWS:
            differences = []
            for seed in self.seeds:
                pairs = [(self.found[rows, seed, second].get(t), self.found[rows, seed, first].get(t)) for t in tasks]
                differences.append(sum((a if a == a else 0) - (b if b == b else 0) for a, b in pairs) / len(pairs))
            told.append(f"with {rows:,} rows {spread(differences, '+')}")
        return "; ".join(told)


def spread(values: list[float | None], sign: str = "") -> str:
    """Mean and half the 95 % interval of the mean; a constant answer has no correlation: it has learnt nothing."""
    mean, low, _ = interval([0.0 if value is None or math.isnan(value) else value for value in values])
    return format(mean, f"{sign}.3f") + ("" if math.isnan(low) else f" ± {mean - low:.3f}")


def megabytes(folder: Path) -> float:
    """What the encoder takes on the disk."""
    return sum(f.stat().st_size for f in folder.iterdir() if f.suffix in (".json", ".safetensors")) / 1e6


def card(name: str, bought: str) -> str:
    folder = Path(__file__).parent / name
    a = json.loads((folder / "pretraining.json").read_text())
    what, kind, can = (t.format(**a, size=megabytes(folder)) for t in ABOUT[name])
    return f"""# {name}

{what} Licence:
Apache-2.0, as the project. It is a teaching encoder: it has read synthetic English support tickets and nothing else.

## How it was made

`python data/encoders/pretrain.py {name} --texts {a["texts"]} --epochs {a["epochs"]} --lr {a["lr"]}`: {kind} with
the kit's own `Run` on {a["texts"]:,} texts of the helpdesk generator's stream (a quarter of them pairs of ticket and
answer), which shares no sentence with helpdesk's validation and test parts. {a["steps"]:,} steps of {a["batch_size"]}
rows, {a["seconds"]:,} seconds on {a["device"]}.
Loss ({a["kind"]}) {a["loss_first"]} nats over the first 20 steps, {a["loss_last"]} over the last 200; on 1,000
unseen texts it {can}, perplexity {a["perplexity"]}.

![Loss of the pretraining, step by step](pretraining.png)

## What pretraining buys

{bought}
"""


def bought(name: str, race: Race, seconds: float) -> str:
    seeds = len(race.seeds)
    return f"""`python data/encoders/worth.py {name} --seeds {seeds}` ({seconds:,.0f} seconds): fine-tuning on helpdesk,
all tasks together, {STEPS} steps, from this encoder against the same one with random weights. Test metrics, mean ±
half the 95 % interval over {seeds} seeds; each seed draws other rows. escalated has a label in 5 % of the rows, so at
50 rows there are only two or three.

{chr(10).join(race.table())}

Mean gain over all tasks but the control `desk`, paired by seed: {race.gains()}."""


def main() -> None:
    import time

    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("name", choices=ABOUT)
    options.add_argument("--seeds", type=int, default=5, help="0: the card without this measurement")
    options.add_argument("--jobs", type=int, default=2)
    o = options.parse_args()
    started = time.time()
    arms = {"random": {"name": o.name, "pretrained": False}, "pretrained": {"name": o.name}}
    told = f"Not measured yet: `python data/encoders/worth.py {o.name}` does it, and writes it here."
    if o.seeds:
        race = Race(functools.partial(mk.load_corpus, "helpdesk"), arms, o.seeds, o.jobs)
        told = bought(o.name, race, time.time() - started)
    file = Path(__file__).parent / o.name / "README.md"
    file.write_text(card(o.name, told), encoding="utf-8")
    print(file.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
