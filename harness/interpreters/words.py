"""Builds, durations and sizes in words, for reasons and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.model import Build

__all__ = [
    "build_words",
    "compiler_words",
    "duration",
    "kind",
    "optimisation_words",
    "short_name",
    "size",
]

_MB = 1_000_000


def kind(build: Build) -> str:
    """Return ``free-threaded`` or ``GIL``, and that it is a debug build."""
    words = "free-threaded" if build.is_free_threaded else "GIL"
    return f"{words}, debug" if build.is_debug else words


def compiler_words(build: Build) -> str:
    """Return the compiler without the name of its package: ``GCC 12.2.0``, ``Clang 19.1.7``."""
    return " ".join(build.compiler.strip("[] ").split()[:2])


def short_name(build: Build) -> str:
    """Return what one would ask for: ``3.13``, ``3.14t``, ``pypy3.11``."""
    minor = ".".join(build.python_version.split(".")[:2])
    name = "" if build.implementation == "cpython" else build.implementation
    return name + minor + ("t" if build.is_free_threaded else "")


def optimisation_words(build: Build) -> str:
    """Return how it was optimised, empty where nothing like that is recorded."""
    if build.implementation != "cpython":
        return ""
    return build.optimisation if build.has_own_config else "PGO/LTO not known"


def build_words(build: Build) -> str:
    """Return what tells this build from others of its version."""
    facts = [f"{build.implementation} {build.version}", kind(build)]
    if build.implementation == "cpython":
        facts.append(optimisation_words(build))
    facts += [compiler_words(build), build.libc]
    return ", ".join(filter(None, facts))


def duration(seconds: float) -> str:
    """Return a duration as roughly as it is known: ``10 s``, ``1 minute``, ``17 minutes``."""
    if seconds < 59.5:  # noqa: PLR2004  # a minute, rounded
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def size(count: int) -> str:
    """Return a number of bytes as ``27 MB`` or ``0.3 MB``."""
    return f"{count / _MB:.0f} MB" if count >= 10 * _MB else f"{count / _MB:.1f} MB"
