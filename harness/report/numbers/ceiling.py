"""What the machine itself allows: the same work in processes, which share no lock."""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING

from harness.report.numbers import series
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.model import Estimate

__all__ = ["Ceiling", "State", "ceilings", "low_among", "low_ceiling"]

_MIN_SHARE = 0.85
"""Below this share of the ideal the machine, not the interpreter, sets the limit."""


class State(enum.Enum):
    """The state of the machine by the interval of a ceiling."""

    LOW = enum.auto()
    GOOD = enum.auto()
    UNRESOLVED = enum.auto()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ceiling:
    """The speed-up of one workload in processes, at the physical cores."""

    workload: str
    processes: int
    speedup: Estimate

    @property
    def limit(self) -> float:
        """Return the speed-up below which the machine is too poor to judge by."""
        return _MIN_SHARE * self.processes

    @property
    def state(self) -> State:
        """Return whether the whole interval lies below the limit, above it, or neither."""
        if self.speedup.high is not None and self.speedup.high < self.limit:
            return State.LOW
        if self.speedup.low is not None and self.speedup.low >= self.limit:
            return State.GOOD
        return State.UNRESOLVED

    @property
    def reason(self) -> str:
        """Return why scaling is not judged, for a low ceiling."""
        gain = formatting.factor(self.speedup).text
        processes = formatting.count(self.processes, "process")
        return f"not judged: the machine itself gives only {gain} in {processes}"

    @property
    def sentence(self) -> str:
        """Return the state as one sentence."""
        where = f"{self.workload} in {self.processes} processes, which share no lock, runs"
        gain = f"{formatting.factor(self.speedup).text} as fast as in one"
        limit = "This machine's own limit is"
        if self.state is State.LOW:
            return f"{limit} low: {where} only {gain}. Its scaling is not judged."
        if self.state is State.GOOD:
            return f"Measured ceiling: {where} {gain}."
        poor = f"below {formatting.plain(self.limit)}× scaling would not be judged."
        return f"{limit} not resolved: {where} {gain}; {poor}"


def ceilings(analysis: Analysis) -> tuple[Ceiling, ...]:
    """Return each workload's ceiling at the physical cores, or at the most below them."""
    cores = analysis.manifest.machine.physical_cores
    limits = []
    for chart in series.charts(analysis):
        points = [point for line in chart.ceilings for point in line.points]
        usable = [point for point in points if 1 < point.threads <= cores]
        if usable:
            best = max(usable, key=lambda point: (point.threads, point.speedup.point))
            name = chart.workload.name
            limits.append(Ceiling(workload=name, processes=best.threads, speedup=best.speedup))
    return tuple(limits)


def low_ceiling(analysis: Analysis, workload: str) -> Ceiling | None:
    """Return the low ceiling that makes the scaling of a workload unfit to judge, if any.

    It is the workload's own; one that was not run in processes is judged by the others'.
    """
    return low_among(ceilings(analysis), workload)


def low_among(limits: tuple[Ceiling, ...], workload: str) -> Ceiling | None:
    """Return the same out of all ceilings of the analysis."""
    own = [limit for limit in limits if limit.workload == workload]
    return next((limit for limit in own or limits if limit.state is State.LOW), None)
