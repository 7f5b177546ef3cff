"""Workload by workload: what it does, its curve, what limits it, and every time measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Scaling
from harness.report import answer
from harness.report.elements import Link, Section
from harness.report.numbers import series, tables
from harness.report.numbers.speedup_view import leading, speedup_view
from harness.report.sections.workloads import laws, words
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.model import Workload
    from harness.report.elements import FigureView
    from harness.report.numbers.series import Chart

__all__ = ["section"]

_NOTHING = "Nothing of it could be measured; see what is missing."
_PACED = Link(title="It is paced: what it noted is under Latency under load.", href="#latency")


def section(analysis: Analysis) -> Section:
    """Return the section with a part for each workload, in the order they are shown."""
    anchors, courses = series.anchors(analysis), words.figures(analysis)
    charts = {chart.workload.name: chart for chart in series.charts(analysis)}
    leads = {chart.workload.name for chart in leading(charts.values())}
    parts = tuple(
        _part(
            analysis,
            workload,
            anchor=anchors[workload.name],
            chart=charts.get(workload.name),
            leads=workload.name in leads,
            courses=courses.get(workload.name, ()),
        )
        for workload in series.shown_workloads(analysis)
    )
    return Section(
        anchor="workloads",
        title="Workload by workload",
        sentences=tuple(filter(None, (_baseline(analysis), words.HOW if courses else ""))),
        warnings=laws.warnings(analysis),
        boxes=laws.reading(analysis),
        parts=parts,
        absent="" if parts else "The experiment has no workload.",
    )


def _part(
    analysis: Analysis,
    workload: Workload,
    *,
    anchor: str,
    chart: Chart | None,
    leads: bool,
    courses: tuple[FigureView, ...],
) -> Section:
    """Return the part on one workload; ``leads``: its chart stands above, as one of the first."""
    shown = (
        laws.table(analysis, workload.name),
        None if workload.is_paced else tables.times_table(analysis, workload),
    )
    speedup = (speedup_view(chart, title="Speed-up"),) if chart and not leads else ()
    links = [_PACED] if workload.is_paced else []
    if chart and leads:
        links.append(Link(title="Its speed-up is above.", href=f"#figure-{chart.name}"))
    is_measured = any(cell.benchmark.workload == workload.name for cell in analysis.cells)
    expected = workload.expectation.rstrip(".")
    work = "per thread" if workload.scaling is Scaling.WEAK else "in total"
    return Section(
        anchor=anchor,
        title=workload.name,
        sentences=(
            f"{workload.summary} Fixed work {work}. To be expected: {expected}.",
            *laws.refused(analysis, workload.name),
        ),
        links=tuple(links),
        figures=(*speedup, *courses),
        tables=tuple(table for table in shown if table is not None),
        absent="" if is_measured else _NOTHING,
    )


def _baseline(analysis: Analysis) -> str:
    """Return one sentence that names what the column of ratios to the baseline compares."""
    plan = analysis.manifest.plan
    others = tuple(each.label for each in plan.variants if each.label != plan.baseline)
    if not others:
        return ""
    named = {label: answer.differences(analysis, label) for label in others}
    unlike = tuple(f"{label} ({', '.join(names)})" for label, names in named.items() if names)
    if not unlike:
        return f"The builds differ from the baseline, {plan.baseline}, in nothing but the GIL."
    return (
        f"Against the baseline, {plan.baseline}, some ratios hold more than the GIL: "
        f"{formatting.listed(unlike)}. The cards of the builds say it in full."
    )
