"""mtlkit: multi-task learning on language models, taught and tried in notebooks. `import mtlkit as mk`."""

import importlib

__version__ = "0.1.0"

# Public name → the module that holds it; imported at first use, so that `import mtlkit` stays light.
_HOME = {
    "Task": "tasks",
    "Corpus": "corpus.corpus",
    "load_corpus": "corpus.load",
    "Encoder": "encoder.encoder",
    "load_encoder": "encoder.loading",
    "MultiTaskModel": "model",
    "CoBa": "weighting",
    "DWA": "weighting",
    "Equal": "weighting",
    "FAMO": "weighting",
    "Fixed": "weighting",
    "GLS": "weighting",
    "GradNorm": "weighting",
    "IMTL_L": "weighting",
    "RLW": "weighting",
    "STCH": "weighting",
    "Sigmoid": "weighting",
    "SizeTemperature": "weighting",
    "TaskPriority": "weighting",
    "UncertaintyWeighting": "weighting",
    "History": "training.history",
    "evaluate": "evaluation.metrics",
    "Run": "training.run",
    "Step": "training.run",
    "fit": "training.run",
    "Comparison": "experiments.comparison",
    "Search": "experiments.search",
    "compare": "experiments.comparison",
    "Ranking": "experiments.encoder_ranking",
    "rank_encoders": "experiments.encoder_ranking",
    "profile": "experiments.cost",
    "atlas": "experiments.atlas",
    "QuadraticLosses": "experiments.toy",
    "optimization_path": "experiments.toy",
    "check_environment": "course.environment",
    "find_issues": "corpus.issues",
    "worst_errors": "evaluation.error_analysis",
    "model_card": "evaluation.card",
    "describe": "corpus.summary",
    "corpus_from_table": "corpus.custom",
    "predict_file": "evaluation.batch_predict",
}
_MODULES = {  # public name → module
    "tasks": "tasks",
    "glue": "evaluation.glue",
    "weighting": "weighting",
    "plots": "plots",
    "widgets": "widgets",
    "checks": "course.checks",
    "check": "course.checks",
    "courseware": "course.runner",
}

__all__ = sorted([*_HOME, *_MODULES])


def __getattr__(name: str):
    if name in _HOME:
        value = getattr(importlib.import_module(f"mtlkit.{_HOME[name]}"), name)
    elif name in _MODULES:
        value = importlib.import_module(f"mtlkit.{_MODULES[name]}")
    else:
        from mtlkit.utils.errors import unknown

        raise AttributeError(unknown("name in mtlkit", name, __all__))
    globals()[name] = value
    return value


def __dir__():
    return [*__all__, "__version__"]
