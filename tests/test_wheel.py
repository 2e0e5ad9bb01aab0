"""What who has only pip gets: a wheel, installed where there is no checkout, opens the course and runs it."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
import zipfile
from pathlib import Path

import pytest

import mtlkit as mk

ROOT = Path(__file__).parent.parent
pytestmark = pytest.mark.xdist_group("serial")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    build = ["wheel", "--no-build-isolation", "--no-deps", "--no-index", "--quiet", "--wheel-dir", folder, ROOT]
    subprocess.run([sys.executable, "-m", "pip", *build], check=True)
    (made,) = folder.glob("mtlkit-*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """(the folder of a fresh environment's commands, what its processes see): the wheel, and the packages that are
    here, but not the checkout."""
    fresh = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", fresh], check=True)
    python = fresh / "bin" / "python"
    where = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], capture_output=True, text=True
    )
    Path(where.stdout.strip(), "here.pth").write_text(sysconfig.get_path("purelib"))
    install = ["install", "--ignore-installed", "--no-deps", "--no-index", "--quiet", wheel]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *install], check=True)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["JUPYTER_PATH"] = str(Path(sysconfig.get_path("data"), "share", "jupyter"))  # nbconvert's pages
    environment |= {f"JUPYTER_{kind}_DIR": str(fresh / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")}
    return fresh / "bin", environment


@pytest.fixture
def mtlkit(installed, tmp_path):
    """Runs the command in an empty folder; gives what came of it."""
    commands, environment = installed

    def run(*arguments: str):
        command = [commands / "mtlkit", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=300)

    return run


def test_the_wheel_holds_data_notebooks_and_the_stub_and_no_tests(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert f"mtlkit-{mk.__version__}" in wheel.name
    assert {"mtlkit/__init__.pyi", "mtlkit/py.typed", "mtlkit/data/helpdesk/corpus.json"} <= set(names)
    committed = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {n.removeprefix("mtlkit/notebooks/") for n in names if n.startswith("mtlkit/notebooks/")} == committed
    assert all(name.startswith(("mtlkit/", f"mtlkit-{mk.__version__}.dist-info/")) for name in names)
    assert not [name for name in names if "/tests/" in name or "/.ipynb_checkpoints/" in name]


def test_the_package_is_the_wheels_and_its_metadata_name_the_extras(installed, tmp_path):
    commands, environment = installed
    code = (
        "import importlib.metadata as m, mtlkit\n"
        "print(mtlkit.__file__, m.version('mtlkit'), *m.metadata('mtlkit').get_all('Provides-Extra'))"
    )
    said = subprocess.run(
        [commands / "python", "-c", code], capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    file, version, *extras = said.stdout.split()
    assert Path(file).is_relative_to(commands.parent) and version == mk.__version__
    assert {"plots", "widgets", "course", "all", "torchjd", "dask", "minilm", "peft"} <= set(extras)


def test_lab_copies_the_course_and_serves_its_first_notebook(installed, tmp_path):
    commands, environment = installed
    options = ["--no-browser", "--allow-root", "--ServerApp.port=0", "--IdentityProvider.token=secret"]
    command = [commands / "mtlkit", "lab", "mine", *options]
    with open(tmp_path / "log", "w") as log:
        lab = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)
    try:
        server = json.loads(_awaited(lab, environment).read_text())
        page = urllib.request.urlopen(f"{server['url']}?token=secret", timeout=60)
        assert page.status == 200 and "/lab/tree/00_start_here.ipynb" in page.url
        page = urllib.request.urlopen(f"{server['url']}lab/tree/00_start_here.ipynb?token=secret", timeout=60)
        assert page.status == 200 and b"jupyter-config-data" in page.read()
        file = urllib.request.urlopen(f"{server['url']}api/contents/00_start_here.ipynb?token=secret", timeout=60)
        assert json.load(file)["type"] == "notebook"
    finally:
        lab.terminate()
        lab.wait(60)
    course = list((ROOT / "notebooks").glob("*.ipynb"))
    assert f"{len(course)} notebooks copied to mine" in (tmp_path / "log").read_text()


def _awaited(lab: subprocess.Popen, environment: dict[str, str]) -> Path:
    """The file in which a server says where it listens, once it does: it writes that down a little earlier."""
    while lab.poll() is None:
        for file in Path(environment["JUPYTER_RUNTIME_DIR"]).glob(f"jpserver-{lab.pid}.json"):
            if file.read_text().strip().endswith("}"):
                with contextlib.suppress(ConnectionRefusedError):
                    socket.create_connection(("localhost", json.loads(file.read_text())["port"]), timeout=60).close()
                    return file
        time.sleep(0.2)
    raise AssertionError(f"mtlkit lab ended with {lab.returncode}")


def test_course_runs_the_notebooks_of_the_package(mtlkit, tmp_path):
    run = mtlkit("course", "--only", "00")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "1 run, 0 failed" in run.stdout
    assert (tmp_path / "build" / "course" / "00_start_here.html").is_file()
    refused = mtlkit("course", "--only", "00", "--update")
    assert refused.returncode == 2 and "give their folder" in refused.stderr
