"""Run programs so that none of their processes outlives the call."""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn, cast

from harness.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["Completed", "capture", "clean_environment", "kill_group", "process_group", "run_logged"]

_GROUP_WAIT_S = 2.0
_CHUNK = 1 << 16
_MAX_LINE_LENGTH = 500
_MAX_BYTES = 64_000_000
"""Far more than any program prints that reports a fact."""
_ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


@dataclass(frozen=True, kw_only=True)
class Completed:
    """A program's exit code and output."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def last_line(self) -> str:
        """Return the last line of its output, for an error message."""
        lines = (self.stderr.strip() or self.stdout.strip()).splitlines()
        return printable(lines[-1].strip()[:_MAX_LINE_LENGTH]) if lines else "it wrote nothing"


def clean_environment() -> dict[str, str]:
    """Return this process's environment without the variables that configure Python."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON") and name != "__PYVENV_LAUNCHER__"
    }


def capture(
    command: Sequence[str], *, timeout_s: float, env: Mapping[str, str] | None = None
) -> Completed:
    """Run a program and return its output; raise ``subprocess.TimeoutExpired`` or ``OSError``.

    Unlimited output is an ``OSError`` too.
    """
    with _terminable(), process_group(command, stderr=subprocess.PIPE, env=env) as process:
        if os.name == "posix":
            stdout, stderr = _read(process, timeout_s=timeout_s)
        else:
            stdout, stderr = process.communicate(timeout=timeout_s)
    return Completed(
        exit_code=process.returncode,
        stdout=stdout.decode(errors="replace"),
        stderr=stderr.decode(errors="replace"),
    )


def run_logged(
    command: Sequence[str],
    *,
    log: Path,
    cwd: Path,
    on_line: Callable[[str], None],
    env: Mapping[str, str] | None = None,
) -> int:
    """Run a program, append its output to ``log`` and return its exit code.

    ``env`` is the whole environment, by default ``clean_environment()``.
    """
    env = env or clean_environment()
    with (
        log.open("ab") as out,
        _terminable(),
        process_group(command, stderr=subprocess.STDOUT, env=env, cwd=cwd) as process,
    ):
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        while line := process.stdout.readline(_CHUNK):
            out.write(line)
            on_line(line.decode(errors="replace"))
        return process.wait()


@contextlib.contextmanager
def process_group(
    command: Sequence[str],
    *,
    stdout: int | IO[bytes] = subprocess.PIPE,
    stderr: int,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    descriptors: tuple[int, ...] = (),
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program as the leader of a new process group, and end the group on leaving.

    It inherits ``descriptors`` beside its standard streams.
    """
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        env=env,
        cwd=cwd,
        start_new_session=True,
        pass_fds=descriptors,
    ) as process:
        try:
            yield process
        finally:
            # After a normal end too: the program may have left children behind.
            kill_group(process)
            process.wait()
            if os.name == "posix":
                _wait_for_group(process.pid)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process group; safe in a signal handler."""
    if os.name == "posix":
        # The child leads its own group, so its number is the group's.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def _read(process: subprocess.Popen[bytes], *, timeout_s: float) -> tuple[bytes, bytes]:
    """Read both pipes to their ends, like ``communicate`` but with a limit."""
    assert process.stdout is not None  # noqa: S101  # both are pipes
    assert process.stderr is not None  # noqa: S101
    output: dict[IO[bytes], bytearray] = {process.stdout: bytearray(), process.stderr: bytearray()}
    deadline = time.monotonic() + timeout_s
    with selectors.DefaultSelector() as selector:
        for pipe in output:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                raise subprocess.TimeoutExpired(process.args, timeout_s)
            for key, _ in ready:
                pipe = cast("IO[bytes]", key.fileobj)
                chunk = os.read(key.fd, _CHUNK)
                output[pipe] += chunk
                if not chunk:
                    selector.unregister(pipe)
            if sum(map(len, output.values())) > _MAX_BYTES:
                raise OSError(errno.EFBIG, "its output does not end")
    process.wait(max(0.0, deadline - time.monotonic()))
    return bytes(output[process.stdout]), bytes(output[process.stderr])


def _wait_for_group(group: int) -> None:
    """Wait until the other processes of a killed group are gone: they may still be writing.

    Zombies do not count, and the wait is limited: without an init process nobody reaps them.
    """
    deadline = time.monotonic() + _GROUP_WAIT_S
    with contextlib.suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            if not _is_alive(group):
                return
            time.sleep(0.01)


def _is_alive(group: int) -> bool:
    """Return whether a process of the group is alive; without ``/proc``, assume so."""
    paths = [*Path("/proc").glob("[0-9]*/stat")]
    for path in paths:
        try:
            # The name is in brackets and may contain anything; state, parent and group follow.
            state, _, process_group_id = path.read_bytes().rpartition(b")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(process_group_id) == group and state not in (b"Z", b"X"):
            return True
    return not paths


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into an exception while a child runs, so that it is cleaned up."""
    is_main = threading.current_thread() is threading.main_thread()
    unhandled = [
        number for number in _ENDING if is_main and signal.getsignal(number) is signal.SIG_DFL
    ]
    for number in unhandled:
        signal.signal(number, _exit_on_signal)
    try:
        yield
    finally:
        for number in unhandled:
            signal.signal(number, signal.SIG_DFL)


def _exit_on_signal(number: int, frame: object) -> NoReturn:
    del frame
    raise SystemExit(128 + number)
