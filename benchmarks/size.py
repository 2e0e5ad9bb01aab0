"""A CSV of a million rows: read, tokenised, trained on; seconds and memory, each in a process of its own."""

import csv
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import mtlkit as mk

ROWS = 1_000_000
TASKS = [
    mk.Task("topic", "classification"),
    mk.Task("urgency", "regression"),
    mk.Task("sentiment", "classification"),
]


def a_million_rows(rows=ROWS, steps=200):
    """Memory above a process that does the same with a thousand rows: what the rows cost, not torch and the model."""
    with tempfile.TemporaryDirectory() as folder:
        few, many = (write(Path(folder) / f"{n}.csv", n) for n in (1_000, rows))
        megabytes = many.stat().st_size / 1e6
        small, large = (in_a_process(file, folder, steps) for file in (few, many))
    tokenising = f"{rows / large['tokenise']:,.0f} texts a second; {large['tokens']:,} tokens"
    above = (large["peak"] - small["peak"]) / 1e9
    return [
        (f"{rows:,} rows: seconds to read and check", large["read"], None, f"3 tasks, {megabytes:,.0f} MB of CSV"),
        ("seconds to tokenise and begin", large["tokenise"], None, tokenising),
        ("seconds to begin the second time", large["again"], None, "tokens from the cache on disk"),
        ("ms a step, batch of 32", large["step"] * 1e3, None, f"bert-tiny; {small['step'] * 1e3:.1f} from 1,000 rows"),
        ("GB at the peak, above 1,000 rows", above, 2.0, f"{large['peak'] / 1e9:.2f} and {small['peak'] / 1e9:.2f} GB"),
    ]


def tokenising_by_all_cores(rows=20_000, rounds=5):
    """The tokenizer's own threads against one, in turn, in fresh processes."""
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder) / "some.csv", rows)
        ours, one = [], []
        for _ in range(rounds):
            for threads, seconds in ((os.cpu_count(), ours), (1, one)):
                done = in_a_process(file, Path(folder) / f"{threads}", 1, RAYON_NUM_THREADS=str(threads))
                seconds.append(done["tokenise"])
    fast, slow = statistics.median(ours), statistics.median(one)
    found = statistics.median(a / b for a, b in zip(ours, one, strict=True))
    details = f"{rows / fast:,.0f} and {rows / slow:,.0f} texts a second, {os.cpu_count()} cores"
    return [("tokenising: all cores / one", found, None, details)]


def write(path, rows):
    """Tickets of helpdesk over and over, each with a number of its own, so that no two texts are the same."""
    train = mk.load_corpus("helpdesk", tasks=[t.name for t in TASKS]).train
    tickets = [(text, *(row[t.name] for t in TASKS)) for text, row in zip(train.texts, train, strict=True)]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", *(t.name for t in TASKS)])
        for i in range(rows):
            text, *labels = tickets[i % len(tickets)]
            writer.writerow([f"{text} Ticket {i}.", *labels])
    return path


def in_a_process(file, cache, steps, **environment):
    environment = {**os.environ, "XDG_CACHE_HOME": str(cache), **environment}
    command = [sys.executable, __file__, str(file), str(steps)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def measure(file, steps):
    """Seconds of each part, and the peak of this process's memory in bytes."""
    found = {}
    encoder = mk.load_encoder("bert-tiny")
    started = time.perf_counter()

    def took(part):
        nonlocal started
        found[part], started = time.perf_counter() - started, time.perf_counter()

    corpus = mk.Corpus.from_files({"train": file}, TASKS)
    took("read")
    run = mk.Run(mk.MultiTaskModel(encoder, corpus.tasks), corpus, steps=steps, validate=None, precision="fp32")
    took("tokenise")
    for _ in run:
        pass
    took("step")
    found["step"] /= steps
    found["tokens"] = int(run.batches.tokenized.lengths.sum())
    del run
    started = time.perf_counter()
    mk.Run(mk.MultiTaskModel(encoder, corpus.tasks), corpus, steps=steps, validate=None, precision="fp32")
    took("again")
    found["peak"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return found


ALL = [a_million_rows, tokenising_by_all_cores]

if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]))))
