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

import msgspec

from harness.errors import InterpreterError
from harness.interpreters.cache import locks
from harness.interpreters.disk import disk_errors
from harness.interpreters.getting.uv_tool import find_uv, run_uv
from harness.interpreters.progress import Progress
from harness.user_workloads.project_file import local_sources, project_text, sources_digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.interpreters.progress import Notify
    from harness.model import Build
    from harness.planning.script_metadata import Needs

__all__ = ["NotInstalledError", "ensure_environment", "environment_folder", "installed"]

_FOLDER = "environments"
_TIMEOUT_S = 1800.0
_LAST_LINES = 6
# Notice a dead network within seconds; the user's own settings win.
_UV_DEFAULTS = {"UV_HTTP_RETRIES": "1", "UV_HTTP_TIMEOUT": "20", "UV_NO_PROGRESS": "1"}


class NotInstalledError(InterpreterError):
    """The packages cannot be installed for this interpreter; has the installer's message."""


def environment_folder(root: Path, build: Build, dependencies: Sequence[str], uv: str = "") -> Path:
    """Return the folder for the packages, which may not exist yet.

    What comes from a folder of this computer is another package after each change.
    """
    local = local_sources(dependencies, uv)
    more = (uv, sources_digest(local.values())) if uv or local else ()
    identity = msgspec.json.encode((build.digest, sorted(dependencies), *more))
    return root / _FOLDER / hashlib.sha256(identity).hexdigest()[:16]


def ensure_environment(
    root: Path, build: Build, needs: Needs, *, label: str, notify: Notify
) -> Path:
    """Return the folder with the packages; install them if necessary.

    Raises NotInstalledError with the installer's last lines, InterpreterError if the cache cannot
    be used.
    """
    folder = environment_folder(root, build, needs.dependencies, needs.uv)
    with disk_errors(root):
        folder.parent.mkdir(parents=True, exist_ok=True)
        locks.lock_environment(root, folder.name)
        if not folder.is_dir():
            with locks.build_lock(root, folder.name):
                if not folder.is_dir():
                    phase = f"installing {', '.join(needs.dependencies)}"
                    notify(Progress(subject=label, phase=phase))
                    _install(folder, build, needs)
        with contextlib.suppress(OSError):  # a read-only cache
            (folder / locks.USED).touch()
    return folder


def _install(folder: Path, build: Build, needs: Needs) -> None:
    uv = find_uv()
    if uv is None:
        raise NotInstalledError("installing packages needs uv: pip install uv")
    with tempfile.TemporaryDirectory(prefix=f"aside-{folder.name}-", dir=folder.parent) as scratch:
        target = Path(scratch, "packages")
        options = ("--quiet", "--python", build.path, "--target", str(target))
        settings = {name: os.environ.get(name, value) for name, value in _UV_DEFAULTS.items()}
        words = ("pip", "install", *options, *_wanted(Path(scratch), needs))
        finished = run_uv(uv, words, settings=settings, timeout_s=_TIMEOUT_S)
        if finished.exit_code != 0:
            output = finished.stderr or finished.stdout
            lines = [line.strip() for line in output.splitlines() if line.strip()]
            message = " ".join(lines[-_LAST_LINES:]) or "the installer wrote nothing"
            raise NotInstalledError(message)
        target.mkdir(exist_ok=True)  # nothing to install: no marker matched
        shutil.rmtree(target / "bin", ignore_errors=True)
        target.rename(folder)


def _wanted(scratch: Path, needs: Needs) -> Iterator[str]:
    """Yield the words for uv that say what to install."""
    for name in local_sources(needs.dependencies, needs.uv):
        # Otherwise uv looks at the project file alone to see whether a folder has changed.
        yield f"--reinstall-package={name}"
    if not needs.uv:
        yield from ("--", *needs.dependencies)
        return
    project = scratch / "project" / "pyproject.toml"
    project.parent.mkdir()
    project.write_text(project_text(needs.dependencies, needs.uv), encoding="utf-8")
    yield from ("--directory", str(project.parent), "--requirements", str(project))


def installed(folder: Path) -> tuple[tuple[str, str], ...]:
    """Return the name and version of every package in the folder."""
    matches = (re.fullmatch(r"(.+)-([^-]+)\.dist-info", path.name) for path in folder.iterdir())
    return tuple(sorted((match[1], match[2]) for match in matches if match))
