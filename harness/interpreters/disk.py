"""Errors of the disk that the cache is on."""

from __future__ import annotations

import contextlib
import errno
from typing import TYPE_CHECKING

from harness.errors import InterpreterError
from harness.invocation import to_type

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["disk_errors", "is_full"]


def is_full(error: OSError) -> bool:
    """Return whether the disk is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


@contextlib.contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Raise ``InterpreterError`` with a hint for an ``OSError`` in the block."""
    try:
        yield
    except OSError as error:
        message = f"{folder} cannot be used: {error}; set GILSCOPE_CACHE to another folder"
        if is_full(error):
            message = (
                f"no space left in {folder}: make room there "
                f"({to_type('interpreters', '--prune 30')}), "
                "or set GILSCOPE_CACHE to a folder on a larger disk"
            )
        raise InterpreterError(message) from error
