"""The same work in N processes: the machine's own limit, with no interpreter to blame.

The parent opens all gates by a line on each child's standard input; the children stamp
with ``perf_counter_ns``, which on Linux, macOS and Windows is one clock for the whole
machine, so their stamps compare. Spawning is outside the timing.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from typing import Any, Optional

from workloads import gil, jit
from workloads.gang import (
    Counters,
    Sample,
    Stamp,
    WorkloadError,
    counters,
    peak_memory,
    private_part,
    repeat,
    sample_from,
)
from workloads.registry import Workload, find

__all__ = ["ProcessGang"]


class ProcessGang:
    """N child interpreters of the same build and environment."""

    def __init__(self, workload: Workload, processes: int) -> None:
        """Start the children and wait until every one is ready at its gate."""
        self._workload = workload
        self._peaks: list[Optional[int]] = [None] * processes
        started = time.perf_counter()
        self._children = [
            subprocess.Popen(
                [sys.executable, "-m", __name__, workload.name, str(index), str(processes)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for index in range(processes)
        ]
        for index in range(processes):
            self._answer(index)
        self.spawn_s = time.perf_counter() - started

    def run(self, loops: int) -> Sample:
        """Release all children, and return the timing of the last stop after the first start."""
        order = b"%d\n" % loops
        for child in self._children:
            # A child that has died is told apart when its answer is read.
            with contextlib.suppress(OSError):
                if child.stdin is not None:
                    child.stdin.write(order)
                    child.stdin.flush()
        answers = [self._answer(index) for index in range(len(self._children))]
        self._peaks = [answer["max_rss"] for answer in answers]
        total = Counters(
            *(
                None if None in column else sum(column)
                for column in zip(*(answer["counters"] for answer in answers))
            )
        )
        return sample_from(
            [Stamp(*answer["stamp"]) for answer in answers],
            workload=self._workload,
            cpu_s=sum(answer["cpu_s"] for answer in answers),
            counters=total,
        )

    def _answer(self, index: int) -> dict[str, Any]:
        child = self._children[index]
        name = f"process {index + 1} of {len(self._children)}"
        line = child.stdout.readline() if child.stdout is not None else b""
        if not line:
            raise WorkloadError(f"{name} ended with {child.wait()}")
        answer: dict[str, Any] = json.loads(line)
        # Every answer says it, the one before the work and those after it.
        if answer["gil"] != gil.is_enabled():
            raise WorkloadError(f"the GIL of {name} is not in its parent's state")
        if answer["jit"] != jit.is_enabled():
            raise WorkloadError(f"the JIT of {name} is not in its parent's state")
        return answer

    def close(self) -> None:
        """End all children: they stop at the end of their input."""
        for child in self._children:
            with contextlib.suppress(OSError):
                if child.stdin is not None:
                    child.stdin.close()
        for child in self._children:
            child.wait()
            if child.stdout is not None:
                child.stdout.close()

    def max_rss(self) -> Optional[int]:
        """Return the peak memory of all children together in bytes, ``None`` if unknown."""
        known = [peak for peak in self._peaks if peak is not None]
        return sum(known) if len(known) == len(self._peaks) else None


def _serve(workload: Workload, index: int, count: int) -> None:
    """Answer every line ``LOOPS`` on standard input with one JSON line on standard output."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # what a workload prints must not be taken for an answer
    part = private_part(index, count, workload.size)

    def answer(**facts: object) -> None:
        states = {"gil": gil.is_enabled(), "jit": jit.is_enabled()}
        answers.write(json.dumps({**states, **facts}) + "\n")
        answers.flush()

    answer()
    for line in sys.stdin:
        loops = int(line)
        before = counters()
        cpu_ns = time.process_time_ns()
        start_ns = time.perf_counter_ns()
        checksum = repeat(workload.function, part, loops)
        stop_ns = time.perf_counter_ns()
        answer(
            stamp=(start_ns, stop_ns, checksum),
            cpu_s=(time.process_time_ns() - cpu_ns) / 1e9,
            counters=counters().since(before),
            max_rss=peak_memory(),
        )


if __name__ == "__main__":
    _serve(find(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
