# /// script
# requires-python = ">=3.11"
# dependencies = ["nox>=2026.7.11; python_version >= '3.11'", "nox; python_version < '3.11'"]
# ///
"""Sessions: each prepares an environment and starts one command; the logic is in harness/."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import importlib.metadata
import logging
import os
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import nox
from nox.command import CommandFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

NOX = importlib.metadata.version("nox")
IS_NEW_ENOUGH = sys.version_info >= (3, 11)
# Not nox.needs_version: it would not say what to do about it.
if not IS_NEW_ENOUGH or tuple(map(int, NOX.split(".")[:3])) < (2026, 7, 11):
    sys.exit(
        "Gilscope needs Python 3.11 and nox 2026.7.11, or newer ones, and this is Python "
        f"{sys.version.split()[0]} with nox {NOX}: run python3{'' if IS_NEW_ENOUGH else '.11'} -m "
        "venv .venv && .venv/bin/pip install nox && .venv/bin/nox -s bench, or uvx nox -s bench"
    )

nox.options.default_venv_backend = "uv|virtualenv"
# Which of the two it is concerns nobody: nox would say so at every start.
logging.getLogger("nox").addFilter(lambda record: record.msg != "uv binary not found.")
nox.options.reuse_existing_virtualenvs = True
nox.options.sessions = ["bench"]

PINS = ("--constraint", "constraints.txt")
RUNTIME = ("--requirements", "pyproject.toml")
EXPORT = ("--extra", "export")


def _install(session: nox.Session, *wanted: str) -> str:
    """Return a Python that has what Gilscope needs, and ``wanted``; install that if there is none.

    Another session's will do. What is there already is not asked for again: that would need a
    network.
    """
    wanted = (*RUNTIME, *wanted, *PINS)
    mark = session.env_dir / "gilscope-installed"
    files = (Path(name).read_bytes() for name in ("pyproject.toml", "constraints.txt"))
    digest = hashlib.sha256(b"".join([repr(wanted).encode(), *files])).hexdigest()
    for found in (mark, *sorted(session.env_dir.parent.glob(f"*/{mark.name}"))):
        if found.is_file() and found.read_text(encoding="utf-8") == digest:
            return str(found.parent / Path(session.bin).name / "python")
    mark.unlink(missing_ok=True)
    _install_with_uv(session, *wanted)
    mark.write_text(digest, encoding="utf-8")
    return "python"


def _install_with_uv(session: nox.Session, *wanted: str) -> None:
    """Install silently: standard output is for the answer alone (--json).

    pip fetches uv where it is missing.
    """
    if session.venv_backend == "uv":
        session.install(*wanted, silent=True)
        return
    if not shutil.which("uv", path=session.bin):
        session.install("uv", *PINS, silent=True)
    session.run_install("uv", "pip", "install", *wanted, silent=True)


@contextlib.contextmanager
def _interrupts_left_to_the_command() -> Iterator[None]:
    """Do nothing on Ctrl-C here: nox would kill the command before its current job has ended.

    Not SIG_IGN, which the command would inherit: it would miss a Ctrl-C right at its start.
    """
    before = signal.signal(signal.SIGINT, lambda number, frame: None)  # noqa: ARG005
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end_nox_with(code: int | None) -> None:
    """Let nox end with the command's own exit code, after its summary: by itself it ends with 1."""
    if code is None:
        return

    def end() -> None:
        sys.stdout.flush()  # which Python would do after this, and os._exit does not
        sys.stderr.flush()
        os._exit(code if code >= 0 else 128 - code)

    atexit.register(end)


def _is_for_programs(name: str) -> bool:
    """Return whether Python has a variable, such as PYTHONSAFEPATH, for who writes programs."""
    of_machine = ("DONTWRITEBYTECODE", "PYCACHEPREFIX", "IOENCODING", "UTF8")
    return name.startswith("PYTHON") and not name.endswith(of_machine)


def _harness(session: nox.Session, command: str, *extras: str) -> None:
    python = _install(session, *extras)
    with _interrupts_left_to_the_command():
        try:
            # Standard error stays apart: standard output is for the answer alone (--json).
            session.run(
                *(python, "-m", "harness", command, *session.posargs),
                env=dict.fromkeys(filter(_is_for_programs, os.environ)),
                stderr=None,
                external=True,
            )
        except CommandFailed as failure:
            _end_nox_with(failure.return_code)
            raise


@nox.session
def bench(session: nox.Session) -> None:
    """Find or get interpreters, measure them, write a report."""
    _harness(session, "bench")


@nox.session
def interpreters(session: nox.Session) -> None:
    """Show every interpreter that is here, and how others could be had."""
    _harness(session, "interpreters")


@nox.session
def aa(session: nox.Session) -> None:
    """Measure one interpreter against itself, to see what this machine can resolve."""
    _harness(session, "aa")


@nox.session
def compare(session: nox.Session) -> None:
    """Compare two experiments, or two pyperf files: -- OLD NEW."""
    _harness(session, "compare")


@nox.session
def workload(session: nox.Session) -> None:
    """Begin a workload of your own (new NAME), or check one (check FILE)."""
    _harness(session, "workload")


@nox.session
def report(session: nox.Session) -> None:
    """Make the page of a stored experiment again."""
    _harness(session, "report")


@nox.session
def export(session: nox.Session) -> None:
    """Write a stored experiment for other programs: pyperf, tables, texts, figures."""
    _harness(session, "export", *EXPORT)


@nox.session
def selfbench(session: nox.Session) -> None:
    """Measure Gilscope itself: how fast it loads, analyses and makes pages."""
    _harness(session, "selfbench")


@nox.session
def validate(session: nox.Session) -> None:
    """Try the statistics on simulated experiments, and write down how they fare."""
    _harness(session, "validate")


def _pytest(session: nox.Session, *options: str) -> None:
    """Run pytest with what follows --, or else with ``options``."""
    python = _install(session, *EXPORT, "--group", "tests")
    # The tests start Python hundreds of times, which takes half as long with bytecode at hand: it
    # is written here even where the environment says not to.
    compiled = {"PYTHONDONTWRITEBYTECODE": ""}
    asked = session.posargs or options
    session.run(python, "-m", "pytest", *asked, env=compiled, external=True)


def _shared() -> tuple[str, str]:
    """Use two more processes than there are CPUs: many tests wait for processes they started."""
    return f"--numprocesses={(os.cpu_count() or 1) + 2}", "--dist=loadscope"


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests of behaviour, on real interpreters too; options after -- go to pytest."""
    _pytest(session, "-m", "not alone", *_shared(), "--no-loadscope-reorder")


@nox.session
def coverage(session: nox.Session) -> None:
    """Count which lines and branches the unit tests reach, and a few that start commands."""
    _pytest(
        session,
        *("tests/unit", "tests/integration", "-m", "not no_cover and (traced or not integration)"),
        *(*_shared(), "--no-loadscope-reorder", "--hypothesis-profile=coverage"),
        *("--cov", "--cov-report=term", "--cov-fail-under=90"),
    )


@nox.session
def measure(session: nox.Session) -> None:
    """Run what judges times, and so needs the machine for itself."""
    _pytest(session, "tests/integration", "-m", "alone")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types, import rules and spelling."""
    _install(session, *EXPORT, "--group", "lint", "--group", "tests")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")
    session.run("lint-imports")
    session.run("codespell")


if __name__ == "__main__":
    nox.main()
