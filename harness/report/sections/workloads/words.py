"""What becomes of one workload as threads are added, beside its speed-up: words and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Kind
from harness.report.elements import Column, FigureView, Shown, Table
from harness.report.numbers import table_rows
from harness.report.numbers.thread_choice import is_number, with_n
from harness.report.sections.workloads.numbers import charts
from harness.report.words import csv_text, formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.model import Estimate
    from harness.report.sections.workloads.numbers import At, Course, WorkloadChart

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
    return {chart.workload.name: (_figure(analysis, chart),) for chart in charts(analysis)}


def _figure(analysis: Analysis, chart: WorkloadChart) -> FigureView:
    cores = analysis.manifest.machine.physical_cores
    has_hollow = chart.workload.kind is not Kind.IO and chart.counts[-1] > cores
    hollow = "; hollow marks have more threads than physical cores" if has_hollow else ""
    return FigureView(
        name=chart.name,
        title="Efficiency, cores used and work per second",
        subtitle=(
            f"Against threads; shaded are {analysis.level * 100:g} % intervals, each alone; "
            f"dotted is a core for each thread{hollow}"
        ),
        description=_description(analysis, chart),
        table=_table(analysis, chart),
        csv=_csv(chart),
    )


def _description(analysis: Analysis, chart: WorkloadChart) -> str:
    counts = chart.counts
    courses = "; ".join(f"{course.label} {_last(course)}" for course in chart.courses)
    baseline = analysis.manifest.plan.baseline
    return (
        f"Curves of {chart.workload.name} from {counts[0]} to {counts[-1]} threads; work per "
        f"second is against {baseline} with one thread. With the most threads: {courses}."
    )


def _last(course: Course) -> str:
    last = course.points[-1]
    parts = (
        ("efficiency", formatting.amount(last.efficiency), last.efficiency),
        ("cores used", formatting.amount(last.cores_used), last.cores_used),
        ("work per second", formatting.factor(last.throughput), last.throughput),
    )
    words = [f"{name} {shown.text}" for name, shown, estimate in parts if is_number(estimate)]
    return f"at {last.threads}: {', '.join(words) or 'no result'}"


def _table(analysis: Analysis, chart: WorkloadChart) -> Table:
    return Table(
        caption=f"{chart.workload.name}: efficiency, cores used and work per second",
        columns=_COLUMNS,
        rows=table_rows.rows(
            analysis,
            ((course.label, _cells(at)) for course in chart.courses for at in course.points),
        ),
    )


def _cells(at: At) -> tuple[Shown, ...]:
    return (
        Shown(str(at.threads)),
        _amount(at.efficiency),
        _amount(at.cores_used),
        with_n(formatting.factor(at.throughput), at.throughput),
        _amount(at.rate),
    )


def _amount(estimate: Estimate | None) -> Shown:
    if formatting.is_definition(estimate):
        return Shown("1")
    return with_n(formatting.amount(estimate), estimate)


def _csv(chart: WorkloadChart) -> str:
    names = ("efficiency", "cores_used", "relative_throughput", "work_per_s")
    rows = []
    for course in chart.courses:
        for at in course.points:
            estimates = (at.efficiency, at.cores_used, at.throughput, at.rate)
            numbers = (number for each in estimates for number in csv_text.counted(each))
            rows.append((chart.workload.name, course.label, at.threads, *numbers))
    header = ("workload", "variant", "threads", *csv_text.counted_bounds(*names))
    return csv_text.csv_text(header, rows)
