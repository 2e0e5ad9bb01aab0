"""Pretrain `bert-tiny` further on clinical notes: ``python data/encoders/pretrain_clinical.py``.

The recipe of BioBERT (Lee et al. 2020, arXiv:1901.08746): the same tokenizer and vocabulary, the weights of the general
encoder to begin with, masked language modelling on the new domain's texts. These are the clinical generator's stream,
whose clauses are not in its test part; one text in five is a helpdesk ticket, so that less of the old is forgotten.
Writes the folder `bert-tiny-clinical` beside this file and its loss curve; `worth_clinical.py` writes its card.
"""

import argparse
import json
import sys
from pathlib import Path

import mtlkit as mk

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "generate"))

import clinical  # noqa: E402 - the generators are scripts beside the data, not a part of the package
import helpdesk  # noqa: E402


def corpus_of(notes: int, tickets: int):
    """Notes and tickets to train on, notes of the test part to validate on; one task, mlm."""
    import pandas as pd

    train = [*clinical.stream(notes, seed=1), *helpdesk.stream(tickets, seed=3)]
    validation = [note["text"] for note in clinical.notes(1000, seed=2, part="test")]
    frames = {"train": pd.DataFrame({"text": train}), "validation": pd.DataFrame({"text": validation})}
    return mk.Corpus.from_frames(frames, tasks=[mk.Task("mlm", "mlm")])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--notes", type=int, default=80_000)
    # Of 400 steps on notes alone, hidden tokens guessed right: 65 % in notes, 20 % in tickets (bert-tiny: 70 %).
    # With one text in five a ticket: 61 % and 63 %.
    options.add_argument("--tickets", type=int, default=20_000)
    options.add_argument("--out", type=Path, default=HERE / "bert-tiny-clinical")
    o = options.parse_args()
    encoder = mk.load_encoder("bert-tiny")
    encoder.name = "bert-tiny-clinical"
    corpus = corpus_of(o.notes, o.tickets)
    model = mk.MultiTaskModel(encoder, corpus.tasks)
    for module in model.modules():
        if hasattr(module, "p"):  # no dropout: fresh texts, as in the first pretraining; the config keeps it for later
            module.p = 0.0
    run = mk.Run(model, corpus, epochs=1, batch_size=64, lr=1e-3, head_lr=1e-3, validate=500)
    history = mk.fit(run)
    model.encoder.save(o.out, model.heads["mlm"])
    axes = mk.plots.losses_and_weights(history)
    axes[0].figure.savefig(o.out / "pretraining.png", dpi=80)
    found = history.metrics().query("step == step.max()").set_index("metric").value
    about = {
        "notes": o.notes,
        "tickets": o.tickets,
        "steps": run.steps,
        "batch_size": 64,
        "seconds": round(run.seconds),
        "parameters": encoder.size(),
        "vocabulary": len(encoder.tokenizer),
        "loss_first": round(float(history.losses()[:20].mean()), 3),
        "loss_last": round(float(history.losses()[-200:].mean()), 3),
        "accuracy": round(found["accuracy"], 4),
        "perplexity": round(found["perplexity"], 2),
    }
    (o.out / "pretraining.json").write_text(json.dumps(about, indent=1) + "\n")
    print(json.dumps(about))


if __name__ == "__main__":
    main()
