"""What an encoder makes of texts, read once and kept on disk under a name that says what it depends on."""

from __future__ import annotations

import hashlib
import time
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mtlkit.batching import Rows, TokenizedSplit, group_windows
from mtlkit.encoder.encoder import Encoder, in_eval_mode
from mtlkit.tasks import Target
from mtlkit.training import checkpoint
from mtlkit.training.arguments import default_device
from mtlkit.utils import cache
from mtlkit.utils.files import read_folder, write_folder

SOURCE = ("encoder", "batching", "tasks", "experiments/features.py")  # what reading texts runs through
FILE = "features.safetensors"


def features(
    encoder: Encoder, tokenized: TokenizedSplit, targets: dict[str, Target], folder: Path
) -> tuple[dict[str, Tensor], float]:
    """The vectors that tasks read: task name → (n, hidden), and the seconds that reading took, when it was done.

    targets: of all of `tokenized` as one pass; a task that reads pooled vectors, or token vectors at its positions.
    Kept in `folder`, known by weights, configuration, pooling, token numbers and positions. A disk that is full is said
    (UserWarning), and nothing is kept; a file that can't be read is made anew.
    """
    places = {name: t.positions for name, t in targets.items() if t.positions is not None}
    rows = {name: targets[name].rows for name in places}
    kept = folder / _key(encoder, tokenized, rows, places)
    found = _load(kept, len(tokenized), places)
    if found is None:
        found = _read(encoder, tokenized, rows, places)
        _keep(kept, found)
    vectors = {n: found[f"at {n}"] if n in places else found["pooled"][t.rows] for n, t in targets.items()}
    return vectors, float(found["seconds"])


@torch.inference_mode()
def _read(encoder: Encoder, tokenized: TokenizedSplit, rows: dict, places: dict) -> dict[str, Tensor]:
    """Every window once, without dropout: "pooled" (windows, hidden), "at …" (n, hidden) for each task in `places`."""
    device, before = default_device(), encoder.word_embeddings.weight.device
    found = {"pooled": torch.empty(len(tokenized), encoder.hidden_size)}
    found |= {f"at {name}": torch.empty(len(at), encoder.hidden_size) for name, at in places.items()}
    started = time.perf_counter()
    with in_eval_mode(encoder.to(device)):
        for index in group_windows(tokenized, np.arange(len(tokenized)), 64):
            batch = Rows(tokenized, index)
            inputs = (batch.input_ids, batch.attention_mask, batch.token_type_ids)
            tokens, pooled = (v.float().cpu() for v in encoder(*(t.to(device) for t in inputs)))
            found["pooled"][index] = pooled
            place = {window: row for row, window in enumerate(index.tolist())}
            for name, at in places.items():
                mine = torch.from_numpy(np.flatnonzero(np.isin(rows[name].numpy(), index)))
                local = torch.tensor([place[window] for window in rows[name][mine].tolist()], dtype=torch.long)
                found[f"at {name}"][mine] = tokens[local, at[mine]]
    found["seconds"] = torch.tensor(time.perf_counter() - started)
    encoder.to(before)
    return found


def _key(encoder: Encoder, tokenized: TokenizedSplit, rows: dict, places: dict) -> str:
    config = {k: v for k, v in encoder.config.to_dict().items() if k not in ("_name_or_path", "transformers_version")}
    seen = hashlib.sha256()
    for ids, types in zip(tokenized.ids, tokenized.types, strict=True):
        seen.update(repr((ids.tolist(), types.tolist())).encode())
    for name, at in places.items():
        seen.update(repr((name, rows[name].tolist(), at.tolist())).encode())
    reads = [checkpoint.digest_state(encoder.state_dict()), encoder.pooling, config]
    return cache.key(cache.source(*SOURCE), reads, seen.hexdigest())


def _load(kept: Path, windows: int, places: dict) -> dict[str, Tensor] | None:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        found = load_file(read_folder(kept) / FILE)
    except (OSError, SafetensorError):  # there is none, or somebody cut it off
        return None
    cache.touch(kept)
    return found if {"pooled", "seconds", *(f"at {name}" for name in places)} <= set(found) else None


def _keep(kept: Path, found: dict[str, Tensor]) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    try:
        with write_folder(kept) as aside:
            save_file(found, aside / FILE)
        cache.added(kept)
    except (OSError, SafetensorError) as error:
        warnings.warn(
            f"The encoder's vectors can't be kept in {str(kept.parent)!r} ({error}); they will be computed anew. Make "
            "room there, or name another folder.",
            stacklevel=4,
        )
