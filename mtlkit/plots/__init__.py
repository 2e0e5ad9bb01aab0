"""Figures: data first, keywords after; `ax=None` draws a new figure; each gives its axes back; one style per task."""

from mtlkit.utils.extras import require

require("mk.plots", "plots", "matplotlib")

from mtlkit.plots.comparison import differences
from mtlkit.plots.cost import cost_ratios, scaling
from mtlkit.plots.descent_paths import Paths, paths
from mtlkit.plots.gradient_cosines import cosines
from mtlkit.plots.gradient_shares import gradient_share
from mtlkit.plots.heatmap import AtlasMap, atlas_map
from mtlkit.plots.label_counts import contents
from mtlkit.plots.losses_weights import LossesAndWeights, losses_and_weights, weights_over_loss
from mtlkit.plots.metric_dots import metrics
from mtlkit.plots.rate_range import range_test
from mtlkit.plots.sigmoid import SigmoidCurve, sigmoid_curve
from mtlkit.plots.small_multiples import weights
from mtlkit.plots.style_guide import alt, png, style, task_style

__all__ = [
    "AtlasMap",
    "LossesAndWeights",
    "Paths",
    "SigmoidCurve",
    "alt",
    "atlas_map",
    "contents",
    "cosines",
    "cost_ratios",
    "differences",
    "gradient_share",
    "losses_and_weights",
    "metrics",
    "paths",
    "png",
    "range_test",
    "scaling",
    "sigmoid_curve",
    "style",
    "task_style",
    "weights",
    "weights_over_loss",
]
