"""The load of other programs, and the CPU time that a hypervisor took away."""

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
"""Positions of idle time and of waiting for I/O, which is idle too."""


def load_1min(root: Path = Path("/")) -> float | None:
    """Return the load average of the last minute, ``None`` where there is none."""
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
    """Return the stolen and the total CPU time since boot in jiffies, of ``cpus`` or of all CPUs.

    The share stolen during a run is the increase of the first divided by that of the second.
    """
    names = {"cpu"} if cpus is None else {f"cpu{cpu}" for cpu in cpus}
    rows = _cpu_times(root, names)
    if len(rows) < len(names) or min(map(len, rows), default=0) <= _STEAL:
        return None
    # The guest times after steal are part of user and nice: they would count twice.
    stolen = sum(int(row[_STEAL]) for row in rows)
    return stolen, sum(int(field) for row in rows for field in row[: _STEAL + 1])


def busy_s(root: Path = Path("/"), cpus: Iterable[int] = ()) -> float | None:
    """Return the total busy time of ``cpus`` since boot in seconds, without stolen time."""
    names = {f"cpu{cpu}" for cpu in cpus}
    rows = _cpu_times(root, names)
    if not rows or len(rows) < len(names) or min(map(len, rows)) < _STEAL:
        return None
    busy = [position for position in range(_STEAL) if position not in _IDLE]
    ticks = sum(int(row[position]) for row in rows for position in busy)
    return ticks / os.sysconf("SC_CLK_TCK")


def _cpu_times(root: Path, names: set[str]) -> list[list[str]]:
    lines = [line.split() for line in read_text(root / "proc/stat").splitlines()]
    return [fields[1:] for fields in lines if fields and fields[0] in names]
