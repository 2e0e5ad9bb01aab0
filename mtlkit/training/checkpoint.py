"""Checkpoints: numbered folders, and one small pointer file that is replaced atomically."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import torch
from torch import Tensor

from mtlkit.utils.files import write_file, write_folder

POINTER = "LATEST"
HISTORY = "history.jsonl"


def write(folder: Path, step: int, state: dict, made_with: dict) -> None:
    """Write `state` (tensors and plain Python) as step `step`'s checkpoint, then point to it, then drop older ones.
    Killed at any instant, the folder points to a whole checkpoint."""
    name = f"step-{step:08d}"
    with write_folder(folder / name) as aside:
        torch.save(state, aside / "state.pt")
        (aside / "made_with.json").write_text(json.dumps(made_with, indent=1), encoding="utf-8")
    write_file(folder / POINTER, [name + "\n"])
    for other in folder.glob("step-*"):
        if other.name != name:
            shutil.rmtree(other, ignore_errors=True)


def read(folder: Path, made_with: dict) -> dict | None:
    """The state of the last checkpoint in `folder`; None where there is none yet.

    ValueError when the folder holds something else, when the checkpoint is damaged, or when it was made with other
    data, tasks or settings than `made_with`; the message names each difference.
    """
    if not folder.exists():
        return None
    if not folder.is_dir():
        raise ValueError(f"checkpoint={str(folder)!r} is a file; a folder is due.")
    if not (folder / POINTER).is_file():
        foreign = [p.name for p in folder.iterdir() if not p.name.startswith((".", "step-")) and p.name != HISTORY]
        if foreign:
            raise ValueError(
                f"The folder {str(folder)!r} holds no checkpoint but {', '.join(sorted(foreign)[:3])}: "
                "choose an empty or new one."
            )
        return None
    at = folder / (folder / POINTER).read_text(encoding="utf-8").strip()
    try:
        before = json.loads((at / "made_with.json").read_text(encoding="utf-8"))
        state = torch.load(at / "state.pt", map_location="cpu", weights_only=True)
    except Exception as error:  # cut off, foreign, or with pickled objects in it: one meaning
        raise ValueError(
            f"The checkpoint {str(at)!r} can't be read ({type(error).__name__}: {str(error)[:200]}). "
            "Train into another folder, or delete this one to start over."
        ) from error
    other = [
        f"{key} was {before.get(key)!r} and is {made_with.get(key)!r}"
        for key in sorted({*before, *made_with})
        if before.get(key) != made_with.get(key)
    ]
    if other:
        raise ValueError(
            f"The checkpoint in {str(folder)!r} belongs to another run: {'; '.join(other)}. "
            "Make the Run as it was, or choose another folder."
        )
    return state


def digest(tokenized) -> str:
    """A fingerprint of the texts and labels trained on."""
    seen = hashlib.sha256()
    for row in range(len(tokenized)):
        seen.update(repr((tokenized.texts[row], [column[row] for column in tokenized.labels.values()])).encode())
    return seen.hexdigest()[:16]


def digest_state(state: dict[str, Tensor]) -> str:
    """A hash of tensors and their names."""
    seen = hashlib.sha256()
    for name, tensor in state.items():
        seen.update(name.encode())
        seen.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return seen.hexdigest()[:16]
