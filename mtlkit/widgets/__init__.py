"""Panels for the notebooks, each a thin skin over what the package does without it."""

from mtlkit.utils.extras import require

require("mk.widgets", "widgets", "ipywidgets", "anywidget", "matplotlib")

# Imported here, not at first use: a module of the same name would otherwise stand where its function should. They are
# light, since ipywidgets and matplotlib are imported where a panel is made.
from mtlkit.course.answers import guesses
from mtlkit.widgets.atlas_panel import atlas
from mtlkit.widgets.cockpit import cockpit
from mtlkit.widgets.descent_paths import paths
from mtlkit.widgets.duel import duel
from mtlkit.widgets.explorer import explorer
from mtlkit.widgets.forecast import forecast
from mtlkit.widgets.guess import guess
from mtlkit.widgets.own_data import own_data
from mtlkit.widgets.replay import replay

__all__ = ["atlas", "cockpit", "duel", "explorer", "forecast", "guess", "guesses", "own_data", "paths", "replay"]


def __getattr__(name: str):
    from mtlkit.utils.errors import unknown

    raise AttributeError(unknown("widget", name, __all__))
