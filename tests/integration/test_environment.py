"""Python's own variables, locales and terminals: none changes what a command does."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.paths import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.integration

SETTINGS = {
    "PYTHONASYNCIODEBUG": "1",
    "PYTHONBREAKPOINT": "nowhere.to_be_found",
    "PYTHONCASEOK": "1",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONDEVMODE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONFAULTHANDLER": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONINSPECT": "1",
    "PYTHONINTMAXSTRDIGITS": "640",
    "PYTHONIOENCODING": "ascii",
    "PYTHONMALLOC": "debug",
    "PYTHONNODEBUGRANGES": "1",
    "PYTHONNOUSERSITE": "1",
    "PYTHONOPTIMIZE": "2",
    "PYTHONPATH": "/nowhere:/dev/null",
    "PYTHONPYCACHEPREFIX": "/proc/nowhere",
    "PYTHONSTARTUP": "/nowhere.py",
    "PYTHONTRACEMALLOC": "1",
    "PYTHONUNBUFFERED": "1",
    "PYTHONUSERBASE": "/nowhere",
    "PYTHONUTF8": "0",
    "PYTHONWARNINGS": "error",
    "PYTHONWARNDEFAULTENCODING": "1",
    "PYTHON_COLORS": "1",
    "PYTHON_CONTEXT_AWARE_WARNINGS": "0",
    "PYTHON_CPU_COUNT": "1",
    "PYTHON_FROZEN_MODULES": "off",
    "PYTHON_HISTORY": "/nowhere",
    "PYTHON_PERF_JIT_SUPPORT": "1",
    "PYTHON_THREAD_INHERIT_CONTEXT": "1",
    "PYTHON_TLBC": "1",
}
"""Of every variable a value with which Python itself starts."""
NOISY = {"PYTHONDUMPREFS": "1", "PYTHONMALLOCSTATS": "1", "PYTHONPROFILEIMPORTTIME": "1"}
"""Python itself writes to standard error."""
SLOW = ("PYTHONDEVMODE", "PYTHONMALLOC", "PYTHONTRACEMALLOC")
LOCALES = (
    {"LC_ALL": "C"},
    {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    {"LC_ALL": "de_DE.UTF-8"},
    {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR"},
    {"LC_ALL": "no such locale"},
    {"LANG": "xx_YY.KOI8-R", "LC_CTYPE": ""},
)
TERMINALS = (
    {"TERM": "dumb"},
    {"TERM": "", "FORCE_COLOR": "1"},
    *({"COLUMNS": columns} for columns in ("0", "1", "20", "40", "300", "wide", "-5", "²")),
)


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "harness", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    "environment",
    [*({name: value} for name, value in {**SETTINGS, **NOISY}.items()), *LOCALES, *TERMINALS],
    ids=lambda environment: " ".join(f"{name}={value}" for name, value in environment.items()),
)
def test_a_dry_run_is_the_same_in_every_environment(environment: dict[str, str]) -> None:
    done = run(
        environment,
        *("bench", "--dry-run", "--json", "--interpreter", sys.executable, "--seed", "1"),
    )

    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert len(msgspec.json.decode(done.stdout)["plan"]["workloads"]) > 3
    if not NOISY.keys() & environment.keys():
        assert done.stderr == ""


@pytest.mark.parametrize(
    "command",
    [
        ("bench", "--interpreter", sys.executable, "--workload=factorize", "--blocks=1"),
        ("report", "--results", str(ROOT / "results" / "sample")),
        ("export", "--csv", "--results", str(ROOT / "results" / "sample")),
        ("interpreters",),
    ],
    ids=lambda command: command[0],
)
def test_commands_work_with_all_of_them_at_once(tmp_path: Path, command: tuple[str, ...]) -> None:
    folders = {
        "bench": ("--threads=1,2", "--results", str(tmp_path / "results")),
        "interpreters": (),
    }
    reports = () if command[0] == "interpreters" else ("--reports", str(tmp_path / "reports"))
    quick = {name: value for name, value in SETTINGS.items() if name not in SLOW}
    environment = {**quick, **LOCALES[1], "COLUMNS": "40", "TERM": "dumb"}

    done = run(environment, *command, *folders.get(command[0], ()), *reports)

    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert all(len(line) <= 40 or len(line.split()) <= 2 for line in done.stdout.splitlines())
