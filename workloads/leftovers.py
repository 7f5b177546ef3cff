"""What a workload leaves behind: threads, child processes and open files.

What stays idle is remarked. What goes on working would take time from every later value, and from
the workers next to this one, and is an error.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from pathlib import Path
from typing import NamedTuple, Optional

from workloads import remarks
from workloads.checks import WorkloadError

__all__ = ["Leftovers", "count_files", "end_process"]

_PATIENCE_S = 2.0
"""What is about to end, or still starting, may take so long."""
_LOOK_S = 0.04
_BUSY_SHARE = 0.05
_MAX_NAMES = 3
_UNNAMED = "one that threading does not know"


class _Left(NamedTuple):
    """A thread or a child process; ``place`` is its folder in /proc, if there is one."""

    kind: str
    name: str
    place: str


class Leftovers:
    """The threads and children that are there, to be compared with those of later."""

    def __init__(self, *, is_alone: bool = True) -> None:
        """``is_alone``: all threads and children of this process are ours."""
        self._is_alone = is_alone
        self._threads = frozenset(threading.enumerate())
        self._tasks = self._all_tasks()
        self._children = self._all_children()

    def check(self, *, is_loading: bool = False) -> None:
        """Remark what is new and idle; raises WorkloadError for what is new and at work.

        What loading leaves idle is remarked if it is a thread of Python's: libraries have others.
        """
        found = self._new()
        if not found:
            return
        deadline = time.monotonic() + _PATIENCE_S
        busy = _busy(found)
        while (found := self._new()) and busy and time.monotonic() < deadline:
            busy = _busy(found)
        if found and busy:
            raise WorkloadError(_complaint(busy, is_loading=is_loading))
        for left in found:
            # Those of an event loop's own pool are its own.
            is_usual = left.name.startswith("asyncio_") or (is_loading and left.name == _UNNAMED)
            if not is_usual:
                remarks.add(left.kind, left.name)

    def _new(self) -> list[_Left]:
        threads = [thread for thread in threading.enumerate() if thread not in self._threads]
        named = {thread.native_id: _name(thread) for thread in threads}
        tasks = self._all_tasks() - self._tasks
        found = [
            _Left(remarks.THREAD, name, f"/proc/self/task/{number}")
            for number, name in named.items()
        ]
        unnamed = tasks.difference(named)
        found += [
            _Left(remarks.THREAD, _UNNAMED, f"/proc/self/task/{number}") for number in unnamed
        ]
        found += [
            _Left(remarks.CHILD, _program(number), f"/proc/{number}")
            for number in self._all_children() - self._children - _helpers()
        ]
        return found

    def _all_tasks(self) -> frozenset[int]:
        return _numbers("/proc/self/task") if self._is_alone else frozenset()

    def _all_children(self) -> frozenset[int]:
        if not (self._is_alone and _has_children()):
            return frozenset()
        ours = str(os.getpid())
        stats = {number: _fields(f"/proc/{number}/stat")[:2] for number in _numbers("/proc")}
        # One that has ended and waits to be reaped takes nothing.
        return frozenset(
            number for number, stat in stats.items() if stat[1:] == [ours] and stat[0] != "Z"
        )


def _complaint(busy: list[_Left], *, is_loading: bool) -> str:
    what = "a process" if busy[0].kind == remarks.CHILD else "a thread"
    if is_loading:
        return (
            f"loading the file left {what} at work: {_listed(busy)}. It would take time from every "
            "value: start it in the function, and end it there"
        )
    return (
        f"the workload left {what} at work: {_listed(busy)}. It would take time from every later "
        "value: end it before the function returns"
    )


def _name(thread: threading.Thread) -> str:
    target = getattr(getattr(thread, "_target", None), "__name__", "")
    # Since Python 3.10 the default name has the function.
    return thread.name if not target or "(" in thread.name else f"{thread.name} ({target})"


def _numbers(folder: str) -> frozenset[int]:
    with contextlib.suppress(OSError):
        names = os.listdir(folder)  # noqa: PTH208 - a third of the time
        return frozenset(int(name) for name in names if name.isdigit())
    return frozenset()


def _fields(stat: str) -> list[str]:
    """Return the fields of a ``stat`` file from the state on, or nothing."""
    with contextlib.suppress(OSError):
        return Path(stat).read_bytes().rpartition(b")")[2].decode().split()
    return []


def _has_children() -> bool:
    """Return whether this process may have children, without reaping any."""
    if not hasattr(os, "waitid"):
        return True
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _helpers() -> frozenset[int]:
    """Return the processes that multiprocessing keeps for itself."""
    helpers = (
        ("multiprocessing.forkserver", "_forkserver", "_forkserver_pid"),
        ("multiprocessing.resource_tracker", "_resource_tracker", "_pid"),
    )
    known = (
        getattr(getattr(sys.modules.get(module), owner, None), attribute, None)
        for module, owner, attribute in helpers
    )
    return frozenset(number for number in known if number)


def _program(number: int) -> str:
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{number}/cmdline").read_text(errors="replace").rstrip("\0").split("\0")
        # Not all of it: arguments may be secrets.
        shown = 3 if words[1:2] == ["-m"] else 1 if words[1:2] and words[1].startswith("-") else 2
        return " ".join(Path(word).name for word in words[:shown])[:60] or str(number)
    return str(number)


def _busy(found: list[_Left]) -> list[_Left]:
    """Return those that take CPU time while this thread sleeps."""
    before = {left: _cpu_s(left.place) for left in found}
    all_s, began = time.process_time(), time.monotonic()
    time.sleep(_LOOK_S)
    enough_s = (time.monotonic() - began) * _BUSY_SHARE
    if None not in before.values():
        # One that has ended meanwhile takes nothing.
        return [
            left
            for left, used_s in before.items()
            if (_cpu_s(left.place) or 0.0) - (used_s or 0.0) > enough_s
        ]
    # Of a thread alone nothing is known, but this one has slept.
    return found if time.process_time() - all_s > enough_s else []


def _cpu_s(place: str) -> Optional[float]:
    """Return the CPU time of a thread or process, by its folder in /proc; ``None`` if unknown."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(place, "schedstat").read_text().split()[0]) / 1e9
    with contextlib.suppress(OSError, ValueError, IndexError):
        user, system = _fields(f"{place}/stat")[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return None


def _listed(found: list[_Left]) -> str:
    names = list(dict.fromkeys(left.name for left in found))
    more = f" and {len(names) - _MAX_NAMES} more" if len(names) > _MAX_NAMES else ""
    return ", ".join(names[:_MAX_NAMES]) + more


def count_files() -> Optional[int]:
    """Return how many descriptors this process has open, if the system can tell."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        with contextlib.suppress(OSError):
            return len(os.listdir(folder))  # noqa: PTH208 - as above
    return None


def end_process(status: int) -> None:
    """End this process even where a thread is left that Python would wait for."""
    ours = (threading.main_thread(), threading.current_thread())
    if any(not thread.daemon and thread not in ours for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)
    sys.exit(status)
