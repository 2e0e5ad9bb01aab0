"""A short run of every kind of task, on an embedded encoder."""

import pandas as pd

import mtlkit as mk

TEXTS = ["the printer on the second floor is out of paper", "my screen stays black", "please reset my password"] * 16
SPANS = [{"start": 0, "end": len(text.split()[0]), "text": text.split()[0]} for text in TEXTS]
KINDS = {  # name → (encoder, tasks, columns)
    "helpdesk": ("bert-tiny", None, None),
    "mlm": ("bert-tiny", [mk.Task("mlm", "mlm")], {}),
    "span": ("bert-tiny", [mk.Task("first", "span")], {"first": SPANS}),
    "choice": (
        "bert-tiny",
        [mk.Task("right", "choice", choices="ends")],
        {"right": [0, 1, 1] * 16, "ends": [["now", "never"]] * 48},
    ),
    "clm": ("gpt-tiny", [mk.Task("clm", "clm")], {}),
    "span corruption": ("t5-tiny", [mk.Task("holes", "span_corruption")], {}),
    "generation": ("t5-tiny", [mk.Task("reply", "generation")], {"reply": TEXTS[::-1]}),
    "generation of a decoder": ("gpt-tiny", [mk.Task("reply", "generation")], {"reply": TEXTS[::-1]}),
}


def corpus_of(kind: str) -> mk.Corpus:
    _, tasks, columns = KINDS[kind]
    if tasks is None:
        return mk.load_corpus("helpdesk")
    frame = pd.DataFrame({"text": TEXTS, **columns})
    return mk.Corpus.from_frames(dict.fromkeys(("train", "validation", "test"), frame), tasks=tasks)


def run_of(kind: str, weighting="equal", **settings) -> mk.Run:
    corpus = corpus_of(kind)
    model = mk.MultiTaskModel(mk.load_encoder(KINDS[kind][0]), corpus.tasks)
    return mk.Run(model, corpus, weighting, **{"steps": 40, "batch_size": 8, "validate": None} | settings)
