"""Canaries of rounds: between two values, every CPU does the same short work at once.

A neighbour on the same physical core slows whatever fills its pipeline, for some milliseconds or
for seconds; a canary right before and right after a value tells whether the value was spared.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.lifetime import children

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Canaries", "canaries"]

_STEPS = 12_000
"""About a millisecond of integer arithmetic in Python."""
_END_S = 5.0
_PATIENCE_S = 10.0
"""A canary that takes longer is stopped or frozen: the measurement goes on without it."""
_PROGRAM = f"""
import os, sys, time
cpu = int(sys.argv[1])
if cpu >= 0:
    os.sched_setaffinity(0, {{cpu}})
def work(clock=time.perf_counter_ns):
    started, state = clock(), 1
    for _ in range({_STEPS}):
        state = (state * 69069 + 12345) & 0x3FFFFFFF
    return clock() - started
for _ in range(50):
    work()
while os.read(0, 1):
    os.write(1, b"%d %d\\n" % (work() // 1000, time.process_time_ns() // 1000))
"""


class Canaries:
    """A waiting process on each CPU."""

    def __init__(self, cpus: Sequence[int]) -> None:
        """Start a process for each of the ``cpus``; one on any CPU where none can be pinned."""
        self.cpus = tuple(cpus) if hasattr(os, "sched_setaffinity") else ()
        self._processes = [_start(cpu) for cpu in self.cpus or (-1,)]
        self._own_us = [0] * len(self._processes)
        self._silent: set[int] = set()

    def sing(self) -> dict[int, int]:
        """Return how long each CPU's canary took, by CPU, in microseconds.

        Empty where CPUs cannot be told apart. A canary that is gone, or not allowed on its CPU
        any more, is left out.
        """
        singing = []
        for number, process in enumerate(self._processes):
            if number in self._silent:
                continue
            with contextlib.suppress(OSError):
                os.write(_descriptor(process.stdin), b".")
                singing.append(number)
        took_us = {}
        for number in singing:
            line = _line(_descriptor(self._processes[number].stdout))
            if line:
                took, self._own_us[number] = map(int, line.split())
                took_us[number] = max(1, took)
            else:
                self._silent.add(number)
        return {self.cpus[number]: took for number, took in took_us.items() if self.cpus}

    def cpu_s(self) -> float:
        """Return the CPU time of all canaries so far, in seconds."""
        return sum(self._own_us) / 1e6

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            with contextlib.suppress(OSError):
                process.stdin.close()  # type: ignore[union-attr]  # it is a pipe
        for process in self._processes:
            try:
                process.wait(_END_S)
            except subprocess.TimeoutExpired:
                process.kill()
            children.end(process)
            process.stdout.close()  # type: ignore[union-attr]


@contextlib.contextmanager
def canaries(cpus: Sequence[int]) -> Iterator[Canaries]:
    """Start canaries, and end them."""
    started = Canaries(cpus)
    try:
        started.sing()  # once they all run
        yield started
    finally:
        started.close()


def _start(cpu: int) -> subprocess.Popen[bytes]:
    return children.start(
        [sys.executable, "-I", "-S", "-c", _PROGRAM, str(cpu)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path("/") if os.name == "posix" else None,
        bufsize=0,
    )


def _descriptor(pipe: object) -> int:
    return pipe.fileno()  # type: ignore[attr-defined,no-any-return]


def _line(descriptor: int) -> bytes:
    """Read one line; empty when the process has ended, or does not write one."""
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    read = b""
    while not read.endswith(b"\n"):
        chunk = os.read(descriptor, 64) if poller.poll(_PATIENCE_S * 1000) else b""
        if not chunk:
            return b""
        read += chunk
    return read
