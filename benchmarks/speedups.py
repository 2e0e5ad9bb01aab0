"""What became faster, beside the commit before: the same lines in fresh processes of either tree, in turn.

``python benchmarks/run.py SPEEDUPS``. ``python benchmarks/speedups.py NAME`` measures one part in the tree that
PYTHONPATH names, and prints it as JSON.
"""

import contextlib
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

BEFORE = "9cd25fb"  # the last commit in which the package was one flat folder
HERE = Path(__file__).resolve().parent


@contextlib.contextmanager
def both_trees():
    """The folders of this tree and of the commit before."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(["git", "archive", BEFORE], cwd=HERE.parent, check=True, stdout=subprocess.PIPE).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
        yield str(HERE.parent), folder


def compare(name: str, *arguments, rounds: int = 3) -> tuple[list[dict], list[dict]]:
    """What `name` measured here, and in the commit before, in turn."""
    found = ([], [])
    with both_trees() as trees:
        for n in range(rounds):
            for which in ((0, 1), (1, 0))[n % 2]:  # who goes first changes
                environment = {**os.environ, "PYTHONPATH": trees[which], "XDG_CACHE_HOME": f"{trees[1]}/cache"}
                found[which].append(in_a_fresh_process(name, *arguments, environment=environment))
    return found


def in_a_fresh_process(name: str, *arguments, environment: dict | None = None) -> dict:
    """What the function `name` of this file measures there."""
    command = [sys.executable, __file__, name, *(str(int(a)) for a in arguments)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout.splitlines()[-1])


def medians(found: tuple[list[dict], list[dict]], key: str) -> tuple[float, float, float]:
    """(median ratio of now to before, the two medians)."""
    now, before = ([f[key] for f in side] for side in found)
    ratio = statistics.median(a / b for a, b in zip(now, before, strict=True))
    return ratio, statistics.median(now), statistics.median(before)


def redraw(steps=100_000, tasks=8):
    """What a live figure asks of a history each time it is drawn."""
    found, now, before = medians(compare("read_history", steps, tasks), "seconds")
    details = f"{now * 1e3:.3f} and {before * 1e3:.0f} ms"
    return [(f"a redraw at {steps:,} steps × {tasks} tasks, in `History`: now / before", found, 0.1, details)]


def read_history(steps, tasks):
    import mtlkit as mk

    losses, weights = torch.rand(2, steps, tasks)
    history, took = mk.History([f"task {i}" for i in range(tasks)]), []
    for i in range(steps):
        history.add_step(mk.Step(i + 1, 1, losses[i], weights[i], 1e-3, 0.1 * i, 8 * i))
        if i >= steps - 20:
            started = time.perf_counter()
            history.steps(), history.losses(), history.weights()
            took.append(time.perf_counter() - started)
    return {"seconds": statistics.median(took)}


def bootstrap(rows=600):
    """What the intervals of a tagging task add to its evaluation."""
    added, now, before = medians(compare("evaluate_tagged_rows", rows, rounds=1), "seconds")
    details = f"{now:.3f} and {before:.0f} s"
    return [(f"what `bootstrap=1000` adds to `evaluate` on {rows} tagged rows: now / before", added, 0.005, details)]


def evaluate_tagged_rows(rows, repeats=40):
    import pandas as pd

    import mtlkit as mk

    draw = random.Random(0)
    known = mk.load_corpus("helpdesk", tasks=["topic"]).train.texts[0].split()
    words = [draw.choices(known, k=20) for _ in range(rows)]
    tags = [["B-part" if len(w) > 6 else "B-fault" if w[0] in "aeiou" else "O" for w in row] for row in words]
    frame = pd.DataFrame({"text": [" ".join(row) for row in words], "words": words, "tags": tags})
    corpus = mk.Corpus.from_frames({"train": frame, "test": frame}, [mk.Task("tags", "tagging", words="words")])
    model = mk.MultiTaskModel(mk.load_encoder("bert-tiny"), corpus.tasks)
    mk.evaluate(model, corpus.test)  # texts are tokenized once
    took = {0: [], 1000: []}
    while len(took[1000]) < repeats and sum(took[1000]) < 30:
        for draws in took:
            started = time.process_time()
            mk.evaluate(model, corpus.test, bootstrap=draws)
            took[draws].append(time.process_time() - started)
    return {"seconds": statistics.median(w - wo for w, wo in zip(took[1000], took[0], strict=True))}


def checkpoints(steps=100, every=10):
    """bert-tiny on helpdesk with checkpoints every 10 steps: what is hashed, and how long saving takes."""
    found = compare("train_with_checkpoints", steps, every, rounds=1)
    hashed, *times_hashed = medians(found, "hashed")
    saving, now, before = medians(found, "saving")
    name = f"checkpoints every {every} of {steps} steps, {found[0][0]['rows']:,} rows"
    return [
        (f"{name}, times hashed: now / before", hashed, None, "{:.0f} and {:.0f} times".format(*times_hashed)),
        (f"{name}, seconds of saving: now / before", saving, None, f"{now:.2f} and {before:.2f} s"),
    ]


def train_with_checkpoints(steps, every):
    import mtlkit as mk

    corpus = mk.load_corpus("helpdesk")
    model = mk.MultiTaskModel(mk.load_encoder("bert-tiny"), corpus.tasks)
    module, spent = sys.modules[mk.Run.__module__], {"hashed": 0, "saving": 0.0}
    digest, save = module.checkpoints.digest, mk.Run._save

    def counted(*arguments):
        spent["hashed"] += 1
        return digest(*arguments)

    def timed(run, *folder):
        started = time.perf_counter()
        save(run, *folder)
        spent["saving"] += time.perf_counter() - started

    module.checkpoints.digest, mk.Run._save = counted, timed
    with tempfile.TemporaryDirectory() as folder:
        settings = {"validate": None, "checkpoint": Path(folder) / "run", "checkpoint_every": every}
        for _ in mk.Run(model, corpus, steps=steps, **settings):
            pass
    return spent | {"rows": len(corpus.train)}


def long_windows(tokens=512, rows=8, steps=3):
    """A training step on long windows from minilm, as question answering has them."""
    lines = []
    for precision in ("fp32", "bf16") if torch.cpu._is_avx512_bf16_supported() else ("fp32",):
        found = compare("train_long_windows", tokens, rows, steps, precision == "bf16", rounds=1)
        name = f"{rows} windows of {tokens} tokens, minilm in {precision}"
        ratio, now, before = medians(found, "seconds")
        lines.append((f"a step on {name}: now / before", ratio, 0.5, f"{now:.1f} and {before:.1f} s of CPU time"))
        ratio, now, before = medians(found, "peak")
        details = f"{now / 1e9:.2f} and {before / 1e9:.2f} GB, the process whole"
        lines.append((f"memory at the peak on {name}: now / before", ratio, 0.5, details))
    return lines


def where_dropout_on_attention_ends(rows=8, steps=3):
    """A step without dropout on attention beside one with it: from which length on it saves something."""
    lines = []
    for tokens in (256, 384, 512):
        sides = [in_a_fresh_process("train_long_windows", tokens, rows, steps, False, long) for long in (1, tokens + 1)]
        (now, peak), (dropped, its_peak) = ((s["seconds"], s["peak"]) for s in sides)
        name = f"{rows} windows of {tokens} tokens, minilm in fp32: without dropout on attention / with it"
        details = f"{now:.1f} and {dropped:.1f} s of CPU time; memory at the peak {peak / its_peak:.2f}"
        lines.append((f"a step on {name}", now / dropped, None, details))
    return lines


def train_long_windows(tokens, rows, steps, bf16, long=None):
    """CPU seconds of the fastest step on one thread, which are its time whatever else the machine does."""
    import pandas as pd

    import mtlkit as mk

    if long:  # windows of so many tokens count as long
        from mtlkit.encoder import attention

        attention.LONG = long
    torch.set_num_threads(1)
    words = " ".join(mk.load_corpus("helpdesk", tasks=["topic"]).train.texts).split()
    texts = [" ".join(words[i * tokens : (i + 1) * tokens]) for i in range(rows)]  # more than is read: cut off
    frame = pd.DataFrame({"text": texts, "part": ["a", "b"] * (rows // 2)})
    corpus = mk.Corpus.from_frames({"train": frame}, [mk.Task("part", "classification")])
    encoder = mk.load_encoder("minilm")
    encoder.tokenizer.model_max_length = tokens
    settings = {"precision": "bf16" if bf16 else "fp32", "validate": None, "device": "cpu"}
    run = mk.Run(mk.MultiTaskModel(encoder, corpus.tasks), corpus, steps=steps, batch_size=rows, **settings)
    assert run.batches[0].input_ids.shape == (rows, tokens)
    took = []
    for _ in range(steps):
        started = time.process_time()
        next(run)
        took.append(time.process_time() - started)
    return {"seconds": min(took), "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def answers_in_bf16(sentences=1_000):
    """`evaluate` and `predict` from minilm; before, both computed in float32."""
    if not torch.cpu._is_avx512_bf16_supported():
        return [("`evaluate`, minilm: now / before", 1.0, None, "this CPU has no bf16: in float32, as before")]
    found = compare("answer_sentences", sentences)
    lines = []
    for part in ("evaluate", "predict"):
        ratio, now, before = medians(found, part)
        name = f"`{part}`, minilm, {sentences:,} sentences: now / before"
        lines.append((name, ratio, 0.45, f"{now:.1f} and {before:.1f} s"))
    return lines


def against_onnx_runtime(sentences=1_000):
    """The encoder's pass in mtlkit's batches against ONNX Runtime (extra `peers`), on as many threads."""
    from side_by_side import ratio

    import mtlkit as mk
    from mtlkit.batching.sampler import evaluation_batches

    corpus, model = sentences_and_model(sentences)
    batches = list(evaluation_batches(model.tokenize(corpus.test), model.tasks, 64))
    tokens = sum(b.input_ids.numel() for b in batches)
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        for name, session in onnx_sessions(mk.load_encoder("minilm"), batches[0], Path(folder)).items():

            def theirs(session=session):
                for b in batches:
                    inputs = (b.input_ids, b.attention_mask, b.token_type_ids)
                    session.run(None, {i.name: t.numpy() for i, t in zip(session.get_inputs(), inputs, strict=True)})

            def ours():
                with torch.inference_mode():
                    for b in batches:
                        model.read(b)

            found, our, their = ratio(ours, theirs, rounds=3, warm_up=1)
            details = f"{our:.2f} and {their:.2f} s, {sentences:,} sentences, {tokens:,} tokens with padding"
            lines.append((f"encoder's pass, minilm: ours / ONNX Runtime, {name}", found, None, details))
    return lines


def onnx_sessions(encoder, batch, folder: Path) -> dict:
    """minilm in ONNX Runtime: in float32, and its weights in int8 with dynamic quantisation."""
    import onnxruntime
    from onnxruntime.quantization import quantize_dynamic

    names, inputs = ["ids", "mask", "types"], (batch.input_ids, batch.attention_mask, batch.token_type_ids)
    axes = {name: {0: "rows", 1: "tokens"} for name in [*names, "vectors"]}
    whole, small = str(folder / "fp32.onnx"), str(folder / "int8.onnx")
    torch.onnx.export(
        Backbone(encoder), inputs, whole, input_names=names, output_names=["vectors"], dynamic_axes=axes, dynamo=False
    )
    quantize_dynamic(whole, small)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    return {
        name: onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        for name, file in {"float32": whole, "dynamic int8": small}.items()
    }


class Backbone(torch.nn.Module):
    """The transformer alone, as exporters know it: ids, mask, types → token vectors."""

    def __init__(self, encoder):
        super().__init__()
        self.model = encoder.backbone.eval()
        self.model.set_attn_implementation("eager")

    def forward(self, ids, mask, types):
        return self.model(ids, attention_mask=mask, token_type_ids=types).last_hidden_state


def answer_sentences(sentences):
    import mtlkit as mk

    corpus, model = sentences_and_model(sentences)
    texts, found = corpus.test.texts, {}
    model.predict(texts[:64])
    ways = {"evaluate": lambda: mk.evaluate(model, corpus.test), "predict": lambda: model.predict(texts)}
    for name, answer in ways.items():
        started = time.perf_counter()
        answer()
        found[name] = time.perf_counter() - started
    return found


def sentences_and_model(count):
    """Tickets' first sentences."""
    import pandas as pd

    import mtlkit as mk

    train = mk.load_corpus("helpdesk", tasks=["topic"]).train
    rows = [(text.split(". ")[0], row["topic"]) for text, row in zip(train.texts, train, strict=True)]
    frame = pd.DataFrame([r for r in rows if r[1]][:count], columns=["text", "topic"])
    corpus = mk.Corpus.from_frames({"train": frame, "test": frame}, [mk.Task("topic", "classification")])
    return corpus, mk.MultiTaskModel(mk.load_encoder("minilm"), corpus.tasks)


ALL = [
    redraw,
    bootstrap,
    checkpoints,
    answers_in_bf16,
    against_onnx_runtime,
    long_windows,
    where_dropout_on_attention_ends,
]

if __name__ == "__main__":
    print(json.dumps(globals()[sys.argv[1]](*map(int, sys.argv[2:]))))
