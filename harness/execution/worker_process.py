"""One worker process: its folder, its output, and its channel if it takes turns."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import subprocess
import tempfile
import threading
import time
from typing import TYPE_CHECKING

from harness.errors import StoreError
from harness.execution.inheritance import inheritance
from harness.execution.launch import OUTPUT, TURNS, Finished
from harness.execution.output import (
    MAX_PRINTED_BYTES,
    has_printed_too_much,
    read_result,
    tail,
)
from harness.lifetime import children
from harness.lifetime.life import new_folder, remove

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.execution.launch import Launch

__all__ = ["LOOK_S", "WorkerProcess"]

LOOK_S = 1.0
"""How often to look at what a worker has printed."""
_EXIT_S = 5.0
"""A process that has closed its channel may take so long to be gone."""
_HINTS = {
    errno.EMFILE: "allow more open files with ulimit -n",
    errno.ENFILE: "allow more open files",
    errno.EAGAIN: "allow more processes with ulimit -u, or end some",
    errno.ENOMEM: "free some memory",
}
"""What is missing is missing for every worker: a row for each of them would say nothing more."""


class WorkerProcess:
    """A real worker; StoreError if this machine cannot start any."""

    def __init__(
        self,
        launch: Launch,
        *,
        has_turns: bool,
        on_close: Callable[[WorkerProcess], None],
        since: Callable[[], int | None],
    ) -> None:
        """Start it; one that cannot be started has ended.

        ``since`` returns when the first of those workers was started that are at work side by
        side, if this is the last of them.
        """
        self._launch, self._on_close, self._since = launch, on_close, since
        self._is_timed_out = False
        self._complaint = ""
        self._finished: Finished | None = None
        self._process: subprocess.Popen[bytes] | None = None
        try:
            with contextlib.ExitStack() as stack:
                self._begin(stack, has_turns=has_turns)
                self._resources = stack.pop_all()
        except OSError as error:
            raise _cannot_start(error) from error

    def _begin(self, stack: contextlib.ExitStack, *, has_turns: bool) -> None:
        self._folder = new_folder()
        stack.callback(remove, self._folder)
        self._printed = stack.enter_context((self._folder / "stderr").open("w+b"))
        ours, theirs = _channel(stack) if has_turns else (None, None)
        self._channel = ours
        self._started = time.perf_counter()
        try:
            self._process = self._launched(theirs)
        except OSError as error:
            if error.errno in _HINTS:
                raise
            program = self._launch.command[0]
            self._printed.write(f"{program} cannot be started: {error.strerror}".encode())
        else:
            stack.callback(self._end_unless_closed)
            self._end_descriptor = _end_of(self._process, stack)
        if theirs is not None:
            theirs.close()

    @property
    def started_at(self) -> int:
        """Return when it was started, for ``children.end``."""
        return 0 if self._process is None else children.started_at(self._process)

    def descriptors(self) -> tuple[int, ...]:
        """Return those that can be read from when it has something to say, or has ended."""
        if self._finished is not None:
            return ()
        channel = () if self._channel is None else (self._channel.fileno(),)
        return channel if self._process is None else (*channel, self._end_descriptor)

    def receive(self) -> bytes:
        """Return one byte; nothing once the worker has closed its end, or has ended."""
        with contextlib.suppress(OSError):
            if self._channel is not None:
                return self._channel.recv(1)
        # Children that were forked may have the channel still.
        return b""

    def send(self, token: bytes) -> None:
        """Write a token."""
        with contextlib.suppress(OSError):
            if self._channel is not None:
                self._channel.send(token)

    def end(self) -> None:
        """Kill the process group."""
        if self._process is not None:
            children.kill_group(self._process)

    def kill(self) -> None:
        """Kill the process group, and remember that it took too long."""
        self._is_timed_out = True
        self.end()

    def look(self) -> None:
        """Kill it if it has printed too much."""
        if self._finished is None and not self._complaint and has_printed_too_much(self._printed):
            self._complaint = (
                f"killed, since it had printed more than {MAX_PRINTED_BYTES // 1_000_000} MB: "
                "let the workload print less"
            )
            self.end()

    def wait(self, timeout_s: float) -> bool:
        """Wait until it has ended, or has closed its channel; return whether it has in time."""
        deadline = time.monotonic() + timeout_s
        while self._finished is None and self._process is not None:
            left_s = deadline - time.monotonic()
            ready = poll(self.descriptors(), max(0.0, min(LOOK_S, left_s)))
            if self._end_descriptor in ready or (ready and not self._drain()):
                return True
            self.look()
            if left_s <= 0:
                return False
        return True

    def finish(self, timeout_s: float) -> Finished:
        """Wait until it closes its channel, and then until it is gone."""
        if not self.wait(timeout_s):
            self.kill()
        elif self._finished is None and self._process is not None:
            with contextlib.suppress(OSError):
                if not poll((self._end_descriptor,), _EXIT_S):
                    self.kill()
        return self.close()

    def close(self) -> Finished:
        """End what is left of it; return how it ended."""
        if self._finished is None:
            with self._resources:
                left = 0
                if self._process is not None:
                    left = children.end(self._process, folder=self._folder, since=self._since())
                duration_s = time.perf_counter() - self._started
                result = read_result(self._folder / "result.json")
                self._finished = Finished(
                    exit_code=None if self._process is None else self._process.returncode,
                    is_timed_out=self._is_timed_out,
                    duration_s=duration_s,
                    stderr_tail=tail(self._printed),
                    result=result.content,
                    complaint=self._complaint or result.complaint,
                    left_processes=left,
                )
            self._on_close(self)
        return self._finished

    def _end_unless_closed(self) -> None:
        if self._finished is None and self._process is not None:
            children.end(self._process, folder=self._folder)

    def _drain(self) -> bool:
        """Throw messages away; return whether there were any."""
        with contextlib.suppress(OSError):
            return self._channel is not None and bool(self._channel.recv(64))
        return False

    def _launched(self, channel: socket.socket | None) -> subprocess.Popen[bytes]:
        number = "" if channel is None else str(channel.fileno())
        output = (self._folder / "result.json").as_posix()
        command = [
            {OUTPUT: output, TURNS: number}.get(argument, argument)
            for argument in self._launch.command
        ]
        with inheritance(self._launch.affinity):
            return children.start(
                command,
                folder=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=self._printed,
                stderr=subprocess.STDOUT,
                env=dict(self._launch.environment),
                cwd=self._folder,
                pass_fds=() if channel is None else (channel.fileno(),),
            )


def poll(descriptors: tuple[int, ...], timeout_s: float) -> set[int]:
    """Wait; return the descriptors that can be read from, or whose other end is closed."""
    poller = select.poll()
    for descriptor in descriptors:
        poller.register(descriptor, select.POLLIN)
    return {descriptor for descriptor, _ in poller.poll(timeout_s * 1000)}


def _channel(stack: contextlib.ExitStack) -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair()
    stack.callback(ours.close)
    stack.callback(theirs.close)
    ours.setblocking(False)  # noqa: FBT003 - takes no keywords
    return ours, theirs


def _end_of(process: subprocess.Popen[bytes], stack: contextlib.ExitStack) -> int:
    """Return a descriptor that can be read from once the process has ended."""
    if hasattr(os, "pidfd_open"):
        with contextlib.suppress(OSError):
            descriptor = os.pidfd_open(process.pid)
            stack.callback(os.close, descriptor)
            return descriptor
    reader, writer = os.pipe()
    stack.callback(os.close, reader)

    def close_at_end() -> None:
        process.wait()
        os.close(writer)

    threading.Thread(target=close_at_end, name="end-of-worker", daemon=True).start()
    return reader


def _cannot_start(error: OSError) -> StoreError:
    hint = _HINTS.get(error.errno or 0, "set TMPDIR to a folder with room")
    where = "" if error.errno in _HINTS else f" in {tempfile.gettempdir()}"
    return StoreError(f"a worker cannot be started{where}: {error.strerror or error}; {hint}")
