"""Find the C compiler, and decide how many compilers may run at once."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.subprocesses import capture

__all__ = ["Compiler", "find_compiler", "jobs", "missing_tool", "usable_cpus", "with_ccache"]

_COMPILE_BYTES = 500_000_000
_LTO_BYTES = 2_000_000_000
"""Peak memory of one compiler, without and with LTO."""
_MEMORY = Path("/proc/meminfo")
_GROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, kw_only=True)
class Compiler:
    """The compiler that ``configure`` will use, and its version line."""

    command: str
    version: str


def missing_tool(compiler: str = "") -> str:
    """Return why nothing can be built here, or an empty string."""
    if os.name != "posix":
        return "building from source is for Linux and macOS"
    if compiler and find_compiler(compiler) is None:
        return f"compiler {compiler!r} not found: install it, or leave out cc="
    if find_compiler() is None:
        return "no C compiler found (gcc or cc): install one, on Debian the package build-essential"
    if shutil.which("make") is None:
        return "no make found: install it, on Debian the package build-essential"
    return ""


def find_compiler(command: str = "") -> Compiler | None:
    """Return the compiler ``command``; by default that in ``CC``, else gcc, else cc."""
    candidates = (command,) if command else (os.environ.get("CC"), "gcc", "cc")
    for candidate in filter(None, candidates):
        words = _words(candidate)
        if words and shutil.which(words[0]):
            return Compiler(command=candidate, version=_version(words))
    return None


def with_ccache(environment: dict[str, str], compiler: str, *, bench: Path) -> dict[str, str]:
    """Return ``environment`` with ``ccache`` in front of the compiler, where it is installed.

    It is put first on ``PATH`` under the compiler's name: ``CC="ccache gcc"`` would be recorded
    in the build, and two builds would seem to differ.
    """
    ccache = shutil.which("ccache", path=environment.get("PATH"))
    chosen = find_compiler(compiler)
    command = _words(chosen.command)[0] if chosen else ""
    if not ccache or not command or os.sep in command:
        return environment
    links = bench / "ccache-links"
    links.mkdir()
    for name in {command, "gcc" if command == "cc" else command}:
        (links / name).symlink_to(ccache)
    # The compiler's tools, such as llvm-profdata, are in the folder of the real compiler.
    tools = Path(os.path.realpath(shutil.which(command) or command)).parent
    # Each build has its own folder: without these two there would be no cache hits.
    settings = {"CCACHE_BASEDIR": str(bench), "CCACHE_NOHASHDIR": "1"}
    path = os.pathsep.join((str(links), environment.get("PATH", os.defpath), str(tools)))
    return {**environment, **settings, "PATH": path}


def jobs(*, has_lto: bool = False) -> int:
    """Return how many compilers may run at once, given the CPUs and the free memory."""
    free = _available_bytes()
    if free is None:
        return usable_cpus()
    return max(1, min(usable_cpus(), free // (_LTO_BYTES if has_lto else _COMPILE_BYTES)))


def usable_cpus() -> int:
    """Return how many CPUs this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _available_bytes() -> int | None:
    """Return the free memory, also within the control group; ``None`` if unknown."""
    try:
        fields = dict(line.split(":", 1) for line in _MEMORY.read_text().splitlines())
        free = int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None
    try:
        limit = int((_GROUP / "memory.max").read_text())
        used = int((_GROUP / "memory.current").read_text())
    except (OSError, ValueError):  # no control group, or "max"
        return free
    return max(0, min(free, limit - used + _reclaimable()))


def _reclaimable() -> int:
    """Return how much of the group's memory is file cache that can be dropped at once."""
    try:
        fields = dict(line.split() for line in (_GROUP / "memory.stat").read_text().splitlines())
        return int(fields["inactive_file"])
    except (OSError, KeyError, ValueError):
        return 0


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:  # quotes that do not match
        return []


def _version(words: list[str]) -> str:
    try:
        finished = capture([*words, "--version"], timeout_s=10)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return finished.stdout.partition("\n")[0].strip()
