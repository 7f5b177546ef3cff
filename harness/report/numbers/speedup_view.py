"""The speed-up figure of a workload as a value: its words, its table and its CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Kind, Mode, Scaling
from harness.report.elements import Column, FigureView, Row, Table
from harness.report.words import csv_text, formatting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.report.numbers.series import Chart

__all__ = ["leading", "speedup_view"]

_KINDS = {Kind.CPU: "Computing", Kind.IO: "Waiting", Kind.MIXED: "Computing and waiting"}


def leading(charts: Iterable[Chart]) -> tuple[Chart, ...]:
    """Return the first workload that computes and the first that waits; none without a curve."""
    charts = tuple(charts)
    computing = [chart for chart in charts if chart.workload.kind is not Kind.IO]
    waiting = [chart for chart in charts if chart.workload.kind is Kind.IO]
    return (*computing[:1], *waiting[:1])


def speedup_view(chart: Chart, *, title: str = "") -> FigureView:
    """Return the speed-up figure of one workload; without a title it has the workload's name."""
    work = "work per thread fixed" if chart.workload.scaling is Scaling.WEAK else "work fixed"
    return FigureView(
        name=chart.name,
        title=title or chart.workload.name,
        subtitle=f"{_KINDS[chart.workload.kind]}, {work}",
        description=_description(chart),
        table=_table(chart),
        csv=_csv(chart),
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


def _table(chart: Chart) -> Table:
    """Return the numbers behind a chart: thread counts down, lines across."""
    lines = (*chart.lines, *chart.ceilings)
    counts = sorted({point.threads for line in lines for point in line.points})
    titles = [line.label for line in chart.lines]
    titles += [f"{line.label} in processes (ceiling)" for line in chart.ceilings]
    at = [{point.threads: point.speedup for point in line.points} for line in lines]
    rows = tuple(
        Row(
            head=str(number),
            slot=None,
            cells=tuple(formatting.factor(points.get(number)) for points in at),
        )
        for number in counts
    )
    columns = (Column(title="Threads", is_number=False), *(Column(title=name) for name in titles))
    return Table(caption=f"Speed-up of {chart.workload.name}", columns=columns, rows=rows)


def _csv(chart: Chart) -> str:
    """Return a row for each point of a chart, with interval and simultaneous band."""
    speedup = csv_text.bounds("speedup")
    header = ("variant", "mode", "threads", *speedup, "band_low", "band_high", "n")
    rows = [
        (
            line.label,
            str(mode),
            point.threads,
            *csv_text.trio(point.speedup),
            point.band.low,
            point.band.high,
            point.speedup.n,
        )
        for lines, mode in ((chart.lines, Mode.THREADS), (chart.ceilings, Mode.PROCESSES))
        for line in lines
        for point in line.points
    ]
    return csv_text.csv_text(header, rows)
