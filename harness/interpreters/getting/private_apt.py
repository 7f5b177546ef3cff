"""An apt that reads another release of the distribution and leaves the system alone."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.interpreters.getting import apt
from harness.interpreters.subprocesses import Finished, capture

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["PrivateApt", "open_release"]

_UPDATE_TIMEOUT_S = 120.0
_DOWNLOAD_TIMEOUT_S = 600.0
_COMPONENTS = {"debian": "main", "ubuntu": "main universe"}


@dataclass(frozen=True, kw_only=True)
class PrivateApt:
    """One release's package lists, read and verified."""

    folder: Path
    release: str

    def closure(self, package: str) -> tuple[str, ...]:
        """Name the archive of the package and of everything it depends on, libc included."""
        finished = self._install(package, "--print-uris", timeout_s=_UPDATE_TIMEOUT_S)
        return tuple(sorted(re.findall(r"^'[^']+' (\S+\.deb) ", finished.stdout, re.MULTILINE)))

    def download(self, package: str) -> tuple[Path, ...]:
        """Fetch the closure; apt verifies every archive against the signed lists."""
        self._install(package, "--download-only", timeout_s=_DOWNLOAD_TIMEOUT_S)
        return tuple(sorted(self.folder.glob("cache/archives/*.deb")))

    def _install(self, package: str, how: str, *, timeout_s: float) -> Finished:
        words = ("install", "--yes", "--no-install-recommends", how, package)
        return _apt_get(self.folder, words, timeout_s=timeout_s)


def open_release(folder: Path, *, distribution: str, release: str, mirror: str) -> PrivateApt:
    """Set up private state in ``folder`` and read the release's package lists."""
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
    }
    if os.name == "posix" and os.geteuid() == 0:
        # apt's own user could not read a folder that belongs to root alone.
        settings["APT::Sandbox::User"] = "root"
    # Hooks of the system would work on the system's own cache.
    cleared = ("APT::Update::Pre-Invoke", "APT::Update::Post-Invoke")
    lines = [f"#clear {name};" for name in (*cleared, "APT::Update::Post-Invoke-Success")]
    return "\n".join([*lines, *(f'{name} "{value}";' for name, value in settings.items())]) + "\n"


def _apt_get(folder: Path, words: tuple[str, ...], *, timeout_s: float) -> Finished:
    command = ["apt-get", "-q", f"--config-file={folder / 'apt.conf'}", *words]
    try:
        finished = capture(command, timeout_s=timeout_s, env={**os.environ, "LC_ALL": "C"})
    except subprocess.TimeoutExpired:
        raise InterpreterError(f"apt-get {words[0]} took over {timeout_s:g} s") from None
    except OSError as error:
        raise InterpreterError(f"apt-get cannot be run ({error.strerror})") from None
    if finished.exit_code != 0:
        raise InterpreterError(f"apt-get {words[0]} failed ({_complaint(finished)})")
    return finished


def _complaint(finished: Finished) -> str:
    errors = [line[3:] for line in finished.stderr.splitlines() if line.startswith("E: ")]
    return errors[0] if errors else finished.last_words
