"""Standard output and error that neither block nor end the program: a thread writes for each.

A terminal may be paused, a pager may not read, a pipe may be closed, a disk may be full. Measuring
goes on: what cannot be written is dropped, and the exit code tells.
"""

from __future__ import annotations

import atexit
import codecs
import dataclasses
import errno
import io
import os
import queue
import select
import signal
import sys
import threading
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["Streams", "take_over"]

_MOST_WAITING = 500
"""So many writes of standard error wait for their reader; more are dropped."""
_PATIENCE_S = 1.0
"""How long the end of the program waits for the reader of standard error."""
_ORDER_S = 0.2
"""How long one stream waits for what the other was given before."""
_GONE = frozenset({errno.EPIPE, errno.EBADF, errno.EIO})
"""Nothing will be written after these."""


class _Writer(io.RawIOBase):
    """A descriptor to which a thread writes; a writer never waits for it."""

    def __init__(self, descriptor: int, *, most_waiting: int | None = None) -> None:
        super().__init__()
        self._descriptor, self._most_waiting = descriptor, most_waiting
        self._is_gone = False
        self.is_lossy = False
        self.before: _Writer | None = None
        # A signal handler may write while this is being written to: this queue allows for it.
        self._waiting: queue.SimpleQueue[bytes | threading.Event] = queue.SimpleQueue()
        threading.Thread(target=self._write_on, daemon=True).start()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, data: ReadableBuffer, /) -> int:
        """Hand over a copy of the data, or drop it."""
        copy = bytes(data)
        is_full = self._most_waiting is not None and self._waiting.qsize() >= self._most_waiting
        if self._is_gone or is_full:
            self.is_lossy = True
            return len(copy)
        if self.before is not None:
            self.before.settle(_ORDER_S)
        self._waiting.put(copy)
        return len(copy)

    def settle(self, timeout_s: float | None) -> bool:
        """Wait until all is written or lost; return whether that was in time."""
        is_settled = threading.Event()
        self._waiting.put(is_settled)
        return is_settled.wait(timeout_s)

    def _write_on(self) -> None:
        # Signals are for the main thread, which they must wake.
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True:
            item = self._waiting.get()
            if isinstance(item, threading.Event):
                item.set()
                continue
            try:
                if not self._is_gone:
                    _write_whole(self._descriptor, item)
            except OSError as error:
                self._is_gone = error.errno in _GONE
                self.is_lossy = True


def _write_whole(descriptor: int, data: bytes) -> None:
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:  # another program has made it non-blocking
            waiting = select.poll()
            waiting.register(descriptor, select.POLLOUT)
            waiting.poll()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Streams:
    """Both streams of this process."""

    output: _Writer
    error: _Writer

    def settle(self) -> bool:
        """Wait until everything is written; return whether nothing was lost.

        The answer waits for its reader, however long that takes, and Ctrl-C ends it. Progress does
        not.
        """
        self.output.settle(None)
        is_settled = self.error.settle(_PATIENCE_S)
        return is_settled and not (self.output.is_lossy or self.error.is_lossy)


def take_over() -> Streams | None:
    """Replace ``sys.stdout`` and ``sys.stderr``; do nothing where they are replaced already."""
    if os.name != "posix" or sys.stdout is not sys.__stdout__ or sys.stderr is not sys.__stderr__:
        return None
    _fill_closed()
    output, error = _Writer(1), _Writer(2, most_waiting=_MOST_WAITING)
    output.before, error.before = error, output
    sys.stdout, sys.stderr = _text(output, sys.stdout), _text(error, sys.stderr)
    # The traceback of a bug is written after everything else.
    for writer in (output, error):
        atexit.register(writer.settle, _PATIENCE_S)
    return Streams(output=output, error=error)


def _fill_closed() -> None:
    """Open the null device in place of closed streams: files must not get their numbers."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free


def _text(writer: _Writer, replaced: TextIO | None) -> TextIO:
    encoding = getattr(replaced, "encoding", None) or "utf-8"
    # ASCII is the choice of a C locale, not of the user: answers have × and ±.
    if codecs.lookup(encoding).name == "ascii":
        encoding = "utf-8"
    return io.TextIOWrapper(
        writer,  # type: ignore[type-var]  # raw: nothing is buffered here
        encoding=encoding,
        errors="backslashreplace",
        write_through=True,
    )
