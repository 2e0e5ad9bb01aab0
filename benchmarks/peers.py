"""What the weighting methods cost, beside one another and beside what one would pick instead: Hugging Face's Trainer,
TorchJD's own loops. Rows as in measures.py."""

import contextlib
import io
import multiprocessing
import statistics
import tempfile
import time

import torch
from measures import TASKS, many_tasks, setup
from side_by_side import ratio
from torch.nn import functional
from transformers import (
    BertConfig,
    BertModel,
    DataCollatorWithPadding,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

import mtlkit as mk
from mtlkit.encoder.encoder import Encoder
from mtlkit.experiments.cost import seconds
from mtlkit.experiments.jobs import forget_peak, peak_memory
from mtlkit.training.optimizer import CLIP, own_lr, schedule
from mtlkit.weighting import METHODS

MINILM = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536}


# -- the methods beside one another -------------------------------------------------------------------------------
def methods_against_equal(rounds=100):
    """Every other method that looks at losses, at its defaults, a step of each in turn; a bar for those that need
    nothing besides."""
    rows = []
    methods = [n for n, m in METHODS.items() if m.kind == "loss-based" and n not in ("equal", "fixed")]
    for count in (2, 8, 32):
        corpus, runs = many_tasks(count), {}
        for name in ["equal", *sorted(methods, key=lambda name: (sorted(METHODS[name].needs), name))]:
            model = mk.MultiTaskModel(mk.load_encoder("bert-tiny"), corpus.tasks)
            runs[name] = mk.Run(model, corpus, name, steps=10_000, validate=9_999, precision="fp32")
        for name, row in mk.profile(runs, rounds).iloc[1:].iterrows():
            needs = METHODS[name].needs - {"metrics"}
            what = f"{name} / Equal, {count} tasks" + (f" (needs {', '.join(needs)})" if needs else "")
            details = f"quartiles {row['ratio_low']:.3f} to {row['ratio_high']:.3f}, {row['seconds'] * 1e3:.0f} ms"
            rows.append((what, row["ratio"], None if needs else 1.02, details))
    return rows


def comparison_with_two_jobs(budget=30):
    """8 methods × 5 seeds, each training with one thread; then the same call once more, when all is done."""
    corpus, encoder = mk.load_corpus("helpdesk", tasks=TASKS), mk.load_encoder("bert-tiny")
    names = ("equal", "sigmoid", "uncertainty", "dwa", "rlw", "famo", "stch", "imtl_l")

    def took(jobs, folder):
        started = time.perf_counter()
        methods = dict(zip(names, names, strict=True))
        settings = {"seeds": 5, "budget": budget, "alone": False, "batch_size": 16}
        mk.compare(methods, corpus, encoder, jobs=jobs, folder=folder, **settings)
        return time.perf_counter() - started

    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as two:
        alone, both, again = took(1, one), took(2, two), took(2, two)
    details = f"{both:.0f} and {alone:.0f} s for 40 trainings of {budget} steps, processes to be started included"
    return [
        ("compare, two jobs / one", both / alone, 1 / 1.7, details),
        ("compare, all of it finished before: seconds", again, 2.0, "8 methods × 5 seeds"),
    ]


# -- Trainer --------------------------------------------------------------------------------------------------------
def minilm(tokenizer) -> BertModel:
    """Of MiniLM's size, with random weights: what a step costs doesn't depend on them."""
    return BertModel(BertConfig(vocab_size=len(tokenizer), **MINILM))


class MultiHead(torch.nn.Module):
    """A multi-task model as one writes it for Trainer: a head a task on mean vectors, the losses' sum."""

    def __init__(self, backbone, topics: int, sentiments: int, symptoms: int):
        super().__init__()
        self.backbone, width = backbone, backbone.config.hidden_size
        self.heads = torch.nn.ModuleList(torch.nn.Linear(width, n) for n in (topics, sentiments, 1, symptoms))

    def forward(self, input_ids, attention_mask, topic, sentiment, urgency, symptoms):
        tokens = self.backbone(input_ids, attention_mask=attention_mask).last_hidden_state
        mask = attention_mask[..., None].to(tokens.dtype)
        pooled = (tokens * mask).sum(1) / mask.sum(1)
        topics, sentiments, urgencies, faults = (head(pooled).float() for head in self.heads)
        known = ~urgency.isnan()
        loss = functional.cross_entropy(topics, topic) + functional.cross_entropy(sentiments, sentiment)
        loss = loss + functional.mse_loss(urgencies[known, 0], urgency[known].float())
        return {"loss": loss + functional.binary_cross_entropy_with_logits(faults, symptoms.float())}


class Clock(TrainerCallback):
    """The seconds between the first step and the end of the last."""

    def on_train_begin(self, *args, **kwargs):
        self.started = time.perf_counter()

    def on_train_end(self, *args, **kwargs):
        self.seconds = time.perf_counter() - self.started


def rows_for_trainer(corpus, tokenizer):
    """The training tickets, tokenised, with a column of labels a task."""
    import datasets

    split, symptoms = corpus.train, dict((t.name, t) for t in corpus.tasks)["symptoms"].labels
    tokenized = tokenizer(split.texts, truncation=True, max_length=512)
    hot = [[float(k in found) for k in range(len(symptoms))] for found in split.labels("symptoms")]
    columns = {
        "input_ids": tokenized["input_ids"],
        "attention_mask": tokenized["attention_mask"],
        "topic": split.labels("topic"),
        "sentiment": [-100 if y is None else y for y in split.labels("sentiment")],
        "urgency": [float("nan") if y is None else y for y in split.labels("urgency")],
        "symptoms": hot,
    }
    return datasets.Dataset.from_dict(columns)


def trainer(steps: int, folder: str, **tuned):
    """A function that trains for that many steps by Trainer, and gives the seconds."""
    corpus = mk.load_corpus("helpdesk", tasks=TASKS)
    tokenizer = mk.load_encoder("bert-tiny").tokenizer
    sizes = [len(t.labels) for t in corpus.tasks if t.labels]
    model, clock = MultiHead(minilm(tokenizer), *sizes), Clock()
    settings = {"per_device_train_batch_size": 32, "max_steps": steps, "report_to": []}
    settings |= {"save_strategy": "no", "disable_tqdm": True, "use_cpu": not torch.cuda.is_available()}
    settings["dataloader_pin_memory"] = torch.cuda.is_available()
    run = Trainer(
        model,
        TrainingArguments(folder, **settings, **tuned),
        train_dataset=rows_for_trainer(corpus, tokenizer),
        data_collator=DataCollatorWithPadding(tokenizer),
        callbacks=[clock],
    )

    def train() -> float:
        with contextlib.redirect_stdout(io.StringIO()):  # its summary
            run.train()
        return clock.seconds

    return train


def ours(steps: int, folder: str, precision: str = "auto"):
    """The same by `Run`, at its defaults."""
    corpus = mk.load_corpus("helpdesk", tasks=TASKS)
    tokenizer = mk.load_encoder("bert-tiny").tokenizer
    model = mk.MultiTaskModel(Encoder(minilm(tokenizer), tokenizer, "minilm's size"), corpus.tasks)
    run = mk.Run(model, corpus, "equal", steps=10_000, validate=None, precision=precision)

    def some_steps():
        for _ in range(steps):
            next(run)

    return lambda: seconds(some_steps, run.device)


VARIANTS = {
    "mtlkit": (ours, {}),
    "mtlkit in fp32": (ours, {"precision": "fp32"}),
    "Trainer's defaults": (trainer, {}),
    "Trainer, grouped by length, bf16": (trainer, {"train_sampling_strategy": "group_by_length", "bf16": True}),
}


def memory(variant: str) -> float:
    """The most memory, in MB, that a process of its own holds beyond what it held before."""
    make, settings = VARIANTS[variant]
    with tempfile.TemporaryDirectory() as folder:
        train = make(8, folder, **settings)
        forget_peak()
        before = peak_memory()
        train()
        return peak_memory() - before


def against_trainer(steps=44, rounds=3):
    """Rows a second, each variant in turn; then the memory of each, in processes of their own."""
    with tempfile.TemporaryDirectory() as folder:
        trains = {name: make(steps, folder, **settings) for name, (make, settings) in VARIANTS.items()}
        for train in trains.values():
            train()  # the first time is slower
        took = {name: [] for name in trains}
        for _ in range(rounds):
            for name, train in trains.items():
                took[name].append(train())
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        held = {name: pool.apply(memory, (name,)) for name in trains}
    found = []
    for name, (theirs, bar) in {
        "mtlkit": ("Trainer's defaults", 0.5),
        "mtlkit in fp32": ("Trainer's defaults", None),
        "mtlkit ": ("Trainer, grouped by length, bf16", 1.0),
    }.items():
        pairs = zip(took[name.strip()], took[theirs], strict=True)
        times = f"{steps * 32 / statistics.median(took[name.strip()]):.0f} and "
        times += f"{steps * 32 / statistics.median(took[theirs]):.0f} rows a second, "
        times += f"{held[name.strip()]:.0f} and {held[theirs]:.0f} MB, of MiniLM's size"
        found.append((f"{name.strip()} / {theirs}: seconds", statistics.median(a / b for a, b in pairs), bar, times))
    return found


# -- TorchJD --------------------------------------------------------------------------------------------------------
def by_torchjd(run, total, after=None):
    """A step as TorchJD's documentation writes it, on the model, batches, optimizer and schedule of `run`."""
    model, batches, done = run.model.train(), run.batches, 0

    def step():
        nonlocal done
        batch, done = batches[done], done + 1
        for group, peak in zip(run.optimizer.param_groups, run._peaks, strict=True):
            group["lr"] = peak * schedule(done, 10_000)
        total(batch)
        torch.nn.utils.clip_grad_norm_(run._parameters, CLIP)
        run.optimizer.step()
        run.optimizer.zero_grad(set_to_none=True)
        if after is not None:
            with torch.no_grad():
                after(model.losses(batch))

    return step


def scalarizers_against_torchjds_loop(rounds=60):
    """Losses, a scalarizer, backward; FAMO besides looks at the losses again."""
    from torchjd import scalarization

    count, rows = len(TASKS), []
    peers = {
        "uncertainty": scalarization.UW(count),
        "dwa": scalarization.DWA(),
        "rlw": scalarization.Random(),
        "gls": scalarization.GeometricMean(),
        "imtl_l": scalarization.IMTLL(count),
        "stch": scalarization.STCH(1.0),
        "famo": scalarization.FAMO(count),
    }
    for name, scalarizer in peers.items():
        run, other = setup(TASKS, weighting=name), setup(TASKS, weighting="equal")
        if list(scalarizer.parameters()):
            other.optimizer.add_param_group({"params": list(scalarizer.parameters())})
            other._peaks.append(own_lr(other.config.lr))

        def total(batch, model=other.model, scalarizer=scalarizer):
            scalarizer(model.losses(batch)).backward()

        after = scalarizer.update if name == "famo" else None
        found, mine, theirs = ratio(lambda run=run: next(run), by_torchjd(other, total, after), rounds)
        details = f"{mine * 1e3:.0f} and {theirs * 1e3:.0f} ms, {count} tasks"
        rows.append((f"{name}: our step / TorchJD's loop", found, 1.03, details))
    return rows


def gradient_methods_against_torchjds_loop(rounds=20):
    """mtl_backward, then jac_to_grad; then what the methods cost beside Equal."""
    from torchjd.autojac import jac_to_grad, mtl_backward

    rows = []
    for name in ("upgrad", "mgda", "pcgrad", "cagrad", "nash_mtl"):
        run, other, on_tokens, equal = (
            setup(TASKS, weighting=w) for w in (name, name, mk.weighting.get(name, on="representation"), "equal")
        )
        shared = [p for n, p in other.model.encoder.named_parameters() if "pooler" not in n]

        def total(batch, other=other, shared=shared):
            vectors = other.model.encode(batch)
            losses = list(other.model.task_losses(batch, vectors).values())
            mtl_backward(losses, features=vectors[0], retain_graph=True, parallel_chunk_size=1)
            jac_to_grad(shared, other.weighting._for_tasks(tuple(other.tasks)))

        found, mine, theirs = ratio(lambda run=run: next(run), by_torchjd(other, total), rounds)
        details = f"{mine * 1e3:.0f} and {theirs * 1e3:.0f} ms, 4 tasks"
        rows.append((f"{name}: our step / TorchJD's own loop", found, 1.05, details))
        for what, other in (("on the weights", run), ("on the token vectors", on_tokens)):
            found, mine, theirs = ratio(lambda r=other: next(r), lambda e=equal: next(e), rounds)
            details = f"{mine * 1e3:.0f} and {theirs * 1e3:.0f} ms, 4 tasks"
            rows.append((f"{name} {what} / Equal", found, None, details))
    return rows


ALL = [
    methods_against_equal,
    against_trainer,
    scalarizers_against_torchjds_loop,
    gradient_methods_against_torchjds_loop,
    comparison_with_two_jobs,
]
