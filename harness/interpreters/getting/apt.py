"""The distribution and its mirror, as this system's apt is configured."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import platform
import subprocess
from pathlib import Path

from harness.files import write_whole
from harness.interpreters.getting.reachability import is_reachable
from harness.subprocesses import capture, clean_environment

__all__ = ["KEYRINGS", "distribution", "is_mirror_reachable", "mirror"]

KEYRINGS = {
    "debian": Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    "ubuntu": Path("/usr/share/keyrings/ubuntu-archive-keyring.gpg"),
}
_FORMAT = "$(RELEASE) $(REPO_URI)"


def distribution() -> str:
    """Return ``debian``, ``ubuntu`` or an empty string; for a derivative, its parent."""
    release = _release()
    names = [release.get("ID", ""), *release.get("ID_LIKE", "").split()]
    return next((name for name in names if name in KEYRINGS), "")


@functools.cache
def mirror(root: Path) -> str:
    """Return the address of the main archive, or an empty string without apt.

    apt takes almost a second; the address is cached until the configuration changes.
    """
    cached = root / "probes" / f"apt-{_configuration_state()}.txt"
    with contextlib.suppress(OSError):
        if archive := cached.read_text().strip():
            return archive
    # Without package lists, as in most containers, apt knows only what is configured.
    archive = _asked() or _asked("--no-release-info")
    if archive:
        with contextlib.suppress(OSError):
            cached.parent.mkdir(parents=True, exist_ok=True)
            write_whole(cached, archive.encode())
    return archive


def is_mirror_reachable(root: Path) -> bool:
    """Return whether the mirror accepts a connection; with a proxy of apt's own, assume so."""
    return is_reachable(mirror(root)) or _has_proxy()


@functools.cache
def _has_proxy() -> bool:
    command = ["apt-config", "dump", "Acquire::http::Proxy", "Acquire::https::Proxy"]
    try:
        finished = capture(command, timeout_s=20, env=clean_environment())
    except (OSError, subprocess.TimeoutExpired):
        return False
    return '"http' in finished.stdout


def _asked(*options: str) -> str:
    command = ["apt-get", "indextargets", *options, "--format", _FORMAT]
    try:
        finished = capture(command, timeout_s=20, env=clean_environment())
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return _main_archive(finished.stdout, codename=_release().get("VERSION_CODENAME", ""))


def _configuration_state() -> str:
    places = (Path("/etc/apt"), *Path("/etc/apt").glob("*"), *Path("/etc/apt").glob("*/*"))
    times = sorted(f"{place}:{place.stat().st_mtime_ns}" for place in places if place.exists())
    return hashlib.sha256("\0".join(times).encode()).hexdigest()[:32]


def _main_archive(targets: str, *, codename: str) -> str:
    # Third-party and security archives are listed too, in no particular order.
    pairs = [line.split(" ", 1) for line in targets.splitlines() if " " in line]
    uris = [uri for release, uri in pairs if release == codename] or [
        uri for _, uri in pairs if "security" not in uri
    ]
    return uris[0].strip().rstrip("/") if uris else ""


def _release() -> dict[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}
