"""Latency under load: how long answers take while other threads compute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model.notes import RESPONSE
from harness.report.elements import Column, FigureView, Section, Shown, Table
from harness.report.numbers import delays, series, table_rows
from harness.report.words import csv_text, formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.model import Workload
    from harness.report.numbers.delays import Delay, DelayChart

__all__ = ["section"]

_TITLE = "Latency under load"
_ABSENT = (
    "Measure how late a thread answers while others compute: "
    "`nox -s bench -- --workload remote_control`"
)
_LOAD = Column(title="Computing threads", hint="Beside the one that answers")
_LATE_COMMANDS = 0.1
"""Share of the response time above which the lateness of the commands is reported."""


def section(analysis: Analysis) -> Section:
    """Return response times under load; without tables when no workload notes any."""
    workloads = delays.noting(analysis, RESPONSE)
    if not workloads:
        return Section(anchor="latency", title=_TITLE, absent=_ABSENT)
    cells = {workload.name: delays.delays(analysis, workload) for workload in workloads}
    tables = {each.name: _table(analysis, each, cells[each.name]) for each in workloads}
    return Section(
        anchor="latency",
        title=_TITLE,
        sentences=(*_what_counts(analysis, workloads), table_rows.READ_SO),
        warnings=tuple(
            filter(None, (_late_commands(each, cells[each.name]) for each in workloads))
        ),
        figures=tuple(
            _figure(chart, tables[chart.workload.name]) for chart in delays.charts(analysis)
        ),
        tables=tuple(tables.values()),
        is_beside=True,
    )


def _what_counts(analysis: Analysis, workloads: tuple[Workload, ...]) -> tuple[str, ...]:
    """Return what a response time counts from, when it is too long, and who may run when."""
    sentences = []
    for workload in workloads:
        meaning = workload.meaning(RESPONSE)
        sentence = (
            f"In {workload.name} {meaning}"
            if meaning
            else f"{workload.name} notes response times of its own; it says what they count from"
        )
        sentences.append(f"{sentence.rstrip('.')}.")
        if workload.deadline_s is not None:
            due = formatting.seconds_round(workload.deadline_s)
            sentences[-1] += f" An answer after more than {due} misses its deadline."
    interval_s = analysis.manifest.plan.switch_interval_s
    wait = "the interpreter's own switch interval, 5\u00a0ms in CPython"
    if interval_s is not None:
        wait = f"a switch interval of {formatting.seconds_round(interval_s)}, asked of every build"
    return (*sentences, f"Under the GIL a waiting thread asks for its turn after {wait}.")


def _late_commands(workload: Workload, cells: tuple[Delay, ...]) -> str:
    """Return a sentence that names the cells whose commands were late, empty without any."""
    late: dict[str, list[str]] = {}
    for cell in cells:
        response, sent = cell.response.p99, cell.sent.p99 if cell.sent else None
        if response and sent and sent.point > _LATE_COMMANDS * response.point:
            late.setdefault(cell.response.variant, []).append(str(cell.load))
    if not late:
        return ""
    axis = delays.axis(workload)
    named = "; ".join(f"{label}, {axis}: {', '.join(loads)}" for label, loads in late.items())
    return (
        "The commands were themselves sent late, and the response times hold that: the p99 of the "
        f"delay is more than a tenth of the p99 of the response with {named}."
    )


def _table(analysis: Analysis, workload: Workload, cells: tuple[Delay, ...]) -> Table:
    is_load = bool(workload.answering_threads)
    columns = (
        table_rows.VARIANT,
        _LOAD if is_load else table_rows.RUN,
        Column(title="Requests", hint="Of all processes"),
        *table_rows.QUANTILES,
        Column(title="Missed deadlines"),
        Column(title="Share missed", hint="Missed deadlines of all requests"),
        Column(title="Sent late, p99", hint="How late the commands themselves were"),
    )
    rows = table_rows.rows(
        analysis, ((cell.response.variant, _cells(cell, is_load=is_load)) for cell in cells)
    )
    return Table(caption=f"Response times of {workload.name}", columns=columns, rows=rows)


def _cells(cell: Delay, *, is_load: bool) -> tuple[Shown, ...]:
    response, missed = cell.response, cell.missed
    late = formatting.keyed(formatting.whole(missed.total), missed.total) if missed else None
    return (
        formatting.keyed(str(cell.load), cell.load)
        if is_load
        else Shown(series.how(response.benchmark)),
        formatting.keyed(formatting.whole(response.count), response.count),
        *table_rows.quantiles(response),
        late or Shown(formatting.ABSENT),
        formatting.share(missed.share if missed else None),
        formatting.seconds(cell.sent.p99 if cell.sent else None),
    )


def _figure(chart: DelayChart, table: Table) -> FigureView:
    ends = [(line.label, *line.points[-1]) for line in chart.lines]
    slowest = "; ".join(
        f"{label}: {formatting.seconds(p99).text} at {load}" for label, load, p99 in ends
    )
    return FigureView(
        name=chart.name,
        title=chart.workload.name,
        subtitle="99 of 100 answers came no later; logarithmic axis, lower is better",
        description=(
            f"99th percentile of the response time of {chart.workload.name} against "
            f"{chart.axis}, from {chart.loads[0]} to {chart.loads[-1]}. {slowest}."
        ),
        table=table,
        csv=_csv(chart),
    )


def _csv(chart: DelayChart) -> str:
    header = ("variant", chart.axis.replace(" ", "_"), *csv_text.bounds("p99_s"), "n")
    rows = [
        (line.label, load, *csv_text.trio(p99), p99.n)
        for line in chart.lines
        for load, p99 in line.points
    ]
    return csv_text.csv_text(header, rows)
