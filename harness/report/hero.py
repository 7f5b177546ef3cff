"""The figure people come for: speed-up of computing beside waiting, on the same scales.

Place in the flow: series → **hero** → ``sections``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Kind
from harness.report import figure_views, series
from harness.report.parts import Section

if TYPE_CHECKING:
    from harness.analysis.results import Analysis
    from harness.report.series import Chart

__all__ = ["heroes", "section"]

_ABSENT = (
    "Nothing was measured at two numbers of threads or more: "
    "`nox -s bench -- --workload factorize --threads 1,2,4`"
)


def heroes(analysis: Analysis) -> tuple[Chart, ...]:
    """Return the first workload that computes and the first that waits; none without a curve."""
    charts = series.charts(analysis)
    computing = [chart for chart in charts if chart.workload.kind is not Kind.IO]
    waiting = [chart for chart in charts if chart.workload.kind is Kind.IO]
    return (*computing[:1], *waiting[:1])


def section(analysis: Analysis) -> Section:
    """Return the section with the two figures, and how to read them."""
    found = heroes(analysis)
    return Section(
        anchor="scaling",
        title="Speed-up as threads are added",
        sentences=(_how_to_read(analysis, len(found)),) if found else (),
        figures=tuple(figure_views.speedup(chart) for chart in found),
        absent="" if found else _ABSENT,
        has_legend=True,
    )


def _how_to_read(analysis: Analysis, figures: int) -> str:
    same = "Both figures share their scales. " if figures > 1 else ""
    ceiling = (
        ", the dash-dotted one the measured ceiling: the same work in processes, which share "
        "no lock"
    )
    hollow = " Hollow marks have more threads than physical cores."
    return (
        f"{same}The dotted line is the ideal{ceiling if _has_ceiling(analysis) else ''}. Bands "
        "are simultaneous: each curve lies in its own as a whole at "
        f"{analysis.level * 100:g}\u00a0%; intervals in brackets hold each alone."
        f"{hollow if _has_hollow(analysis) else ''}"
    )


def _has_ceiling(analysis: Analysis) -> bool:
    return any(chart.ceilings for chart in heroes(analysis))


def _has_hollow(analysis: Analysis) -> bool:
    """Return whether a computing curve goes beyond the physical cores."""
    cores = analysis.manifest.machine.physical_cores
    return any(
        point.threads > cores
        for chart in heroes(analysis)
        if chart.workload.kind is not Kind.IO
        for line in chart.lines
        for point in line.points
    )
