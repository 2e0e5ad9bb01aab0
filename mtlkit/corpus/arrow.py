"""Cells to Arrow: columns of plain Python values, and pandas tables, as a `datasets.Dataset`."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas
    import pyarrow
    from datasets import Dataset


def from_frame(frame: pandas.DataFrame, name: str, used: Collection[str] = ()) -> Dataset:
    """A pandas table as a Dataset; pandas' NaN, NaT and NA are missing cells. `name` is the split, for errors. What is
    not in `used` and does not fit a table is left out, which is said."""
    import pandas as pd
    import pyarrow as pa

    if not isinstance(frame, pd.DataFrame):
        raise ValueError(
            f"Split {name!r}: a pandas table is due, found a {type(frame).__name__}. "
            "Files go to Corpus.from_files, Datasets to Corpus(splits, tasks, text)."
        )
    columns = tidy_names([str(c) for c in frame.columns], f"The table of split {name!r}")
    arrays = {}
    for i, column in enumerate(columns):
        series = frame.iloc[:, i]
        if isinstance(series.dtype, pd.CategoricalDtype):
            series = series.astype(object)
        try:
            arrays[column] = pa.array(series, from_pandas=True)
        except (pa.ArrowException, OverflowError, UnicodeError):
            cells = [None if pd.api.types.is_scalar(v) and pd.isna(v) else v for v in series]
            try:
                arrays[column] = to_array(cells, column, name)
            except ValueError as error:
                if column in used:
                    raise
                warnings.warn(f"The column {column!r} is left out. {error}", stacklevel=3)
    return to_dataset(arrays)


def to_array(values: list, column: str, name: str) -> pyarrow.Array:
    """Cells as an Arrow array. Numbers among texts become texts; ValueError with the row of a cell that does not fit
    those before it. `name` is the file or split, for errors."""
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowException, OverflowError, UnicodeError):
        pass
    if all(v is None or (isinstance(v, str | int | float) and v == v) for v in values):
        values = [None if v is None else str(v) for v in values]
    fits, fails = 0, len(values)
    while fails - fits > 1:
        middle = (fits + fails) // 2
        fits, fails = (fits, middle) if _misfit(values[:middle]) else (middle, fails)
    misfit = _misfit(values[:fails])
    if misfit is None:
        return pa.array(values)
    value = values[fails - 1]
    raise ValueError(
        f"{name!r}, row {fails:,}, column {column!r}: {str(value)[:60]!r} ({type(value).__name__}) does not fit its "
        f"column: {misfit}."
    )


def _misfit(values: list) -> Exception | None:
    import pyarrow as pa

    try:
        pa.array(values)
    except (pa.ArrowException, OverflowError, UnicodeError) as error:
        return error
    return None


def to_dataset(columns: dict) -> Dataset:
    """Column → Arrow array, or a list of texts or of lists of texts."""
    import pyarrow as pa
    from datasets import Dataset
    from datasets.fingerprint import generate_random_fingerprint

    arrays = {}
    for column, values in columns.items():
        if isinstance(values, list):  # cells of text; of a column without any, Arrow would not know the type
            nested = any(isinstance(v, list) for v in values)
            values = pa.array(values, pa.list_(pa.string()) if nested else pa.string())
        arrays[column] = values
    # Without one, `datasets` makes a fingerprint out of a pickled copy of the table.
    return Dataset(pa.table(arrays), fingerprint=generate_random_fingerprint())


def tidy_names(columns: Sequence[str], what: str) -> list[str]:
    """The column names without white space around them, which is said. ValueError if one occurs twice in `what`."""
    bent = [repr(c) for c in columns if c != c.strip()]
    if bent:
        warnings.warn(f"{what}: the white space around the column names {', '.join(bent)} is taken off.", stacklevel=3)
    tidy = [c.strip() for c in columns]
    no_duplicates(tidy, what)
    return tidy


def no_duplicates(columns: Sequence[str], what: str) -> None:
    """ValueError if a column name occurs twice in `what`."""
    for column in columns:
        if list(columns).count(column) > 1:
            raise ValueError(f"{what} has the column {column!r} more than once: rename all but one.")
