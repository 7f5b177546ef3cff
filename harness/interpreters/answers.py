"""What a provider answers when it is asked for an interpreter.

Place in the flow: the seam between ``provision`` and the providers. Each provider is a
module with one function ``answer(target, *, root) -> Answer``; finding out must be quick
(under a second offline), and getting is a second, explicit step.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from harness.interpreters.catalogue import Target
    from harness.interpreters.progress import Tell
    from harness.model import Build

__all__ = ["Answer", "CanGet", "Cannot", "Have", "Provider"]


@dataclass(frozen=True, kw_only=True)
class Have:
    """It is here: every build that fits, the best first."""

    builds: tuple[Build, ...]

    @classmethod
    def of(cls, builds: Iterable[Build]) -> Have:
        """Order builds: the newest version first."""
        return cls(builds=tuple(sorted(builds, key=_version_key, reverse=True)))


@dataclass(frozen=True, kw_only=True)
class CanGet:
    """It is not here, but can be had."""

    how: str
    """Ends the sentence "it can be …", such as ``built from source``."""
    expected_s: float
    get: Callable[[Tell], Build]
    """Do it; raises ``InterpreterError`` with one sentence when it fails."""


@dataclass(frozen=True, kw_only=True)
class Cannot:
    """It cannot be had from this provider."""

    reason: str


Answer = Have | CanGet | Cannot


class Provider(Protocol):
    """How a provider is asked."""

    def __call__(self, target: Target, *, root: Path) -> Answer:
        """Say whether ``target`` is here, can be got, or why not."""
        ...


def _version_key(build: Build) -> tuple[list[int], list[int]]:
    return _numbers(build.python_version), _numbers(build.version)


def _numbers(version: str) -> list[int]:
    # "3.15.0rc2" sorts below "3.15.0": the suffix counts as less than a final release.
    release = re.match(r"[\d.]+", version)
    final = [] if release is None else [int(part) for part in release[0].split(".") if part]
    is_final = release is not None and release[0] == version
    return [*final, 1 if is_final else 0]
