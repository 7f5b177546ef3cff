"""Start one worker process and wait for it: the one seam where tests put a fake."""

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

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Finished", "Launch", "Launcher", "SubprocessLauncher"]

STDERR_TAIL_BYTES = 4000
MAX_RESULT_BYTES = 16_000_000
OUTPUT = "{output}"
"""Stands in ``Launch.command`` for the file that the worker must write."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Launch:
    """What to start, and how."""

    command: tuple[str, ...]
    """The argument ``{output}`` is replaced by the path of the result file."""
    environment: tuple[tuple[str, str], ...]
    """The whole environment: nothing is inherited."""
    affinity: tuple[int, ...]
    """CPUs the worker may use; empty to leave it alone."""
    timeout_s: float


@dataclasses.dataclass(frozen=True, kw_only=True)
class Finished:
    """How a worker ended."""

    exit_code: int | None
    """``None`` when it could not be started; negative for the signal that ended it."""
    is_timed_out: bool
    duration_s: float
    stderr_tail: str
    result: bytes | None
    """The result file, ``None`` when there is none."""


class Launcher(Protocol):
    """Anything that can run a launch to its end."""

    def __call__(self, launch: Launch) -> Finished:
        """Run ``launch`` and return how it ended; raises KeyboardInterrupt after ``end``."""

    def end(self) -> None:
        """End the present launch and refuse all others; safe in a signal handler."""


class SubprocessLauncher:
    """Runs real processes, each the leader of its own process group.

    A group of its own keeps the terminal's Ctrl-C from the worker, and lets a timeout
    or ``end`` reach everything that the worker started.
    """

    def __init__(self) -> None:
        """Start with nothing to end."""
        self._process: subprocess.Popen[bytes] | None = None
        self._is_ended = False

    def __call__(self, launch: Launch) -> Finished:
        """Run ``launch``; its whole process group is dead when this returns."""
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
        """End the present launch, or the next one as soon as it has started.

        A handler that raised instead could do so in the middle of starting a process,
        which nobody would then know of.
        """
        self._is_ended = True
        if self._process is not None:
            _kill_group(self._process)

    def _run(self, command: list[str], launch: Launch, *, stderr: IO[bytes]) -> tuple[int, bool]:
        timed_out = threading.Event()
        with _pinned(launch.affinity), _interrupts_held_back():
            process = subprocess.Popen(
                command,
                env=dict(launch.environment),
                cwd=Path(stderr.name).parent,
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._process = process
        if self._is_ended:
            _kill_group(process)

        def expire() -> None:
            timed_out.set()
            _kill_group(process)

        # A timer thread and a wait without timeout: subprocess would poll, up to 50 ms late.
        timer = threading.Timer(launch.timeout_s, expire)
        timer.start()
        try:
            process.wait()
        finally:
            timer.cancel()
            timer.join()
            self._process = None
            _kill_group(process)
            process.wait()
        return process.returncode, timed_out.is_set()


@contextlib.contextmanager
def _pinned(cpus: tuple[int, ...]) -> Iterator[None]:
    """Pin this thread while a child is started: the child inherits the affinity.

    Not every interpreter under test can set it itself (PyPy 7.3 cannot).
    """
    if not cpus or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextlib.contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Block SIGINT while a child is started, and in the child for good.

    Until it has a session of its own, a terminal's Ctrl-C reaches the child too, and
    would end the job that is meant to be finished.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _tail(stderr: IO[bytes]) -> str:
    size = stderr.seek(0, os.SEEK_END)
    stderr.seek(max(0, size - STDERR_TAIL_BYTES))
    return stderr.read().decode("utf-8", errors="replace")


def _read_result(output: Path) -> bytes | None:
    try:
        if output.stat().st_size > MAX_RESULT_BYTES:
            return None
        return output.read_bytes()
    except OSError:
        return None
