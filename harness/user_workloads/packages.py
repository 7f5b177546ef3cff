"""Install the packages of a workload file: one folder per interpreter and set of packages."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import filelock
import msgspec

from harness.errors import InterpreterError
from harness.interpreters.cache import locks
from harness.interpreters.cache.entries import cache_complaint
from harness.interpreters.getting.uv_tool import find_uv, run_uv
from harness.interpreters.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.interpreters.progress import Notify
    from harness.model import Build

__all__ = ["NotInstalledError", "ensure_environment", "environment_folder", "installed"]

_FOLDER = "environments"
_TIMEOUT_S = 1800.0
_LAST_LINES = 6
# Notice a dead network within seconds; the user's own settings win.
_UV_DEFAULTS = {"UV_HTTP_RETRIES": "1", "UV_HTTP_TIMEOUT": "20", "UV_NO_PROGRESS": "1"}


class NotInstalledError(InterpreterError):
    """The packages cannot be installed for this interpreter; has the installer's message."""


def environment_folder(root: Path, build: Build, dependencies: Sequence[str]) -> Path:
    """Return the folder for the packages, which may not exist yet."""
    identity = msgspec.json.encode((build.digest, sorted(dependencies)))
    return root / _FOLDER / hashlib.sha256(identity).hexdigest()[:16]


def ensure_environment(
    root: Path, build: Build, dependencies: Sequence[str], *, label: str, notify: Notify
) -> Path:
    """Return the folder with the packages; install them if necessary.

    Raises NotInstalledError with the installer's last lines, InterpreterError if the cache cannot
    be used.
    """
    folder = environment_folder(root, build, dependencies)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        (root / "locks").mkdir(exist_ok=True)
        locks.lock_environment(root, folder.name)
        if not folder.is_dir():
            with filelock.FileLock(root / "locks" / f"{folder.name}.lock"):
                if not folder.is_dir():
                    phase = f"installing {', '.join(dependencies)}"
                    notify(Progress(subject=label, phase=phase))
                    _install(folder, build, dependencies)
        with contextlib.suppress(OSError):  # a read-only cache
            (folder / locks.USED).touch()
    except OSError as error:
        raise InterpreterError(cache_complaint(root, error)) from error
    return folder


def _install(folder: Path, build: Build, dependencies: Sequence[str]) -> None:
    uv = find_uv()
    if uv is None:
        raise NotInstalledError("installing packages needs uv: pip install uv")
    with tempfile.TemporaryDirectory(prefix=f"aside-{folder.name}-", dir=folder.parent) as scratch:
        target = Path(scratch, "packages")
        finished = run_uv(
            uv,
            [
                *("pip", "install", "--quiet"),
                *("--python", build.path, "--target", str(target), "--", *dependencies),
            ],
            settings={name: os.environ.get(name, value) for name, value in _UV_DEFAULTS.items()},
            timeout_s=_TIMEOUT_S,
        )
        if finished.exit_code != 0:
            raise NotInstalledError(_last_lines(finished.stderr or finished.stdout))
        target.mkdir(exist_ok=True)  # nothing to install: no marker matched
        shutil.rmtree(target / "bin", ignore_errors=True)
        target.rename(folder)


def _last_lines(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[-_LAST_LINES:]) or "the installer wrote nothing"


def installed(folder: Path) -> tuple[tuple[str, str], ...]:
    """Return the name and version of every package in the folder."""
    matches = (re.fullmatch(r"(.+)-([^-]+)\.dist-info", path.name) for path in folder.iterdir())
    return tuple(sorted((match[1], match[2]) for match in matches if match))
