"""The same work in N processes: the limit of the machine itself."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from workloads.leftovers import end_process
from workloads.remote import RemoteGang, serve

if TYPE_CHECKING:
    from workloads.registry import Workload

__all__ = ["ProcessGang"]


class _Child:
    """The line to one child process."""

    def __init__(self, workload: str, index: int, count: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, workload, str(index), str(count)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.pid = self._process.pid

    def send(self, order: bytes) -> None:
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.write(order)
                self._process.stdin.flush()

    def readline(self) -> bytes:
        return self._process.stdout.readline() if self._process.stdout is not None else b""

    def why_ended(self) -> str:
        return f"with {self._process.wait()}"

    def close(self) -> None:
        with contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


class ProcessGang(RemoteGang):
    """N child interpreters of the same build and environment."""

    def __init__(self, workload: Workload, processes: int) -> None:
        """Start the children and wait until every one is ready at its gate."""
        started = time.perf_counter()
        children = [_Child(workload.name, index, processes) for index in range(processes)]
        self._pids = [child.pid for child in children]
        super().__init__(workload, list(children), started=started)

    def pids(self) -> list[int]:
        """Return the children; this process only waits for them."""
        return self._pids


def main() -> None:
    """Serve the parent; keep the line to it from what the workload reads and prints."""
    name, index, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    orders = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)  # also what native code prints
    serve(name, index, count, orders, answers)
    end_process(0)


if __name__ == "__main__":
    main()
