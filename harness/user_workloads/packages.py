"""Third-party packages of a workload file: one folder for each interpreter and set of needs."""

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
from harness.interpreters.cache.entries import store_complaint
from harness.interpreters.getting.uv_tool import find_uv, run_uv
from harness.interpreters.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.interpreters.progress import Tell
    from harness.model import Build

__all__ = ["FOLDER", "NotInstalledError", "ensure_environment", "environment_folder", "installed"]

FOLDER = "environments"
_TIMEOUT_S = 1800.0
_LAST_LINES = 6
# A dead network is noticed in seconds; what the user has set wins.
_PATIENCE = {"UV_HTTP_RETRIES": "1", "UV_HTTP_TIMEOUT": "20", "UV_NO_PROGRESS": "1"}


class NotInstalledError(InterpreterError):
    """The packages cannot be installed for this interpreter; the message is the installer's."""


def environment_folder(root: Path, build: Build, dependencies: Sequence[str]) -> Path:
    """Return where the packages are, or would be."""
    identity = msgspec.json.encode((build.digest, sorted(dependencies)))
    return root / FOLDER / hashlib.sha256(identity).hexdigest()[:16]


def ensure_environment(
    root: Path, build: Build, dependencies: Sequence[str], *, label: str, tell: Tell
) -> Path:
    """Return the folder with the packages, installing them unless they are there.

    Raises NotInstalledError with the last lines of the installer, InterpreterError when the
    store cannot be used.
    """
    folder = environment_folder(root, build, dependencies)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        (root / "locks").mkdir(exist_ok=True)
        locks.hold_environment(root, folder.name)
        if not folder.is_dir():
            with filelock.FileLock(root / "locks" / f"{folder.name}.lock"):
                if not folder.is_dir():
                    tell(_progress(label, dependencies))
                    _install(folder, build, dependencies)
        with contextlib.suppress(OSError):  # a store that cannot be written to stays as it is
            (folder / locks.USED).touch()
    except OSError as error:
        raise InterpreterError(store_complaint(root, error)) from error
    return folder


def _progress(label: str, dependencies: Sequence[str]) -> Progress:
    names = ", ".join(dependencies)
    return Progress(subject=label, phase=f"installing {names}")


def _install(folder: Path, build: Build, dependencies: Sequence[str]) -> None:
    uv = find_uv()
    if uv is None:
        raise NotInstalledError("uv is not here to install packages with: pip install uv")
    with tempfile.TemporaryDirectory(prefix=f"aside-{folder.name}-", dir=folder.parent) as aside:
        target = Path(aside, "packages")
        finished = run_uv(
            uv,
            [
                *("pip", "install", "--quiet"),
                *("--python", build.path, "--target", str(target), "--", *dependencies),
            ],
            settings={name: os.environ.get(name, value) for name, value in _PATIENCE.items()},
            timeout_s=_TIMEOUT_S,
        )
        if finished.exit_code != 0:
            raise NotInstalledError(_last_lines(finished.stderr or finished.stdout))
        target.mkdir(exist_ok=True)  # nothing to install: every marker said no
        shutil.rmtree(target / "bin", ignore_errors=True)
        target.rename(folder)


def _last_lines(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[-_LAST_LINES:]) or "the installer said nothing"


def installed(folder: Path) -> tuple[tuple[str, str], ...]:
    """Return name and version of every package in the folder."""
    found = (re.fullmatch(r"(.+)-([^-]+)\.dist-info", path.name) for path in folder.iterdir())
    return tuple(sorted((match[1], match[2]) for match in found if match))
