"""Data sets of the Hugging Face Hub, and folders in the Hub's layout, as splits.

A folder: files named after their splits (`train.csv`, `data/test-00000-of-00001.parquet`), or a README.md that names
them in its YAML head (`configs`, `data_files`, `dataset_info`). No code of a data set is ever run.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from mtlkit.corpus.readers import decode, read, suffix
from mtlkit.corpus.splits import KNOWN, usual_names
from mtlkit.encoder import sources as hub

if TYPE_CHECKING:
    from datasets import Dataset

logger = logging.getLogger("mtlkit")

OFFLINE = (
    "Without network: download it elsewhere and give Corpus.from_hub the folder, read files of your own by "
    'Corpus.from_files, or take the embedded mk.load_corpus("helpdesk").'
)


def load_splits(source: str | Path, config: str | None = None) -> dict[str, Dataset]:
    """Split → rows of a Hub id or of a local folder. What is downloaded or converted lies in the cache of `datasets`
    (HF_DATASETS_CACHE). ValueError with the reason when it can't be had."""
    import datasets

    source, local = _find(source)
    with _reading(source, local), contextlib.nullcontext() if local else _online_or_cached(source):
        builder = datasets.load_dataset_builder(source, config)
        if local and builder.name == "csv" and all(map(_is_plain, _files(builder))):
            return usual_names(_separated(builder))
        if local and builder.name == "text":
            return usual_names(_lines(builder))
        if builder.name == "csv":  # pandas, inside `datasets`, would take "NA" and "None" for empty
            builder = datasets.load_dataset_builder(source, config, keep_default_na=False, na_values=[""])
        try:
            builder.download_and_prepare()
        except Exception as error:
            raise ValueError(_odd_file(builder) or _reason(error.__cause__ or error)) from error
        return usual_names(builder.as_dataset())  # ty: ignore[invalid-argument-type]  # all splits were asked for


def _find(source: str | Path) -> tuple[str, bool]:
    """(folder or Hub id, whether it is a folder)."""
    from datasets.packaged_modules import _PACKAGED_DATASETS_MODULES

    path = Path(source).expanduser()
    if path.is_dir():
        return str(path), True
    if path.is_file():
        raise ValueError(
            f"{str(source)!r} is a file; from_hub takes a folder or a Hub id. Corpus.from_files reads files."
        )
    if hub.looks_like_path(source):
        raise ValueError(f"There is no folder {str(source)!r}. Give a folder in the Hub's layout or a Hub id.")
    if str(source) in _PACKAGED_DATASETS_MODULES:  # `datasets` would read whatever lies in the working directory
        raise ValueError(f"{str(source)!r} is a format, not a data set. Give a folder in the Hub's layout or a Hub id.")
    return str(source), False


@contextlib.contextmanager
def _reading(source: str, local: bool) -> Generator[None]:
    """Say what is wrong with a folder or Hub id in one sentence or two."""
    what = f"The data folder {source!r}" if local else f"The Hub data set {source!r}"
    try:
        yield
    except Exception as error:  # datasets raises many kinds; the reason is kept
        if "scripts are no longer supported" in str(error):
            reason = (
                "it is a loading script, and code of a data set is never run. Look for a copy of the data in Parquet, "
                "CSV or JSON lines (the Hub keeps one of many sets in the branch refs/convert/parquet)."
            )
        elif isinstance(error, ConnectionError):
            reason = f"the Hub can't be reached, and no earlier download is in the cache. {OFFLINE}"
        else:
            reason = str(error) if type(error) is ValueError else _reason(error)
        raise ValueError(f"{what} could not be read: {reason}") from error


def _reason(error: BaseException) -> str:
    """The message of an error on one line, without the long lists of what else would have been possible."""
    text = " ".join(str(error).split()).partition(" with any supported extension")[0]
    return f"{type(error).__name__}: {text[:400]}{'…' * (len(text) > 400)}"


@contextlib.contextmanager
def _online_or_cached(source: str) -> Generator[None]:
    """Ask the Hub once. Where it can't be reached, the block finds at once what is in the cache, or nothing."""
    from datasets import config
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    before = config.HF_HUB_OFFLINE
    try:
        HfApi().dataset_info(source, timeout=hub.SECONDS)
    except HfHubHTTPError:
        pass  # it answers; what is wrong, `datasets` says
    except Exception:  # no network, a proxy, an answer that takes too long: many kinds of error, one meaning
        logger.info("The Hub can't be asked about %r.", source, exc_info=True)
        config.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        config.HF_HUB_OFFLINE = before


# -- CSV and TSV files, which pandas, inside `datasets`, would bend: "NA", "01", rows with a cell too many ------------
def _separated(builder) -> dict[str, Dataset]:
    """The splits of a folder of CSV or TSV files by the kit's own reader, with the types that its README declares."""
    from datasets import concatenate_datasets

    config, splits = builder.config, {}
    for split, files in config.data_files.items():
        parts = [read(f, config.column_names or config.names, config.sep, config.encoding or "utf-8") for f in files]
        for part, file in zip(parts, files, strict=True):
            if part.column_names != parts[0].column_names:
                raise ValueError(
                    f"{Path(file).name!r} has the columns {', '.join(part.column_names)}, {Path(files[0]).name!r} "
                    f"{', '.join(parts[0].column_names)}. Files of one split have the same columns, in the same order."
                )
        rows = concatenate_datasets(parts)
        declared = {c: f for c, f in (builder.info.features or {}).items() if c in rows.column_names}
        splits[split] = rows.cast(_features(rows, declared)) if declared else rows
    return splits


def _lines(builder) -> dict[str, Dataset]:
    """The splits of a folder of files with a text or a label a line: a column each, called as the file but for its
    split; parts of a file one after the other. ValueError where columns have not as many lines."""
    from mtlkit.corpus.arrow import to_dataset

    splits = {}
    for split, files in builder.config.data_files.items():
        columns: dict[str, list[str]] = {}
        for file in files:
            lines = decode(Path(file), "utf-8").rstrip("\r\n").split("\n")
            columns.setdefault(_column_name(file, split), []).extend(lines)
        if len({len(lines) for lines in columns.values()}) > 1:
            told = ", ".join(f"{name!r} {len(lines):,}" for name, lines in columns.items())
            raise ValueError(
                f"files of lines stand beside one another in {split!r}, and are no columns of one table: lines of each "
                f"are {told}. Read them yourself and use Corpus.from_frames."
            )
        splits[split] = to_dataset({name: [line.strip() or None for line in lines] for name, lines in columns.items()})
    return splits


def _column_name(file: str, split) -> str:
    """Of train_labels.txt "labels", of train.txt "text"; without the split's name."""
    name = re.sub(r"-\d{5}-of-\d{5}", "", Path(file).name.removesuffix(Path(file).suffix))
    parts = re.split(r"[^a-zA-Z0-9]+", name)
    known = {str(split), *KNOWN}
    return "_".join(part for part in parts if part.lower() not in known) or "text"


def _features(rows: Dataset, declared: dict):
    features = rows.features.copy()
    features.update(declared)
    return features


def _is_plain(file: str) -> bool:
    return suffix(file) in (".csv", ".tsv", ".txt") and Path(file).is_file()


def _files(builder) -> list[str]:
    return [file for files in (builder.config.data_files or {}).values() for file in files]


def _odd_file(builder) -> str | None:
    """Which file can't be read even alone, or which column has another type there than in the files before it; None
    where that is not what is wrong."""
    import tempfile

    import datasets

    first: dict[str, tuple] = {}
    with tempfile.TemporaryDirectory() as folder:
        for file in _files(builder):
            try:
                rows = datasets.load_dataset(builder.name, data_files=[file], split="train", cache_dir=folder)
            except Exception as error:  # datasets raises many kinds; the reason is kept
                logger.info("%s can't be read.", file, exc_info=True)
                return f"{Path(file).name!r}: {_reason(error.__cause__ or error)}"
            for column, feature in rows.features.items():
                other, where = first.setdefault(column, (feature, file))
                if feature != other:
                    return (
                        f"the column {column!r} is {_type(other)} in {Path(where).name!r} and {_type(feature)} in "
                        f"{Path(file).name!r}. Write it alike in all files, or declare its type in the README "
                        "(dataset_info: features)."
                    )
    return None


def _type(feature) -> str:
    return str(getattr(feature, "dtype", None) or feature).replace("large_string", "text").replace("string", "text")
