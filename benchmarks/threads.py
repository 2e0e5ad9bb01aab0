"""Two trainings at once on the same cores, and one alone: ``python benchmarks/threads.py``.

Threads of OpenMP that have nothing to do spin for a while before they sleep. Alone that saves waking them; beside
another training it takes the core that the other needs. Trainings of helpdesk's four tasks, each with as many threads
as there are cores, wait as long as libgomp does by default, not at all, or as mtlkit lets them (`SPINS`): some steps of
each way of waiting in turn; the median of the rounds, and the middle half of the ratios.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
TABLE = Path(__file__).with_name("THREADS.md")
STEPS = {"bert-tiny": (10, 20), "minilm": (2, 6)}  # of a round, and rounds


def train(encoder: str) -> None:
    """Take as many steps as a line asks for, and say how many a second."""
    import mtlkit as mk

    corpus = mk.load_corpus("helpdesk", ["topic", "sentiment", "urgency", "symptoms"])
    run = mk.Run(mk.MultiTaskModel(mk.load_encoder(encoder), corpus.tasks), corpus, steps=100_000, validate=None)
    next(run)
    print("ready", flush=True)
    for line in sys.stdin:
        began = time.perf_counter()
        for _ in range(int(line)):
            next(run)
        print(int(line) / (time.perf_counter() - began), flush=True)


class Training:
    """A process that trains when it is asked to."""

    def __init__(self, encoder: str, spins: str):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "GOMP_"))}
        clean |= {"GOMP_SPINCOUNT": spins}
        command = [sys.executable, "-W", "ignore", __file__, "train", encoder]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, env=clean, **pipes)
        self.answer()

    def ask(self, steps: int) -> None:
        self.process.stdin.write(f"{steps}\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        return self.process.stdout.readline()


def steps_a_second(trainings: list[Training], steps: int) -> float:
    """Of trainings that step at once, their mean."""
    for training in trainings:
        training.ask(steps)
    return statistics.mean(float(training.answer()) for training in trainings)


def measured(encoder: str, count: int, ways: dict[str, str]) -> dict[str, list[float]]:
    """Way of waiting → steps a second, round by round."""
    steps, rounds = STEPS[encoder]
    groups = {way: [Training(encoder, spins) for _ in range(count)] for way, spins in ways.items()}
    found = {way: [] for way in ways}
    for number in range(rounds if count == 1 else rounds // 2):
        for way in sorted(ways, reverse=bool(number % 2)):  # who goes first changes
            found[way].append(steps_a_second(groups[way], steps))
    for group in groups.values():
        for training in group:
            training.process.kill()
    return found


def main() -> None:
    import page

    from mtlkit.utils.threads import SPINS

    ways = {"default": "300000", "none": "0", "mtlkit's": str(SPINS)}
    lines = [
        "# Two trainings on the same cores",
        "",
        f"Written by `python benchmarks/threads.py`. {page.about(__doc__)}",
    ]
    lines += ["", f"{page.machine()}. SPINS = {SPINS}.", ""]
    lines += [
        "| encoder | trainings at once | spins | steps/s of each | / default |",
        "| --- | ---: | --- | ---: | ---: |",
    ]
    for encoder in STEPS:
        for count in (1, 2):
            found = measured(encoder, count, ways)
            for way, each in found.items():
                ratios = [a / b for a, b in zip(each, found["default"], strict=True)]
                low, middle, high = statistics.quantiles(ratios, n=4)
                told = "–" if way == "default" else f"{middle:.2f} ({low:.2f} to {high:.2f})"
                lines.append(f"| {encoder} | {count} | {way} | {statistics.median(each):.2f} | {told} |")
                print(lines[-1], flush=True)
    page.write(TABLE, lines)


if __name__ == "__main__":
    train(sys.argv[2]) if sys.argv[1:2] == ["train"] else main()
