"""A curve that was guessed by a few points, and what happened over it."""

from collections.abc import Sequence

import numpy as np

from mtlkit.plots.end_labels import EndLabels
from mtlkit.plots.losses_weights import MANY, moving_mean, thin
from mtlkit.plots.style_guide import BLACK, BLUE, FAINT, alt, clean_axes, headline, label_margin, new_figure


class GuessedCurve:
    """The guess as a line through its points: made once, then updated as often as wanted.

    x: where the points are. limits: (lowest, highest) of what can be guessed. names: what to write at the ends of the
    guess and of what happened, which `lay_over` draws; none in a figure of the guess alone, which is smaller.
    """

    def __init__(self, x, limits: tuple[float, float], xlabel: str, ylabel: str, names: Sequence[str] = ()):
        import matplotlib.pyplot as plt

        width, height, right = (7.4, 3.6, label_margin(names)) if names else (4.4, 2.6, 0.3)
        self.ax = new_figure(width, height, right=right)[0]
        self.figure = self.ax.figure
        plt.close(self.figure)  # an open one would be shown a second time at the end of the cell
        self.x, self.limits = np.asarray(x, dtype=float), limits
        clean_axes(self.ax, xlabel=xlabel, ylabel=ylabel)
        self.ax.set_autoscale_on(False)
        self._limits(self.x, np.asarray(limits))
        look = {"color": BLUE, "linestyle": "--", "marker": "o", "clip_on": False, "zorder": 4}
        self.line = self.ax.plot([], [], **look)[0]
        self.names = dict(zip(("guess", "actual"), names, strict=False))
        self.labels = EndLabels(self.ax, {"guess": BLUE, "actual": BLACK})

    def update(self, points: Sequence[float], finding: str, description: str) -> None:
        """Draws the guess; `finding` is the title, `description` is for who cannot see it."""
        self.line.set_data(self.x, points)
        self._say(finding, description)

    def lay_over(self, x, y, at, finding: str, description: str) -> None:
        """Draws what happened under the guess: the curve (x, y), smoothed if it is long, and `at`, its values at the
        points of the guess, each joined to its guess."""
        guessed = self.line.get_ydata()
        self._limits(np.append(x, self.x), np.concatenate([y, guessed, self.limits]))
        if len(y) >= MANY:
            self.ax.plot(*thin(x, y), color=BLACK, alpha=FAINT, lw=0.8)
        self.ax.plot(*thin(x, smooth(y)), color=BLACK, clip_on=False)
        self.ax.plot(self.x, at, ls="", marker="s", color=BLACK, clip_on=False)
        self.ax.vlines(self.x, guessed, at, color=BLUE, lw=1, ls=":")
        ends = {"guess": (self.x[-1], guessed[-1]), "actual": (x[-1], smooth(y)[-1])}
        self.labels.update({which: (*end, self.names[which]) for which, end in ends.items()})
        self._say(finding, description)

    def _limits(self, x, y) -> None:
        for values, set_limits, spare in ((x, self.ax.set_xlim, 0.02), (y, self.ax.set_ylim, 0.04)):
            spare *= np.ptp(values)
            set_limits(values.min() - spare, values.max() + spare)

    def _say(self, finding: str, description: str) -> None:
        headline(self.ax, finding)
        alt(self.ax, f"{finding}. {description}")


def smooth(y: np.ndarray) -> np.ndarray:
    """A long curve's moving mean over a twentieth of it, as figures of trainings show it; a short one as it is."""
    return moving_mean(y, len(y) // 20) if len(y) >= MANY else y
