"""Find out what an interpreter really is, by running it."""

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
from harness.interpreters import subprocesses
from harness.interpreters.records import decoded, printable
from harness.model import Build, Provenance
from harness.model.build_flags import has_lto, has_pgo

__all__ = ["OLDEST", "SCRIPT", "Facts", "UnusableError", "ask", "checked", "describe", "probe"]

OLDEST = (3, 9)
"""The oldest language version the workloads are written for."""
_VERSION = re.compile(r"\d{1,3}\.\d{1,3}([.abrc+]\S{0,20})?", re.ASCII)
_MAX_FACT_LENGTH = 10_000
_MEND = "give the path of a Python executable of version 3.9 or newer"
SCRIPT = Path(__file__).with_name("probe_script.py")


class UnusableError(InterpreterError):
    """It is no Python, or too old a one: asking again will not change that."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What ``probe_script`` prints; the fields mean what they mean in ``Build``."""

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
    """Return what the executable at ``path`` is; raise ``InterpreterError`` if unusable.

    Symbolic links are not resolved: a path into a virtual environment must stay one.
    """
    executable = Path(os.path.abspath(path))  # noqa: PTH100  # keeps links
    facts = ask(executable, timeout_s=timeout_s)
    source = provenance or Provenance(provider="path", source=str(executable))
    return describe(executable, facts, provenance=source)


def ask(executable: Path, *, timeout_s: float = 10.0) -> Facts:
    """Run the executable and return what it says of itself; raise ``InterpreterError``."""
    try:
        str(executable).encode()
    except UnicodeEncodeError:
        shown = printable(str(executable))
        raise UnusableError(
            f"{shown}: a path that is no UTF-8 cannot be recorded; rename it"
        ) from None
    _refuse_unrunnable(executable)
    facts = _run(executable, timeout_s=timeout_s)
    _refuse_old(executable, facts.python_version)
    return facts


def describe(executable: Path, facts: Facts, *, provenance: Provenance) -> Build:
    """Return the build that said ``facts``, and says where it came from."""
    real_path = facts.executable or str(executable.resolve())
    try:
        digest = _digest(facts, real_path)
    except (OSError, ValueError):
        # A script that runs the Python of a container, for example.
        raise InterpreterError(
            f"{executable}: says that it is {real_path}, which is not here; {_MEND}"
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
        raise InterpreterError(f"{executable}: no such file; {_MEND}")
    if executable.is_dir():
        raise InterpreterError(f"{executable}: is a directory; {_inside(executable)}")
    if not os.access(executable, os.X_OK):
        raise InterpreterError(f"{executable}: is not executable; {_MEND}")


def _inside(folder: Path) -> str:
    """Name the executables a user may have meant."""
    patterns = ("python", "python.exe", "bin/python3", "bin/python3.*", "bin/pypy3")
    found = [path for pattern in patterns for path in sorted(folder.glob(pattern))]
    names = [str(path) for path in found if path.is_file() and os.access(path, os.X_OK)]
    return f"give the executable in it: {' or '.join(names)}" if names else _MEND


def _refuse_old(executable: Path, version: str) -> None:
    major, minor = (int(part) for part in version.split(".")[:2])
    if (major, minor) < OLDEST:
        raise UnusableError(
            f"{executable}: Python {version} is too old; "
            f"{OLDEST[0]}.{OLDEST[1]} is the oldest that can be measured"
        )


def _run(executable: Path, *, timeout_s: float) -> Facts:
    try:
        finished = subprocesses.capture(
            [str(executable), "-I", "-S", "-c", _script()],
            timeout_s=timeout_s,
            env=subprocesses.clean_environment(),
        )
    except subprocess.TimeoutExpired:
        raise InterpreterError(
            f"{executable}: gave no answer within {timeout_s:g} s; {_MEND}"
        ) from None
    except OSError as error:
        raise InterpreterError(f"{executable}: cannot be run ({error.strerror}); {_MEND}") from None
    if finished.exit_code != 0:
        _refuse_ancient(executable, timeout_s=timeout_s)
        raise InterpreterError(
            f"{executable}: exit code {finished.exit_code} when asked what it is "
            f"({finished.last_words}); {_MEND}"
        )
    try:
        return checked(decoded(finished.stdout, Facts))
    except ValueError:
        raise UnusableError(f"{executable}: does not answer as a Python does; {_MEND}") from None


def checked(facts: Facts) -> Facts:
    """Return facts that a terminal can show; raise ``ValueError`` for a version that is none."""
    if not _VERSION.fullmatch(facts.python_version):
        raise ValueError(f"{facts.python_version!r} is no version of Python")
    texts = {
        name: printable(value)[:_MAX_FACT_LENGTH]
        for name, value in msgspec.structs.asdict(facts).items()
        if isinstance(value, str) and name not in ("executable", "jit")
    }
    return msgspec.structs.replace(facts, **texts)


@functools.cache
def _script() -> str:
    # As text and not as a file: another user's interpreter may not be able to read ours.
    return SCRIPT.read_text(encoding="utf-8")


def _refuse_ancient(executable: Path, *, timeout_s: float) -> None:
    """Name the version of a Python too old to run even the probe, such as 2.7."""
    try:
        finished = subprocesses.capture([str(executable), "-V"], timeout_s=timeout_s)
    except (subprocess.TimeoutExpired, OSError):
        return
    found = re.match(r"Python (\d+\.\d+\S*)", finished.stdout or finished.stderr)
    if found:
        _refuse_old(executable, found[1])


def _digest(facts: Facts, real_path: str) -> str:
    stat = Path(real_path).stat()
    identity = msgspec.json.encode((facts, stat.st_size, stat.st_mtime_ns))
    return hashlib.sha256(identity).hexdigest()[:12]
