"""Every error a user can meet, and the exit code of each, on one page."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "ConfigError",
    "HarnessError",
    "InterpreterError",
    "NothingToDoError",
    "RegressionError",
    "StoreError",
    "ValidationError",
    "WorkerError",
    "nearest",
]

INTERRUPTED = 130
"""Exit code after a second Ctrl-C: 128 + SIGINT, as shells report it."""


_MAX_LENGTH = 2_000


class HarnessError(Exception):
    """Base of all errors shown to the user as one sentence.

    A message may quote files that somebody else made: whatever a terminal would obey is
    replaced, and of a very long message the middle is left out.
    """

    exit_code: ClassVar[int] = 1

    def __str__(self) -> str:
        said = super().__str__()
        if len(said) > _MAX_LENGTH:
            said = f"{said[: _MAX_LENGTH // 2]} … {said[-_MAX_LENGTH // 2 :]}"
        return "".join(
            char if char.isprintable() or char in "\n\t\u00a0" else "\ufffd" for char in said
        )


class ConfigError(HarnessError):
    """An option, a key or a value that cannot be used."""

    exit_code = 2


class NothingToDoError(HarnessError):
    """The request is valid but leaves nothing to measure or to show."""

    exit_code = 3


class InterpreterError(HarnessError):
    """No usable interpreter, or one that was asked for by path cannot be used."""

    exit_code = 4


class WorkerError(HarnessError):
    """Every worker failed, so there is no result."""

    exit_code = 5


class StoreError(HarnessError):
    """A results folder, or a pyperf file, that cannot be read or written."""

    exit_code = 6


class ValidationError(HarnessError):
    """The page of the methodology does not hold what the simulations give."""

    exit_code = 7


class RegressionError(HarnessError):
    """A comparison that ``--fail-if`` makes a failure; raised after everything was printed."""

    exit_code = 10


def nearest(value: str, valid: Iterable[str]) -> str:
    """Return a hint naming the valid value closest to ``value``, or listing them all."""
    names = sorted(valid)
    begun = [name for name in names if value and name.startswith(value)]
    close = begun or difflib.get_close_matches(value, names, n=1, cutoff=0.5)
    return f"did you mean {str(close[0])!r}?" if close else f"valid: {', '.join(names)}"
