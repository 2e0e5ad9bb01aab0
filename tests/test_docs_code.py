"""What README, CONTRIBUTING and docstrings show as code runs as it stands."""

import doctest
import importlib
import re
from pathlib import Path

import pandas as pd
import pytest
import readers_loop

import mtlkit as mk

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "mtlkit"
SHOWN = [path for path in sorted(PACKAGE.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]
compare = mk.compare


@pytest.fixture
def at_home(tmp_path, monkeypatch):
    """An empty folder with the reader's own files in it; what the code registers is forgotten after the test."""
    topics = ["printer", "login", "invoice"]
    texts = [f"{number} my {topic} fails again" for number in range(12) for topic in topics]
    table = pd.DataFrame({"text": texts, "topic": topics * 12, "urgency": [float(i % 5) for i in range(36)]})
    for split in ("train", "validation", "test"):
        table.assign(text=table["text"] + f" {split}").to_csv(tmp_path / f"{split}.csv", index=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    registries = (mk.tasks.KINDS, mk.weighting.METHODS)
    before = [set(registry) for registry in registries]
    yield tmp_path
    for registry, known in zip(registries, before, strict=True):
        for name in set(registry) - known:
            registry.remove(name)


@pytest.fixture
def short(monkeypatch):
    """`compare` as it is written, with all its methods; only shorter, and in this process."""
    less = {"budget": 2, "seeds": 2, "trials": 2, "jobs": 1}
    monkeypatch.setattr(mk, "compare", lambda *given, **settings: compare(*given, **settings | less))


def blocks(file: str) -> list[tuple[int, str]]:
    """(the line where it begins, the code) of each Python block of a page."""
    text = (ROOT / file).read_text(encoding="utf-8")
    found = re.finditer(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    return [(text.count("\n", 0, match.start(1)), match[1]) for match in found]


@pytest.mark.parametrize("file", ["README.md", "CONTRIBUTING.md"])
def test_the_code_of_a_page_runs_from_top_to_bottom(at_home, short, file):
    assert len(blocks(file)) >= 2
    names: dict = {"__name__": "page"} | readers_loop.names(batches=2)
    for line, code in blocks(file):
        exec(compile("\n" * line + code, str(ROOT / file), "exec"), names)  # a traceback names the page's own line


def test_a_page_whose_code_is_wrong_would_be_found():
    with pytest.raises(AttributeError, match="Did you mean 'compare'"):
        exec("import mtlkit as mk\nmk.compar()", {})


@pytest.mark.parametrize("path", SHOWN, ids=[str(path.relative_to(PACKAGE)) for path in SHOWN])
def test_the_examples_of_docstrings_say_what_comes_out(path, at_home):
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    assert result.attempted > 0 and result.failed == 0, f"{result.failed} of {result.attempted} examples"
