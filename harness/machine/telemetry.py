"""The readings taken around each job, as a value of functions that tests can replace."""

from __future__ import annotations

import dataclasses
import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.machine.canaries import Canaries, canaries
from harness.machine.canary import canary_s
from harness.machine.load import busy_s, load_1min, steal_and_total
from harness.machine.sensors import frequency_hz, temperature_c

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager

__all__ = ["Surroundings", "surroundings"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Functions that read the state of the machine, or return ``None`` where they cannot."""

    canary_s: Callable[[], float | None]
    load_1min: Callable[[], float | None]
    steal_and_total: Callable[[], tuple[int, int] | None]
    """Stolen and total CPU time of the usable CPUs since boot, in jiffies."""
    others_s: Callable[[], float | None]
    """CPU time since boot of all processes but the controller and its workers, in seconds."""
    frequency_hz: Callable[[], float | None]
    temperature_c: Callable[[], float | None]
    canaries: Callable[[], AbstractContextManager[Canaries]]
    """Starts a canary on each usable CPU."""


def surroundings(cpus: Iterable[int], *, root: Path = Path("/")) -> Surroundings:
    """Return the functions for ``cpus`` of this machine."""
    usable = frozenset(cpus)
    return Surroundings(
        canary_s=canary_s,
        load_1min=functools.partial(load_1min, root),
        steal_and_total=functools.partial(steal_and_total, root, usable),
        others_s=functools.partial(_others_s, root, usable),
        frequency_hz=functools.partial(frequency_hz, root, usable),
        temperature_c=functools.partial(temperature_c, root),
        canaries=functools.partial(canaries, sorted(usable)),
    )


def _others_s(root: Path, cpus: frozenset[int]) -> float | None:
    busy = busy_s(root, cpus)
    # Includes the children that have been waited for: all workers that have ended.
    return None if busy is None else busy - sum(os.times()[:4])
