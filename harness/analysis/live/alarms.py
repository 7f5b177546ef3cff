"""Alarms about the machine while an experiment runs."""

from __future__ import annotations

import dataclasses
import enum
import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Machine, Outcome

__all__ = ["Alarm", "Alert", "Watch"]

_SLOWER = 0.30
_MIN_CANARIES = 5
"""Fewest canaries to take a median of."""
_MAX_CANARIES = 1000
_STOLEN = 0.05
_OTHERS = 0.25
_HOT_C = 95.0


class Alarm(enum.StrEnum):
    """What is wrong."""

    CANARY = "canary"
    STEAL = "steal"
    OTHERS = "others"
    HEAT = "heat"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Alert:
    """One alarm, and how bad it is."""

    alarm: Alarm
    value: float
    """A share: of the canary's median, of all CPU time; CPUs of others; degrees Celsius."""


class Watch:
    """The canaries so far, and the alarms already raised in this block."""

    def __init__(self, machine: Machine) -> None:
        """Start with nothing seen on ``machine``."""
        self._cpus = len(machine.cpus)
        self._canaries: list[float] = []
        self._raised: set[tuple[bool, int, Alarm]] = set()

    def add(self, outcome: Outcome) -> tuple[Alert, ...]:
        """Take an outcome into account; return the alarms to raise now."""
        job = outcome.job
        alerts = {(job.is_memory, job.block, alert.alarm): alert for alert in self._alerts(outcome)}
        if outcome.canary_s is not None:
            self._canaries = [*self._canaries[1 - _MAX_CANARIES :], outcome.canary_s]
        fresh = tuple(alert for place, alert in alerts.items() if place not in self._raised)
        self._raised |= alerts.keys()
        return fresh

    def _alerts(self, outcome: Outcome) -> Iterator[Alert]:
        if outcome.canary_s is not None and len(self._canaries) >= _MIN_CANARIES:
            slower = outcome.canary_s / statistics.median(self._canaries) - 1
            if slower >= _SLOWER:
                yield Alert(alarm=Alarm.CANARY, value=slower)
        for alarm, value, bound in (
            (Alarm.STEAL, outcome.stolen, _STOLEN),
            (Alarm.OTHERS, outcome.others_cpus, _OTHERS * self._cpus),
            (Alarm.HEAT, outcome.temperature_c, _HOT_C),
        ):
            if value is not None and value >= bound:
                yield Alert(alarm=alarm, value=value)
