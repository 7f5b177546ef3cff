"""A process that a workload talks to, started before the timing and ending with it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from typing import IO, TYPE_CHECKING

from workloads.gang import WorkloadError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Companion", "companion", "end_with_parent"]

END_S = 5.0
"""How long a process may take to end by itself, seconds."""


class Companion:
    """The line to another process: its standard input and output."""

    def __init__(self, module: str, arguments: tuple[str, ...]) -> None:
        """Start ``python -m module``."""
        self.name = module.rpartition(".")[2]
        self.process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdin is not None  # noqa: S101 - both were asked for
        assert self.process.stdout is not None  # noqa: S101
        self._orders: IO[bytes] = self.process.stdin
        self._answers: IO[bytes] = self.process.stdout

    def send(self, order: str) -> None:
        """Write one line; that the process has ended shows when it gives no answer."""
        with contextlib.suppress(OSError):
            self._orders.write(order.encode() + b"\n")
            self._orders.flush()

    def receive(self) -> str:
        """Read one line; raises WorkloadError when the process has ended instead."""
        line = self._answers.readline()
        if not line:
            raise WorkloadError(f"the process {self.name} ended with {self._end()}")
        return line.decode().rstrip("\n")

    def close(self) -> None:
        """Tell the process to end by the end of its input, and wait until it has."""
        with contextlib.suppress(OSError):
            self._orders.close()
        self._end()
        self._answers.close()

    def _end(self) -> int:
        try:
            return self.process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


@contextlib.contextmanager
def companion(module: str, *arguments: str) -> Iterator[Companion]:
    """Start a companion, and end it."""
    started = Companion(module, arguments)
    try:
        yield started
    finally:
        started.close()


def end_with_parent() -> None:
    """In a companion: end this process when its standard input ends.

    That is when the parent closes it, and when the parent itself ends, however that happens:
    the kernel closes the pipes even of a process that was killed. For a companion that does
    not read its standard input otherwise. A thread, because Windows cannot select on pipes.
    """

    def watch() -> None:
        # Not through sys.stdin: its buffer's lock must not be held when the process ends.
        while os.read(0, 4096):
            pass
        os._exit(0)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()
