"""Which C compiler a build from source would use, and how many CPUs it may use.

Place in the flow: asked by the source provider before anything is fetched.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass

from harness.interpreters.processes import capture

__all__ = ["Compiler", "find_compiler", "missing_tool", "usable_cpus"]


@dataclass(frozen=True, kw_only=True)
class Compiler:
    """The compiler that ``configure`` will find, and what it calls itself."""

    command: str
    version: str


def missing_tool() -> str:
    """Return why nothing can be built here, or an empty string."""
    if os.name != "posix":
        return "building from source is for Linux and macOS"
    if find_compiler() is None:
        return "no C compiler found (gcc or cc): install one, on Debian the package build-essential"
    if shutil.which("make") is None:
        return "no make found: install it, on Debian the package build-essential"
    return ""


def find_compiler() -> Compiler | None:
    """Return the compiler in ``CC``, else gcc, else cc: the order of ``configure``."""
    for command in filter(None, (os.environ.get("CC"), "gcc", "cc")):
        words = shlex.split(command)
        if words and shutil.which(words[0]):
            return Compiler(command=command, version=_version(words))
    return None


def usable_cpus() -> int:
    """Return how many CPUs this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _version(words: list[str]) -> str:
    try:
        finished = capture([*words, "--version"], timeout_s=10)
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    return finished.stdout.partition("\n")[0].strip()
