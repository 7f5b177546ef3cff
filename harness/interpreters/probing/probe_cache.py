"""Remember the facts of interpreters while their files are unchanged."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from harness.errors import InterpreterError
from harness.files import decoded, write_whole
from harness.interpreters.probing.probe import SCRIPT, Facts, UnusableError, ask, checked, describe
from harness.wording import printable

if TYPE_CHECKING:
    from harness.model import Build, Provenance

__all__ = ["probe_cached"]


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    facts: Facts | None = None
    complaint: str = ""


def probe_cached(path: Path, *, provenance: Provenance, root: Path) -> Build:
    """Return the build at ``path``, from the cache if it is unchanged.

    A change of its size, its times or of the probe script makes it probe again. Raises
    ``InterpreterError`` as ``probe`` does; the failure of an unusable file is cached too.
    """
    executable = Path(os.path.abspath(path))  # noqa: PTH100  # keeps links
    file = root / "probes" / f"{_key(executable)}.json"
    answer = _read(file)
    if answer is None:
        answer = _probe(executable)
        _write(file, answer)
    if answer.facts is None:
        raise InterpreterError(answer.complaint)
    return describe(executable, answer.facts, provenance=provenance)


def _probe(executable: Path) -> _Answer:
    try:
        return _Answer(facts=ask(executable))
    except UnusableError as error:
        return _Answer(complaint=str(error))


@functools.cache
def _script_digest() -> str:
    return hashlib.sha256(SCRIPT.read_bytes()).hexdigest()


def _key(executable: Path) -> str:
    """Hash everything that changes if the interpreter is replaced."""
    parts = [str(executable), os.path.realpath(executable), _script_digest()]
    environment = executable.parent.parent / "pyvenv.cfg"
    for file in (executable, environment):
        with contextlib.suppress(OSError):
            state = file.stat()
            parts += [str(state.st_size), str(state.st_mtime_ns), str(state.st_ctime_ns)]
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:32]


def _read(file: Path) -> _Answer | None:
    try:
        answer = decoded(file.read_bytes(), _Answer)
        facts = checked(answer.facts) if answer.facts else None
    except (OSError, ValueError):
        return None
    if facts is None and not answer.complaint:
        return None
    return _Answer(facts=facts, complaint=printable(answer.complaint))


def _write(file: Path, answer: _Answer) -> None:
    # A read-only cache costs only time.
    with contextlib.suppress(OSError, UnicodeError):
        file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(file, msgspec.json.encode(answer))
