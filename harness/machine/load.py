"""What else keeps the CPUs busy: the load average, and the time a hypervisor took away."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.machine.kernel_files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["busy_s", "load_1min", "steal_and_total"]

_STEAL = 7
"""Position of steal in a ``cpu`` line of /proc/stat; see proc_stat(5)."""
_IDLE = (3, 4)
"""Positions of idle and of waiting for input and output, which is idle too."""


def load_1min(root: Path = Path("/")) -> float | None:
    """Return the load average of the last minute, ``None`` where the system keeps none."""
    text = read_text(root / "proc/loadavg")
    if text:
        return float(text.split()[0])
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):  # AttributeError: Windows has no such function
        return None


def steal_and_total(
    root: Path = Path("/"), cpus: Iterable[int] | None = None
) -> tuple[int, int] | None:
    """Return the stolen and the total CPU time since boot, in jiffies over ``cpus``, or over all.

    The share stolen during a run is the difference of the first between two samples, divided
    by the difference of the second.
    """
    wanted = {"cpu"} if cpus is None else {f"cpu{cpu}" for cpu in cpus}
    lines = [line.split() for line in read_text(root / "proc/stat").splitlines()]
    found = [fields[1:] for fields in lines if fields and fields[0] in wanted]
    if len(found) < len(wanted) or min(map(len, found), default=0) <= _STEAL:
        return None
    # The guest times after steal are contained in user and nice: they would count twice.
    stolen = sum(int(fields[_STEAL]) for fields in found)
    return stolen, sum(int(field) for fields in found for field in fields[: _STEAL + 1])


def busy_s(root: Path = Path("/"), cpus: Iterable[int] = ()) -> float | None:
    """Return how long ``cpus`` have worked since boot, in seconds over all of them.

    Stolen time is not in it: nothing of this machine had it.
    """
    wanted = {f"cpu{cpu}" for cpu in cpus}
    lines = [line.split() for line in read_text(root / "proc/stat").splitlines()]
    found = [fields[1:] for fields in lines if fields and fields[0] in wanted]
    if not found or len(found) < len(wanted) or min(map(len, found)) < _STEAL:
        return None
    ticks = sum(
        int(count)
        for fields in found
        for place, count in enumerate(fields[:_STEAL])
        if place not in _IDLE
    )
    return ticks / os.sysconf("SC_CLK_TCK")
