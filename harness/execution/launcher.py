"""Start worker processes, alone or to take turns. Tests replace the launcher by a fake."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from harness.execution.launch import OUTPUT, TURNS, Finished, Launch
from harness.execution.worker_process import LOOK_S, WorkerProcess, poll

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["OUTPUT", "TURNS", "Finished", "Launch", "Launcher", "SubprocessLauncher", "Worker"]


class Worker(Protocol):
    """A worker that was started to take turns."""

    def receive(self) -> bytes:
        """Return its next message, one byte; empty when it has closed its channel."""

    def send(self, token: bytes) -> None:
        """Send it a token; that it is gone shows when it is received from."""

    def kill(self) -> None:
        """End it because it took too long."""

    def finish(self, timeout_s: float) -> Finished:
        """Wait for its end, and return it; after the timeout it is killed."""


class Launcher(Protocol):
    """Anything that can run workers."""

    def __call__(self, launch: Launch) -> Finished:
        """Run ``launch`` alone, to its end; raise KeyboardInterrupt after ``end``."""

    def start(self, launch: Launch) -> Worker:
        """Start ``launch`` as one of a group; raise KeyboardInterrupt after ``end``."""

    def ready(self, workers: Sequence[Worker], timeout_s: float) -> list[Worker]:
        """Wait until some can be received from; raise KeyboardInterrupt after ``end``."""

    def end(self) -> None:
        """End the current workers and refuse all others; safe in a signal handler."""


class SubprocessLauncher:
    """Runs real processes, each the leader of its own session.

    So the terminal's Ctrl-C does not reach a worker, and a timeout or ``end`` reaches all its
    children.
    """

    def __init__(self) -> None:
        """Start without a process."""
        self._workers: list[WorkerProcess] = []
        self._first_started = 0
        self._is_ended = False
        self._looked_s = 0.0

    def __call__(self, launch: Launch) -> Finished:
        """Run ``launch``; all its processes have ended when this returns."""
        worker = self._start(launch, has_turns=False)
        try:
            if not worker.wait(launch.timeout_s):
                worker.kill()
        finally:
            finished = worker.close()
        self._raise_if_ended()
        return finished

    def start(self, launch: Launch) -> WorkerProcess:
        """Start ``launch`` with a channel; its processes end in ``finish``."""
        self._raise_if_ended()
        return self._start(launch, has_turns=True)

    def ready(self, workers: Sequence[Worker], timeout_s: float) -> list[Worker]:
        """Return those with a message, or that have ended; empty after the timeout."""
        by_descriptor = {
            descriptor: worker
            for worker in workers
            if isinstance(worker, WorkerProcess)
            for descriptor in worker.descriptors()
        }
        deadline = time.monotonic() + timeout_s
        while True:
            left_s = deadline - time.monotonic()
            found = poll(tuple(by_descriptor), max(0.0, min(LOOK_S, left_s)))
            self._raise_if_ended()
            self._look()
            if found or left_s <= 0:
                ready = {by_descriptor[descriptor] for descriptor in found}
                return [worker for worker in workers if worker in ready]

    def end(self) -> None:
        """End the current workers, or the next one as soon as it has started.

        Raising in the signal handler instead could lose track of a process that is being started.
        """
        self._is_ended = True
        for worker in tuple(self._workers):
            worker.end()

    def _start(self, launch: Launch, *, has_turns: bool) -> WorkerProcess:
        worker = WorkerProcess(
            launch, has_turns=has_turns, on_close=self._workers.remove, since=self._since
        )
        if not self._workers:
            self._first_started = worker.started_at
        self._workers.append(worker)
        if self._is_ended:
            worker.end()
        return worker

    def _since(self) -> int | None:
        return self._first_started if len(self._workers) == 1 else None

    def _look(self) -> None:
        """Look once a second at what all workers have printed, in their turn or not."""
        now_s = time.monotonic()
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            for worker in self._workers:
                worker.look()

    def _raise_if_ended(self) -> None:
        if self._is_ended:
            for worker in tuple(self._workers):
                worker.close()
            raise KeyboardInterrupt
