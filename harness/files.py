"""Read files that others may have written; write files that others may be reading."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
import sys
import tempfile
from pathlib import Path
from typing import IO, TypeVar

import msgspec

if sys.platform != "win32":
    import fcntl

__all__ = [
    "decoded",
    "open_plain",
    "plain_facts",
    "read_plain",
    "sha256_of",
    "sync_folder",
    "try_lock",
    "write_whole",
]

_Type = TypeVar("_Type")


def write_whole(path: Path, data: bytes) -> None:
    """Write a file atomically, and clear what killed writers of it left; raise OSError."""
    # Under a fresh name: in a folder that somebody else made, a known name may be a link.
    descriptor, temporary = _locked_temporary(path)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    sync_folder(path.parent)
    with contextlib.suppress(OSError):
        _clear_leftovers(path)


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk, where the system can do that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def try_lock(descriptor: int) -> bool:
    """Lock an open file or folder for this process until it is closed; return whether it is ours.

    Raises OSError where the file system has no locks.
    """
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _locked_temporary(path: Path) -> tuple[int, str]:
    """Make a file beside ``path``, locked as long as its writer lives."""
    while True:
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with contextlib.suppress(OSError):  # no locks there: then nothing is cleared either
            if not try_lock(descriptor) or os.fstat(descriptor).st_nlink == 0:
                os.close(descriptor)
                continue  # another writer took it for a leftover
        return descriptor, temporary


def _clear_leftovers(path: Path) -> None:
    """Remove temporary files for ``path`` that no process has locked."""
    if sys.platform == "win32":
        return
    leftover = re.compile(rf"\.{re.escape(path.name)}\.[a-z0-9_]{{8}}")
    with os.scandir(path.parent) as entries:
        names = [entry.name for entry in entries if leftover.fullmatch(entry.name)]
    for name in names:
        with contextlib.suppress(OSError), open_plain(path.parent / name) as file:
            if try_lock(file.fileno()):
                (path.parent / name).unlink()


def open_plain(path: Path) -> IO[bytes]:
    """Open a regular file for reading; raise OSError for a link or any other kind of file."""
    # Non-blocking: opening a named pipe would wait for a writer.
    flags = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(path, os.O_RDONLY | flags | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(f"{path} is no plain file")
    return os.fdopen(descriptor, "rb")


def read_plain(path: Path, *, max_bytes: int) -> bytes:
    """Return the content of a regular file; raise OSError for a larger one or any other kind."""
    with open_plain(path) as file:
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise OSError(f"{path} is larger than {max_bytes:,} bytes")
    return data


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
