"""The guardian: a small process that ends what the controller has started once that is gone.

It waits for the end of a pipe that only the controller can write to: the kernel closes it even when
the controller is killed. A process that runs until then is one that the controller could not end.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from harness.lifetime.life import remove
from harness.lifetime.table import kill, marked, table, with_children

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["end_all", "forget", "guard", "guardian_pid", "main", "remember"]

PATIENCE_S = 5.0
"""How long killed processes may take to be gone."""
_ROOT = Path(__file__).parents[2]
_PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); from harness.lifetime import guardian; "
    "guardian.main()"
)
_LINES_END = b"\0"
"""A path may contain any other byte: half of one must not be taken for a folder."""
_EMPTY_LOOKS = 2
_DISMISSED_S = 2.0
"""One that is stopped, or has much to end, is not waited for any longer."""
_present: dict[int, tuple[subprocess.Popen[bytes], set[str]]] = {}
"""The guardian of this process and the folders it knows, by this process's number: a fork of it
needs another."""


def guard(folder: Path) -> None:
    """Have a guardian, which removes ``folder`` at the end of this process; raises OSError."""
    process, folders = _present.get(os.getpid(), (None, set()))
    if process is None or process.poll() is not None:
        if process is not None and process.stdin is not None:
            process.stdin.close()
        _present.clear()
        process, folders = _present[os.getpid()] = (_start(), set())
    if str(folder) not in folders:
        folders.add(str(folder))
        _tell(os.fsencode(folder))


def guardian_pid() -> int | None:
    """Return the number of the guardian; ``None`` without one."""
    process, _ = _present.get(os.getpid(), (None, None))
    return None if process is None else process.pid


def remember(group: int) -> None:
    """Have the guardian end a process group, too."""
    _tell(b"+%d" % group)


def forget(group: int) -> None:
    """Take a process group back that was killed: its number may soon be another's."""
    _tell(b"-%d" % group)


def _tell(line: bytes) -> None:
    process, _ = _present.get(os.getpid(), (None, None))
    if process is not None and process.stdin is not None:
        # One that is stopped, and does not read: it must not stop the controller.
        with contextlib.suppress(OSError):
            os.write(process.stdin.fileno(), line + _LINES_END)


def _start() -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _PROGRAM, str(_ROOT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=Path("/") if os.name == "posix" else None,
        start_new_session=True,
        bufsize=0,
    )
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    os.set_blocking(process.stdin.fileno(), False)
    atexit.register(_dismiss, process, os.getpid())
    return process


def _dismiss(process: subprocess.Popen[bytes], owner: int) -> None:
    """End the guardian at a normal end: nothing is left of it then, nor of what it ends."""
    if owner == os.getpid() and process.stdin is not None:
        process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_DISMISSED_S)


def main() -> None:
    """Read lines until there are no more, and then end what they named."""
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    folders: list[str] = []
    rest = b""
    while chunk := os.read(0, 1 << 16):
        *lines, rest = (rest + chunk).split(_LINES_END)
        for line in lines:
            if line[:1] == b"+":
                groups.add(int(line[1:]))
            elif line[:1] == b"-":
                groups.discard(int(line[1:]))
            else:
                folders.append(os.fsdecode(line))
    end_all(folders, groups)


def end_all(folders: Iterable[str], groups: Iterable[int] = ()) -> int:
    """Kill everything marked with one of ``folders`` or in one of the ``groups``; remove folders.

    Return how many processes there were.
    """
    folders, groups = tuple(folders), set(groups)
    ended: set[int] = set()
    deadline = time.monotonic() + PATIENCE_S
    empty = 0
    # Twice nothing: one that begins a program at that moment shows no mark.
    while empty < _EMPTY_LOOKS and time.monotonic() < deadline:
        found = _those_of(folders, groups)
        empty = 0 if found else empty + 1
        ended |= found
        kill(found)
        time.sleep(0.005)
    for group in groups if not table() else ():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    for folder in folders:
        remove(Path(folder))
    return len(ended)


def _those_of(folders: tuple[str, ...], groups: set[int]) -> set[int]:
    rows = table()
    seeds = {row.pid for row in rows.values() if {row.group, row.session} & groups}
    for folder in folders:
        seeds |= marked(rows.values(), folder)
    return with_children(rows, seeds) - {os.getpid()}
