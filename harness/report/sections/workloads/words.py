"""What becomes of one workload as threads are added, beside its speed-up: words and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Kind
from harness.report.elements import Column, FigureView, Row, Shown, Table
from harness.report.numbers.thread_choice import is_number, with_n
from harness.report.sections.workloads.numbers import charts
from harness.report.words import csv_text, formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.model import Estimate
    from harness.report.sections.workloads.numbers import Course, WorkloadChart

__all__ = ["HOW", "figures"]

HOW = (
    "Efficiency is the speed-up ÷ threads: 1 where every thread counts in full. Cores used is CPU "
    "time ÷ elapsed time: what is used and does not show in the speed-up is lost to waiting and "
    "to each other. Work per second is against one thread of the baseline, so that interpreters "
    "and threads can be weighed against each other."
)
_COLUMNS = (
    Column(title="Variant", is_number=False),
    Column(title="Threads"),
    Column(title="Efficiency", hint="Speed-up ÷ threads"),
    Column(title="Cores used", hint="CPU time ÷ elapsed time"),
    Column(title="Against one thread of the baseline", hint="Work per second, paired in blocks"),
    Column(title="Work per second", hint="Units of work; loops, where a workload counts none"),
)


def figures(analysis: Analysis) -> dict[str, tuple[FigureView, ...]]:
    """Return what there is to draw of each workload with two thread counts or more, by its name."""
    return {one.workload.name: (_figure(analysis, one),) for one in charts(analysis)}


def _figure(analysis: Analysis, one: WorkloadChart) -> FigureView:
    hollow = _hollow(analysis, one)
    return FigureView(
        name=one.name,
        title="Efficiency, cores used and work per second",
        subtitle=(
            f"Against threads; shaded are {analysis.level * 100:g} % intervals, each alone; "
            f"dotted is a core for each thread{hollow}"
        ),
        description=_description(analysis, one),
        table=_table(one),
        csv=_csv(one),
    )


def _hollow(analysis: Analysis, one: WorkloadChart) -> str:
    cores = analysis.manifest.machine.physical_cores
    if one.workload.kind is Kind.IO or one.counts[-1] <= cores:
        return ""
    return "; hollow marks have more threads than physical cores"


def _description(analysis: Analysis, one: WorkloadChart) -> str:
    counts = one.counts
    said = [f"{course.label} {_said(course)}" for course in one.courses]
    baseline = analysis.manifest.plan.baseline
    return (
        f"Curves of {one.workload.name} from {counts[0]} to {counts[-1]} threads; work per second "
        f"is against {baseline} with one thread. With the most threads: {'; '.join(said)}."
    )


def _said(course: Course) -> str:
    last = course.points[-1]
    parts = (
        ("efficiency", formatting.amount(last.efficiency), last.efficiency),
        ("cores used", formatting.amount(last.cores_used), last.cores_used),
        ("work per second", formatting.factor(last.throughput), last.throughput),
    )
    said = [f"{name} {shown.text}" for name, shown, estimate in parts if is_number(estimate)]
    return f"at {last.threads}: {', '.join(said) or 'no result'}"


def _table(one: WorkloadChart) -> Table:
    rows = []
    for course in one.courses:
        rows += [
            Row(
                head=course.label,
                slot=course.slot,
                cells=(
                    Shown(str(at.threads)),
                    _amount(at.efficiency),
                    _amount(at.cores_used),
                    with_n(formatting.factor(at.throughput), at.throughput),
                    _amount(at.rate),
                ),
                starts_group=rank == 0,
            )
            for rank, at in enumerate(course.points)
        ]
    caption = f"{one.workload.name}: efficiency, cores used and work per second"
    return Table(caption=caption, columns=_COLUMNS, rows=tuple(rows))


def _amount(estimate: Estimate | None) -> Shown:
    if estimate is not None and estimate.method == formatting.DEFINITION:
        return Shown("1")
    return with_n(formatting.amount(estimate), estimate)


def _csv(one: WorkloadChart) -> str:
    names = ("efficiency", "cores_used", "relative_throughput", "work_per_s")
    bounds = [f"{name}{end}" for name in names for end in ("", "_low", "_high", "_n")]
    rows = []
    for course in one.courses:
        for at in course.points:
            found = [
                number
                for each in (at.efficiency, at.cores_used, at.throughput, at.rate)
                for number in (*csv_text.trio(each), each.n if each else None)
            ]
            rows.append((one.workload.name, course.label, at.threads, *found))
    return csv_text.csv_text(("workload", "variant", "threads", *bounds), rows)
