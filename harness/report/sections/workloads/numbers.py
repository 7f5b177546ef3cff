"""Efficiency, cores used and work per second against threads, still as numbers."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import msgspec

from harness.model import Estimate, Mode, Scaling
from harness.report.numbers import series
from harness.report.numbers.thread_choice import is_number

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, CellResult
    from harness.model import Workload

__all__ = ["MEASURES", "At", "Course", "WorkloadChart", "charts"]

MEASURES = ("efficiency", "cores_used", "throughput")
"""Fields of ``At``, in the order of the panels."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class At:
    """What one variant did at one number of threads."""

    threads: int
    efficiency: Estimate | None
    """Speed-up ÷ threads; 1 by definition at one thread."""
    cores_used: Estimate | None
    throughput: Estimate | None
    """Work per second ÷ that of the baseline with one thread."""
    rate: Estimate
    """Units of work per second."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Course:
    """One variant at rising numbers of threads."""

    label: str
    slot: int
    points: tuple[At, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class WorkloadChart:
    """One workload at two thread counts or more."""

    name: str
    workload: Workload
    courses: tuple[Course, ...]

    @property
    def counts(self) -> tuple[int, ...]:
        """Return every number of threads that any variant was run with, ascending."""
        return tuple(sorted({at.threads for course in self.courses for at in course.points}))

    @property
    def measures(self) -> tuple[str, ...]:
        """Return the measures that any variant has at two numbers of threads."""
        return tuple(
            name
            for name in MEASURES
            if any(
                sum(is_number(getattr(at, name)) for at in course.points) > 1
                for course in self.courses
            )
        )


def charts(analysis: Analysis) -> tuple[WorkloadChart, ...]:
    """Return the chart of every workload that has one, in the order they are shown."""
    cells: dict[str, list[CellResult]] = {}
    for cell in analysis.cells:
        if cell.mode is Mode.THREADS:
            cells.setdefault(cell.benchmark.workload, []).append(cell)
    rates = {(at.variant, at.workload, at.threads): at.relative for at in analysis.throughputs}
    made = []
    for index, workload in enumerate(series.shown_workloads(analysis)):
        if workload.is_paced or workload.thread_counts is not None:
            continue
        mine = sorted(cells.get(workload.name, []), key=lambda cell: cell.threads)
        courses = []
        for label, slot in series.slots(analysis).items():
            points = tuple(
                _at(cell, workload, rates.get((label, workload.name, cell.threads)))
                for cell in mine
                if cell.variant == label
            )
            if points:
                courses.append(Course(label=label, slot=slot, points=points))
        chart = WorkloadChart(name=f"course-{index}", workload=workload, courses=tuple(courses))
        if chart.measures:
            made.append(chart)
    return tuple(made)


def _at(cell: CellResult, workload: Workload, throughput: Estimate | None) -> At:
    work = workload.units * (cell.threads if workload.scaling is Scaling.WEAK else 1)
    return At(
        threads=cell.threads,
        efficiency=cell.efficiency,
        cores_used=cell.cores_used,
        throughput=throughput,
        rate=_rate(cell.time_s, work),
    )


def _rate(time_s: Estimate, work: int) -> Estimate:
    """Return work ÷ time, with the same interval taken the other way round."""
    point, low, high = (
        work / bound if bound else None for bound in (time_s.point, time_s.high, time_s.low)
    )
    return msgspec.structs.replace(time_s, point=point or 0.0, low=low, high=high)
