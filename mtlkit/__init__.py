"""mtlkit: multi-task learning on language models, taught and tried in notebooks. `import mtlkit as mk`."""

import importlib

__version__ = "0.1.0"

# Public name → the module that holds it; imported at first use, so that `import mtlkit` stays light.
_HOME = {
    "Task": "tasks",
    "Corpus": "corpus",
    "load_corpus": "corpus",
    "Encoder": "encoder",
    "load_encoder": "encoder",
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
    "History": "history",
    "evaluate": "evaluation",
    "Run": "training",
    "Step": "training",
    "fit": "training",
    "Comparison": "comparison",
    "Search": "search",
    "compare": "comparison",
    "Ranking": "ranking",
    "rank_encoders": "ranking",
    "cost": "costs",
    "atlas": "landscape",
    "Bowls": "paths",
    "descent_path": "paths",
    "check_environment": "environment",
    "inspect": "inspection",
    "mistakes": "wrong_answers",
    "model_card": "card",
    "overview": "tallies",
    "own_corpus": "own",
    "predict_file": "predicting",
}
_MODULES = {"tasks", "glue", "weighting", "plots", "widgets", "checks", "courseware"}
_ALIASES = {"check": "checks"}

__all__ = sorted([*_HOME, *_MODULES, *_ALIASES])


def __getattr__(name: str):
    if name in _HOME:
        value = getattr(importlib.import_module(f"mtlkit.{_HOME[name]}"), name)
    elif name in _MODULES or name in _ALIASES:
        value = importlib.import_module(f"mtlkit.{_ALIASES.get(name, name)}")
    else:
        from mtlkit.names import unknown

        raise AttributeError(unknown("name in mtlkit", name, __all__))
    globals()[name] = value
    return value


def __dir__():
    return [*__all__, "__version__"]
