"""What is told while an interpreter is being found, fetched or built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Progress", "Tell", "ignore"]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One step of the work on one interpreter."""

    subject: str
    """What is being got, such as ``3.14t``."""
    phase: str
    """The present activity, such as ``compiling``."""
    fraction: float | None = None
    """Share of the whole work that is done, never falling; ``None`` when unknown."""
    detail: str = ""
    expected_s: float | None = None
    """How long the whole work takes on a machine like the one it was measured on."""


Tell = Callable[[Progress], None]


def ignore(progress: Progress) -> None:
    """Take a report and do nothing with it."""
    del progress
