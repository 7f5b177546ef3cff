"""Find out what an interpreter really is, by running it.

Place in the flow: the last word on everything a provider returns. A version string is
never believed: ``probe_script`` runs in the interpreter itself.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path

import msgspec

from harness.errors import InterpreterError
from harness.interpreters import processes
from harness.model import Build, Provenance

__all__ = ["OLDEST", "probe"]

OLDEST = (3, 9)
"""The oldest language version the workloads are written for."""
_MEND = "give the path of a Python executable of version 3.9 or newer"
_SCRIPT = Path(__file__).with_name("probe_script.py")


class _Facts(msgspec.Struct, frozen=True, kw_only=True):
    implementation: str
    version: str
    python_version: str
    executable: str
    is_free_threaded: bool
    is_gil_enabled: bool
    jit: str
    is_debug: bool
    compiler: str
    cflags: str
    configure_args: str
    libc: str
    architecture: str
    revision: str
    missing_modules: tuple[str, ...]


def probe(
    path: Path | str, *, provenance: Provenance | None = None, timeout_s: float = 10.0
) -> Build:
    """Return what the executable at ``path`` is; raise ``InterpreterError`` if unusable.

    Symbolic links are not resolved: a path into a virtual environment must stay one.
    """
    executable = Path(os.path.abspath(path))  # noqa: PTH100  # keeps links
    _refuse_unrunnable(executable)
    facts = _run(executable, timeout_s=timeout_s)
    _refuse_old(executable, facts.python_version)
    real_path = facts.executable or str(executable.resolve())
    source = provenance or Provenance(provider="path", source=str(executable))
    return Build(
        path=str(executable),
        real_path=real_path,
        digest=_digest(facts, real_path),
        has_pgo=bool(re.search(r"-fprofile-(instr-)?use|--enable-optimizations", _flags(facts))),
        has_lto=bool(re.search(r"-flto|--with-lto(?!=no)", _flags(facts))),
        provenance=source,
        **{
            name: value
            for name, value in msgspec.structs.asdict(facts).items()
            if name != "executable"
        },
    )


def _flags(facts: _Facts) -> str:
    return f"{facts.cflags} {facts.configure_args}"


def _refuse_unrunnable(executable: Path) -> None:
    if not os.path.exists(executable):  # noqa: PTH110  # unlike Path, never raises
        raise InterpreterError(f"{executable}: no such file; {_MEND}")
    if executable.is_dir():
        raise InterpreterError(f"{executable}: is a directory; {_MEND}")
    if not os.access(executable, os.X_OK):
        raise InterpreterError(f"{executable}: is not executable; {_MEND}")


def _refuse_old(executable: Path, version: str) -> None:
    major, minor = (int(part) for part in version.split(".")[:2])
    if (major, minor) < OLDEST:
        raise InterpreterError(
            f"{executable}: Python {version} is too old; "
            f"{OLDEST[0]}.{OLDEST[1]} is the oldest that can be measured"
        )


def _run(executable: Path, *, timeout_s: float) -> _Facts:
    try:
        finished = processes.capture(
            [str(executable), "-I", "-S", str(_SCRIPT)],
            timeout_s=timeout_s,
            env=processes.clean_environment(),
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
        return msgspec.json.decode(finished.stdout, type=_Facts)
    except msgspec.DecodeError:
        raise InterpreterError(f"{executable}: does not answer as a Python does; {_MEND}") from None


def _refuse_ancient(executable: Path, *, timeout_s: float) -> None:
    """Name the version of a Python too old to run even the probe, such as 2.7."""
    try:
        finished = processes.capture([str(executable), "-V"], timeout_s=timeout_s)
    except (subprocess.TimeoutExpired, OSError):
        return
    found = re.match(r"Python (\d+\.\d+\S*)", finished.stdout or finished.stderr)
    if found:
        _refuse_old(executable, found[1])


def _digest(facts: _Facts, real_path: str) -> str:
    stat = Path(real_path).stat()
    identity = msgspec.json.encode((facts, stat.st_size, stat.st_mtime_ns))
    return hashlib.sha256(identity).hexdigest()[:12]
