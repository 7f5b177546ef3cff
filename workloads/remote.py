"""Workers in other processes or interpreters: orders and answers are lines of text."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import IO, TYPE_CHECKING, Any, Protocol

from workloads import gil, jit, pinning, remarks
from workloads.environment import OWN_FILE
from workloads.gang import (
    Counters,
    Sample,
    Stamp,
    WorkloadError,
    counters,
    opened,
    private_part,
    sample_from,
    timed,
)
from workloads.lookup import find
from workloads.watch import Watch

if TYPE_CHECKING:
    from workloads.registry import Workload

__all__ = ["Channel", "RemoteGang", "serve"]


class Channel(Protocol):
    """The connection to one worker."""

    def send(self, order: bytes) -> None:
        """Write an order; that a worker has died shows when its answer is read."""

    def readline(self) -> bytes:
        """Read an answer, empty when there will be none."""

    def why_ended(self) -> str:
        """Return how the worker ended, once it gave no answer."""

    def close(self) -> None:
        """Let the worker end, and wait for it."""


class RemoteGang:
    """N workers behind channels, released together."""

    def __init__(self, workload: Workload, channels: list[Channel], *, started: float) -> None:
        """Wait until every worker is ready at its gate; ``started`` is when it all began."""
        self._workload = workload
        self._channels = channels
        for index in range(len(channels)):
            self._answer(index)
        self.spawn_s = time.perf_counter() - started

    def run(self, loops: int) -> Sample:
        """Release all workers, and return the timing of the last stop after the first start."""
        order = b"%d\n" % loops
        for channel in self._channels:
            channel.send(order)
        answers = [self._answer(index) for index in range(len(self._channels))]
        total = Counters(
            *(
                None if None in column else sum(column)
                for column in zip(*(answer["counters"] for answer in answers))
            )
        )
        return sample_from(
            [Stamp(*answer["stamp"]) for answer in answers],
            workload=self._workload,
            cpu_s=self._cpu_s([answer["cpu_s"] for answer in answers]),
            counters=total,
        )

    def _cpu_s(self, each: list[float]) -> float:
        """Return the CPU time of all workers from what each measured of its own process."""
        return sum(each)

    def _answer(self, index: int) -> dict[str, Any]:
        name = f"worker {index + 1} of {len(self._channels)}"
        line = self._channels[index].readline()
        if not line:
            raise WorkloadError(f"{name} ended {self._channels[index].why_ended()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise WorkloadError(f"{name} raised {answer['error']}")
        if answer["unpinned"]:
            pinning.note_refusal(answer["unpinned"])
        for kind, subject in answer["remarks"]:
            remarks.add(kind, subject)
        # Every answer has it, the one before the work and those after it.
        if answer["gil"] != gil.is_enabled():
            if answer["gil_module"]:
                raise gil.GilStateError(gil.turned_on(answer["gil_module"]))
            raise WorkloadError(f"the GIL of {name} is not in its parent's state")
        if answer["jit"] != jit.is_enabled():
            raise WorkloadError(f"the JIT of {name} is not in its parent's state")
        return answer

    def close(self) -> None:
        """End all workers: they stop at the end of their input."""
        for channel in self._channels:
            channel.close()

    def pids(self) -> list[int]:
        """Return the processes that do the work."""
        raise NotImplementedError


def serve(
    name: str,
    index: int,
    count: int,
    orders: IO[str],
    answers: IO[str],
    *,
    is_alone: bool = True,
) -> None:
    """Answer every line ``LOOPS`` of ``orders`` with one line of JSON.

    ``is_alone``: nobody else works in this process.
    """
    # What a workload prints must not be taken for an answer.
    sys.stdout = sys.stderr
    gil.watch()

    def answer(**facts: object) -> None:
        states = {
            "gil": gil.is_enabled(),
            "gil_module": gil.module_that_turned_it_on(),
            "jit": jit.is_enabled(),
            "unpinned": pinning.refusal(),
            "remarks": remarks.seen(),
        }
        answers.write(json.dumps({**states, **facts}) + "\n")
        answers.flush()

    try:
        with opened(find(name)) as workload:
            pinning.pin_member(index)
            part = private_part(workload, index, count)
            watch = Watch(is_alone=is_alone) if os.environ.get(OWN_FILE) else None
            answer()
            for line in orders:
                loops = int(line)
                before = counters()
                cpu_ns = time.process_time_ns()
                stamp = timed(workload.function, part, loops)
                cpu_s = (time.process_time_ns() - cpu_ns) / 1e9
                counted = counters().since(before)
                if watch is not None:
                    watch.look()
                answer(stamp=stamp, cpu_s=cpu_s, counters=counted)
    except Exception as error:  # noqa: BLE001 - handed to the parent
        answer(error=f"{type(error).__name__}: {error}")
