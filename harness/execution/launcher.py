"""Start one worker process and wait for it. Tests replace the launcher by a fake."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from harness.subprocesses import kill_group, process_group

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Finished", "Launch", "Launcher", "SubprocessLauncher"]

STDERR_TAIL_BYTES = 4000
MAX_RESULT_BYTES = 16_000_000
OUTPUT = "{output}"
"""Placeholder in ``Launch.command`` for the file that the worker writes."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Launch:
    """A worker process to start."""

    command: tuple[str, ...]
    """The argument ``{output}`` is replaced by the path of the result file."""
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


class Launcher(Protocol):
    """Anything that can run a worker."""

    def __call__(self, launch: Launch) -> Finished:
        """Run ``launch`` to its end; raise KeyboardInterrupt after ``end``."""

    def end(self) -> None:
        """End the current worker and refuse all others; safe in a signal handler."""


class SubprocessLauncher:
    """Runs real processes, each the leader of its own process group.

    So the terminal's Ctrl-C does not reach the worker, and a timeout or ``end`` reaches all its
    children.
    """

    def __init__(self) -> None:
        """Start without a process."""
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ended = False

    def __call__(self, launch: Launch) -> Finished:
        """Run ``launch``; its process group has ended when this returns."""
        with tempfile.TemporaryDirectory(prefix="gilscope-") as folder:
            output = Path(folder) / "result.json"
            command = [output.as_posix() if arg == OUTPUT else arg for arg in launch.command]
            with (Path(folder) / "stderr").open("w+b") as stderr:
                started = time.perf_counter()
                try:
                    exit_code, is_timed_out = self._run(command, launch, stderr=stderr)
                except OSError as error:
                    stderr.write(f"{command[0]} cannot be started: {error.strerror}".encode())
                    exit_code, is_timed_out = None, False
                duration_s = time.perf_counter() - started
                if self._is_ended:
                    raise KeyboardInterrupt
                return Finished(
                    exit_code=exit_code,
                    is_timed_out=is_timed_out,
                    duration_s=duration_s,
                    stderr_tail=_tail(stderr),
                    result=_read_result(output),
                )

    def end(self) -> None:
        """End the current worker, or the next one as soon as it has started.

        Raising in the signal handler instead could lose track of a process that is being started.
        """
        self._is_ended = True
        if self._process is not None:
            kill_group(self._process)

    def _run(self, command: list[str], launch: Launch, *, stderr: IO[bytes]) -> tuple[int, bool]:
        timed_out = threading.Event()
        with contextlib.ExitStack() as stack:
            with _inheritance(launch.affinity):
                process = stack.enter_context(
                    process_group(
                        command,
                        stdout=stderr,
                        stderr=subprocess.STDOUT,
                        env=dict(launch.environment),
                        cwd=Path(stderr.name).parent,
                    )
                )
            self._process = process
            stack.callback(setattr, self, "_process", None)
            if self._is_ended:
                kill_group(process)

            def expire() -> None:
                timed_out.set()
                kill_group(process)

            # A timer thread and a wait without timeout: subprocess would poll, up to 50 ms late.
            timer = threading.Timer(launch.timeout_s, expire)
            timer.start()
            try:
                process.wait()
            finally:
                timer.cancel()
                timer.join()
        return process.returncode, timed_out.is_set()


@contextlib.contextmanager
def _inheritance(cpus: tuple[int, ...]) -> Iterator[None]:
    """Pin this thread and block SIGINT while a child is started: the child inherits both.

    Not every interpreter can set its affinity (PyPy 7.3 cannot). Until the child has its own
    session, the terminal's Ctrl-C would reach it and end the job.
    """
    with contextlib.ExitStack() as stack:
        if cpus and hasattr(os, "sched_setaffinity"):
            stack.callback(os.sched_setaffinity, 0, os.sched_getaffinity(0))
            os.sched_setaffinity(0, cpus)
        if hasattr(signal, "pthread_sigmask"):
            before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            stack.callback(signal.pthread_sigmask, signal.SIG_SETMASK, before)
        yield


def _tail(stderr: IO[bytes]) -> str:
    size = stderr.seek(0, os.SEEK_END)
    stderr.seek(max(0, size - STDERR_TAIL_BYTES))
    return stderr.read().decode("utf-8", errors="replace")


def _read_result(output: Path) -> bytes | None:
    with contextlib.suppress(OSError):
        if output.stat().st_size <= MAX_RESULT_BYTES:
            return output.read_bytes()
    return None
