"""Use apt with private state to read another release, without touching the system."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.getting import apt
from harness.interpreters.programs import run_program

if TYPE_CHECKING:
    from pathlib import Path

    from harness.subprocesses import Completed

__all__ = ["PrivateApt", "open_release"]

_UPDATE_TIMEOUT_S = 120.0
_DOWNLOAD_TIMEOUT_S = 600.0
_COMPONENTS = {"debian": "main", "ubuntu": "main universe"}


@dataclass(frozen=True, kw_only=True)
class PrivateApt:
    """The verified package lists of one release."""

    folder: Path
    release: str

    def closure(self, package: str) -> tuple[str, ...]:
        """Return the archives of the package and all its dependencies, including libc."""
        finished = self._install(package, "--print-uris", timeout_s=_UPDATE_TIMEOUT_S)
        return tuple(sorted(re.findall(r"^'[^']+' (\S+\.deb) ", finished.stdout, re.MULTILINE)))

    def download(self, package: str) -> tuple[Path, ...]:
        """Download the closure; apt verifies it against the signed lists."""
        self._install(package, "--download-only", timeout_s=_DOWNLOAD_TIMEOUT_S)
        return tuple(sorted(self.folder.glob("cache/archives/*.deb")))

    def _install(self, package: str, how: str, *, timeout_s: float) -> Completed:
        words = ("install", "--yes", "--no-install-recommends", how, package)
        return _apt_get(self.folder, words, timeout_s=timeout_s)


def open_release(folder: Path, *, distribution: str, release: str, mirror: str) -> PrivateApt:
    """Set up private state in ``folder`` and download the release's package lists."""
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    # An empty status file: nothing counts as installed, so the closure is complete.
    (folder / "status").touch()
    keyring = apt.KEYRINGS[distribution]
    components = _COMPONENTS[distribution]
    (folder / "sources.list").write_text(
        f"deb [signed-by={keyring}] {mirror} {release} {components}\n"
    )
    (folder / "apt.conf").write_text(_configuration(folder))
    _apt_get(folder, ("update",), timeout_s=_UPDATE_TIMEOUT_S)
    return PrivateApt(folder=folder, release=release)


def _configuration(folder: Path) -> str:
    settings = {
        "Dir::State": folder / "state",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Acquire::Languages": "none",
        "Acquire::Retries": "0",
        # Without a network, apt would go on with empty lists and miss the package in them.
        "APT::Update::Error-Mode": "any",
    }
    if os.name == "posix" and os.geteuid() == 0:
        # apt's sandbox user could not read a folder that only root can read.
        settings["APT::Sandbox::User"] = "root"
    # The system's hooks would work on the system's cache.
    cleared = ("APT::Update::Pre-Invoke", "APT::Update::Post-Invoke")
    lines = [f"#clear {name};" for name in (*cleared, "APT::Update::Post-Invoke-Success")]
    return "\n".join([*lines, *(f'{name} "{value}";' for name, value in settings.items())]) + "\n"


def _apt_get(folder: Path, words: tuple[str, ...], *, timeout_s: float) -> Completed:
    command = ["apt-get", "-q", f"--config-file={folder / 'apt.conf'}", *words]
    env = {**os.environ, "LC_ALL": "C"}
    finished = run_program(command, name=f"apt-get {words[0]}", timeout_s=timeout_s, env=env)
    if finished.exit_code != 0:
        errors = [line[3:] for line in finished.stderr.splitlines() if line.startswith("E: ")]
        problem = errors[0] if errors else finished.last_line
        raise InterpreterError(f"apt-get {words[0]} failed ({problem})")
    return finished
