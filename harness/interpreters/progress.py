"""Progress messages while an interpreter is being found, downloaded or built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Notify", "Progress", "Report", "ignore", "reporter"]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The state of the work on one interpreter."""

    subject: str
    """The interpreter, such as ``3.14t``."""
    phase: str
    """The current activity, such as ``compiling``."""
    fraction: float | None = None
    """Share of the whole work that is done; never decreases; ``None`` if unknown."""
    detail: str = ""
    expected_s: float | None = None
    """Expected duration of the whole work."""


Notify = Callable[[Progress], None]


class Report(Protocol):
    """Reports the progress of one interpreter."""

    def __call__(self, phase: str, fraction: float | None = None, detail: str = "") -> None:
        """Report the current activity."""


def reporter(notify: Notify, subject: str, *, expected_s: float, detail: str = "") -> Report:
    """Return a function that reports the progress of ``subject``, by default with ``detail``."""
    default = detail

    def report(phase: str, fraction: float | None = None, detail: str = "") -> None:
        words = detail or default
        notify(
            Progress(
                subject=subject, phase=phase, fraction=fraction, detail=words, expected_s=expected_s
            )
        )

    return report


def ignore(progress: Progress) -> None:
    """Ignore a progress message."""
    del progress
