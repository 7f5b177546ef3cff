"""The sessions as the README starts them: nox comes with pip, and there is no uv."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pyperf
import pytest

from tests.integration.test_bench import Ended
from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment with what ``pip install nox`` brings."""
    folder = tmp_path_factory.mktemp("environment")
    uv = (sys.executable, "-m", "uv", "--quiet", "venv", "--seed", "--python", sys.executable)
    subprocess.run([*uv, folder], check=True)
    pip = (folder / "bin" / "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt")
    subprocess.run([*pip, "nox"], check=True)
    return folder


NOWHERE = "http://127.0.0.1:9/simple"
OFFLINE = dict.fromkeys(("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_URL"), NOWHERE)
"""No installer reaches anything."""


def nox(
    environment: Path, session: str, *arguments: str, settings: dict[str, str] | None = None
) -> Ended:
    """Run a session of the real noxfile; its environment is made beside nox's own."""
    folders = os.environ["PATH"].split(os.pathsep)
    path = [folder for folder in folders if not shutil.which("uv", path=folder)]
    ours = ("VIRTUAL_ENV", "PYTHONPATH", "UV", "COVERAGE_PROCESS_CONFIG", "PYTHONDONTWRITEBYTECODE")
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in ours and not name.startswith("NOX_")
    }
    places = ("--noxfile", ROOT / "noxfile.py", "--envdir", environment / "sessions")
    done = subprocess.run(
        [environment / "bin" / "nox", *places, "--session", session, "--", *arguments],
        env={
            **inherited,
            "PATH": os.pathsep.join([str(environment / "bin"), *path]),
            **(settings or {}),
        },
        cwd=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def pyperf_file(path: Path, time_s: float) -> str:
    metadata = {"name": "sort", "loops": 1, "unit": "second"}
    values = [time_s * (1 + 0.001 * number) for number in range(10)]
    runs = [pyperf.Run([value], metadata=metadata, collect_metadata=False) for value in values]
    pyperf.Benchmark(runs).dump(str(path))
    return str(path)


def test_the_answer_is_alone_on_standard_output_and_exit_codes_reach_the_caller(
    environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Settings for programs that are being written, which must not reach the command.
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    monkeypatch.setenv("PYTHONWARNINGS", "default")
    files = [
        pyperf_file(tmp_path / name, time_s) for name, time_s in (("a.json", 0.1), ("b.json", 0.2))
    ]
    reports = ("--reports", str(tmp_path / "reports"))

    slower = nox(environment, "compare", *files, "--json", "--fail-if", "slower>5%", *reports)
    wrong = nox(environment, "compare", files[0], str(tmp_path / "none.json"), *reports)

    assert slower.code == 10, slower.err
    assert msgspec.json.decode(slower.out)["gates"]
    assert "Session compare failed" in slower.err
    assert "uv binary not found" not in slower.err
    assert (wrong.code, wrong.out) == (6, ""), wrong.err
    assert "none.json" in wrong.err


def test_once_installed_a_session_needs_no_network(environment: Path, tmp_path: Path) -> None:
    files = [pyperf_file(tmp_path / "a.json", 0.1), pyperf_file(tmp_path / "b.json", 0.2)]
    asked = ("compare", *files, "--reports", str(tmp_path / "reports"))
    assert nox(environment, *asked).code == 0

    assert nox(environment, *asked, settings=OFFLINE).code == 0
    # A session that is started for the first time uses what another one has installed.
    assert nox(environment, "report", "--help", settings=OFFLINE).code == 0

    mark = environment / "sessions" / "compare" / "gilscope-installed"
    mark.write_text("of other requirements", encoding="utf-8")
    assert nox(environment, *asked, settings=OFFLINE).code != 0
    assert not mark.exists()
    assert nox(environment, *asked).code == 0


@pytest.mark.parametrize(
    ("older", "way_out"),
    [
        ("importlib.metadata.version = lambda name: '2022.11.21'", "run python3 -m venv .venv"),
        ("sys.version_info = (3, 10, 4)", "run python3.11 -m venv .venv"),
    ],
)
def test_what_is_too_old_is_refused_in_one_sentence(
    environment: Path, older: str, way_out: str
) -> None:
    code = (
        f"import importlib.metadata, nox.command, runpy, sys; {older}; runpy.run_path('noxfile.py')"
    )
    done = subprocess.run(
        [environment / "bin" / "python", "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Gilscope needs Python 3.11 and nox 2026.7.11, or newer ones")
    assert way_out in done.stderr
    assert len(done.stderr.splitlines()) == 1
