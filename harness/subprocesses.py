"""Run programs so that none of their processes outlives the call."""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import subprocess
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

from harness.lifetime import children
from harness.lifetime.signals import polite_exits
from harness.wording import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["Completed", "capture", "clean_environment", "process_group", "run_logged"]

_CHUNK = 1 << 16
_MAX_LINE_LENGTH = 500
_MAX_BYTES = 64_000_000
"""Far more than any program prints that reports a fact."""
_CLEARED = ("__PYVENV_LAUNCHER__", "LANG", "LANGUAGE")


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
    """Return this process's environment without what configures Python, and without its locale.

    With a locale that is not installed PyPy does not start, and other programs warn instead of
    answering.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "LC_")) and name not in _CLEARED
    }


def capture(
    command: Sequence[str], *, timeout_s: float, env: Mapping[str, str] | None = None
) -> Completed:
    """Run a program and return its output; raise ``subprocess.TimeoutExpired`` or ``OSError``.

    Unlimited output is an ``OSError`` too.
    """
    with polite_exits(), process_group(command, stderr=subprocess.PIPE, env=env) as process:
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
        polite_exits(),
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
    stderr: int,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program whose output is read, and end it with all its children on leaving."""
    process = children.start(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, env=env, cwd=cwd
    )
    with process:
        try:
            yield process
        finally:
            # After a normal end too: the program may have left children behind.
            children.end(process, since=children.started_alone(process))


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
