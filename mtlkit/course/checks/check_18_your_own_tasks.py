"""Notebook 18: the finding that makes a score wrong, among those that only look odd."""

import random

from mtlkit.course.checks.base import Unanswered, Wrong, exercise

TOPICS, TRAIN, TEST, AGAIN = ("billing", "delivery", "printer", "account"), 80, 40, 14
QUEUES = dict(zip(TOPICS, ("q7", "q2", "q4", "q1"), strict=True))
HARMLESS = {
    "column tells a label": "The model reads the texts and nothing else. A column that tells the label would only help "
    "if someone put it into the text.",
    "ID column": "The model reads the texts and nothing else: a column of IDs changes no score.",
    "constant column": "The model reads the texts and nothing else: a constant column changes no score.",
    "missing labels": "A row without a label takes no part in the loss, nor in the score: that of the others stands.",
}


def injected_issue():
    """A corpus of 80 tickets to learn from and 40 to measure on, with one fault that makes the score too good, and
    other things that only look odd."""
    import pandas as pd

    from mtlkit.corpus.corpus import Corpus
    from mtlkit.corpus.load import load_corpus
    from mtlkit.tasks import Task

    draw = random.Random(18)
    helpdesk = load_corpus("helpdesk", tasks=["topic", "sentiment"]).splits["train"].frame()
    rows = [helpdesk[helpdesk["topic"] == topic][: (TRAIN + TEST) // 4] for topic in TOPICS]
    table = pd.concat(rows).sample(frac=1, random_state=18).reset_index(drop=True)
    table = table[["text", "topic", "sentiment"]]
    table.insert(0, "ticket", range(4101, 4101 + len(table)))
    table["queue"], table["source"] = table["topic"].map(QUEUES), "web"
    train, test = table[:TRAIN], table[TRAIN:].reset_index(drop=True)
    for row, other in zip(draw.sample(range(TEST), AGAIN), draw.sample(range(TRAIN), AGAIN), strict=True):
        for column in ("topic", "sentiment", "queue"):
            test.loc[row, column] = train.loc[other, column]
        text = train.loc[other, "text"]
        test.loc[row, "text"] = f"  {text.upper()}" if row % 2 else text.replace(". ", ".  ")
    tasks = [Task("topic", "classification"), Task("sentiment", "classification")]
    return Corpus.from_frames({"train": train, "test": test}, tasks, name="planted")


@exercise(
    hints=(
        "What does the model read, and on which rows is its score taken? Of each finding, ask whether it can change "
        "either of them.",
        "The column `severity` says which one makes a result wrong; `rows` says how many test rows it takes away.",
    ),
    solution=f"""
planted_fault = {{"finding": "texts also in train", "rows": {TEST - AGAIN}}}
""",
)
def planted_fault(answer):
    """Give a dict {"finding": …, "rows": …}: the name of the finding that makes the score on test too good, and the
    number of test rows that are left to count on."""
    if not isinstance(answer, dict) or not {"finding", "rows"} <= set(answer):
        raise Wrong("not-a-dict", 'A dict is due: {"finding": the name in the table, "rows": a number}.')
    finding, rows = answer["finding"], answer["rows"]
    if any(value is None or value is ... for value in (finding, rows)):
        raise Unanswered
    if finding in HARMLESS:
        raise Wrong("harmless", HARMLESS[finding])
    if finding != "texts also in train":
        raise Wrong("no-such-finding", f"{finding!r} does not explain it: take a name from the column `finding`.")
    if rows == AGAIN:
        raise Wrong("rows-counted-that-go", f"{AGAIN} is how many test rows are no test. How many are left?")
    if rows == TEST:
        raise Wrong("all-rows", "On these rows a model can answer from memory: they must go. How many are left?")
    if rows in (TRAIN, TRAIN - AGAIN):
        raise Wrong("train-rows", "Drop them from test, not from train: the score is taken on test rows.")
    if rows != TEST - AGAIN:
        raise Wrong("unrecognised", f"Not {rows}: the test rows, less those that are in train too.")
    return f"{AGAIN} of {TEST} test texts were learnt by heart; on the other {TEST - AGAIN} a score means something."
