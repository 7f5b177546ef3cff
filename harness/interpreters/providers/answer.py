"""The answers of a provider."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from harness.interpreters.naming.requirement import Requirement
    from harness.interpreters.progress import Notify
    from harness.model import Build

__all__ = ["Answer", "Found", "Known", "Obtainable", "Provider", "Unobtainable"]


@dataclass(frozen=True, kw_only=True)
class Found:
    """The installed builds that fit, the best first."""

    builds: tuple[Build, ...]

    @classmethod
    def of(cls, builds: Iterable[Build]) -> Found:
        """Sort builds: the newest version first, within a version the best optimised."""
        return cls(builds=tuple(sorted(builds, key=_rank, reverse=True)))


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a provider knows of an interpreter that it has not got yet."""

    implementation: str
    python_version: str
    """Empty if only the finished build can tell."""
    is_free_threaded: bool


@dataclass(frozen=True, kw_only=True)
class Obtainable:
    """It is not installed, but can be downloaded or built."""

    how: str
    """Follows "can be", such as ``built from source``."""
    expected_s: float
    size_bytes: int | None = None
    """Size on disk, ``None`` if unknown."""
    known: Known | None = None
    """What it will be, where the requirement is no catalogue name."""
    has_jit: bool = False
    """Whether it is known to have CPython's own JIT, switched off."""
    get: Callable[[Notify], Build]
    """Downloads or builds it; raises ``InterpreterError``."""


@dataclass(frozen=True, kw_only=True)
class Unobtainable:
    """This provider does not have it."""

    reason: str
    is_final: bool = False
    """Whether nothing on this machine could change that."""


Answer = Found | Obtainable | Unobtainable


class Provider(Protocol):
    """A function that answers for one source of interpreters."""

    def __call__(self, requirement: Requirement, *, root: Path) -> Answer:
        """Return whether an interpreter is installed, can be obtained, or why not."""
        ...


def _rank(build: Build) -> tuple[list[int], list[int], int]:
    optimised = 2 * build.has_pgo + build.has_lto
    return _numbers(build.python_version), _numbers(build.version), optimised


def _numbers(version: str) -> list[int]:
    # "3.15.0rc2" sorts below "3.15.0": the suffix counts as less than a final release.
    match = re.match(r"([\d.]*)(?:(a|b|rc)(\d+))?", version)
    assert match is not None  # noqa: S101  # every part is optional
    release = [int(part) for part in match[1].split(".") if part]
    if match[2]:
        return [*release, ["a", "b", "rc"].index(match[2]), int(match[3])]
    return [*release, 3 if match[0] == version else -1]
