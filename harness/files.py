"""Files as they must be: written whole or not at all, read only where they are plain."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import IO

__all__ = ["open_plain", "plain_facts", "write_whole"]


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that there is all of it or nothing; raises OSError."""
    # A new name of its own: in a folder from elsewhere, one that is known may be a link.
    descriptor, aside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).chmod(0o644)
        Path(aside).replace(path)
    finally:
        Path(aside).unlink(missing_ok=True)


def open_plain(path: Path) -> IO[bytes]:
    """Open a plain file to read its bytes; raises OSError for a link, and for anything else."""
    # Without waiting: a pipe of that name might have nobody at its other end.
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, os.O_RDONLY | flags | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is no plain file")
    return os.fdopen(descriptor, "rb")


def plain_facts(path: Path) -> os.stat_result | None:
    """Return the facts of a plain file; ``None`` for a link, and for anything else."""
    try:
        found = path.lstat()
    except (OSError, ValueError):
        return None
    return found if stat.S_ISREG(found.st_mode) else None
