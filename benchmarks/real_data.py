"""Real data by the public calls: ``python benchmarks/real_data.py DATA`` (DATA: a folder with sick/, sst2/, trec/).

SICK: two tasks of different kind on the same pairs. SST-2 and TREC: two data sets, three tasks, one model. From
`bert-tiny`, whose vocabulary and pretraining know support tickets only: the figures say what the kit's path gives from
such a start, beside the majority and a bag of words, not what is possible on these sets.
"""

import os
import sys
import warnings
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np  # noqa: E402

import mtlkit as mk  # noqa: E402

RESULTS = Path(__file__).with_name("REAL_DATA.md")


def sick(data: Path) -> mk.Corpus:
    files = {"train": "SICK_train.txt", "validation": "SICK_trial.txt", "test": "SICK_test_annotated.txt"}
    tasks = [
        mk.Task("relatedness", "regression", column="relatedness_score"),
        mk.Task("entailment", "classification", column="entailment_judgment"),
    ]
    paths = {split: data / "sick" / file for split, file in files.items()}
    return mk.Corpus.from_files(paths, tasks=tasks, text=("sentence_A", "sentence_B"), sep="\t", name="SICK")


def sst2_and_trec(data: Path, held_out: int = 0) -> mk.Corpus:
    """held_out: rows of TREC's training that become its validation, which it comes without."""
    files = {"train": "train.tsv", "validation": "dev.tsv", "test": "test.tsv"}
    sst2 = mk.Corpus.from_files(
        {split: data / "sst2" / file for split, file in files.items()},
        tasks=[mk.Task("positive", "classification")],
        columns=["text", "positive"],
        name="SST-2",
    )
    trec = mk.Corpus.from_files(
        {"train": data / "trec" / "TREC.train", "test": data / "trec" / "TREC.test"},
        tasks=[mk.Task("coarse", "classification"), mk.Task("fine", "classification", unknown="mask")],
        columns=["coarse", "fine", "text"],
        sep=(":", " "),
        encoding="latin-1",
        name="TREC",
    )
    if held_out:
        rows = trec.train.dataset.train_test_split(held_out, seed=0)
        splits = {"train": rows["train"], "validation": rows["test"], "test": trec.test.dataset}
        trec = mk.Corpus(splits, trec.tasks, name="TREC")
    merged = mk.Corpus.merge([sst2, trec])
    merged.name = "SST-2 + TREC"
    return merged


def baselines(corpus: mk.Corpus, task: mk.Task) -> tuple[dict, dict]:
    """Metrics on test of the most frequent label or the mean, and of TF-IDF with a linear model."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression, Ridge

    def labelled(split):
        pairs = [(t, y) for t, y in zip(split.texts, split.labels(task), strict=True) if y is not None]
        texts, labels = zip(*pairs, strict=True)
        return [t if isinstance(t, str) else f"{t[0]} {t[1]} {shared(*t)}" for t in texts], list(labels)

    (texts, known), (unseen, true) = labelled(corpus.train), labelled(corpus.test)
    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2)
    x, z = words.fit_transform(texts), words.transform(unseen)
    if task.kind == "regression":
        plain, linear = [float(np.mean(known))] * len(true), Ridge().fit(x, known).predict(z).tolist()
    else:
        plain = [int(np.bincount(known).argmax())] * len(true)
        linear = LogisticRegression(C=10, max_iter=300).fit(x, known).predict(z).tolist()
    return tuple(task.of.metrics(list(zip(guess, true, strict=True)), task) for guess in (plain, linear))


def shared(a: str, b: str) -> str:
    """How many words two texts share, as a word: what a bag of words can know of a pair's overlap."""
    a, b = set(a.lower().split()), set(b.lower().split())
    return f"sharedshare{round(10 * len(a & b) / len(a | b))}"


def table(corpus: mk.Corpus, epochs: int) -> list[str]:
    model = mk.MultiTaskModel(mk.load_encoder("bert-tiny"), corpus.tasks)
    run = mk.Run(model, corpus, mk.Sigmoid(alpha=1.0, beta=0.5), epochs=epochs, validate=None, seed=0)
    mk.fit(run)
    found = mk.evaluate(model, corpus.test, bootstrap=200).set_index(["task", "metric"])
    lines = []
    for task in corpus.tasks:
        plain, linear = baselines(corpus, task)
        for metric in list(plain)[:2]:
            row = found.loc[(task.name, metric)]
            values = " | ".join("–" if v != v else f"{v:.3f}" for v in (plain[metric], linear[metric], row.value))
            rows, range_ = int(row.rows), f"({row.low:.3f}–{row.high:.3f})"
            lines.append(f"| {corpus.name} | {task.name} | {metric} | {values} {range_} | {rows:,} |")
    lines.append(f"| {corpus.name} | | seconds of training | | | {run.seconds:.0f}, {run.steps:,} steps | |")
    return lines


def main() -> None:
    if len(sys.argv) != 2 or not (Path(sys.argv[1]) / "sick").is_dir():
        sys.exit("Give the folder that holds sick/, sst2/ and trec/: python benchmarks/real_data.py DATA")
    data = Path(sys.argv[1])
    warnings.simplefilter("default")
    lines = [
        "# Real data, from bert-tiny",
        "",
        "Written by `python benchmarks/real_data.py DATA`. "
        + " ".join((__doc__ or "").split("\n\n")[1].replace("\n", " ").split()),
        "",
        "| data | task | metric | majority / mean | bag of words | the kit (95 % over rows) | test rows |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        *table(sick(data), epochs=6),
        *table(sst2_and_trec(data), epochs=4),
    ]
    RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
