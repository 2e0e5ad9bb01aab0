"""Figures: data first, keywords after; `ax=None` draws a new figure; each gives its axes back; one style per task."""

from mtlkit.plots.compared import differences
from mtlkit.plots.curve import SigmoidCurve, sigmoid_curve
from mtlkit.plots.look import alt, png, style, task_style
from mtlkit.plots.map import AtlasMap, atlas_map
from mtlkit.plots.scores import metrics
from mtlkit.plots.shares import gradient_share
from mtlkit.plots.training import LossesAndWeights, losses_and_weights, weights_over_loss

__all__ = [
    "AtlasMap",
    "LossesAndWeights",
    "SigmoidCurve",
    "alt",
    "atlas_map",
    "differences",
    "gradient_share",
    "losses_and_weights",
    "metrics",
    "png",
    "sigmoid_curve",
    "style",
    "task_style",
    "weights_over_loss",
]
