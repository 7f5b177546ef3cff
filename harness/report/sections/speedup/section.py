"""The figure people come for: speed-up of computing beside waiting, on the same scales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Kind
from harness.report.elements import Section
from harness.report.numbers import series
from harness.report.numbers.speedup_view import leading, speedup_view

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.report.numbers.series import Chart

__all__ = ["section"]

_ABSENT = (
    "Nothing was measured at two numbers of threads or more: "
    "`nox -s bench -- --workload factorize --threads 1,2,4`"
)


def section(analysis: Analysis) -> Section:
    """Return the section with the two figures, and how to read them."""
    charts = leading(series.charts(analysis))
    return Section(
        anchor="scaling",
        title="Speed-up as threads are added",
        sentences=(_how_to_read(analysis, charts),) if charts else (),
        figures=tuple(speedup_view(chart) for chart in charts),
        absent="" if charts else _ABSENT,
        has_legend=True,
    )


def _how_to_read(analysis: Analysis, charts: tuple[Chart, ...]) -> str:
    same = "Both figures share their scales. " if len(charts) > 1 else ""
    ceiling = (
        ", the dash-dotted one the measured ceiling: the same work in processes, which share "
        "no lock"
    )
    hollow = " Hollow marks have more threads than physical cores."
    has_ceiling = any(chart.ceilings for chart in charts)
    computing = [chart for chart in charts if chart.workload.kind is not Kind.IO]
    counts = [at.threads for chart in computing for line in chart.lines for at in line.points]
    has_hollow = max(counts, default=0) > analysis.manifest.machine.physical_cores
    return (
        f"{same}The dotted line is the ideal{ceiling if has_ceiling else ''}. Bands "
        "are simultaneous: each curve lies in its own as a whole at "
        f"{analysis.level * 100:g}\u00a0%; intervals in brackets hold each alone."
        f"{hollow if has_hollow else ''}"
    )
