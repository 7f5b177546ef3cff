"""The canaries between values while a group is measured, and whether they were calm so far."""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

from harness.statistics.levels import CALM_TOLERANCE, UNDISTURBED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.machine.canaries import Canaries

__all__ = ["Singing"]

_REMEMBERED = 2000
_RENEWED_EVERY = 50


class Singing:
    """The canaries of a walk; those after a value are those before the next."""

    def __init__(self, canaries: Canaries) -> None:
        """Remember nothing yet."""
        self._canaries = canaries
        self._seen: dict[int, collections.deque[int]] = {}
        self._levels: dict[int, float] = {}
        self._sung = 0
        self.last: dict[int, int] = {}

    def again(self) -> dict[int, int]:
        """Let them sing; return how long each CPU's canary took, in microseconds."""
        self.last = self._canaries.sing()
        for cpu, took_us in self.last.items():
            self._seen.setdefault(cpu, collections.deque(maxlen=_REMEMBERED)).append(took_us)
        if self._sung % _RENEWED_EVERY == 0:
            self._levels = {cpu: _low(seen) for cpu, seen in self._seen.items()}
        self._sung += 1
        return self.last

    def are_calm(self, cpus: Iterable[int], took_us: Mapping[int, int]) -> bool:
        """Return whether the canaries of these CPUs were at their undisturbed level, as known now.

        Canaries that cannot be told apart never are.
        """
        if not took_us:
            return False
        return all(
            took_us.get(cpu, float("inf")) <= CALM_TOLERANCE * self._levels.get(cpu, 0.0)
            for cpu in cpus
        )

    def cpu_s(self) -> float:
        """Return the CPU time of all canaries so far, in seconds."""
        return self._canaries.cpu_s()


def _low(seen: Iterable[int]) -> float:
    """Return the undisturbed level; sorted by hand, since NumPy takes long to load."""
    ordered = sorted(seen)
    return float(ordered[int(UNDISTURBED * (len(ordered) - 1))])
