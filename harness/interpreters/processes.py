"""Run other programs so that nothing of them outlives the call.

Place in the flow: below the probe and the providers. Each program gets its own process
group, which is killed as a whole when the call ends early: a time-out, Ctrl-C, SIGTERM.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Finished", "capture", "clean_environment", "run_logged"]

_PATIENCE_S = 2.0


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
        return lines[-1].strip() if lines else "it wrote nothing"


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
    """Run a program to its end; raise ``subprocess.TimeoutExpired`` or ``OSError``."""
    with _started(command, env=env, stderr=subprocess.PIPE) as process:
        stdout, stderr = process.communicate(timeout=timeout_s)
    return Finished(
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
        for line in process.stdout:
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
            if process.returncode is None:
                _kill_group(process)


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        # The child leads its own group, so its number is the group's.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    if os.name == "posix":
        _wait_for_group(process.pid)


def _wait_for_group(group: int) -> None:
    """Wait until the others of the group are gone too: they may be writing files still.

    Nobody may ever collect them where there is no init, so not for ever.
    """
    patience = time.monotonic() + _PATIENCE_S
    with contextlib.suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < patience:
            os.killpg(group, 0)
            time.sleep(0.01)


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Turn SIGTERM into an exception while a child runs, so that it is cleaned up."""
    is_ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    )
    if not is_ours:
        yield
        return
    signal.signal(signal.SIGTERM, _exit_on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _exit_on_signal(number: int, frame: object) -> NoReturn:
    del frame
    raise SystemExit(128 + number)
