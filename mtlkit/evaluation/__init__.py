"""Metrics with intervals, the worst errors, a file of answers, a model card."""

from mtlkit.evaluation.batch_predict import predict_file
from mtlkit.evaluation.card import model_card
from mtlkit.evaluation.error_analysis import worst_errors
from mtlkit.evaluation.metrics import compute_metrics, evaluate
from mtlkit.evaluation.threshold import choose_threshold

__all__ = [
    "choose_threshold",
    "compute_metrics",
    "evaluate",
    "model_card",
    "predict_file",
    "worst_errors",
]
