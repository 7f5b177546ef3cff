"""Read files that others may have written; write files that others may be reading."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import IO, TypeVar

import msgspec

__all__ = ["decoded", "open_plain", "plain_facts", "sha256_of", "write_whole"]

_Type = TypeVar("_Type")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file atomically; raise OSError."""
    # Under a fresh name: in a folder that somebody else made, a known name may be a link.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def open_plain(path: Path) -> IO[bytes]:
    """Open a regular file for reading; raise OSError for a link or any other kind of file."""
    # Non-blocking: opening a named pipe would wait for a writer.
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, os.O_RDONLY | flags | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is no plain file")
    return os.fdopen(descriptor, "rb")


def plain_facts(path: Path) -> os.stat_result | None:
    """Return the status of a regular file; ``None`` for a link or any other kind of file."""
    try:
        status = path.lstat()
    except (OSError, ValueError):
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def decoded(content: bytes | str, kind: type[_Type]) -> _Type:
    """Decode JSON as ``kind``; raise ValueError for anything that is wrong with it."""
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ValueError(str(error) or type(error).__name__) from error


def sha256_of(path: Path) -> str:
    """Return the SHA-256 digest of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
