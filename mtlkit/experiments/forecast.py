"""What an epoch would take: a law with three numbers, from steps that were measured."""

from __future__ import annotations

import numpy as np

COLUMNS = ("layers", "rows", "seconds")


class Forecast:
    """Seconds of a step through `layers` layers with `rows` rows: a + b·layers + c·layers·rows, each at least 0.

    a: what any step takes; b: what a layer takes however little it reads; c: a layer's reading of one row. Fitted by
    least squares of relative errors, as steps of milliseconds and of seconds count alike.
    measured: a table with these columns, such as what `mk.profile` gives with the layers added; three steps at least,
    ValueError else. a, b, c: seconds.
    """

    def __init__(self, measured) -> None:
        from scipy.optimize import nnls

        missing = [column for column in COLUMNS if column not in measured]
        if missing or len(measured) < len(COLUMNS):
            raise ValueError(
                "A forecast needs three measured steps at least, in the columns layers, rows and seconds; found "
                f"{len(measured)}{f', without {missing[0]}' if missing else ''}."
            )
        layers, rows, seconds = (measured[column].to_numpy(dtype=float) for column in COLUMNS)
        terms = np.column_stack([np.ones_like(layers), layers, layers * rows])
        (self.a, self.b, self.c), _ = nnls(terms / seconds[:, None], np.ones_like(seconds))

    def step(self, layers, rows) -> np.ndarray:
        """Seconds of a step."""
        layers, rows = np.asarray(layers, dtype=float), np.asarray(rows, dtype=float)
        return self.a + self.b * layers + self.c * layers * rows

    def epoch(self, layers, rows, of: int) -> np.ndarray:
        """Seconds of an epoch of `of` rows in batches of `rows`."""
        return of / np.asarray(rows, dtype=float) * self.step(layers, rows)
