"""All benchmarks, side by side in one run, into four tables: ``python benchmarks/run.py`` (about an hour).

``python benchmarks/run.py RESULTS``, ``PEERS``, ``SIZE`` or ``SPEEDUPS`` writes one table; other words choose functions
by name, and nothing is written. A GPU is left out of these; ``python benchmarks/run.py GPU`` measures some of PEERS on
it.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
if sys.argv[1:] != ["GPU"]:
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
sys.path.insert(0, str(Path(__file__).parent))

import in_browser
import measures
import peers
import size
import speedups
import torch
from page import machine

TABLES = {
    "RESULTS": ("What it costs", measures.ALL + in_browser.ALL),
    "PEERS": ("Weighting methods, and what one would pick instead", peers.ALL),
    "SIZE": ("A million rows", size.ALL),
    "SPEEDUPS": ("Beside the commit before: what became faster", speedups.ALL),
    "GPU": ("On a GPU", [peers.methods_against_equal, peers.against_trainer]),
}


def rows(functions) -> list[str]:
    found = []
    for measure in functions:
        for what, figure, bar, details in measure():
            limit = "–" if bar is None else f"≤ {bar:.2f} {'✓' if figure <= bar else '✗'}"
            found.append(f"| {what} | {figure:.3f} | {limit} | {details} |")
            print(found[-1], flush=True)
    return found


def main() -> None:
    words = sys.argv[1:]
    if words == ["GPU"] and not torch.cuda.is_available():
        sys.exit("There is no GPU here that torch can use.")
    tables = {name: table for name, table in TABLES.items() if (name in words if words else name != "GPU")}
    for name, (title, functions) in tables.items():
        lines = [
            f"# {title}",
            "",
            f"Written by `python benchmarks/run.py {name}`. {machine()}.",
            "Ratios: the sides are timed in turn, in one run; medians of the rounds' ratios. Smaller is better.",
            "",
            "| what | measured | bar | |",
            "| --- | --- | --- | --- |",
            *rows(functions),
        ]
        Path(__file__).with_name(f"{name}.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    if not tables:
        rows(f for _, all_ in TABLES.values() for f in all_ if any(word in f.__name__ for word in words))


if __name__ == "__main__":
    main()
