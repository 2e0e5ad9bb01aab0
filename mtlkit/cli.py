"""The console command `mtlkit`: `mtlkit lab` opens the course; `mtlkit course` runs it headlessly and says which of its
notebooks are sound; `mtlkit predict` lets a saved model answer a file; `mtlkit cache` says what is kept on disk to save
time, and removes it."""

from __future__ import annotations

import argparse
import ast
import html
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mtlkit.utils import cache
from mtlkit.utils.errors import unknown
from mtlkit.utils.paths import NOTEBOOKS

if TYPE_CHECKING:
    from mtlkit.course.runner import Result

# `mtlkit.course.runner` is imported where it is used: it asks for what the extra "course" brings.

_LAB = """Copy the course into FOLDER and open it in JupyterLab. A notebook that differs there is left as it is. From
the first option on, all is JupyterLab's: mtlkit lab --no-browser --port 8890"""
_COURSE = """Run every notebook of the course in a kernel of its own. Errors in slider callbacks, background tasks that
died, tracebacks on stderr and missing figures count too. Executed copies and an HTML page of each go to --out."""
_PREDICT = (
    "Every task's answer to every row of a file, as a CSV: the file's columns, then the answers; whole or not at all."
)
_CACHE = """Tokens of large corpora, encoders' vectors and finished trainings: what is missing is made anew. The oldest
give way by themselves once all of them together take more than 4 GiB."""
_WORDS = {"true": True, "false": False, "none": None}
_INDEX = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>The course, executed</title>
<style>body {{ font: 16px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }}
td, th {{ text-align: left; padding: .3rem 1rem .3rem 0; vertical-align: top }}
.FAILED {{ color: #a33800; font-weight: bold }}</style>
<h1>The course, executed</h1>
<table><tr><th>notebook<th>seconds<th>figures<th>verdict<th>the executed copy</tr>
{rows}
</table></html>
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; gives the exit code: 0 all sound, 1 a notebook failed, 2 the command was wrong (SystemExit)."""
    parser = argparse.ArgumentParser(prog="mtlkit", description="Multi-task learning on language models, in notebooks.")
    commands = parser.add_subparsers(required=True, metavar="command")
    lab = commands.add_parser("lab", help="open the course in JupyterLab", description=_LAB)
    lab.set_defaults(run=open_course, parser=lab)
    lab.add_argument("folder", nargs="?", type=Path, default=Path("mtlkit-course"), help="default: mtlkit-course")
    course = commands.add_parser("course", help="run the notebooks headlessly", description=_COURSE)
    course.set_defaults(run=check_course, parser=course)
    course.add_argument("folder", nargs="?", type=Path, help="default: notebooks, or those that came with mtlkit")
    course.add_argument("--only", action="append", default=[], metavar="04", help="notebooks whose name starts so")
    course.add_argument("--jobs", type=_positive(int), default=1, metavar="N", help="so many at a time, sharing cores")
    course.add_argument(
        "-p", nargs=2, action="append", default=[], dest="parameters", metavar=("NAME", "VALUE"), help="a parameter"
    )
    course.add_argument("--out", type=Path, default=Path("build/course"), help="default: build/course")
    course.add_argument("--timeout", type=_positive(float), default=600, metavar="S", help="seconds a cell may take")
    course.add_argument("--update", action="store_true", help="put the executed copies, cleaned, in the sources' place")
    predict = commands.add_parser("predict", help="let a saved model answer a file", description=_PREDICT)
    predict.set_defaults(run=answer_file, parser=predict)
    predict.add_argument("model", type=Path, help="the folder of MultiTaskModel.save")
    predict.add_argument("file", type=Path, help="CSV, TSV, JSON lines, Parquet or CoNLL")
    predict.add_argument("--out", type=Path, required=True, metavar="ANSWERS.csv")
    predict.add_argument("--text", nargs="+", default=["text"], metavar="COLUMN", help="of texts; of pairs two")
    kept = commands.add_parser("cache", help="what is kept to save time", description=_CACHE)
    kept.set_defaults(run=show_cache, parser=kept)
    kept.add_argument("do", choices=("ls", "clear"), help="list it, or remove it")
    kept.add_argument("kind", nargs="?", help="only entries of this kind, such as tokens")
    own, jupyters = _split(list(sys.argv[1:] if argv is None else argv))
    arguments = parser.parse_args(own)
    arguments.jupyter = jupyters
    return arguments.run(arguments)


def open_course(arguments: argparse.Namespace) -> int:
    """The command `mtlkit lab`."""
    try:
        from mtlkit.course.lab import copy_course, open_lab

        copied, left = copy_course(arguments.folder)
        print(f"{len(copied)} notebooks copied to {arguments.folder}", flush=True)
        if left:
            print(f"Left as they are, since they differ from the course's: {', '.join(left)}", flush=True)
        open_lab(arguments.folder, arguments.jupyter)
    except (ValueError, OSError, ImportError) as error:
        arguments.parser.error(str(error))
    return 0


def check_course(arguments: argparse.Namespace) -> int:
    """The command `mtlkit course`."""
    beside = Path("notebooks")
    folder = arguments.folder or (beside if beside.is_dir() else NOTEBOOKS)
    try:
        from mtlkit.course import runner as courseware

        paths = courseware.find(folder, arguments.only)
        parameters = parse_parameters(arguments.parameters, paths)
    except (ValueError, FileNotFoundError, ImportError) as error:
        arguments.parser.error(str(error))
    if arguments.update and parameters:
        arguments.parser.error("--update keeps what the notebooks' own parameters give: leave -p out.")
    if arguments.update and folder == NOTEBOOKS:
        arguments.parser.error("--update is for notebooks of yours: give their folder.")
    try:
        return run_course(paths, parameters, arguments)
    except KeyboardInterrupt:
        print("Stopped. The notebooks that were done by then lie in", arguments.out)
        return 130


def answer_file(arguments: argparse.Namespace) -> int:
    """The command `mtlkit predict`."""
    import mtlkit as mk

    try:
        model = mk.MultiTaskModel.load(arguments.model)
        rows = mk.predict_file(model, arguments.file, arguments.out, text=arguments.text)
    except (ValueError, FileNotFoundError) as error:
        arguments.parser.error(str(error))
    print(f"{rows:,} rows answered: {arguments.out}")
    return 0


def show_cache(arguments: argparse.Namespace) -> int:
    """The commands `mtlkit cache ls` and `mtlkit cache clear`: a line for each kind, and one for all."""
    there = cache.entries()
    kinds = sorted({entry.kind for entry in there})
    if arguments.kind is not None and arguments.kind not in kinds:
        arguments.parser.error(unknown("kind of entry in the cache", arguments.kind, kinds))
    chosen = [entry for entry in there if arguments.kind in (None, entry.kind)]
    if arguments.do == "clear":
        chosen = cache.clear(arguments.kind)
    for kind in kinds:
        own = [entry for entry in chosen if entry.kind == kind]
        if own:
            print(f"{kind:<12} {len(own):6,} entries {_megabytes(own)}")
    print(f"{'removed' if arguments.do == 'clear' else 'in all':<12} {len(chosen):6,} entries {_megabytes(chosen)}")
    print(f"The folder: {cache.root()}")
    return 0


def _megabytes(entries: Sequence[cache.Entry]) -> str:
    return f"{sum(entry.size for entry in entries) / 1e6:10,.1f} MB"


def run_course(paths: list[Path], parameters: dict, arguments: argparse.Namespace) -> int:
    """Progress bar, copies and pages, table; the exit code."""
    from tqdm import tqdm

    from mtlkit.course import runner as courseware

    todo = {path: sum(c.cell_type == "code" for c in courseware.read(path).cells) + 1 for path in paths}  # + last look
    done = dict.fromkeys(paths, 0)
    arguments.out.mkdir(parents=True, exist_ok=True)
    # In a log, a line now and then; on a terminal, a bar.
    with tqdm(
        total=sum(todo.values()), unit="cell", desc="course", mininterval=0.1 if sys.stderr.isatty() else 30
    ) as bar:

        def on_cell(path):
            if done[path] < todo[path]:  # an injected parameters cell is one more
                done[path] += 1
                bar.update()
                bar.set_postfix_str(path.stem, refresh=False)

        def on_result(result):
            bar.update(todo[result.path] - done[result.path])
            write_copy(result, arguments.out)

        settings = {"parameters": parameters, "timeout": arguments.timeout, "on_cell": on_cell}
        results = courseware.run_all(paths, jobs=arguments.jobs, on_result=on_result, **settings)
    if arguments.update:
        results = [courseware.keep(result) for result in results]
    rows = "\n".join(_row(result) for result in results)
    Path(arguments.out, "index.html").write_text(_INDEX.format(rows=rows), encoding="utf-8")
    print(table(results))
    print(f"The pages: {arguments.out / 'index.html'}")
    return 0 if all(result.ok for result in results) else 1


def parse_parameters(pairs: list[list[str]], paths: list[Path]) -> dict:
    """`-p steps 50 -p corpus helpdesk` as a dict: a Python literal where the text is one (or true, false), else text.

    Raises ValueError for a name that none of the notebooks declares.
    """
    from mtlkit.course import runner as courseware

    known = sorted({name for path in paths for name in courseware.parameters_of(path)})
    parameters = {}
    for name, text in pairs:
        if name not in known:
            raise ValueError(unknown("parameter", name, known))
        try:
            parameters[name] = ast.literal_eval(text)
        except (ValueError, SyntaxError):
            parameters[name] = _WORDS.get(text.lower(), text)
    return parameters


def table(results: list[Result]) -> str:
    """The verdicts as text, and under each failed notebook what is wrong with it."""
    width = max(len(result.path.stem) for result in results)
    lines = [f"{'notebook':<{width}}  seconds  figures  verdict"]
    for result in results:
        lines.append(f"{result.path.stem:<{width}}  {result.seconds:7.1f}  {result.figures:7}  {result.verdict}")
        lines += [f"    {problem}" for problem in result.problems]
    failed = sum(not result.ok for result in results)
    seconds = sum(result.seconds for result in results)
    lines.append(f"{len(results)} run, {failed} failed, {seconds:.0f} s of running in all")
    return "\n".join(lines)


def write_copy(result: Result, out: Path) -> None:
    """The executed notebook, as it is, and its page."""
    import nbformat

    from mtlkit.course import runner as courseware

    nbformat.write(result.notebook, out / result.path.name)
    page = courseware.page(result.notebook, result.path)
    (out / result.path.name).with_suffix(".html").write_text(page, encoding="utf-8")


def _row(result: Result) -> str:
    problems = "".join(f"<br>{html.escape(problem)}" for problem in result.problems)
    stem = html.escape(result.path.stem)
    return (
        f'<tr><td><a href="{stem}.html">{stem}</a><td>{result.seconds:.1f}<td>{result.figures}'
        f'<td><span class="{result.verdict}">{result.verdict}</span>{problems}<td><a href="{stem}.ipynb">ipynb</a></tr>'
    )


def _split(argv: list[str]) -> tuple[list[str], list[str]]:
    """What is ours, and what is JupyterLab's: of `mtlkit lab`, all from its first option on."""
    if argv[:1] != ["lab"] or {"-h", "--help"} & set(argv):
        return argv, []
    first = next((i for i, text in enumerate(argv) if text.startswith("-")), len(argv))
    return argv[:first], argv[first:]


def _positive(kind: type):
    def parse(text: str):
        value = kind(text)
        if value <= 0:
            raise argparse.ArgumentTypeError(f"{text} should be above 0.")
        return value

    parse.__name__ = kind.__name__  # argparse names it when the text is no number
    return parse


if __name__ == "__main__":
    sys.exit(main())
