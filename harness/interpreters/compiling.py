"""Configure, make, install and trim CPython inside a workshop.

Place in the flow: the work of the source provider once the sources lie unpacked. The
prefix given to ``configure`` is a dummy: CPython finds its library relative to its own
executable, so that the installed folder can be renamed into the cache.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.processes import capture, run_logged
from harness.interpreters.toolchain import usable_cpus

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from harness.interpreters.cache import Workshop

__all__ = ["Step", "compile_cpython"]

_PREFIX = "/gilscope"
_TAIL_LINES = 20
_UNNEEDED = ("idlelib", "pydoc_data", "tkinter", "turtledemo")


@dataclass(frozen=True, kw_only=True)
class Step:
    """Where the work stands."""

    phase: str
    fraction: float
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class _Stage:
    """A command, and how its output tells how far it is: measured with CPython 3.14."""

    phase: str
    command: tuple[str, ...]
    marker: str
    """Lines with this text are counted."""
    lines: int
    end: float
    """Share of the whole work that is done when it ends."""


def compile_cpython(
    source: Path,
    *,
    flags: Sequence[str],
    workshop: Workshop,
    report: Callable[[Step], None],
    start: float,
) -> None:
    """Build the sources and leave the trimmed result at ``workshop.prefix``.

    ``start`` is the share of the whole work already done before this.
    """
    image = workshop.aside / "image"
    stages = (
        _Stage(
            phase="configuring",
            command=("./configure", f"--prefix={_PREFIX}", *flags),
            marker="...",
            lines=780,
            end=0.18,
        ),
        _Stage(
            phase="compiling",
            command=("make", f"-j{usable_cpus()}"),
            marker=" -c ",
            lines=293,
            end=0.95,
        ),
        _Stage(
            phase="installing",
            command=("make", "install", f"DESTDIR={image}"),
            marker="",
            lines=1950,
            end=0.99,
        ),
    )
    for stage in stages:
        _run(stage, source=source, log=workshop.log, report=report, start=start)
        start = stage.end
    report(Step(phase="trimming", fraction=start))
    installed = image / _PREFIX.lstrip("/")
    _trim(installed)
    installed.rename(workshop.prefix)


def _run(
    stage: _Stage, *, source: Path, log: Path, report: Callable[[Step], None], start: float
) -> None:
    seen = 0

    def on_line(line: str) -> None:
        nonlocal seen
        if stage.marker in line:
            seen += 1
            share = min(1.0, seen / stage.lines)
            report(
                Step(
                    phase=stage.phase,
                    fraction=start + share * (stage.end - start),
                    detail=line.rstrip().rpartition("/")[2] if stage.marker == " -c " else "",
                )
            )

    report(Step(phase=stage.phase, fraction=start))
    exit_code = run_logged(stage.command, log=log, cwd=source, on_line=on_line)
    if exit_code != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-_TAIL_LINES:])
        raise InterpreterError(
            f"{stage.phase} failed with exit code {exit_code}; the whole log is {log}, "
            f"it ends with:\n{tail}"
        )


def _trim(prefix: Path) -> None:
    """Remove what no measurement needs: 120 MB become a quarter."""
    shutil.rmtree(prefix / "share", ignore_errors=True)
    for library in prefix.glob("lib/python3.*"):
        for name in _UNNEEDED:
            shutil.rmtree(library / name, ignore_errors=True)
    for compiled in list(prefix.rglob("__pycache__")):
        shutil.rmtree(compiled)
    binaries = [*prefix.glob("bin/python3.*"), *prefix.rglob("*.so")]
    files = [str(path) for path in binaries if path.is_file() and not path.is_symlink()]
    if shutil.which("strip"):
        # Debug information alone: the names of functions stay, for profilers.
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            capture(["strip", "--strip-debug", *files], timeout_s=60)
