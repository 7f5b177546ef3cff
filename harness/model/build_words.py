"""A build in words, for messages and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.model.builds import Build
    from harness.model.expected import ExpectedBuild

__all__ = [
    "build_words",
    "compiler_words",
    "kind",
    "optimisation_words",
    "short_name",
]


def kind(build: Build) -> str:
    """Return ``free-threaded`` or ``GIL``, with ``debug`` for a debug build."""
    words = "free-threaded" if build.is_free_threaded else "GIL"
    return f"{words}, debug" if build.is_debug else words


def compiler_words(build: Build) -> str:
    """Return the compiler without its package: ``GCC 12.2.0``, ``Clang 19.1.7``."""
    return " ".join(build.compiler.strip("[] ").split()[:2])


def short_name(build: Build | ExpectedBuild) -> str:
    """Return the catalogue name: ``3.13``, ``3.14t``, ``pypy3.11``."""
    minor = ".".join(build.python_version.split(".")[:2])
    name = "" if build.implementation == "cpython" else build.implementation
    return name + minor + ("t" if build.is_free_threaded else "")


def optimisation_words(build: Build) -> str:
    """Return the optimisation of a CPython build, empty for other implementations."""
    if build.implementation != "cpython":
        return ""
    return build.optimisation if build.has_own_config else "PGO/LTO not known"


def build_words(build: Build) -> str:
    """Return what distinguishes this build from others of its version."""
    facts = [f"{build.implementation} {build.version}", kind(build)]
    if build.implementation == "cpython":
        facts.append(optimisation_words(build))
    facts += [compiler_words(build), build.libc]
    return ", ".join(filter(None, facts))
