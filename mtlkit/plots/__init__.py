"""Figures: data first, keywords after; `ax=None` draws a new figure; each gives its axes back; one style per task."""

from mtlkit.plots.compared import differences
from mtlkit.plots.contents import contents
from mtlkit.plots.cosines import cosines
from mtlkit.plots.costs import cost_ratios, scaling
from mtlkit.plots.curve import SigmoidCurve, sigmoid_curve
from mtlkit.plots.look import alt, png, style, task_style
from mtlkit.plots.map import AtlasMap, atlas_map
from mtlkit.plots.multiples import weights
from mtlkit.plots.paths import Paths, paths
from mtlkit.plots.scores import metrics
from mtlkit.plots.shares import gradient_share
from mtlkit.plots.training import LossesAndWeights, losses_and_weights, weights_over_loss

__all__ = [
    "AtlasMap",
    "LossesAndWeights",
    "Paths",
    "SigmoidCurve",
    "alt",
    "atlas_map",
    "contents",
    "cost_ratios",
    "cosines",
    "differences",
    "gradient_share",
    "losses_and_weights",
    "metrics",
    "paths",
    "png",
    "scaling",
    "sigmoid_curve",
    "style",
    "task_style",
    "weights",
    "weights_over_loss",
]
