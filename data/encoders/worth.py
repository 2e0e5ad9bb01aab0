"""What pretraining buys: ``python data/encoders/worth.py`` writes the card of `bert-tiny`, README.md in its folder.

Fine-tuning on helpdesk from the pretrained encoder against the same encoder with random weights, with 50, 200 and 1,000
training rows, all tasks together, five seeds (each draws other rows, heads and batches); test metrics, mean and 95 %
interval of the mean (t) over the seeds.
"""

import argparse
import json
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # the runs go side by side, one thread each

import mtlkit as mk  # noqa: E402

FOLDER = Path(__file__).parent / "bert-tiny"
ROWS, SEEDS, STEPS = (50, 200, 1000), range(5), 300


def one(job: tuple[int, int, bool]) -> dict:
    """Main metric of each task on test after one fine-tuning."""
    rows, seed, pretrained = job
    whole = mk.load_corpus("helpdesk")
    corpus = whole.sample(rows, seed=seed)
    encoder = mk.load_encoder("bert-tiny", pretrained=pretrained, seed=seed)
    model = mk.MultiTaskModel(encoder, corpus.tasks, seed=seed)
    # minutes is a hundred times as loud as the others: a fixed weight keeps it from drowning them
    weights = {t.name: 0.001 if t.name == "minutes" else 1.0 for t in corpus.tasks}
    for _ in mk.Run(model, corpus, mk.Fixed(weights), steps=STEPS, validate=None, seed=seed):
        pass
    table = mk.evaluate(model, whole.test)
    main = {t.name: t.main_metric for t in corpus.tasks}
    return {r.task: r.value for r in table.itertuples() if main[r.task] == r.metric}


def interval(values: list[float]) -> tuple[float, float]:
    """Mean and half the 95 % interval of the mean."""
    import numpy as np
    from scipy.stats import t

    values = np.nan_to_num(np.array(values))  # a constant answer has no correlation: it has learnt nothing
    return values.mean(), t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / len(values) ** 0.5


def table(found: dict[tuple, dict]) -> list[str]:
    tasks = mk.load_corpus("helpdesk").tasks
    head = " | ".join(f"{rows} rows: random | pretrained" for rows in ROWS)
    lines = [f"| task | metric | {head} |", "| --- | --- |" + " ---: | ---: |" * len(ROWS)]
    for task in tasks:
        cells = []
        for rows in ROWS:
            for pretrained in (False, True):
                mean, half = interval([found[rows, s, pretrained].get(task.name, float("nan")) for s in SEEDS])
                cells.append(f"{mean:.3f} ± {half:.3f}")
        lines.append(f"| {task.name} | {task.main_metric} | {' | '.join(cells)} |")
    return lines


def gain(found: dict[tuple, dict], rows: int) -> str:
    """The mean over tasks of pretrained minus random, paired by seed; without the negative control."""
    tasks = [t.name for t in mk.load_corpus("helpdesk").tasks if t.name != "desk"]
    differences = []
    for seed in SEEDS:
        pairs = [(found[rows, seed, True].get(t), found[rows, seed, False].get(t)) for t in tasks]
        differences.append(sum((a if a == a else 0) - (b if b == b else 0) for a, b in pairs) / len(pairs))
    mean, half = interval(differences)
    return f"with {rows:,} rows {mean:+.3f} ± {half:.3f}"


def card(found: dict[tuple, dict], seconds: float) -> str:
    a = json.loads((FOLDER / "pretraining.json").read_text())
    size = sum(f.stat().st_size for f in FOLDER.iterdir() if f.suffix in (".json", ".safetensors")) / 1e6
    gains = "; ".join(gain(found, rows) for rows in ROWS)
    return f"""# bert-tiny

A BERT of 2 layers, 128 wide, 4 heads, {a["parameters"]:,} parameters, {a["vocabulary"]:,} lower-case WordPiece tokens,
texts of up to 128 tokens; {size:.1f} MB in the Hub's layout, with its masked-language head. Licence: Apache-2.0, as the
project. It is a teaching encoder: it has read synthetic English support tickets and nothing else.

## How it was made

`python data/encoders/pretrain.py`: masked language modelling with the kit's own `Run` on {a["texts"]:,} texts of the
helpdesk generator's stream (a quarter of them pairs of ticket and answer), which shares no sentence with helpdesk's
validation and test parts. {a["steps"]:,} steps of {a["batch_size"]} rows, {a["seconds"]:,} seconds on two CPU cores.
Loss {a["loss_first"]} nats over the first 20 steps, {a["loss_last"]} over the last 200; on 1,000 unseen texts it
guesses {a["accuracy"]:.1%} of the hidden tokens, perplexity {a["perplexity"]}.

![Loss of the pretraining, step by step](pretraining.png)

## What pretraining buys

`python data/encoders/worth.py` ({seconds:,.0f} seconds): fine-tuning on helpdesk, all tasks together, {STEPS} steps,
from this encoder against the same one with random weights. Test metrics, mean ± half the 95 % interval over five seeds;
each seed draws other rows. escalated has a label in 5 % of the rows, so at 50 rows there are only two or three.

{chr(10).join(table(found))}

Mean gain over all tasks but the control `desk`, paired by seed: {gains}.
"""


def main() -> None:
    import time

    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--jobs", type=int, default=2)
    started = time.time()
    jobs = [(rows, seed, pretrained) for rows in ROWS for seed in SEEDS for pretrained in (False, True)]
    with ProcessPoolExecutor(options.parse_args().jobs, mp_context=get_context("spawn")) as pool:
        found = dict(zip(jobs, pool.map(one, jobs), strict=True))
    (FOLDER / "README.md").write_text(card(found, time.time() - started), encoding="utf-8")
    print((FOLDER / "README.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
