"""Metrics with intervals, mistakes, a file of answers, a model card."""

from mtlkit.evaluation.batch_predict import predict_file
from mtlkit.evaluation.card import model_card
from mtlkit.evaluation.error_analysis import mistakes
from mtlkit.evaluation.metrics import evaluate, measure

__all__ = ["evaluate", "measure", "mistakes", "model_card", "predict_file"]
