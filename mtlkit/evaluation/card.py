"""A model card in the Hub's form (Mitchell et al. 2019, arXiv:1810.03993): nothing in it that was not measured."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mtlkit.corpus import Corpus, as_corpus

if TYPE_CHECKING:
    import pandas

    from mtlkit.model import MultiTaskModel

SHOWN = 30  # label names of a task


def model_card(
    model: MultiTaskModel,
    corpus: Corpus | str,
    scores: pandas.DataFrame,
    *,
    run: Any = None,
    comparison: Any = None,
    findings: pandas.DataFrame | None = None,
    name: str = "model",
    split: str = "test",
) -> str:
    """The text of a README.md in the Hub's form: front matter, then data, tasks, results, training and limits.

    What is not given is left out; the licence is a placeholder, as nobody but you can fill it in.

    Args:
        model: what the card is about.
        corpus: a `Corpus` or its name.
        scores: the table of `evaluate(model, corpus.splits[split], bootstrap=…)`, whose intervals are shown.
        run: the training's `Run`, for weighting and settings.
        comparison: the `Comparison` that `compare` found.
        findings: the table of `find_issues`.
        name: the model's, the title.
        split: where `scores` were measured.

    Returns:
        Markdown.

    References:
        Mitchell et al. 2019, arXiv:1810.03993.
    """
    corpus = as_corpus(corpus)
    parts = [
        f"---\n{_front_matter(model, corpus, scores, name, split)}\n---\n",
        f"# {name}\n\nOne encoder, {model.encoder.name} ({model.encoder.size():,} parameters, {model.encoder.pooling} "
        f"pooling, texts of up to {model.encoder.max_length:,} tokens), and a head for each of "
        f"{len(model.tasks)} task{'s' * (len(model.tasks) > 1)}.\n\n"
        '```python\nimport mtlkit as mk\n\nmk.MultiTaskModel.load("this folder").predict(["a text"])\n```',
        _data(corpus),
        _results(scores, split),
        *([_training(run)] if run is not None else []),
        *([f"## Weightings compared\n\n{comparison.report()}"] if comparison is not None else []),
        _limits(corpus, findings),
    ]
    return "\n\n".join(parts) + "\n"


def _front_matter(model, corpus, scores, name: str, split: str) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    tags = {task.name: task.spec.pipeline_tag or task.kind for task in model.tasks}
    results = [
        EvalResult(
            task_type=tags[row["task"]],
            task_name=row["task"],
            dataset_type=corpus.name or "own",
            dataset_name=corpus.name or "own data",
            dataset_config=row["task"],  # results that agree in it are put together
            dataset_split=split,
            metric_type=row["metric"],
            metric_value=round(row["value"], 4),
        )
        for row in scores.to_dict("records")
        if math.isfinite(row["value"])
    ]
    more: dict[str, Any] = {"model_name": name, "eval_results": results} if results else {}
    card = ModelCardData(
        license="unknown",
        library_name="mtlkit",
        base_model=model.encoder.name,
        tags=["multi-task-learning", *sorted({task.kind for task in model.tasks})],
        **more,
    )
    return card.to_yaml().strip()


def _data(corpus) -> str:
    sizes = ", ".join(f"{name} {len(split):,}" for name, split in corpus.splits.items())
    counts = {name: corpus.counts(name) for name in corpus.splits}
    rows = [
        [t.name, t.kind, _labels(t), *(f"{counts[name][t.name]:,}" for name in corpus.splits)] for t in corpus.tasks
    ]
    head = ["task", "kind", "labels", *(f"labelled in {name}" for name in corpus.splits)]
    named = f"{corpus.name}; r" if corpus.name else "R"
    return f"## Data and tasks\n\n{named}ows: {sizes}. Read: {', '.join(corpus.text)}.\n\n{_table(head, rows)}"


def _labels(task) -> str:
    if task.labels is None:
        return "a number"
    more = f" and {len(task.labels) - SHOWN} more" if len(task.labels) > SHOWN else ""
    return ", ".join(task.labels[:SHOWN]) + more


def _results(scores, split: str) -> str:
    rows = []
    for row in scores.to_dict("records"):
        interval = f"{row['low']:.3f} to {row['high']:.3f}" if math.isfinite(row["low"]) else ""
        value = f"{row['value']:.3f}" if math.isfinite(row["value"]) else "undefined"
        rows.append([row["task"], row["metric"], value, interval, f"{row['rows']:,}"])
    said = f"On {split}. The interval holds the chance of which rows were drawn, not that of the training's seed."
    return f"## Results\n\n{said}\n\n{_table(['task', 'metric', 'value', '95 % interval', 'rows'], rows)}"


def _training(run) -> str:
    settings = ", ".join(f"{name} {_short(value)}" for name, value in run.weighting.settings.items())
    weighting = f"{run.weighting.name} ({settings})" if settings else run.weighting.name
    steered = f" {len(run.history.events)} settings were moved on the way." if run.history.events else ""
    chosen = ", ".join(f"{name} {_short(value)}" for name, value in asdict(run.config).items() if value is not None)
    return (
        f"## Training\n\nWeighting of the losses: {weighting}. {run.done:,} of {run.steps:,} steps.{steered} "
        f"Settings of the run: {chosen}."
    )


def _short(value) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(v)}" for name, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_short, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _limits(corpus, findings) -> str:
    lines = [
        "The licence above is a placeholder: fill in what data and encoder allow.",
        "Measured on the rows above alone: texts from elsewhere, other languages and later times may fare worse.",
        "Not measured: fairness between groups of people, robustness against texts written to deceive.",
    ]
    if findings is not None:
        told = findings[findings["severity"] != "note"]
        lines += [f"In {row['split']}{_about(row)}: {row['said']}" for row in told.to_dict("records")]
    return "## Limits\n\n" + "\n".join(f"- {line}" for line in lines)


def _about(row: dict) -> str:
    return f", {row['about']}" if row["about"] else ""


def _table(head: list[str], rows: list[list[str]]) -> str:
    cells = [head, ["---"] * len(head), *([c.replace("|", "\\|").replace("\n", " ") for c in row] for row in rows)]
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)
