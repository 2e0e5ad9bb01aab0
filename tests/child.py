"""A training in a process of its own, which a test may kill. Such processes are forked from one that has imported all
that they need: none waits for torch again."""

import multiprocessing

import pandas  # noqa: F401
import toy
import transformers.models.bert.modeling_bert  # noqa: F401

import mtlkit as mk


def train(folder: str, tasks: list[str], checkpoint: str, pipe) -> None:
    """Says at which step it begins, and "done" at the end."""
    corpus = toy.corpus(tasks)
    model = mk.MultiTaskModel(mk.load_encoder(folder), corpus.tasks)
    settings = {"steps": 90, "batch_size": 16, "lr": 1e-3, "validate": 20, "checkpoint_every": 4}
    run = mk.Run(model, corpus, mk.Sigmoid(smoothing=0.5), checkpoint=checkpoint, **settings)
    pipe.send(run.resumed_from)
    for _ in run:
        pass
    pipe.send("done")


def start(*args):
    """The process that runs `train`, and what it says."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["child"])
    ours, its = context.Pipe()
    process = context.Process(target=train, args=(*args, its))
    process.start()
    its.close()
    return process, ours
