"""How hard each task of helpdesk is: ``python data/generate/difficulty.py [--model]`` rewrites the card's table.

Every number is on test, learnt on train: what the answer that knows nothing scores (the most frequent label, the
mean, the tag O), what a bag of words with a linear model scores, and with ``--model`` what the kit's model scores: all
tasks in one model, and each task in a model of its own.
"""

import argparse
import json
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parents[1] / "helpdesk"
MODEL_COLUMNS = ("all tasks in one model", "one model per task")
STEPS, SEEDS = 700, 3
# One over each loss's size for an answer that knows nothing, roughly: no task is louder than another by its unit alone.
WEIGHTS = {"minutes": 0.001, "urgency": 10.0, "symptoms": 3.0}


def read(split: str) -> list[dict]:
    return [json.loads(line) for line in (HERE / f"{split}.jsonl").read_text(encoding="utf-8").splitlines()]


def labelled(rows: list[dict], column: str) -> list[dict]:
    return [row for row in rows if row[column] is not None]


def text_of(row: dict) -> str:
    """The row's text; of a pair both texts, each word marked with the one it comes from."""
    if row["answer"] is None:
        return row["text"]
    marked = (f"{side}_{word}" for side in ("text", "answer") for word in row[side].lower().split())
    return " ".join(marked)


def bag_of_words(train: list[dict], test: list[dict]):
    """TF-IDF of the words, learnt on train: two sparse tables."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(sublinear_tf=True, token_pattern=r"(?u)\b\w+\b")
    return words.fit_transform(map(text_of, train)), words.transform(map(text_of, test))


def classification(task: dict, train: list[dict], test: list[dict]) -> dict[str, float]:
    from sklearn.linear_model import LogisticRegression

    column = task["column"]
    train, test = labelled(train, column), labelled(test, column)
    known, true = [row[column] for row in train], [row[column] for row in test]
    x, z = bag_of_words(train, test)
    guess = LogisticRegression(C=10, max_iter=100, tol=1e-3).fit(x, known).predict(z)
    frequent = [Counter(known).most_common(1)[0][0]] * len(true)
    return {"metric": "macro_f1", "rows": len(true), "floor": macro_f1(true, frequent), "words": macro_f1(true, guess)}


def macro_f1(true, guess) -> float:
    from sklearn.metrics import f1_score

    return f1_score(true, guess, average="macro", zero_division=0)


def regression(task: dict, train: list[dict], test: list[dict]) -> dict[str, float]:
    from sklearn.linear_model import Ridge
    from sklearn.metrics import r2_score

    column = task["column"]
    train, test = labelled(train, column), labelled(test, column)
    known, true = [row[column] for row in train], [row[column] for row in test]
    x, z = bag_of_words(train, test)
    guess = Ridge(alpha=1.0).fit(x, known).predict(z)
    mean = np.full(len(true), np.mean(known))
    return {"metric": "r2", "rows": len(true), "floor": r2_score(true, mean), "words": r2_score(true, guess)}


def multilabel(task: dict, train: list[dict], test: list[dict]) -> dict[str, float]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.preprocessing import MultiLabelBinarizer

    column = task["column"]
    train, test = labelled(train, column), labelled(test, column)
    binary = MultiLabelBinarizer()
    known = binary.fit_transform([row[column] for row in train])
    true = binary.transform([row[column] for row in test])
    x, z = bag_of_words(train, test)
    guess = OneVsRestClassifier(LogisticRegression(C=10, max_iter=100, tol=1e-3)).fit(x, known).predict(z)
    most = np.tile(known.mean(axis=0) > 0.5, (len(true), 1))  # each label's most frequent value: absent
    floor = f1_score(true, most, average="micro", zero_division=0)
    return {
        "metric": "micro_f1",
        "rows": len(true),
        "floor": floor,
        "words": f1_score(true, guess, average="micro"),
    }


def tagging(task: dict, train: list[dict], test: list[dict]) -> dict[str, float]:
    """Floor: each word's most frequent tag. Linear: logistic regression on the word and its neighbours."""
    from seqeval.metrics import f1_score
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    tags, words = task["column"], task["words"]
    train, test = labelled(train, tags), labelled(test, tags)
    true = [row[tags] for row in test]
    seen: dict[str, Counter] = {}
    for row in train:
        for word, tag in zip(row[words], row[tags], strict=True):
            seen.setdefault(word.lower(), Counter())[tag] += 1
    usual = {word: counts.most_common(1)[0][0] for word, counts in seen.items()}
    floor = f1_score(true, [[usual.get(word.lower(), "O") for word in row[words]] for row in test])
    vectors = DictVectorizer()
    some = train[:1200]  # enough for the linear model, and quick
    x = vectors.fit_transform(near for row in some for near in neighbours(row[words]))
    known = [tag for row in some for tag in row[tags]]
    model = LogisticRegression(C=10, max_iter=100, tol=1e-3).fit(x, known)
    guess = [list(model.predict(vectors.transform(neighbours(row[words])))) for row in test]
    return {"metric": "f1", "rows": len(true), "floor": floor, "words": f1_score(true, guess)}


def neighbours(words: list[str]) -> list[dict[str, str]]:
    low = ["<", *(word.lower() for word in words), ">"]
    return [{"before": low[i - 1], "word": low[i], "after": low[i + 1]} for i in range(1, len(low) - 1)]


KINDS = {f.__name__: f for f in (classification, regression, multilabel, tagging)}


def baselines() -> dict[str, dict]:
    """Task → metric, test rows, floor, words (the linear model)."""
    train, test = read("train"), read("test")
    tasks = json.loads((HERE / "corpus.json").read_text(encoding="utf-8"))["tasks"]
    return {task["name"]: KINDS[task["kind"]](task, train, test) for task in tasks}


def word_order_probe() -> dict[str, float]:
    """Accuracy of the bag of words on test sentiment, where word order decides and where it doesn't.

    Neutral rows are left out of both: they have no pole that order could turn.
    """
    from sklearn.linear_model import LogisticRegression

    train, test = labelled(read("train"), "sentiment"), labelled(read("test"), "sentiment")
    x, z = bag_of_words(train, test)
    guess = LogisticRegression(C=10, max_iter=100, tol=1e-3).fit(x, [row["sentiment"] for row in train]).predict(z)
    right: dict[bool, list[bool]] = {True: [], False: []}
    for row, label in zip(test, guess, strict=True):
        if row["sentiment"] != "neutral":
            right[row["contrast"]].append(row["sentiment"] == label)
    return {"contrast": float(np.mean(right[True])), "plain": float(np.mean(right[False]))}


def train(job: tuple[int, tuple[str, ...] | None]) -> dict[str, float]:
    """(seed, the tasks or None for all) → task → the kit's test metric, trained from the embedded encoder."""
    os.environ["OMP_NUM_THREADS"] = "1"  # before torch comes: the trainings go side by side, a process each
    import mtlkit as mk

    seed, tasks = job
    corpus = mk.load_corpus("helpdesk", tasks=tasks and list(tasks))
    model = mk.MultiTaskModel(mk.load_encoder("bert-tiny"), corpus.tasks, seed=seed)
    weighting = mk.Fixed({t.name: WEIGHTS.get(t.name, 1.0) for t in corpus.tasks})
    for _ in mk.Run(model, corpus, weighting, steps=STEPS, validate=None, seed=seed):
        pass
    metric = {"classification": "macro_f1", "regression": "r2", "multilabel": "micro_f1", "tagging": "f1"}
    wanted = {(t.name, metric[t.kind]) for t in corpus.tasks}
    return {r.task: r.value for r in mk.evaluate(model, corpus.test).itertuples() if (r.task, r.metric) in wanted}


def model_scores() -> dict[str, tuple[float, float]]:
    """Task → (the metric with all tasks in one model, the mean over the seeds; in a model of its own, one seed)."""
    tasks = [task["name"] for task in json.loads((HERE / "corpus.json").read_text(encoding="utf-8"))["tasks"]]
    jobs = [(seed, None) for seed in range(SEEDS)] + [(0, (task,)) for task in tasks]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(train, jobs))
    together, alone = found[:SEEDS], found[SEEDS:]
    return {t: (float(np.mean([f[t] for f in together])), a[t]) for t, a in zip(tasks, alone, strict=True)}


def table(results: dict[str, dict], probe: dict[str, float], model: dict[str, tuple] | None) -> str:
    head = ["task", "metric on test", "test rows", "knows nothing", "bag of words"] + list(MODEL_COLUMNS) * bool(model)
    lines = ["| " + " | ".join(head) + " |", "| --- " * 2 + "| ---: " * (len(head) - 2) + "|"]
    for task, r in results.items():
        cells = [task, r["metric"], str(r["rows"]), f"{round(r['floor'], 2) + 0:.2f}", f"{r['words']:.2f}"]
        lines.append("| " + " | ".join(cells + ([f"{v:.2f}" for v in model[task]] if model else [])) + " |")
    lines += [
        "",
        f"Word order: on test tickets with a feeling, the bag of words gets the sentiment of {probe['plain']:.0%} right"
        f" where the words say it, and of {probe['contrast']:.0%} where a negation or a contrast decides"
        " (column `contrast`).",
    ]
    return "\n".join(lines)


def label_counts() -> str:
    """A table of every task's labels and how often each occurs, or its range, in all splits together."""
    rows = [row for split in ("train", "validation", "test") for row in read(split)]
    lines = ["| task | kind | labelled rows | labels |", "| --- | --- | ---: | --- |"]
    for task in json.loads((HERE / "corpus.json").read_text(encoding="utf-8"))["tasks"]:
        values = [row[task["column"]] for row in rows if row[task["column"]] is not None]
        if task["kind"] == "regression":
            told = f"{min(values)} to {max(values)}, mean {np.mean(values):.2f}"
        else:
            flat = [label for value in values for label in (value if isinstance(value, list) else [value])]
            counts = Counter(label.removeprefix("B-") for label in flat if label[:2] not in ("O", "I-"))
            told = ", ".join(f"{label} {count:,}" for label, count in sorted(counts.items()))
            if task["kind"] == "multilabel":
                told += f", none {values.count([]):,}"
        lines.append(f"| {task['name']} | {task['kind']} | {len(values):,} | {told} |")
    return "\n".join(lines)


def write_card(section: str, text: str) -> None:
    """Put the text between the card's two marks of that section."""
    path = HERE / "README.md"
    card = path.read_text(encoding="utf-8")
    start, end = f"<!-- {section}: written by data/generate/difficulty.py -->", f"<!-- end of {section} -->"
    if start not in card or end not in card:
        raise ValueError(f"{path} lacks the lines between which the table goes: {start!r} and {end!r}.")
    before, after = card.split(start)[0], card.split(end)[1]
    path.write_text(f"{before}{start}\n{text}\n{end}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", action="store_true", help="train the kit's model, too (minutes)")
    model = model_scores() if parser.parse_args().model else None
    text = table(baselines(), word_order_probe(), model)
    write_card("labels", label_counts())
    write_card("difficulty", text)
    print(text)


if __name__ == "__main__":
    main()
