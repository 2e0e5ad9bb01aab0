"""What the tables say of themselves, and how they are written."""

import platform
from pathlib import Path

import torch


def machine() -> str:
    import transformers

    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    if torch.cuda.is_available():
        cpu = f"{torch.cuda.get_device_name()}, {cpu}"
    return (
        f"{cpu}, {torch.get_num_threads()} threads, Python {platform.python_version()}, torch {torch.__version__}, "
        f"transformers {transformers.__version__}"
    )


def about(doc: str | None) -> str:
    """The second paragraph of a script's docstring, in one line."""
    return " ".join((doc or "").split("\n\n")[1].split())


def write(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
