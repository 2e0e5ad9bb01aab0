"""One JupyterLab for all browser tests, and a browser for each module; they skip where either is missing."""

import pytest
from lab import Lab, chromium

import mtlkit  # noqa: F401 - a broken package should fail here, not in a kernel


@pytest.fixture(scope="module")  # not the session: while it runs, no other test can have an event loop
def playwright():
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    pytest.importorskip("jupyterlab", reason="JupyterLab is not installed")
    if chromium() is None:
        pytest.skip("no Chromium found: install it (Debian: apt-get install chromium) to test in a real browser")
    with sync_api.sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    lab = Lab(tmp_path_factory.mktemp("lab"))
    yield lab
    lab.close()


@pytest.fixture(scope="module")
def lab(playwright, request):
    lab = request.getfixturevalue("server")  # here, as it should not start where playwright skips
    lab.browse(playwright)
    yield lab
    lab.browser.close()
    lab.browser = None


@pytest.fixture
def notebook(lab, request):
    """notebook(cells): a new one, open in JupyterLab; closed with its kernel after the test."""
    opened = []

    def notebook(*cells: str):
        opened.append(lab.open(f"{request.node.name[:40]}-{len(opened)}", list(cells)))
        return opened[-1]

    yield notebook
    for one in opened:
        one.close()
