"""How late answers were, still as numbers: response times by variant and computing threads."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.model import Mode
from harness.model.notes import MISSED, RESPONSE, SENT
from harness.report.numbers import series

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, NoteResult
    from harness.model import Estimate, Workload

__all__ = ["Delay", "DelayChart", "DelayLine", "axis", "charts", "delays", "noting"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Delay:
    """The response times of one cell, and what it noted with them."""

    load: int
    """Threads that compute meanwhile; without answering threads, all threads."""
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
    workload: Workload
    loads: tuple[int, ...]
    lines: tuple[DelayLine, ...]

    @property
    def axis(self) -> str:
        """Return what the load is counted in."""
        return axis(self.workload)

    @property
    def deadline_s(self) -> float | None:
        """Return how long an answer may take."""
        return self.workload.deadline_s


def noting(analysis: Analysis, note: str) -> tuple[Workload, ...]:
    """Return the workloads that have this note, in the order they are shown."""
    names = {result.benchmark.workload for result in analysis.measures if result.name == note}
    workloads = series.shown_workloads(analysis)
    return tuple(workload for workload in workloads if workload.name in names)


def axis(workload: Workload) -> str:
    """Return what the load of a workload is counted in."""
    return "computing threads" if workload.answering_threads else "threads"


def delays(analysis: Analysis, workload: Workload) -> tuple[Delay, ...]:
    """Return the cells of a workload that note response times: by variant, then by load."""
    slots = series.slots(analysis)
    notes = {(note.variant, note.benchmark, note.name): note for note in analysis.measures}
    cells = [
        Delay(
            load=response.benchmark.threads - workload.answering_threads,
            response=response,
            missed=notes.get((response.variant, response.benchmark, MISSED)),
            sent=notes.get((response.variant, response.benchmark, SENT)),
        )
        for response in analysis.measures
        if response.name == RESPONSE and response.benchmark.workload == workload.name
    ]
    return tuple(sorted(cells, key=lambda cell: (slots[cell.response.variant], cell.load)))


def charts(analysis: Analysis) -> tuple[DelayChart, ...]:
    """Return a chart for each workload whose answers were timed under two loads or more."""
    made = []
    for index, workload in enumerate(noting(analysis, RESPONSE)):
        cells = delays(analysis, workload)
        lines = tuple(
            DelayLine(label=label, slot=slot, points=points)
            for label, slot in series.slots(analysis).items()
            if (points := _points(cells, label))
        )
        loads = tuple(sorted({at for line in lines for at, _ in line.points}))
        if len(loads) > 1:
            name = f"delay-{index}"
            made.append(DelayChart(name=name, workload=workload, loads=loads, lines=lines))
    return tuple(made)


def _points(cells: tuple[Delay, ...], label: str) -> tuple[tuple[int, Estimate], ...]:
    points = {
        cell.load: cell.response.p99
        for cell in cells
        if (cell.response.variant, cell.response.benchmark.mode) == (label, Mode.THREADS)
    }
    # A logarithmic axis has no 0; the table has it all the same.
    return tuple((at, p99) for at, p99 in points.items() if p99 is not None and p99.point > 0)
