"""Start processes that end with this one, and end what they leave behind.

On Linux whatever loses its parent becomes a child of this process, and so cannot get away.
"""

from __future__ import annotations

import contextlib
import ctypes
import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

from harness.lifetime import guardian
from harness.lifetime.life import life
from harness.lifetime.table import MARK, Row, kill, mark_of, marked, row_of, table, with_children

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["UNMARKED", "end", "kill_group", "start", "started_alone", "started_at"]

UNMARKED = {MARK: ""}
"""In the environment of what may outlive this process, such as a browser."""
_GRACE_S = 0.5
"""So long a process may take that was told to end, and whose parent did not wait for it."""
_PATIENCE_S = 2.0
"""Killed processes are waited for so long: without an init process nobody collects them."""
_PR_SET_CHILD_SUBREAPER = 36
_started: weakref.WeakKeyDictionary[subprocess.Popen[bytes], int] = weakref.WeakKeyDictionary()
"""What was started here, and when, in the clock ticks of the table."""
_starting = threading.Lock()
"""Whatever another thread is just starting is no orphan."""
_adopters: set[int] = set()
"""This process, once it gets the orphans of its children."""


def start(
    command: Sequence[str],
    *,
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
    **options: Any,  # noqa: ANN401 - those of Popen
) -> subprocess.Popen[bytes]:
    """Start a process as the leader of its own session, which ends with this process.

    All that it starts is marked with ``folder``, one of this life; raises OSError.
    """
    mark = ""
    # Where no temporary folder can be written, programs are started all the same.
    with contextlib.suppress(OSError), _starting:
        place = life().folder
        mark = str(folder or place)
        guardian.guard(place)
    _adopt_orphans()
    with _starting:
        process = subprocess.Popen(
            command,
            env={**(os.environ if env is None else env), MARK: mark},
            start_new_session=True,
            **options,
        )
        row = row_of(process.pid)
        _started[process] = row.started if row else 0
    guardian.remember(process.pid)
    return process


def started_at(process: subprocess.Popen[bytes]) -> int:
    """Return when a process was started, for ``end``; 0 where that is not known."""
    return _started.get(process, 0)


def started_alone(process: subprocess.Popen[bytes]) -> int | None:
    """Return when a process was started; ``None`` if others that were started here are alive."""
    others = (other for other in tuple(_started) if other is not process)
    return None if any(other.returncode is None for other in others) else started_at(process)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the group of a process that was started here; safe in a signal handler."""
    if os.name == "posix":
        # The child leads its own group, so its number is the group's.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()


def end(
    process: subprocess.Popen[bytes], *, folder: Path | None = None, since: int | None = None
) -> int:
    """Kill a process and all that it started; return how many it had left behind.

    Only one that has ended by itself leaves others behind. ``since``: nothing else that was started
    here after that is at work, so all orphans of that age are its own.
    """
    family = _Family(pid=process.pid, started=started_at(process), folder=folder, since=since)
    has_ended = process.poll() is not None and process.returncode >= 0
    left = family.left_behind() if has_ended else set()
    kill_group(process)
    guardian.forget(process.pid)
    process.wait()
    if left or not has_ended or row_of(os.getpid()) is None:
        family.kill()
    return len(left)


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Family:
    """All that a process has started."""

    pid: int
    started: int
    folder: Path | None
    since: int | None

    def left_behind(self) -> set[int]:
        """Return those that are alive although the process has ended, and do not end in time."""
        deadline = time.monotonic() + _GRACE_S
        while (found := self._members()) and time.monotonic() < deadline:
            time.sleep(0.01)
        return found

    def kill(self) -> None:
        """Kill all, and wait until they are gone: they may still be writing."""
        deadline = time.monotonic() + _PATIENCE_S
        while (found := self._members()) and time.monotonic() < deadline:
            kill(found)
            time.sleep(0.005)
        if row_of(os.getpid()) is None:
            _wait_for_group(self.pid, deadline)

    def _members(self) -> set[int]:
        with _starting:
            return self._members_now()

    def _members_now(self) -> set[int]:
        rows = table()
        seeds = {row.pid for row in rows.values() if self.pid in (row.group, row.session)}
        if self.folder is not None:
            # Whatever is older has another mark: it need not be read.
            younger = (row for row in rows.values() if row.started >= self.started)
            seeds |= marked(younger, str(self.folder))
        for row in self._orphans(rows):
            if not row.is_alive:
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(row.pid, os.WNOHANG)
            elif mark_of(row.pid) != UNMARKED[MARK]:
                seeds.add(row.pid)
        return with_children(rows, seeds) - {self.pid, os.getpid()}

    def _orphans(self, rows: Mapping[int, Row]) -> list[Row]:
        """Return those children of this process that others have started, dead or alive."""
        if self.since is None or os.getpid() not in _adopters:
            return []
        own = {guardian.guardian_pid(), *(process.pid for process in tuple(_started))}
        return [
            row
            for row in rows.values()
            if row.parent == os.getpid() and row.started >= self.since and row.pid not in own
        ]


def _wait_for_group(group: int, deadline: float) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.01)


def _adopt_orphans() -> None:
    """Have the kernel give the orphans among our descendants to this process."""
    if sys.platform == "linux" and os.getpid() not in _adopters:
        with contextlib.suppress(OSError, AttributeError):
            if ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0:
                _adopters.clear()
                _adopters.add(os.getpid())
