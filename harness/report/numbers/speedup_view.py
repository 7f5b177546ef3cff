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
    first: dict[bool, Chart] = {}
    for chart in charts:
        first.setdefault(chart.workload.kind is Kind.IO, chart)
    return tuple(first[is_waiting] for is_waiting in sorted(first))


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
    ends = [
        f"{line.label}{where}: {formatting.factor(line.points[-1].speedup).text} "
        f"at {line.points[-1].threads}"
        for lines, where in ((chart.lines, ""), (chart.ceilings, " in processes"))
        for line in lines
    ]
    counts = [point.threads for line in chart.lines for point in line.points]
    return (
        f"Speed-up of {chart.workload.name} from {min(counts)} to {max(counts)} threads. "
        f"{'; '.join(ends)}."
    )


def _table(chart: Chart) -> Table:
    """Return the numbers behind a chart: thread counts down, lines across."""
    lines = (*chart.lines, *chart.ceilings)
    titles = [line.label for line in chart.lines]
    titles += [f"{line.label} in processes (ceiling)" for line in chart.ceilings]
    curves = [{point.threads: point.speedup for point in line.points} for line in lines]
    rows = tuple(
        Row(
            head=str(threads),
            slot=None,
            cells=tuple(formatting.factor(curve.get(threads)) for curve in curves),
        )
        for threads in sorted({threads for curve in curves for threads in curve})
    )
    columns = (Column(title="Threads", is_number=False), *(Column(title=name) for name in titles))
    return Table(caption=f"Speed-up of {chart.workload.name}", columns=columns, rows=rows)


def _csv(chart: Chart) -> str:
    """Return a row for each point of a chart, with interval and simultaneous band."""
    speedup = csv_text.bounds("speedup")
    header = ("variant", "mode", "threads", *speedup, "band_low", "band_high", "n")
    rows = [
        (
            *(line.label, str(mode), point.threads, *csv_text.trio(point.speedup)),
            *(point.band.low, point.band.high, point.speedup.n),
        )
        for lines, mode in ((chart.lines, Mode.THREADS), (chart.ceilings, Mode.PROCESSES))
        for line in lines
        for point in line.points
    ]
    return csv_text.csv_text(header, rows)
