"""All benchmarks, side by side in one run, into one table: ``python benchmarks/run.py`` (about 50 minutes)."""

import os
import platform
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
sys.path.insert(0, str(Path(__file__).parent))

import in_browser  # noqa: E402
import measures  # noqa: E402
import peers  # noqa: E402
import torch  # noqa: E402

RESULTS = Path(__file__).with_name("RESULTS.md")


def machine() -> str:
    import transformers

    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").is_file() else []
    cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    return (
        f"{cpu}, {torch.get_num_threads()} threads, Python {platform.python_version()}, torch {torch.__version__}, "
        f"transformers {transformers.__version__}"
    )


def main() -> None:
    only = sys.argv[1:]
    lines = [
        "# What it costs",
        "",
        f"Written by `python benchmarks/run.py`. {machine()}.",
        "Ratios: the two sides are timed in turn, in one run; medians over the rounds. Smaller is better.",
        "",
        "| what | measured | bar | |",
        "| --- | --- | --- | --- |",
    ]
    for measure in measures.ALL + peers.ALL + in_browser.ALL:
        if only and not any(word in measure.__name__ for word in only):
            continue
        for what, figure, bar, details in measure():
            limit = "–" if bar is None else f"≤ {bar:.2f} {'✓' if figure <= bar else '✗'}"
            lines.append(f"| {what} | {figure:.3f} | {limit} | {details} |")
            print(lines[-1], flush=True)
    if not only:
        RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
