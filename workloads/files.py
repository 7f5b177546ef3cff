"""Writing files so that they survive a crash, and reading them back."""

from __future__ import annotations

import binascii
import contextlib
import os
import tempfile
from typing import IO, TYPE_CHECKING, Callable

from workloads.environment import FOLDER
from workloads.registry import Part, workload

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["file_io"]

BLOCK_BYTES = 128 * 1024
BLOCKS = 4


@contextlib.contextmanager
def temporary_files() -> Iterator[Callable[[], IO[bytes]]]:
    """Yield what opens a file without a name, to be called once per part.

    Without a name nothing is left behind even when the process is killed: on Linux the file
    never has one (``O_TMPFILE``) or loses it as soon as it is open, on Windows it is deleted
    on close.
    """
    folder = os.environ.get(FOLDER) or tempfile.gettempdir()
    with contextlib.ExitStack() as stack:

        def open_one() -> IO[bytes]:
            # Unbuffered, so that every write and read is a system call.
            return stack.enter_context(tempfile.TemporaryFile(buffering=0, dir=folder))

        yield open_one


@workload(
    kind="io",
    scaling="weak",
    expectation="more in the same time with more threads, as far as the device allows; much the "
    "same on every build",
    size=BLOCKS,
    modes=("threads", "processes"),
    tags=("core",),
    units=BLOCKS,
    resource=temporary_files,
)
def file_io(part: Part) -> int:
    """Write four blocks of 128 KiB to a file, each with fsync, and read them back.

    Isolates: write, fsync and read, during which CPython releases the GIL. The reads come
    from the operating system's cache; in a folder in memory fsync has nothing to do either.
    Scales: weak, every thread writes four blocks.
    Shared: nothing but the device; every thread has a file of its own.
    """
    file: IO[bytes] = part.state
    file.seek(0)
    for number in range(part.size):
        if file.write(bytes([number + 1]) * BLOCK_BYTES) != BLOCK_BYTES:
            raise OSError("a block was not written whole")
        os.fsync(file.fileno())
    file.seek(0)
    checksum = 0
    for _ in range(part.size):
        checksum += binascii.crc32(file.read(BLOCK_BYTES))
    return checksum
