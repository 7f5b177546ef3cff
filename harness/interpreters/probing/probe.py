"""Find out what an interpreter is by running it."""

from __future__ import annotations

import functools
import hashlib
import os
import re
import subprocess
from pathlib import Path
from typing import Literal

import msgspec

from harness.errors import InterpreterError
from harness.files import decoded
from harness.interpreters.programs import run_program
from harness.model import Build, Provenance
from harness.model.build_flags import has_lto, has_pgo
from harness.subprocesses import capture, clean_environment
from harness.wording import printable

__all__ = ["SCRIPT", "Facts", "KilledError", "UnusableError", "ask", "checked", "describe", "probe"]

_OLDEST = (3, 9)
"""The oldest language version that the workloads support."""
_VERSION = re.compile(r"\d{1,3}\.\d{1,3}([.abrc+]\S{0,20})?", re.ASCII)
_MAX_FACT_LENGTH = 10_000
_TRIES = 2
"""A process may be killed for reasons of the machine: by chance only once."""
_HINT = "give the path of a Python executable of version 3.9 or newer"
SCRIPT = Path(__file__).with_name("probe_script.py")


class UnusableError(InterpreterError):
    """It is not a Python, or too old: probing it again would not help."""


class KilledError(InterpreterError):
    """It was killed when it was probed: the same may go well later."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The output of ``probe_script``; the fields are those of ``Build``."""

    implementation: str
    version: str
    python_version: str
    executable: str
    is_free_threaded: bool
    is_gil_enabled: bool
    jit: Literal["none", "off", "on", "not known"]
    is_debug: bool
    compiler: str
    cflags: str
    configure_args: str
    libc: str
    architecture: str
    revision: str
    allocator: str
    is_shared: bool
    has_own_config: bool
    has_tail_calls: bool
    runtime_flags: tuple[str, ...]
    missing_modules: tuple[str, ...]


def probe(
    path: Path | str, *, provenance: Provenance | None = None, timeout_s: float = 10.0
) -> Build:
    """Return the build at ``path``; raise ``InterpreterError`` if it cannot be used.

    Symbolic links are kept: a path into a virtual environment must remain one.
    """
    executable = Path(os.path.abspath(path))  # noqa: PTH100  # keeps links
    facts = ask(executable, timeout_s=timeout_s)
    provenance = provenance or Provenance(provider="path", source=str(executable))
    return describe(executable, facts, provenance=provenance)


def ask(executable: Path, *, timeout_s: float = 10.0) -> Facts:
    """Run the executable and return its facts; raise ``InterpreterError``."""
    try:
        str(executable).encode()
    except UnicodeEncodeError:
        path = printable(str(executable))
        raise UnusableError(f"{path}: the path is not valid UTF-8; rename it") from None
    _refuse_unrunnable(executable)
    facts = _run(executable, timeout_s=timeout_s)
    _refuse_old(executable, facts.python_version)
    return facts


def describe(executable: Path, facts: Facts, *, provenance: Provenance) -> Build:
    """Return the build with these facts and this provenance."""
    real_path = facts.executable or str(executable.resolve())
    try:
        digest = _digest(facts, real_path)
    except (OSError, ValueError):
        # For example a script that runs the Python of a container.
        raise InterpreterError(
            f"{executable} reports that it is {real_path}, which does not exist; {_HINT}"
        ) from None
    return Build(
        path=str(executable),
        real_path=real_path,
        digest=digest,
        has_pgo=facts.has_own_config and has_pgo(facts.configure_args, facts.cflags),
        has_lto=facts.has_own_config and has_lto(facts.configure_args, facts.cflags),
        provenance=provenance,
        **{
            name: value
            for name, value in msgspec.structs.asdict(facts).items()
            if name != "executable"
        },
    )


def _refuse_unrunnable(executable: Path) -> None:
    if not os.path.exists(executable):  # noqa: PTH110  # unlike Path, never raises
        raise InterpreterError(f"{executable} does not exist; {_HINT}")
    if executable.is_dir():
        raise InterpreterError(f"{executable} is a directory; {_executable_hint(executable)}")
    if not os.access(executable, os.X_OK):
        raise InterpreterError(f"{executable} is not executable; {_HINT}")


def _executable_hint(folder: Path) -> str:
    """Suggest the executables in the folder."""
    patterns = ("python", "python.exe", "bin/python3", "bin/python3.*", "bin/pypy3")
    paths = [path for pattern in patterns for path in sorted(folder.glob(pattern))]
    names = [str(path) for path in paths if path.is_file() and os.access(path, os.X_OK)]
    return f"give the executable in it: {' or '.join(names)}" if names else _HINT


def _refuse_old(executable: Path, version: str) -> None:
    major, minor = (int(part) for part in version.split(".")[:2])
    if (major, minor) < _OLDEST:
        raise UnusableError(
            f"{executable}: Python {version} is too old; give version {_OLDEST[0]}.{_OLDEST[1]} "
            "or newer"
        )


def _run(executable: Path, *, timeout_s: float) -> Facts:
    for _ in range(_TRIES):
        finished = run_program(
            [str(executable), "-I", "-S", "-c", _script()],
            name=str(executable),
            timeout_s=timeout_s,
            env=clean_environment(),
            hint=f"; {_HINT}",
        )
        if finished.exit_code >= 0:
            break
    if finished.exit_code < 0:
        raise KilledError(
            f"{executable} was ended by signal {-finished.exit_code} when probed, {_TRIES} times "
            "(out of memory?): try again"
        )
    if finished.exit_code != 0:
        _refuse_ancient(executable, timeout_s=timeout_s)
        raise InterpreterError(
            f"{executable} failed with exit code {finished.exit_code} when probed "
            f"({finished.last_line}); {_HINT}"
        )
    try:
        return checked(decoded(finished.stdout, Facts))
    except ValueError:
        raise UnusableError(f"{executable} does not answer like a Python; {_HINT}") from None


def checked(facts: Facts) -> Facts:
    """Return printable facts; raise ``ValueError`` for an invalid version."""
    if not _VERSION.fullmatch(facts.python_version):
        raise ValueError(f"{facts.python_version!r} is not a version of Python")
    texts = {
        name: printable(value)[:_MAX_FACT_LENGTH]
        for name, value in msgspec.structs.asdict(facts).items()
        if isinstance(value, str) and name not in ("executable", "jit")
    }
    return msgspec.structs.replace(facts, **texts)


@functools.cache
def _script() -> str:
    # As text: another user's interpreter may not be able to read our file.
    return SCRIPT.read_text(encoding="utf-8")


def _refuse_ancient(executable: Path, *, timeout_s: float) -> None:
    """Raise the error for a Python that is too old to run the probe, such as 2.7."""
    try:
        finished = capture([str(executable), "-V"], timeout_s=timeout_s)
    except (subprocess.TimeoutExpired, OSError):
        return
    match = re.match(r"Python (\d+\.\d+\S*)", finished.stdout or finished.stderr)
    if match:
        _refuse_old(executable, match[1])


def _digest(facts: Facts, real_path: str) -> str:
    stat = Path(real_path).stat()
    identity = msgspec.json.encode((facts, stat.st_size, stat.st_mtime_ns))
    return hashlib.sha256(identity).hexdigest()[:12]
