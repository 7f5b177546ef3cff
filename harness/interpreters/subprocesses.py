"""Run other programs so that nothing of them outlives the call."""

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

from harness.interpreters.records import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["Finished", "capture", "clean_environment", "run_logged"]

_PATIENCE_S = 2.0
_CHUNK = 1 << 16
_MAX_WORDS_LENGTH = 500
_MAX_BYTES = 64_000_000
"""More than any program writes that we ask something."""
_ENDING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""What ends us while a terminal or a machine goes away."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """How a program ended and what it wrote."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def last_words(self) -> str:
        """Return the last line it wrote, for a message of one sentence."""
        lines = (self.stderr.strip() or self.stdout.strip()).splitlines()
        return printable(lines[-1].strip()[:_MAX_WORDS_LENGTH]) if lines else "it wrote nothing"


def clean_environment() -> dict[str, str]:
    """Return this process's environment without what would steer another Python."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON") and name != "__PYVENV_LAUNCHER__"
    }


def capture(
    command: Sequence[str],
    *,
    timeout_s: float,
    env: Mapping[str, str] | None = None,
) -> Finished:
    """Run a program to its end; raise ``subprocess.TimeoutExpired`` or ``OSError``.

    One that writes without end is stopped and counts as ``OSError``.
    """
    with _started(command, env=env, stderr=subprocess.PIPE) as process:
        if os.name == "posix":
            stdout, stderr = _read(process, timeout_s=timeout_s)
        else:
            stdout, stderr = process.communicate(timeout=timeout_s)
    return Finished(
        exit_code=process.returncode,
        stdout=stdout.decode(errors="replace"),
        stderr=stderr.decode(errors="replace"),
    )


def _read(process: subprocess.Popen[bytes], *, timeout_s: float) -> tuple[bytes, bytes]:
    """Return all that is written to both pipes, like ``communicate`` but not without end."""
    assert process.stdout is not None  # noqa: S101  # both are pipes
    assert process.stderr is not None  # noqa: S101
    written: dict[IO[bytes], bytearray] = {process.stdout: bytearray(), process.stderr: bytearray()}
    deadline = time.monotonic() + timeout_s
    with selectors.DefaultSelector() as selector:
        for pipe in written:
            selector.register(pipe, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                raise subprocess.TimeoutExpired(process.args, timeout_s)
            for key, _ in ready:
                pipe = cast("IO[bytes]", key.fileobj)
                chunk = os.read(key.fd, _CHUNK)
                written[pipe] += chunk
                if not chunk:
                    selector.unregister(pipe)
            if sum(map(len, written.values())) > _MAX_BYTES:
                raise OSError(errno.EFBIG, "it writes without end")
    process.wait(max(0.0, deadline - time.monotonic()))
    return bytes(written[process.stdout]), bytes(written[process.stderr])


def run_logged(
    command: Sequence[str],
    *,
    log: Path,
    cwd: Path,
    on_line: Callable[[str], None],
    env: Mapping[str, str] | None = None,
) -> int:
    """Run a program, append what it writes to ``log``, and return its exit code.

    ``env`` is the whole environment; by default this one's, cleaned.
    """
    with (
        log.open("ab") as out,
        _started(
            command, cwd=cwd, env=env or clean_environment(), stderr=subprocess.STDOUT
        ) as process,
    ):
        assert process.stdout is not None  # noqa: S101  # it is a pipe
        while line := process.stdout.readline(_CHUNK):
            out.write(line)
            on_line(line.decode(errors="replace"))
        return process.wait()


@contextlib.contextmanager
def _started(
    command: Sequence[str],
    *,
    stderr: int,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    with (
        _terminable(),
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=env,
            cwd=cwd,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            # Also after a good end: what it has left behind in its group goes with it.
            _kill_group(process)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        # The child leads its own group, so its number is the group's.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.returncode is None:
        process.kill()
        process.wait()
    if os.name == "posix":
        _wait_for_group(process.pid)


def _wait_for_group(group: int) -> None:
    """Wait until the others of the group are gone too: they may be writing files still.

    Nobody may ever collect them where there is no init, so not for ever; nor for the dead that an
    init is slow to collect, where the system tells them apart.
    """
    patience = time.monotonic() + _PATIENCE_S
    with contextlib.suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < patience:
            os.killpg(group, 0)
            if not _is_at_work(group):
                return
            time.sleep(0.01)


def _is_at_work(group: int) -> bool:
    """Return whether any process of the group still lives; if nothing tells, that one does."""
    stats = [*Path("/proc").glob("[0-9]*/stat")]
    for path in stats:
        try:
            # The name stands in brackets and may hold anything: state, parent and group follow.
            state, _, own = path.read_bytes().rpartition(b")")[2].split()[:3]
        except (OSError, ValueError):
            continue
        if int(own) == group and state not in (b"Z", b"X"):
            return True
    return not stats


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Turn SIGTERM and SIGHUP into an exception while a child runs, so that it is cleaned up."""
    is_main = threading.current_thread() is threading.main_thread()
    ours = [one for one in _ENDING if is_main and signal.getsignal(one) is signal.SIG_DFL]
    for number in ours:
        signal.signal(number, _exit_on_signal)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def _exit_on_signal(number: int, frame: object) -> NoReturn:
    del frame
    raise SystemExit(128 + number)
