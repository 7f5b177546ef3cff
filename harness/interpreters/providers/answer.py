"""What a provider answers when it is asked for an interpreter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from harness.interpreters.naming.wanted import Wanted
    from harness.interpreters.progress import Tell
    from harness.model import Build

__all__ = ["Answer", "CanGet", "Cannot", "Have", "Provider"]


@dataclass(frozen=True, kw_only=True)
class Have:
    """It is here: every build that fits, the best first."""

    builds: tuple[Build, ...]

    @classmethod
    def of(cls, builds: Iterable[Build]) -> Have:
        """Order builds: the newest version first, of one version the best optimised."""
        return cls(builds=tuple(sorted(builds, key=_rank, reverse=True)))


@dataclass(frozen=True, kw_only=True)
class CanGet:
    """It is not here, but can be had."""

    how: str
    """Ends the sentence "it can be …", such as ``built from source``."""
    expected_s: float
    size_bytes: int | None = None
    """What it will take on disk, ``None`` where that is known only afterwards."""
    get: Callable[[Tell], Build]
    """Do it; raises ``InterpreterError`` with one sentence when it fails."""


@dataclass(frozen=True, kw_only=True)
class Cannot:
    """It cannot be had from this provider."""

    reason: str


Answer = Have | CanGet | Cannot


class Provider(Protocol):
    """How a provider is asked."""

    def __call__(self, wanted: Wanted, *, root: Path) -> Answer:
        """Say whether ``wanted`` is here, can be got, or why not."""
        ...


def _rank(build: Build) -> tuple[list[int], list[int], int]:
    optimised = 2 * build.has_pgo + build.has_lto
    return _numbers(build.python_version), _numbers(build.version), optimised


def _numbers(version: str) -> list[int]:
    # "3.15.0rc2" sorts below "3.15.0": the suffix counts as less than a final release.
    found = re.match(r"([\d.]*)(?:(a|b|rc)(\d+))?", version)
    assert found is not None  # noqa: S101  # every part of it may be missing
    release = [int(part) for part in found[1].split(".") if part]
    if found[2]:
        return [*release, ["a", "b", "rc"].index(found[2]), int(found[3])]
    return [*release, 3 if found[0] == version else -1]
