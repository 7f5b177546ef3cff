"""All errors a user can meet, with their exit codes."""

from __future__ import annotations

import contextlib
import difflib
import errno
from typing import TYPE_CHECKING

from harness.wording import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "INTERRUPTED",
    "UNSHOWN",
    "ConfigError",
    "HarnessError",
    "InterpreterError",
    "NothingToDoError",
    "RegressionError",
    "StoppedError",
    "StoreError",
    "UnsavedError",
    "ValidationError",
    "WorkerError",
    "nearest",
    "of_the_system",
    "os_error_as",
]

INTERRUPTED = 130
"""Exit code after a second Ctrl-C: 128 + SIGINT, as shells report it."""
UNSHOWN = 8
"""Exit code of a command that succeeded, but whose output could not all be written."""

_MAX_LENGTH = 2_000


class HarnessError(Exception):
    """Base of all errors shown to the user as one sentence.

    A message may quote files from elsewhere: unprintable characters are replaced, and the middle
    of a very long message is left out.
    """

    exit_code: int = 1

    def __str__(self) -> str:
        text = super().__str__()
        if len(text) > _MAX_LENGTH:
            text = f"{text[: _MAX_LENGTH // 2]} … {text[-_MAX_LENGTH // 2 :]}"
        return printable(text, keep="\n\t\u00a0")


class ConfigError(HarnessError):
    """An option, a key or a value is not valid."""

    exit_code = 2


class NothingToDoError(HarnessError):
    """The request is valid, but there is nothing to measure or to show."""

    exit_code = 3


class InterpreterError(HarnessError):
    """There is no usable interpreter, or one that was requested by path cannot be used."""

    exit_code = 4


class WorkerError(HarnessError):
    """Every worker failed."""

    exit_code = 5


class StoreError(HarnessError):
    """A results folder or a pyperf file cannot be read or written."""

    exit_code = 6


class UnsavedError(StoreError):
    """Measuring ended because an outcome could not be saved; what was saved before is there."""


class ValidationError(HarnessError):
    """The methodology page differs from the results of the simulations."""

    exit_code = 7


class RegressionError(HarnessError):
    """A ``--fail-if`` condition is met; raised after everything was printed."""

    exit_code = 10


class StoppedError(HarnessError):
    """A signal or a fault has ended the measurement; raised once what there is was reported."""

    def __init__(self, message: str, *, exit_code: int) -> None:
        """Take the exit code of what has ended it."""
        super().__init__(message)
        self.exit_code = exit_code


@contextlib.contextmanager
def os_error_as(kind: type[HarnessError], what: str, hint: str = "") -> Iterator[None]:
    """Raise an error of ours in place of an OSError: ``what``, the system's reason and a hint."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or error
        raise kind(f"{what}: {reason}{'; ' if hint else ''}{hint}") from error


_REASONS = {
    errno.EMFILE: "raise the limit (ulimit -n), and try again",
    errno.ENFILE: "close other programs, and try again",
    errno.ENOMEM: "close other programs, and try again",
    errno.EAGAIN: "close other programs, and try again",
    errno.ENOSPC: "free some space, and try again",
    errno.EDQUOT: "free some space, and try again",
    errno.EROFS: "make it writable, or set TMPDIR to a folder that is",
    errno.EIO: "look for errors of the disk in the system's log",
}
"""What the machine lacks → what helps."""


def of_the_system(error: OSError) -> StoreError | None:
    """Return one sentence for an error that is the machine's, ``None`` for one that may be ours."""
    if error.errno not in _REASONS:
        return None
    where = f": {error.filename}" if error.filename else ""
    return StoreError(f"{error.strerror}{where}; {_REASONS[error.errno]}")


def nearest(value: str, valid: Iterable[str]) -> str:
    """Return a hint with the valid value closest to ``value``, or with all of them."""
    names = sorted(valid)
    prefixed = [name for name in names if value and name.startswith(value)]
    close = prefixed or difflib.get_close_matches(value, names, n=1, cutoff=0.5)
    return f"did you mean {str(close[0])!r}?" if close else f"valid: {', '.join(names)}"
