"""Words around the speed-up figures: titles, text alternatives and the tables behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Kind, Scaling
from harness.report.elements import FigureView
from harness.report.numbers import figure_csv, tables
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.report.numbers.series import Chart

__all__ = ["speedup"]

_KINDS = {Kind.CPU: "Computing", Kind.IO: "Waiting", Kind.MIXED: "Computing and waiting"}


def speedup(chart: Chart, *, title: str = "") -> FigureView:
    """Return the speed-up figure of one workload; without a title it has the workload's name."""
    work = "work per thread fixed" if chart.workload.scaling is Scaling.WEAK else "work fixed"
    return FigureView(
        name=chart.name,
        title=title or chart.workload.name,
        subtitle=f"{_KINDS[chart.workload.kind]}, {work}",
        description=_description(chart),
        table=tables.speedup_table(chart),
        csv=figure_csv.speedups(chart),
    )


def _description(chart: Chart) -> str:
    said = []
    for line in (*chart.lines, *chart.ceilings):
        last = line.points[-1]
        where = " in processes" if line in chart.ceilings else ""
        said.append(
            f"{line.label}{where}: {formatting.factor(last.speedup).text} at {last.threads}"
        )
    counts = sorted({point.threads for line in chart.lines for point in line.points})
    return (
        f"Speed-up of {chart.workload.name} from {counts[0]} to {counts[-1]} threads. "
        f"{'; '.join(said)}."
    )
