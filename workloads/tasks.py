"""The same waits as N tasks of one event loop, in one thread."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from typing import TYPE_CHECKING

from workloads.checks import refuse_exit, verify
from workloads.gang import (
    Sample,
    Stamp,
    WorkloadError,
    checked_notes,
    counters,
    opened,
    private_part,
    sample_from,
)
from workloads.pinning import pin_member

if TYPE_CHECKING:
    from workloads.registry import Part, Workload

__all__ = ["TaskGang"]


class TaskGang:
    """N tasks of one event loop that stays open between values."""

    def __init__(self, workload: Workload, count: int) -> None:
        """Open the loop."""
        with contextlib.ExitStack() as stack:
            self._workload = stack.enter_context(opened(workload))
            pin_member(0)
            self._parts = [private_part(self._workload, index, count) for index in range(count)]
            self._resource = stack.pop_all()
        self._loop = asyncio.new_event_loop()

    def run(self, loops: int) -> Sample:
        """Start all tasks, and return the timing of the last stop after the first start."""
        before = counters()
        cpu_ns = time.process_time_ns()
        stamps = self._loop.run_until_complete(self._all(loops))
        cpu_s = (time.process_time_ns() - cpu_ns) / 1e9
        return sample_from(
            stamps, workload=self._workload, cpu_s=cpu_s, counters=counters().since(before)
        )

    async def _all(self, loops: int) -> list[Stamp]:
        return list(await asyncio.gather(*(self._one(part, loops) for part in self._parts)))

    async def _one(self, part: Part, loops: int) -> Stamp:
        coroutine = self._workload.coroutine
        assert coroutine is not None  # noqa: S101 - the registry saw to it
        part.notes.clear()
        checksums = set()
        start_ns = time.perf_counter_ns()
        try:
            for _ in range(loops):
                checksums.add(await coroutine(part))
        except Exception as error:
            raise WorkloadError(
                f"task {part.index + 1} of {part.count} raised {type(error).__name__}: {error}"
            ) from error
        except SystemExit as error:
            raise refuse_exit(error) from error
        stop_ns = time.perf_counter_ns()
        for checksum in checksums:
            verify(checksum)
        if len(checksums) != 1:
            raise WorkloadError(f"checksums differ between calls: {sorted(checksums)}")
        return Stamp(start_ns, stop_ns, checksums.pop(), checked_notes(part))

    def close(self) -> None:
        """Close the loop."""
        self._loop.close()
        self._resource.close()

    def pids(self) -> list[int]:
        """Return this process."""
        return [os.getpid()]
