"""The site is whole, has a page for all that is registered, opens from a file, and loads nothing from elsewhere."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

import mtlkit as mk

pytestmark = pytest.mark.xdist_group("site")  # it is built once

ROOT = Path(__file__).parent.parent.parent
for package in ("sphinx", "myst_nb", "furo", "latex2mathml", "ziamath"):
    pytest.importorskip(package, reason=f"{package} is not installed: pip install 'mtlkit[site]'")
sys.path.append(str(ROOT / "docs" / "site"))

import check_links  # noqa: E402
import docstrings  # noqa: E402
import generated_pages  # noqa: E402
import mathml  # noqa: E402

# Whatever would call another machine fails at once.
NO_NETWORK = """import socket

def refuse(*_):
    raise OSError("the site is built offline")

socket.getaddrinfo = refuse
"""
FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking".split()


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(NO_NETWORK)
    command = [sys.executable, ROOT / "docs" / "site" / "build.py", "--to", folder / "site"]
    environment = os.environ | {"PYTHONPATH": str(folder)}
    built = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr  # a warning or a dead link is a failure
    return folder / "site"


def read(site: Path, page: str) -> str:
    return (site / page).read_text("utf-8")


def test_every_method_has_a_page_with_its_formula_paper_cost_and_picture(site):
    index = read(site, "methods/index.html")
    assert mk.weighting.METHODS
    for name, method in mk.weighting.METHODS.items():
        page = read(site, f"methods/{name}.html")
        assert f'href="{name}.html"' in index
        assert "<math" in page, f"docs/site/formulas.toml has no formula of {name}"
        assert method.cls.__name__ in page and "What a step costs" in page
        drawn = re.search(rf'src="\.\./_images/{name}-light\.svg"', page)
        assert drawn or "no λ to draw" in page, f"{name} was not recorded: python docs/site/record_methods.py"
        for number in re.findall(r"arXiv:(\d{4}\.\d{5})", method.paper):
            assert f"https://arxiv.org/abs/{number}" in page


def test_every_kind_has_a_page(site):
    index = read(site, "kinds/index.html")
    assert mk.tasks.KINDS
    for name, kind in mk.tasks.KINDS.items():
        page = read(site, f"kinds/{name}.html")
        assert f'href="{name}.html"' in index
        assert type(kind).__name__ in page and kind.metric_names[0] in page


def test_every_room_has_a_page_and_every_public_name_its_place(site):
    rooms = {path.name.removesuffix(".py") for path in (ROOT / "mtlkit").iterdir() if path.name[0] not in "_."}
    rooms -= {"py.typed"}
    assert {path.stem for path in (site / "reference").glob("*.html")} == rooms | {"index"}
    index = read(site, "reference/index.html")
    everything = "".join(
        path.read_text("utf-8") for folder in ("reference", "methods") for path in (site / folder).glob("*.html")
    )
    for name in mk.__all__:
        assert re.search(rf'<a [^>]*>(<span[^>]*>)?<code[^>]*><span class="pre">mk\.{name}</span>', index), name
        value = getattr(mk, name)
        if isinstance(value, type):
            assert re.search(rf'id="mtlkit\.[\w.]*\b{name}"', everything), f"{name} is documented nowhere"


def test_a_new_method_gets_a_page_without_a_line_anywhere_else(tmp_path):
    class Halves(mk.weighting.Weighting):
        """λ_i = ½."""

        def weights(self, losses, present):
            return losses * 0 + 0.5

    mk.weighting.register("halves", paper="Nobody 2024, arXiv:2401.00001")(Halves)
    try:
        (tmp_path / "methods").mkdir()
        page = generated_pages.method_page("halves", tmp_path)
    finally:
        mk.weighting.METHODS.remove("halves")
    assert "https://arxiv.org/abs/2401.00001" in page and "topic 0.5 at first, 0.5 at last" in page
    assert (tmp_path / "methods" / "halves-dark.svg").read_bytes().startswith(b"<?xml")


def test_formulas_are_of_methods_that_are_there():
    assert set(generated_pages.FORMULAS) <= set(mk.weighting.METHODS)
    with pytest.raises(ValueError, match="has no MathML"):
        mathml.convert(r"a \unheardof b", "block")


def test_the_notebooks_are_there_as_they_were_committed(site):
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        outputs = [o for cell in json.loads(path.read_text("utf-8"))["cells"] for o in cell.get("outputs", ())]
        figures = [output for output in outputs if "image/png" in output.get("data", {})]
        page = read(site, f"notebooks/{path.stem}.html")
        body = page[page.index("<article") : page.index("</article>")]
        assert len(re.findall(r'<img [^>]*src="\.\./_images/', body)) == len(figures) > 0
        assert 'alt="../_images' not in body  # a figure's description, not its file's name
        assert "application/vnd.jupyter.widget" not in page


def test_links_are_checked(site, tmp_path):
    assert not check_links.problems(site)
    (tmp_path / "other.html").write_text('<p id="here">')
    (tmp_path / "index.html").write_text(
        '<a href="other.html#here"></a><a href="other.html#gone"></a><a href="gone.html"></a>'
        '<a href="https://example.org"></a><script src="https://example.org/a.js"></script><img src="gone.png">'
    )
    (tmp_path / "look.css").write_text("@import 'https://example.org/font.css';")
    found = check_links.problems(tmp_path)
    said = ("other.html#gone", "'gone.html'", "example.org/a.js", "gone.png", "font.css")
    assert len(found) == len(said) and all(any(what in line for line in found) for what in said)


PLAIN = """What it does with `Run`, *args and |x|.

alpha: how sharply; see `beta`. beta, gamma: the rest_.
Needs: nothing. Cost: `O(n)`.
It gives:
- one thing;
- another, that goes on
  in a second line.
Then text again.

>>> 1 + 1
2
"""
GOOGLE = """What it does.

Args:
    alpha: how sharply, |α| < 1.
    *args: more, such as `beta`.

Returns:
    λ, (…, tasks); for each of:
    - one;
    - another.

Raises:
    ValueError: for a NaN.

Shape:
    losses: (…, tasks).

References:
    Somebody 2024, arXiv:2401.00001.

Example:
    >>> 1 + 1
    2
"""


@pytest.mark.parametrize(
    "text, said",
    [
        (
            PLAIN,
            ["*args and |x|", "<strong>Needs:</strong>", "rest_", "<li><p>another, that goes on", "&gt;&gt;&gt; 1 + 1"],
        ),
        (GOOGLE, ["|α| &lt; 1", "ValueError", "losses", "Somebody 2024", "<li><p>another.", "&gt;&gt;&gt; 1 + 1"]),
    ],
    ids=["plain", "sections"],
)
def test_docstrings_of_either_style_are_read(text, said):
    from docutils.core import publish_parts
    from sphinx.ext.napoleon import Config, GoogleDocstring

    lines = docstrings.convert(text.splitlines(), frozenset({"alpha", "beta", "gamma", "args"}))
    config = Config(napoleon_use_rtype=False, napoleon_custom_sections=[("Shape", "params_style")])
    restructured = str(GoogleDocstring(lines, config, what="function"))
    html = publish_parts(restructured.replace(":py:obj:", ""), writer="html5", settings_overrides={"report_level": 2})[
        "body"
    ]
    assert "system-message" not in html
    assert all(what in html for what in said), html


# -- in a browser ------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium found: install it (Debian: apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def opened(site, browser):
    """Opens a page of the site from its file, and at the end says what was loaded from elsewhere, or went wrong."""
    contexts, wrong = [], []

    def opened(page: str, **look):
        context = browser.new_context(offline=True, **look)
        contexts.append(context)
        tab = context.new_page()
        tab.on("request", lambda request: request.url.startswith(("file:", "data:")) or wrong.append(request.url))
        tab.on("requestfailed", lambda request: wrong.append(f"{request.url}: {request.failure}"))
        tab.on("console", lambda message: message.type in ("error", "warning") and wrong.append(message.text))
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.goto((site / page.split("?")[0]).as_uri() + page[len(page.split("?")[0]) :])
        return tab

    yield opened
    for context in contexts:
        context.close()
    assert not wrong


PAGES = [
    "index.html",
    "notebooks/04_dynamic_weights.html",
    "methods/index.html",
    "methods/sigmoid.html",
    "kinds/tagging.html",
    "reference/index.html",
    "reference/training.html",
    "benchmarks/RESULTS.html",
    "data/helpdesk/README.html",
    "genindex.html",
]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_from_its_file_without_a_request_and_fits_a_phone(opened, page):
    tab = opened(page, viewport={"width": 390, "height": 800})
    tab.wait_for_load_state("load")
    assert tab.locator("h1").first.is_visible()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert tab.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")


def test_light_and_dark_follow_the_reader(opened):
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = (opened("methods/sigmoid.html", color_scheme=scheme) for scheme in ("light", "dark"))
    assert light.evaluate(ground) == "rgb(255, 255, 255)"
    assert sum(map(int, re.findall(r"\d+", dark.evaluate(ground))[:3])) < 150
    for tab, theme in ((light, "light"), (dark, "dark")):
        (shown,) = [image for image in tab.locator("article img").all() if image.is_visible()]
        assert unquote(shown.get_attribute("src")).endswith(f"sigmoid-{theme}.svg")


def test_formulas_are_drawn_in_their_own_font(opened):
    tab = opened("methods/sigmoid.html")
    tab.evaluate("document.fonts.ready")
    assert tab.evaluate(
        "[...document.fonts].filter(font => font.family.includes('STIX')).map(font => font.status)"
    ) == ["loaded"]
    fraction = tab.locator("mfrac").first.bounding_box()
    assert fraction["height"] > 1.5 * tab.locator("math mi").first.bounding_box()["height"]


def test_search_finds_a_method_without_a_server(opened):
    tab = opened("search.html?q=sigmoid")
    found = tab.locator("#search-results li a")
    found.first.wait_for()
    assert any((link.get_attribute("href") or "").startswith("methods/sigmoid.html") for link in found.all())
