"""What is compared with what. Each function gives rows (what, figure, bar, details) for the table."""

import asyncio
import statistics
import subprocess
import sys
import time

import numpy as np
import psutil
import torch
from side_by_side import ratio

import mtlkit as mk
from mtlkit.batching import Batches
from mtlkit.experiments.vectorized import HeadsOnFeatures
from mtlkit.training.optimizer import CLIP, make_optimizer, schedule

TASKS = ["topic", "sentiment", "urgency", "symptoms"]


def setup(tasks, **settings):
    corpus = mk.load_corpus("helpdesk", tasks=tasks)
    model = mk.MultiTaskModel(mk.load_encoder("bert-tiny"), corpus.tasks)
    return mk.Run(model, corpus, **({"steps": 10_000, "validate": None, "precision": "fp32"} | settings))


def step_against_a_hand_written_loop(rounds=150):
    """The same model, batches, optimizer, schedule, clipping and sigmoid weight, written out as anybody would."""
    run = setup(TASKS, weighting=mk.Sigmoid(1.0, 0.5))
    other = setup(TASKS, weighting=mk.Sigmoid(1.0, 0.5))
    model, batches = other.model, other.batches
    optimizer = make_optimizer(model, None, other.config.lr, other.config.head_lr)
    peaks = [g["lr"] for g in optimizer.param_groups]
    model.train()
    done = 0

    def by_hand():
        nonlocal done
        batch = batches[done]
        done += 1
        for group, peak in zip(optimizer.param_groups, peaks, strict=True):
            group["lr"] = peak * schedule(done, 10_000)
        tokens, pooled = model.encoder(batch.input_ids, batch.attention_mask, batch.token_type_ids)
        total, seen = 0.0, []
        for task in model.tasks:
            if task.name in batch.targets:
                target = batch.targets[task.name]
                loss = task.loss(model.heads[task.name](target.vectors(tokens, pooled)), target.labels)
                weight = torch.sigmoid(1.0 * (loss.detach() - 0.5))
                total = total + weight * loss
                seen.append((loss.item(), weight.item()))
        total.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)

    found, ours, theirs = ratio(lambda: next(run), by_hand, rounds)
    return [("our step / a hand-written loop", found, 1.03, f"{ours * 1e3:.1f} and {theirs * 1e3:.1f} ms, 4 tasks")]


def many_tasks(count):
    """helpdesk's topic, `count` times over: as many heads, one column."""
    corpus = mk.load_corpus("helpdesk", tasks=["topic"])
    tasks = [mk.Task(f"topic{i}", "classification", column="topic") for i in range(count)]
    return mk.Corpus({n: s.dataset for n, s in corpus.splits.items()}, tasks=tasks)


def sigmoid_against_fixed(rounds=120):
    rows = []
    for count in (2, 8, 32):
        corpus = many_tasks(count)
        runs = []
        for weighting in (mk.Sigmoid(1.0, 0.5), mk.Fixed([1.0] * count)):
            model = mk.MultiTaskModel(mk.load_encoder("bert-tiny"), corpus.tasks)
            runs.append(mk.Run(model, corpus, weighting, steps=10_000, validate=None, precision="fp32"))
        found, ours, theirs = ratio(lambda r=runs: next(r[0]), lambda r=runs: next(r[1]), rounds)
        rows.append((f"Sigmoid / Fixed, {count} tasks", found, 1.02, f"{ours * 1e3:.1f} and {theirs * 1e3:.1f} ms"))
    return rows


class Shuffled(Batches):
    """Plain shuffling, without regard to length."""

    def __getitem__(self, number):
        rows = np.random.default_rng([self.seed, self.epoch(number)]).permutation(len(self.rows))
        start = number % len(self) * self.batch_size
        self._order = (
            self.epoch(number),
            [None] * (number % len(self)) + [rows[start : start + self.batch_size]],
        )
        return super().__getitem__(number)


def grouping_by_length(rounds=116):
    grouped, plain = setup(TASKS), setup(TASKS)
    tokenized = plain.batches.tokenized
    plain.batches = Shuffled(tokenized, plain.batches.tasks, plain.batch_size, 0)
    tokens = [sum(b[k].input_ids.numel() for k in range(len(b))) for b in (grouped.batches, plain.batches)]
    found, ours, theirs = ratio(lambda: next(grouped), lambda: next(plain), rounds)
    return [
        (
            "grouped by length / shuffled: tokens",
            tokens[0] / tokens[1],
            None,
            f"{tokens[0]:,} and {tokens[1]:,} an epoch",
        ),
        ("grouped by length / shuffled: seconds", found, None, f"{ours * 1e3:.1f} and {theirs * 1e3:.1f} ms a step"),
    ]


def bf16_against_fp32(rounds=60):
    half, full = setup(TASKS, precision="bf16"), setup(TASKS, precision="fp32")
    found, ours, theirs = ratio(lambda: next(half), lambda: next(full), rounds)
    auto = setup(TASKS, precision="auto").precision
    return [
        ("bf16 / fp32, bert-tiny on this CPU", found, None, f"{ours * 1e3:.1f} and {theirs * 1e3:.1f} ms; auto: {auto}")
    ]


def import_time(rounds=9):
    """In fresh processes, each of which has imported torch already."""
    code = (
        "import torch, time; start = time.perf_counter()\n"
        "import mtlkit as mk; mk.Sigmoid, mk.Run, mk.load_corpus\n"
        "print(time.perf_counter() - start)"
    )
    command = [sys.executable, "-c", code]
    took = [float(subprocess.run(command, check=True, capture_output=True, text=True).stdout) for _ in range(rounds)]
    found = statistics.median(took)
    return [("import mtlkit beyond torch, seconds", found, 0.5, f"{min(took):.2f} to {max(took):.2f} s")]


def joint_against_separate(rounds=15):
    rows = []
    names = ["topic", "sentiment", "urgency", "minutes", "satisfaction", "symptoms", "desk", "sentiment_noisy"]
    texts = [t for t in mk.load_corpus("helpdesk", tasks=["topic"]).test.texts][:256]
    for count in (1, 4, 8):
        corpus = mk.load_corpus("helpdesk", tasks=names[:count])
        encoder = mk.load_encoder("bert-tiny")
        joint = mk.MultiTaskModel(encoder, corpus.tasks)
        alone = [mk.MultiTaskModel(encoder, [task]) for task in corpus.tasks]
        found, ours, theirs = ratio(
            lambda j=joint: j.predict(texts), lambda a=alone: [m.predict(texts) for m in a], rounds, warm_up=1
        )
        detail = f"{ours * 1e3:.0f} and {theirs * 1e3:.0f} ms for 256 texts"
        rows.append((f"joint / separate inference, {count} task{'s' * (count > 1)}", found, None, detail))
    return rows


def atlas_against_one_after_the_other():
    """441 trainings on cached features at once, against as many as a plain loop of one would take."""
    corpus = mk.load_corpus("helpdesk", tasks=TASKS)
    model = mk.MultiTaskModel(mk.load_encoder("bert-tiny"), corpus.tasks)
    atlas = mk.atlas(model, corpus, mk.Sigmoid, alpha=np.linspace(-4, 8, 21), beta=np.linspace(-1, 4, 21))
    together = atlas.trainings
    batched, alone = [], []
    for seed in range(3):
        started = time.perf_counter()
        together.train(seed)
        batched.append(time.perf_counter() - started)
        started = time.perf_counter()
        one_on_cached_features(together, seed)
        alone.append(441 * (time.perf_counter() - started))
    fast, slow = statistics.median(batched), statistics.median(alone)
    return [
        (
            "atlas: seconds for 441 trainings of 300 steps",
            atlas.seconds,
            10.0,
            "encoder's vectors and metrics included",
        ),
        ("atlas / one after the other", fast / slow, 0.1, f"{fast:.1f} and {slow:.0f} s, vectors cached for both"),
    ]


def one_on_cached_features(plan, seed):
    """The same training written out for one run, without parallel runs in mind."""
    small = HeadsOnFeatures(plan.model(seed)).train()
    weighting = mk.Sigmoid(1.0, 0.5)
    optimizer = torch.optim.AdamW(small.parameters(), lr=plan.lr, fused=True)
    batches = Batches(plan.rows, plan.tasks, plan.batch_size, seed)
    for step in range(plan.steps):
        for group in optimizer.param_groups:
            group["lr"] = plan.lr * schedule(step + 1, plan.steps)
        batch = batches[step]
        losses = small(plan.vectors[batch.index], batch.targets)
        losses.backward(weighting(losses.detach(), batch.present))
        torch.nn.utils.clip_grad_norm_(small.parameters(), CLIP)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)


def cockpit_without_a_browser(rounds=4, steps=200):
    """The cockpit's own part of what steering costs: its drawings, texts and shares, α moved twice, none to look at."""
    run = setup(TASKS, weighting=mk.Sigmoid(1.0, 0.5), steps=steps)
    panel = mk.widgets.cockpit(run)

    def plain():
        run.reset()
        for _ in run:
            pass

    async def steered():
        panel.reset()
        panel.start()
        for alpha in (2.0, 1.0):
            await asyncio.sleep(1)
            panel.sliders["alpha"].value = alpha
        await panel._task

    found, ours, theirs = ratio(lambda: asyncio.run(steered()), plain, rounds, warm_up=1)
    panel.close()
    details = f"{ours:.1f} and {theirs:.1f} s for {steps} steps"
    return [("throughput lost to the cockpit, without a browser, share", 1 - 1 / found, 0.1, details)]


def memory_of_moves(moves=500):
    """What a hand that plays for long leaves in the process. (tests/widgets/test_panels.py counts the objects.)"""
    run = setup(TASKS, weighting=mk.Sigmoid(1.0, 0.5), batch_size=8)
    explorer, cockpit = mk.widgets.explorer(), mk.widgets.cockpit(run)

    def explore(n):
        explorer.sliders["beta"].value = n % 90 / 20

    def steer(n):
        cockpit.sliders["alpha"].value = n % 90 / 10
        cockpit.buttons["reset" if n % 20 == 19 else "step"].click()

    rows, process = [], psutil.Process()
    for name, move in (("explorer", explore), ("cockpit", steer)):
        for n in range(60):
            move(n)
        before = process.memory_info().rss
        for n in range(moves):
            move(n)
        grown = (process.memory_info().rss - before) / 2**20
        rows.append((f"{moves} moves of the {name}: MB", grown, 50, f"of {before / 2**20:,.0f} MB"))
    return rows


ALL = [
    step_against_a_hand_written_loop,
    sigmoid_against_fixed,
    grouping_by_length,
    bf16_against_fp32,
    import_time,
    joint_against_separate,
    atlas_against_one_after_the_other,
    cockpit_without_a_browser,
    memory_of_moves,
]
