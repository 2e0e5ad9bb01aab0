"""How hard each task of miniglue is: ``python data/generate/miniglue_difficulty.py [--model]`` writes the card's table.

Every number is on test, learnt on train: the most frequent label or the mean; a bag of words with a linear model (of
pairs also the share of words that the two texts have in common); with ``--model`` the kit's model from `bert-tiny`,
each task in a model of its own, and all in one.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parents[1] / "miniglue"
METRICS = {  # the official ones, and accuracy beside Matthews
    "cola": ("matthews", "accuracy"),
    "sst2": ("accuracy",),
    "mrpc": ("f1", "accuracy"),
    "stsb": ("pearson", "spearman"),
    "rte": ("accuracy",),
}
STEPS, SEEDS = 300, 2
PARTS = ("test", "validation_mismatched")


def read(task: str, split: str) -> list[dict]:
    file = HERE / task / f"{split}.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def score(metric: str, true, guess) -> float:
    from scipy.stats import pearsonr, spearmanr
    from sklearn.metrics import accuracy_score, f1_score, matthews_corrcoef

    if metric in ("pearson", "spearman") and np.ptp(guess) == 0:
        return 0.0  # undefined; GLUE's server counts it as nought
    found = {
        "matthews": matthews_corrcoef, "accuracy": accuracy_score, "f1": f1_score,
        "pearson": lambda t, g: pearsonr(t, g)[0], "spearman": lambda t, g: spearmanr(t, g)[0],
    }  # fmt: skip
    return float(found[metric](true, guess))


def features(train: list[dict], test: list[dict]):
    """TF-IDF of words and of two words in a row; of pairs, each side's, and how many words both share."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer

    sides = [c for c in ("sentence", "sentence1", "sentence2") if c in train[0]]
    tables: list[list] = [[], []]
    for side in sides:
        words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b")
        tables[0].append(words.fit_transform(row[side] for row in train))
        tables[1].append(words.transform(row[side] for row in test))
    if len(sides) == 2:
        for table, rows in zip(tables, (train, test), strict=True):
            table.append(np.array([[shared(*(row[side] for side in sides))] for row in rows]))
    return tuple(hstack(table).tocsr() for table in tables)


def shared(one: str, two: str) -> float:
    first, second = (set(text.lower().rstrip(".").split()) for text in (one, two))
    return len(first & second) / len(first | second)


def baselines(task: str) -> dict[str, dict[str, tuple[float, float]]]:
    """Part → metric → (knows nothing, bag of words)."""
    from sklearn.linear_model import LogisticRegression, Ridge

    train, found = read(task, "train"), {}
    known = [row["label"] for row in train]
    for part in PARTS:
        test = read(task, part)
        if not test:
            continue
        true = [row["label"] for row in test]
        x, z = features(train, test)
        if task == "stsb":
            guess, blind = Ridge(alpha=1.0).fit(x, known).predict(z), np.full(len(true), np.mean(known))
        else:
            guess = LogisticRegression(C=10, max_iter=300).fit(x, known).predict(z)
            blind = [Counter(known).most_common(1)[0][0]] * len(true)
        found[part] = {m: (score(m, true, blind), score(m, true, guess)) for m in METRICS[task]}
    return found


def train(seed: int, task: str | None) -> dict[tuple[str, str, str], float]:
    """(task, part, metric) → what the kit's model scores; of one task, or (None) of all in one model."""
    import mtlkit as mk

    corpus = mk.load_corpus("miniglue", tasks=task)
    model = mk.MultiTaskModel(mk.load_encoder("bert-tiny"), corpus.tasks, seed=seed)
    for _ in mk.Run(model, corpus, steps=STEPS, validate=None, seed=seed, sampling=None if task else 0.5):
        pass
    parts = {part: mk.evaluate(model, corpus.splits[part]) for part in PARTS if part in corpus.splits}
    return {(r.task, part, r.metric): r.value for part, table in parts.items() for r in table.itertuples()}


def model_scores() -> list[dict[tuple[str, str, str], float]]:
    """[one model per task, all tasks in one model], the mean over the seeds."""
    alone: dict[tuple, list] = {}
    together: dict[tuple, list] = {}
    for seed in range(SEEDS):
        for task in (*METRICS, None):
            for key, value in train(seed, task).items():
                (alone if task else together).setdefault(key, []).append(value)
    return [{key: float(np.mean(values)) for key, values in each.items()} for each in (alone, together)]


def table(models: list[dict]) -> str:
    columns = ("one model per task", "all tasks in one model")[: len(models)]
    head = ["task", "part", "metric", "rows", "knows nothing", "bag of words", *columns]
    lines = ["| " + " | ".join(head) + " |", "| --- | --- | --- |" + " ---: |" * (len(head) - 3)]
    for task in METRICS:
        for part, found in baselines(task).items():
            for metric, (blind, words) in found.items():
                cells = [task, part, metric, str(len(read(task, part)))]
                cells += [f"{v + 0:.2f}" for v in (blind, words, *(m[task, part, metric] for m in models))]
                lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", action="store_true", help="train the kit's model, too (minutes)")
    text = table(model_scores() if parser.parse_args().model else [])
    path = HERE / "README.md"
    card = path.read_text(encoding="utf-8")
    start, end = "<!-- difficulty: written by data/generate/miniglue_difficulty.py -->", "<!-- end of difficulty -->"
    before, after = card.split(start)[0], card.split(end)[1]
    path.write_text(f"{before}{start}\n{text}\n{end}{after}", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
