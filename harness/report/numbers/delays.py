"""How late answers were, still as numbers: response times by variant and computing threads."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.model import Mode
from harness.report.numbers import series

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, NoteResult
    from harness.model import Benchmark, Estimate

__all__ = [
    "DEADLINES_S",
    "RESPONSE",
    "Delay",
    "DelayChart",
    "DelayLine",
    "axis",
    "charts",
    "delays",
    "load",
    "noting",
]

RESPONSE = "response_s"
DEADLINES_S = {"remote_control": 0.005}
"""Workloads that answer in one thread while the others compute, and what they miss."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Delay:
    """The response times of one cell, and what was noted beside them."""

    response: NoteResult
    missed: NoteResult | None
    sent: NoteResult | None
    """How late the commands themselves were."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class DelayLine:
    """One variant's 99th percentiles by rising load: pairs of load and seconds."""

    label: str
    slot: int
    points: tuple[tuple[int, Estimate], ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class DelayChart:
    """The 99th percentile of the response time against load for one workload."""

    name: str
    workload: str
    axis: str
    """What the load is counted in."""
    loads: tuple[int, ...]
    lines: tuple[DelayLine, ...]
    deadline_s: float | None


def noting(analysis: Analysis, name: str) -> tuple[str, ...]:
    """Return the workloads that note this name, in the order they are shown."""
    found = {one.benchmark.workload for one in analysis.measures if one.name == name}
    return tuple(one.name for one in series.shown_workloads(analysis) if one.name in found)


def axis(workload: str) -> str:
    """Return what the load of a workload is counted in."""
    return "computing threads" if workload in DEADLINES_S else "threads"


def load(benchmark: Benchmark) -> int:
    """Return how many threads compute beside the one that answers, where one does."""
    return benchmark.threads - (benchmark.workload in DEADLINES_S)


def delays(analysis: Analysis, workload: str) -> tuple[Delay, ...]:
    """Return the cells of a workload that note response times: by variant, then by load."""
    slots = series.slots(analysis)
    by_name = {(one.variant, one.benchmark, one.name): one for one in analysis.measures}
    found = [
        Delay(
            response=one,
            missed=by_name.get((one.variant, one.benchmark, "missed_deadlines")),
            sent=by_name.get((one.variant, one.benchmark, "send_delay_s")),
        )
        for one in analysis.measures
        if one.name == RESPONSE and one.benchmark.workload == workload
    ]
    return tuple(
        sorted(found, key=lambda one: (slots[one.response.variant], load(one.response.benchmark)))
    )


def charts(analysis: Analysis) -> tuple[DelayChart, ...]:
    """Return a chart for each workload whose answers were timed under two loads or more."""
    found = []
    for index, workload in enumerate(noting(analysis, RESPONSE)):
        cells = delays(analysis, workload)
        lines = tuple(
            line
            for label, slot in series.slots(analysis).items()
            if (line := _line(cells, label, slot)).points
        )
        loads = sorted({at for line in lines for at, _ in line.points})
        if len(loads) > 1:
            found.append(
                DelayChart(
                    name=f"delay-{index}",
                    workload=workload,
                    axis=axis(workload),
                    loads=tuple(loads),
                    lines=lines,
                    deadline_s=DEADLINES_S.get(workload),
                )
            )
    return tuple(found)


def _line(cells: tuple[Delay, ...], label: str, slot: int) -> DelayLine:
    points = {
        load(one.response.benchmark): one.response.p99
        for one in cells
        if (one.response.variant, one.response.benchmark.mode) == (label, Mode.THREADS)
    }
    # A logarithmic axis has no 0; the table has it all the same.
    kept = tuple((at, p99) for at, p99 in points.items() if p99 is not None and p99.point > 0)
    return DelayLine(label=label, slot=slot, points=kept)
