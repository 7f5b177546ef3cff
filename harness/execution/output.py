"""What a worker wrote: its result, and the end of what it printed."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from typing import IO, TYPE_CHECKING

from harness.files import open_plain, plain_facts

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["MAX_PRINTED_BYTES", "Result", "has_printed_too_much", "read_result", "tail"]

STDERR_TAIL_BYTES = 4000
MAX_RESULT_BYTES = 16_000_000
MAX_PRINTED_BYTES = 64_000_000
"""It is kept in the temporary folder, which may be in memory."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """The contents of a result file."""

    content: bytes | None = None
    """``None`` without a file, and for one that is not read."""
    complaint: str = ""
    """Why it is not read."""


def read_result(path: Path) -> Result:
    """Read a result file, whatever the worker has put in its place; never fail."""
    if not os.path.lexists(path):
        return Result()
    if plain_facts(path) is None:
        return Result(complaint="the worker's result is not a plain file")
    try:
        # Its size is not asked for: it may grow.
        with open_plain(path) as file:
            content = file.read(MAX_RESULT_BYTES + 1)
    except OSError as error:
        return Result(complaint=f"the worker's result cannot be read: {error.strerror or error}")
    if len(content) > MAX_RESULT_BYTES:
        size = f"{MAX_RESULT_BYTES // 1_000_000} MB"
        return Result(complaint=f"the worker's result is too large: more than {size}")
    return Result(content=content)


def has_printed_too_much(printed: IO[bytes]) -> bool:
    """Return whether a worker has printed more than is kept."""
    return os.fstat(printed.fileno()).st_size > MAX_PRINTED_BYTES


def tail(printed: IO[bytes]) -> str:
    """Return the end of what a worker printed; never fail."""
    with contextlib.suppress(OSError):
        size = printed.seek(0, os.SEEK_END)
        printed.seek(max(0, size - STDERR_TAIL_BYTES))
        return printed.read(STDERR_TAIL_BYTES).decode("utf-8", errors="replace")
    return ""
