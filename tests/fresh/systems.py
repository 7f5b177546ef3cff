"""Minimal Debian systems: made once by debootstrap, copied for each trial, entered by chroot."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["PARTS", "USER", "Ended", "System", "copied", "pristine"]

PARTS = {
    "gcc": ("gcc", "make", "libc6-dev"),
    "headers": ("zlib1g-dev", "libssl-dev", "libffi-dev"),
    "git": ("git",),
    "venv": ("python3-venv",),
    "pip": ("python3-pip",),
    "pipx": ("pipx",),
    "nox": ("nox",),
}
"""What may be installed beside python3, and its packages."""
USER = "ada"
_LISTS = "var/lib/apt/lists"
_CONFIGURED = (
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/pip.conf",
    "/etc/ssl/certs/ca-certificates.crt",
)
_SETTINGS = ("PIP_", "UV_", "SSL_", "http_proxy", "https_proxy", "no_proxy", "HTTP", "NO_PROXY")
"""What leads to package servers from this computer leads there from a system in it, too."""
_LOCAL = ("PIP_FIND_LINKS",)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command in a system ended."""

    code: int
    output: str
    duration_s: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class System:
    """A system in a folder, and the user who types there."""

    root: Path
    user: str

    @property
    def home(self) -> str:
        """Return the user's home within the system."""
        return "/root" if self.user == "root" else f"/home/{self.user}"

    def run(
        self,
        script: str,
        *,
        timeout_s: float,
        is_offline: bool = False,
        settings: dict[str, str] | None = None,
    ) -> Ended:
        """Run a script of the shell in the user's home, with no process left behind."""
        namespaces = ["--mount", "--pid", "--fork", "--kill-child"]
        namespaces += ["--net"] if is_offline else []
        enter = (
            'mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" && '
            'mount --make-rslave "$1/dev" && exec chroot --userspec="$2" "$1" sh -c "$3"'
        )
        started = time.monotonic()
        command = ["unshare", *namespaces, "sh", "-c", enter, "sh", str(self.root), self.user]
        try:
            done = subprocess.run(
                [*command, f"cd && {script}"],
                env={**_environment(self.home), **(settings or {})},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
                errors="replace",
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            output = late.stdout or b""
            shown = output.decode(errors="replace") if isinstance(output, bytes) else output
            return Ended(code=124, output=shown, duration_s=time.monotonic() - started)
        return Ended(
            code=done.returncode, output=done.stdout, duration_s=time.monotonic() - started
        )


def _environment(home: str) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(_SETTINGS) and name not in _LOCAL
    }
    return {
        **inherited,
        "HOME": home,
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "LANG": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
    }


def pristine(release: str, into: Path) -> Path:
    """Return the folder of a release with nothing but python3; make it if it is not there."""
    folder = into / release
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        include = "--include=python3,ca-certificates"
        command = ["debootstrap", "--variant=minbase", include, release, str(folder), _mirror()]
        with (into / f"{release}.log").open("wb") as log:
            subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=True)
        (folder / "complete").touch()
    return folder


def _mirror() -> str:
    """Return the mirror that this system's own apt uses."""
    command = ["apt-get", "indextargets", "--no-release-info", "--format", "$(REPO_URI)"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return next(line for line in lines if "security" not in line)


@contextlib.contextmanager
def copied(
    release: str, into: Path, *, user: str, parts: Sequence[str], has_lists: bool
) -> Iterator[System]:
    """Yield a copy of a release with these parts installed; remove it afterwards."""
    root = into / f"{release}-trial-{os.getpid()}"
    try:
        subprocess.run(["cp", "-a", "--reflink=auto", pristine(release, into), root], check=True)
        for name in filter(os.path.exists, _CONFIGURED):
            target = root / name.lstrip("/")
            target.unlink(missing_ok=True)
            shutil.copy(name, target)
        # A mirror may be a snapshot of an earlier day.
        settings = root / "etc/apt/apt.conf.d/99-fresh"
        settings.write_text('Acquire::Check-Valid-Until "false";\n', encoding="utf-8")
        admin = System(root=root, user="root")
        packages = " ".join(package for part in parts for package in PARTS[part])
        install = (
            f"apt-get install -y -qq --no-install-recommends {packages}" if packages else "true"
        )
        add = "true" if user == "root" else f"useradd --create-home {user}"
        done = admin.run(f"apt-get update -qq && {install} && {add}", timeout_s=900)
        if done.code:
            raise SystemExit(f"{release}: {packages} cannot be installed\n{done.output[-2000:]}")
        if not has_lists:
            shutil.rmtree(root / _LISTS)
            (root / _LISTS / "partial").mkdir(parents=True)
        yield System(root=root, user=user)
    finally:
        shutil.rmtree(root, ignore_errors=True)
