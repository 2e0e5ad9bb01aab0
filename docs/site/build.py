"""The site: course, reference and pages, as files in build/site that open without a server and ask no network.

`make site` runs this. Notebooks are shown as committed: nothing is executed but what fills the pages of the weighting
methods. The pages are gathered in the folders that they have in the repository, so that the links between them hold as
they are; the finished site replaces the last one only when it is whole and no link in it is dead.
"""

import argparse
import re
import shutil
import sys
import time
from pathlib import Path

import check_links
import nbformat
from sphinx.cmd.build import main as sphinx

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))  # this repository's mtlkit, whichever is installed

import generated_pages  # noqa: E402

PAGES = ("*.md", "docs/*.md", "benchmarks/*.md", "data/**/README.md", "notebooks/*.ipynb")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "site", help="the folder of the site")
    to = parser.parse_args().to.resolve()
    if to.exists() and not (to / "searchindex.js").exists():
        parser.error(f"{to} is there and holds no site: it would be replaced. Name another folder.")
    started = time.perf_counter()
    work = to.with_name(to.name + "-work")
    shutil.rmtree(work, ignore_errors=True)
    source, fresh = work / "source", work / "site"
    gather(source)
    generated_pages.write(source)
    # -W: a warning is a broken reference or a page that nobody finds; all of them are shown first.
    flags = ["-q", "-W", "--keep-going", "-c", str(HERE), "-d", str(work / "doctrees")]
    failed = sphinx([*flags, str(source), str(fresh)])
    wrong = check_links.problems(fresh)
    for problem in wrong:
        print(problem, file=sys.stderr)
    if failed or wrong:
        print(f"The site is not whole: {len(wrong)} wrong links; what there is lies in {fresh}.", file=sys.stderr)
        return 1
    shutil.rmtree(to, ignore_errors=True)
    fresh.rename(to)
    shutil.rmtree(work)
    pages = len(list(to.rglob("*.html")))
    print(f"{pages} pages in {time.perf_counter() - started:.0f} s: {(to / 'index.html').as_uri()}")
    return 0


def gather(source: Path) -> None:
    """The repository's own pages, and the files that they show or point to, into the same folders of `source`."""
    for path in sorted(path for pattern in PAGES for path in ROOT.glob(pattern)):
        copy(path, source)
        if path.suffix == ".ipynb":
            notebook = nbformat.read(path, 4)
            for cell in notebook.cells:
                describe_figures(cell)
            nbformat.write(notebook, source / path.relative_to(ROOT))
        for address in re.findall(r"\]\(([^)#\s\\]+)", path.read_text("utf-8")):
            beside = (path.parent / address).resolve()
            if beside.is_file() and beside.suffix not in (".md", ".ipynb"):
                copy(beside, source)


def copy(path: Path, source: Path) -> None:
    to = source / path.relative_to(ROOT)
    to.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, to)


def describe_figures(cell) -> None:
    """A figure's alt text, from where mtlkit leaves it to where MyST-NB looks for it: one a cell."""
    told = [
        output.metadata.get("image/png", {}).get("alt") for output in cell.get("outputs", ()) if "metadata" in output
    ]
    text = " ".join(alt for alt in told if alt)
    if text:
        cell.metadata["mystnb"] = {"image": {"alt": text}}


if __name__ == "__main__":
    sys.exit(main())
