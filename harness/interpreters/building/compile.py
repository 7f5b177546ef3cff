"""Configure, compile, install and trim CPython."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.building.toolchain import usable_cpus
from harness.model.build_flags import has_pgo
from harness.subprocesses import capture, run_logged
from harness.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from harness.interpreters.progress import Report

__all__ = ["CONFIGURE_CACHE", "BuildOptions", "compile_cpython"]

CONFIGURE_CACHE = "config.cache"
"""The answers of ``configure``, next to the sources; another build may start from them."""
_PREFIX = "/gilscope"
_TAIL_LINES = 20
_TAIL_BYTES = 1 << 16
_MAX_LINE_LENGTH = 200
_UNNEEDED = ("idlelib", "pydoc_data", "tkinter", "turtledemo")
_TEST = re.compile(r"\[ *\d+/\d+(/\d+)?\]")


@dataclass(frozen=True, kw_only=True)
class BuildOptions:
    """How to compile the sources."""

    flags: tuple[str, ...]
    """Arguments of ``configure``."""
    environment: Mapping[str, str]
    """The complete environment of every command."""
    jobs: int
    variables: tuple[str, ...] = ()
    """``NAME=VALUE`` arguments of ``make``."""

    @property
    def has_pgo(self) -> bool:
        """Return whether it is compiled twice, the second time with a profile."""
        return has_pgo(shlex.join(self.flags))


@dataclass(frozen=True, kw_only=True)
class _Stage:
    """A command, and how to derive its progress from its output; measured with CPython 3.14."""

    command: tuple[str, ...]
    weigh: Callable[[str], float]
    """Returns the weight of a line of output."""
    total: float
    """The sum of all weights."""
    phase: str
    end: float
    """Share of the whole build that is done when the stage ends."""


def compile_cpython(
    source: Path,
    *,
    options: BuildOptions,
    log: Path,
    report: Report,
    start: float,
) -> Path:
    """Build the sources and return the trimmed prefix, a folder next to them.

    ``start`` is the share of the whole build that is already done.
    """
    image = source.parent / "image"
    for stage in _stages(options, image):
        _run(stage, source=source, options=options, log=log, report=report, start=start)
        start = stage.end
    report("trimming", start)
    installed = image / _PREFIX.lstrip("/")
    if not installed.is_dir():
        raise InterpreterError(f"make install created no interpreter; the log is {log}")
    _refuse_links_outside(image, installed)
    _trim(installed)
    return installed


def _stages(options: BuildOptions, image: Path) -> tuple[_Stage, ...]:
    cache = f"--cache-file=../{CONFIGURE_CACHE}"
    configure = _Stage(
        phase="configuring",
        command=("sh", "./configure", f"--prefix={_PREFIX}", cache, *options.flags),
        weigh=lambda line: float("..." in line),
        total=780,
        end=0.05 if options.has_pgo else 0.18,
    )
    install = _Stage(
        phase="installing",
        # Bytecode is removed when trimming; this makes ``compileall`` print its help instead.
        command=(
            *("make", "install", f"DESTDIR={image}", "COMPILEALL_OPTS=--help"),
            *options.variables,
        ),
        weigh=lambda _: 1.0,
        total=1950,
        end=0.99,
    )
    return configure, _making(options), install


def _making(options: BuildOptions) -> _Stage:
    # Debug information takes a quarter of the compile time and is stripped in the end. The code
    # is the same without it; set in this variable, the flag is not recorded.
    command = ("make", f"-j{options.jobs}", "EXTRA_CFLAGS=-g0", *options.variables)
    if not options.has_pgo:
        return _Stage(phase="compiling", command=command, weigh=_compiled, total=293, end=0.97)
    # As in the Makefile, but on all CPUs: in sequence the tests take minutes.
    # Not limited by memory: both builds of a pair must be trained alike.
    task = f"PROFILE_TASK=-m test --pgo --timeout=1200 -j{usable_cpus()}"
    return _Stage(
        phase="compiling",
        command=(*command, task),
        weigh=lambda line: _compiled(line) + (_A_TEST if _TEST.search(line) else 0),
        total=2 * 293 + 44 * _A_TEST,
        end=0.98,
    )


_A_TEST = 4.0
"""Weight of a profiling test: it takes about as long as compiling four files."""


def _compiled(line: str) -> float:
    return float(" -c " in line)


def _run(
    stage: _Stage,
    *,
    source: Path,
    options: BuildOptions,
    log: Path,
    report: Report,
    start: float,
) -> None:
    done = 0.0

    def on_line(line: str) -> None:
        nonlocal done
        weight = stage.weigh(line)
        if weight:
            done += weight
            share = min(1.0, done / stage.total)
            is_test = weight == _A_TEST
            report(
                "profiling" if is_test else stage.phase,
                start + share * (stage.end - start),
                _detail(line, is_test=is_test),
            )

    report(stage.phase, start)
    exit_code = run_logged(
        stage.command, log=log, cwd=source, env=options.environment, on_line=on_line
    )
    if exit_code != 0:
        tail = _tail(log)
        is_full = "No space left on device" in tail
        reason = f": no space left on the disk of {source}" if is_full else ""
        raise InterpreterError(
            f"{stage.phase} failed with exit code {exit_code}{reason}; the log is {log}, "
            f"it ends with:\n{tail}"
        )


def _tail(log: Path) -> str:
    """Return the last lines, each of limited length."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()[-_TAIL_LINES:]
    return "\n".join(printable(line.expandtabs()[:_MAX_LINE_LENGTH]) for line in lines)


def _detail(line: str, *, is_test: bool) -> str:
    if is_test:
        return line.rpartition("]")[2].strip()
    return line.rstrip().rpartition("/")[2] if " -c " in line else ""


def _refuse_links_outside(image: Path, installed: Path) -> None:
    """Refuse links out of the installation: trimming would delete through them."""
    inside = os.path.join(os.path.realpath(image.parent), image.name, installed.name)  # noqa: PTH118
    for folder, folders, files in os.walk(installed):
        for path in (folder, *(os.path.join(folder, name) for name in (*folders, *files))):  # noqa: PTH118
            real = os.path.realpath(path)
            if real != inside and not real.startswith(inside + os.sep):
                raise InterpreterError(f"make install created a link that leads outside: {path}")


def _trim(prefix: Path) -> None:
    """Remove what no measurement needs: three quarters of 120 MB."""
    shutil.rmtree(prefix / "share", ignore_errors=True)
    for library in prefix.glob("lib/python3.*"):
        for name in _UNNEEDED:
            shutil.rmtree(library / name, ignore_errors=True)
    for compiled in list(prefix.rglob("__pycache__")):
        shutil.rmtree(compiled)
    binaries = [*prefix.glob("bin/python3.*"), *prefix.rglob("*.so")]
    files = [str(path) for path in binaries if path.is_file() and not path.is_symlink()]
    if shutil.which("strip"):
        # Only debug information: profilers need the function names.
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            capture(["strip", "--strip-debug", *files], timeout_s=60)
