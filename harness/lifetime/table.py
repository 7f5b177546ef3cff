"""The processes of this machine, as the kernel lists them; none where there is no ``/proc``."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["MARK", "Row", "kill", "mark_of", "marked", "row_of", "table", "with_children"]

MARK = "GILSCOPE_LIFE"
"""Environment variable of all that a controller starts, which their own children inherit: the
folder of the controller's life, or a folder in it."""
_PROC = "/proc"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Row:
    """A process."""

    pid: int
    parent: int
    group: int
    session: int
    started: int
    """Clock ticks since the machine was started."""
    is_alive: bool
    """``False`` for one that has ended, and was not collected by its parent yet."""


def table() -> dict[int, Row]:
    """Return all processes by their number."""
    rows = {}
    with contextlib.suppress(OSError):
        for entry in os.scandir(_PROC):
            if entry.name.isdecimal() and (row := row_of(int(entry.name))):
                rows[row.pid] = row
    return rows


def row_of(pid: int) -> Row | None:
    """Return a process; ``None`` if there is none, or nothing lists processes."""
    try:
        # The name is in brackets and may contain anything.
        fields = _read(pid, "stat").rpartition(b")")[2].split()
        parent, group, session, started = (int(fields[place]) for place in (1, 2, 3, 19))
    except (OSError, ValueError, IndexError):
        return None
    return Row(
        pid=pid,
        parent=parent,
        group=group,
        session=session,
        started=started,
        is_alive=fields[0] not in (b"Z", b"X"),
    )


def _read(pid: int, name: str) -> bytes:
    # No Path, and no buffer: there may be thousands of processes.
    with open(f"{_PROC}/{pid}/{name}", "rb", buffering=0) as file:  # noqa: PTH123
        return file.read()


def mark_of(pid: int) -> str | None:
    """Return the mark of a process; ``None`` if it has none, or may not be looked at."""
    with contextlib.suppress(OSError):
        for entry in _read(pid, "environ").split(b"\0"):
            name, _, value = entry.partition(b"=")
            if name == MARK.encode():
                return os.fsdecode(value)
    return None


def marked(rows: Iterable[Row], folder: str) -> set[int]:
    """Return those with the mark ``folder``, or with one of a folder in it."""
    return {
        row.pid
        for row in rows
        if row.is_alive and f"{mark_of(row.pid) or ''}/".startswith(f"{folder}/")
    }


def with_children(rows: Mapping[int, Row], pids: Iterable[int]) -> set[int]:
    """Return ``pids`` with all their descendants that are alive."""
    children: dict[int, list[int]] = {}
    for row in rows.values():
        children.setdefault(row.parent, []).append(row.pid)
    found: set[int] = set()
    waiting = list(pids)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting += children.get(pid, [])
    return {pid for pid in found if pid in rows and rows[pid].is_alive}


def kill(pids: Iterable[int]) -> None:
    """Kill processes; those that are gone, or another user's, are passed over."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
