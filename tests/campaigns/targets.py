"""What a campaign kills of a run."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

from harness.lifetime.table import Row, table

if TYPE_CHECKING:
    import random
    import subprocess
    from collections.abc import Callable, Iterable

    Kill = Callable[[subprocess.Popen[bytes], list[Row], int, random.Random], bool]
    """Controller, what it has started, signal → whether there was anything to kill."""

__all__ = ["ORPHANING", "TARGETS", "send"]

ORPHANING = "controller and guardian"
"""What outlives these two is ended by the next run."""


def send(pids: Iterable[int], number: int) -> None:
    """Send a signal to those that are still there."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _controller(
    process: subprocess.Popen[bytes], rows: list[Row], number: int, rng: random.Random
) -> bool:
    del rows, rng
    process.send_signal(number)
    return True


def _controller_and_guardian(
    process: subprocess.Popen[bytes], rows: list[Row], number: int, rng: random.Random
) -> bool:
    """Kill these and some of the rest."""
    del number
    guardians = _guardians(process, rows)
    process.kill()
    send([*guardians, *(row.pid for row in rows if rng.randrange(2))], signal.SIGKILL)
    return True


def _guardian(
    process: subprocess.Popen[bytes], rows: list[Row], number: int, rng: random.Random
) -> bool:
    del number, rng
    found = _guardians(process, rows)
    send(found, signal.SIGKILL)
    return bool(found)


def _all_workers(
    process: subprocess.Popen[bytes], rows: list[Row], number: int, rng: random.Random
) -> bool:
    del process, rng
    send([row.pid for row in rows], number)
    return bool(rows)


def _worker(
    process: subprocess.Popen[bytes], rows: list[Row], number: int, rng: random.Random
) -> bool:
    """Kill one worker, or a canary."""
    del process
    return _one([row for row in rows if row.pid == row.group], number, rng)


def _companion(
    process: subprocess.Popen[bytes], rows: list[Row], number: int, rng: random.Random
) -> bool:
    """Kill one process that a worker has started."""
    del process
    return _one([row for row in rows if row.pid != row.group], number, rng)


def _one(rows: list[Row], number: int, rng: random.Random) -> bool:
    if rows:
        send([rng.choice(rows).pid], number)
    return bool(rows)


def _guardians(process: subprocess.Popen[bytes], rows: list[Row]) -> list[int]:
    """Return the guardian: of the controller's children the one that is not marked."""
    marked = {row.pid for row in rows}
    return [
        row.pid for row in table().values() if row.parent == process.pid and row.pid not in marked
    ]


TARGETS: dict[str, Kill] = {
    "controller": _controller,
    ORPHANING: _controller_and_guardian,
    "guardian": _guardian,
    "all workers": _all_workers,
    "worker": _worker,
    "companion": _companion,
}
