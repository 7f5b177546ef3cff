"""Configure, make, install and trim CPython inside a workshop."""

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
from harness.interpreters.records import printable
from harness.interpreters.subprocesses import capture, run_logged
from harness.model.build_flags import has_pgo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

__all__ = ["CONFIGURE_CACHE", "Order", "Step", "compile_cpython"]

CONFIGURE_CACHE = "config.cache"
"""What ``configure`` found out, beside the sources; another build may start from it."""
_PREFIX = "/gilscope"
_TAIL_LINES = 20
_TAIL_BYTES = 1 << 16
_MAX_LINE_LENGTH = 200
_UNNEEDED = ("idlelib", "pydoc_data", "tkinter", "turtledemo")
_TEST = re.compile(r"\[ *\d+/\d+(/\d+)?\]")


@dataclass(frozen=True, kw_only=True)
class Step:
    """Where the work stands."""

    phase: str
    fraction: float
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Order:
    """How the sources are to be compiled."""

    flags: tuple[str, ...]
    """For ``configure``."""
    environment: Mapping[str, str]
    """The whole environment of every command."""
    jobs: int
    variables: tuple[str, ...] = ()
    """For ``make``, as ``NAME=VALUE``."""

    @property
    def has_pgo(self) -> bool:
        """Return whether it is compiled twice, with a profile of itself in between."""
        return has_pgo(shlex.join(self.flags))


@dataclass(frozen=True, kw_only=True)
class _Stage:
    """A command, and how its output tells how far it is: measured with CPython 3.14."""

    command: tuple[str, ...]
    weigh: Callable[[str], float]
    """How much of the stage a line stands for."""
    total: float
    phase: str
    end: float
    """Share of the whole work that is done when it ends."""


def compile_cpython(
    source: Path,
    *,
    order: Order,
    log: Path,
    report: Callable[[Step], None],
    start: float,
) -> Path:
    """Build the sources and return the trimmed prefix, a folder beside them.

    ``start`` is the share of the whole work already done before this.
    """
    image = source.parent / "image"
    for stage in _stages(order, image):
        _run(stage, source=source, order=order, log=log, report=report, start=start)
        start = stage.end
    report(Step(phase="trimming", fraction=start))
    installed = image / _PREFIX.lstrip("/")
    if not installed.is_dir():
        raise InterpreterError(f"make install left no interpreter; the whole log is {log}")
    _refuse_links_outside(image, installed)
    _trim(installed)
    return installed


def _stages(order: Order, image: Path) -> tuple[_Stage, ...]:
    cache = f"--cache-file=../{CONFIGURE_CACHE}"
    configure = _Stage(
        phase="configuring",
        command=("sh", "./configure", f"--prefix={_PREFIX}", cache, *order.flags),
        weigh=lambda line: float("..." in line),
        total=780,
        end=0.05 if order.has_pgo else 0.18,
    )
    install = _Stage(
        phase="installing",
        # Bytecode is removed when trimming; this makes ``compileall`` print its help instead.
        command=(
            *("make", "install", f"DESTDIR={image}", "COMPILEALL_OPTS=--help"),
            *order.variables,
        ),
        weigh=lambda _: 1.0,
        total=1950,
        end=0.99,
    )
    return configure, _making(order), install


def _making(order: Order) -> _Stage:
    # Debug information takes a quarter of the compiler's time and is stripped in the end; the
    # code is the same without it, and in this variable it stays out of the recorded flags.
    command = ("make", f"-j{order.jobs}", "EXTRA_CFLAGS=-g0", *order.variables)
    if not order.has_pgo:
        return _Stage(phase="compiling", command=command, weigh=_compiled, total=293, end=0.97)
    # As the Makefile has it, but with every CPU: one test after the other takes minutes.
    # Not as many as memory allows: both builds of a pair must be trained alike.
    task = f"PROFILE_TASK=-m test --pgo --timeout=1200 -j{usable_cpus()}"
    return _Stage(
        phase="compiling",
        command=(*command, task),
        weigh=lambda line: _compiled(line) + (_A_TEST if _TEST.search(line) else 0),
        total=2 * 293 + 44 * _A_TEST,
        end=0.98,
    )


_A_TEST = 4.0
"""A test of the profile task takes about as long as compiling four files."""


def _compiled(line: str) -> float:
    return float(" -c " in line)


def _run(
    stage: _Stage,
    *,
    source: Path,
    order: Order,
    log: Path,
    report: Callable[[Step], None],
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
                Step(
                    phase="profiling" if is_test else stage.phase,
                    fraction=start + share * (stage.end - start),
                    detail=_detail(line, is_test=is_test),
                )
            )

    report(Step(phase=stage.phase, fraction=start))
    exit_code = run_logged(
        stage.command, log=log, cwd=source, env=order.environment, on_line=on_line
    )
    if exit_code != 0:
        tail = _tail(log)
        is_full = "No space left on device" in tail
        why = f": no space is left on the disk of {source}" if is_full else ""
        raise InterpreterError(
            f"{stage.phase} failed with exit code {exit_code}{why}; the whole log is {log}, "
            f"it ends with:\n{tail}"
        )


def _tail(log: Path) -> str:
    """Return the last lines, none of them endless."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
        lines = file.read().decode(errors="replace").splitlines()[-_TAIL_LINES:]
    return "\n".join(printable(line.expandtabs()[:_MAX_LINE_LENGTH]) for line in lines)


def _detail(line: str, *, is_test: bool) -> str:
    if is_test:
        return line.rpartition("]")[2].strip()
    return line.rstrip().rpartition("/")[2] if " -c " in line else ""


def _refuse_links_outside(image: Path, installed: Path) -> None:
    """Refuse what sources of unknown origin may have installed: trimming would go through it."""
    inside = os.path.join(os.path.realpath(image.parent), image.name, installed.name)  # noqa: PTH118
    for folder, folders, files in os.walk(installed):
        for path in (folder, *(os.path.join(folder, name) for name in (*folders, *files))):  # noqa: PTH118
            real = os.path.realpath(path)
            if real != inside and not real.startswith(inside + os.sep):
                raise InterpreterError(f"make install left a link that leads outside: {path}")


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
