"""Start worker processes, alone or to take turns. Tests replace the launcher by a fake."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import select
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from harness.subprocesses import kill_group, process_group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

__all__ = ["TURNS", "Finished", "Launch", "Launcher", "SubprocessLauncher", "Worker"]

STDERR_TAIL_BYTES = 4000
MAX_RESULT_BYTES = 16_000_000
OUTPUT = "{output}"
"""Placeholder in ``Launch.command`` for the file that the worker writes."""
TURNS = "{turns}"
"""Placeholder in ``Launch.command`` for the descriptor of its channel."""
_EXIT_S = 5.0
"""A process that has closed its channel may take so long to be gone."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Launch:
    """A worker process to start."""

    command: tuple[str, ...]
    """The arguments ``{output}`` and ``{turns}`` are replaced: by the path of the result file, and
    by the descriptor of the channel of a worker that takes turns."""
    environment: tuple[tuple[str, str], ...]
    """The whole environment: nothing is inherited."""
    affinity: tuple[int, ...]
    """CPUs the worker may use; empty for no restriction."""
    timeout_s: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finished:
    """How a worker ended."""

    exit_code: int | None
    """``None`` if it could not be started; negative for the signal that ended it."""
    is_timed_out: bool
    duration_s: float
    stderr_tail: str
    result: bytes | None
    """The contents of the result file, ``None`` without a file."""


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
    """Runs real processes, each the leader of its own process group.

    So the terminal's Ctrl-C does not reach a worker, and a timeout or ``end`` reaches all its
    children.
    """

    def __init__(self) -> None:
        """Start without a process."""
        self._workers: list[_Process] = []
        self._is_ended = False

    def __call__(self, launch: Launch) -> Finished:
        """Run ``launch``; its process group has ended when this returns."""
        worker = self._start(launch, has_turns=False)
        # A timer thread and a wait without timeout: subprocess would poll, up to 50 ms late.
        timer = threading.Timer(launch.timeout_s, worker.kill)
        timer.start()
        try:
            worker.wait()
        finally:
            timer.cancel()
            timer.join()
            finished = worker.close()
        self._raise_if_ended()
        return finished

    def start(self, launch: Launch) -> _Process:
        """Start ``launch`` with a channel; its process group ends in ``finish``."""
        self._raise_if_ended()
        return self._start(launch, has_turns=True)

    def ready(self, workers: Sequence[Worker], timeout_s: float) -> list[Worker]:
        """Return those with a message, or whose channel is closed; empty after the timeout."""
        descriptors = {worker.fileno(): worker for worker in workers}  # type: ignore[attr-defined]
        poller = select.poll()
        for descriptor in descriptors:
            poller.register(descriptor, select.POLLIN)
        found = poller.poll(timeout_s * 1000)
        self._raise_if_ended()
        return [descriptors[descriptor] for descriptor, _ in found]

    def end(self) -> None:
        """End the current workers, or the next one as soon as it has started.

        Raising in the signal handler instead could lose track of a process that is being started.
        """
        self._is_ended = True
        for worker in tuple(self._workers):
            worker.end()

    def _start(self, launch: Launch, *, has_turns: bool) -> _Process:
        worker = _Process(launch, has_turns=has_turns, on_close=self._workers.remove)
        self._workers.append(worker)
        if self._is_ended:
            worker.end()
        return worker

    def _raise_if_ended(self) -> None:
        if self._is_ended:
            for worker in tuple(self._workers):
                worker.close()
            raise KeyboardInterrupt


class _Process:
    """One real worker, its folder, and its channel if it takes turns."""

    def __init__(
        self, launch: Launch, *, has_turns: bool, on_close: Callable[[_Process], None]
    ) -> None:
        self._launch, self._on_close = launch, on_close
        self._is_timed_out = False
        self._finished: Finished | None = None
        self._process: subprocess.Popen[bytes] | None = None
        with contextlib.ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gilscope-")))
            self._output = folder / "result.json"
            self._stderr = stack.enter_context((folder / "stderr").open("w+b"))
            ours, theirs = _channel(stack) if has_turns else (None, None)
            self._channel = ours
            self._started = time.perf_counter()
            try:
                self._process = stack.enter_context(self._launched(theirs))
            except OSError as error:
                program = launch.command[0]
                self._stderr.write(f"{program} cannot be started: {error.strerror}".encode())
            if theirs is not None:
                theirs.close()
            self._resources = stack.pop_all()

    def fileno(self) -> int:
        """Return the descriptor that can be waited for."""
        return -1 if self._channel is None else self._channel.fileno()

    def receive(self) -> bytes:
        """Return one byte, or nothing once the worker has closed its end."""
        with contextlib.suppress(OSError):
            return b"" if self._channel is None else self._channel.recv(1)
        return b""

    def send(self, token: bytes) -> None:
        """Write a token."""
        with contextlib.suppress(OSError):
            if self._channel is not None:
                self._channel.send(token)

    def end(self) -> None:
        """Kill the process group."""
        if self._process is not None:
            kill_group(self._process)

    def kill(self) -> None:
        """Kill the process group, and remember that it took too long."""
        self._is_timed_out = True
        self.end()

    def wait(self) -> None:
        """Wait for the process, however long it takes."""
        if self._process is not None:
            self._process.wait()

    def finish(self, timeout_s: float) -> Finished:
        """Wait until it closes its channel, and then until it is gone."""
        deadline = time.monotonic() + timeout_s
        while self._finished is None and self._channel is not None:
            self._channel.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                if not self._channel.recv(64):
                    break
            except TimeoutError:
                self.kill()
                break
            except OSError:
                break
        if self._finished is None and self._process is not None:
            try:
                self._process.wait(_EXIT_S)
            except subprocess.TimeoutExpired:
                self.kill()
        return self.close()

    def close(self) -> Finished:
        """End what is left of it; return how it ended."""
        if self._finished is None:
            with self._resources:
                if self._process is not None:
                    kill_group(self._process)
                    self._process.wait()
                duration_s = time.perf_counter() - self._started
                self._finished = Finished(
                    exit_code=None if self._process is None else self._process.returncode,
                    is_timed_out=self._is_timed_out,
                    duration_s=duration_s,
                    stderr_tail=_tail(self._stderr),
                    result=_read_result(self._output),
                )
            self._on_close(self)
        return self._finished

    @contextlib.contextmanager
    def _launched(self, channel: socket.socket | None) -> Iterator[subprocess.Popen[bytes]]:
        number = "" if channel is None else str(channel.fileno())
        command = [
            {OUTPUT: self._output.as_posix(), TURNS: number}.get(argument, argument)
            for argument in self._launch.command
        ]
        with contextlib.ExitStack() as stack:
            with _inheritance(self._launch.affinity):
                process = stack.enter_context(
                    process_group(
                        command,
                        stdout=self._stderr,
                        stderr=subprocess.STDOUT,
                        env=dict(self._launch.environment),
                        cwd=self._output.parent,
                        descriptors=() if channel is None else (channel.fileno(),),
                    )
                )
            yield process


def _channel(stack: contextlib.ExitStack) -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair()
    stack.callback(ours.close)
    stack.callback(theirs.close)
    return ours, theirs


@contextlib.contextmanager
def _inheritance(cpus: tuple[int, ...]) -> Iterator[None]:
    """Pin this thread and block SIGINT while a child is started: the child inherits both.

    Not every interpreter can set its affinity (PyPy 7.3 cannot). Until the child has its own
    session, the terminal's Ctrl-C would reach it and end the job.
    """
    with contextlib.ExitStack() as stack:
        if cpus and hasattr(os, "sched_setaffinity"):
            # Refused by a sandbox, or for a CPU that was taken away: then it starts anywhere.
            with contextlib.suppress(OSError):
                ours = os.sched_getaffinity(0)
                os.sched_setaffinity(0, cpus)
                stack.callback(_set_affinity_again, ours)
        if hasattr(signal, "pthread_sigmask"):
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            stack.callback(signal.pthread_sigmask, signal.SIG_SETMASK, before)
        yield


def _set_affinity_again(cpus: set[int]) -> None:
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, cpus)


def _tail(stderr: IO[bytes]) -> str:
    size = stderr.seek(0, os.SEEK_END)
    stderr.seek(max(0, size - STDERR_TAIL_BYTES))
    return stderr.read().decode("utf-8", errors="replace")


def _read_result(output: Path) -> bytes | None:
    with contextlib.suppress(OSError):
        if output.stat().st_size <= MAX_RESULT_BYTES:
            return output.read_bytes()
    return None
