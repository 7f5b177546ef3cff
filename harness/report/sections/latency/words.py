"""Latency under load: how long answers take while other threads compute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.report.elements import Column, FigureView, Section, Shown, Table
from harness.report.numbers import delays, series, table_rows
from harness.report.words import csv_text, formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.report.numbers.delays import Delay, DelayChart

__all__ = ["section"]

_TITLE = "Latency under load"
_ABSENT = (
    "Measure how late a thread answers while others compute: "
    "`nox -s bench -- --workload remote_control`"
)
_LATE_COMMANDS = 0.1
"""Part of the response time above which the commands' own lateness is said."""


def section(analysis: Analysis) -> Section:
    """Return response times under load; without tables when no workload notes any."""
    names = delays.noting(analysis, delays.RESPONSE)
    if not names:
        return Section(anchor="latency", title=_TITLE, absent=_ABSENT)
    cells = {name: delays.delays(analysis, name) for name in names}
    tables = {name: _latency_table(analysis, name, cells[name]) for name in names}
    return Section(
        anchor="latency",
        title=_TITLE,
        sentences=(*_what_counts(analysis, names), table_rows.READ_SO),
        warnings=tuple(said for name in names for said in _late_commands(cells[name])),
        figures=tuple(
            _latency_figure(chart, tables[chart.workload]) for chart in delays.charts(analysis)
        ),
        tables=tuple(tables.values()),
        is_beside=True,
    )


def _what_counts(analysis: Analysis, names: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a response time counts from, when it is too long, and who may run when."""
    said = []
    for name in names:
        deadline_s = delays.DEADLINES_S.get(name)
        if deadline_s is None:
            said.append(f"{name} notes response times of its own; it says what they count from.")
            continue
        due = formatting.seconds_round(deadline_s)
        said.append(
            f"In {name} one thread answers a command every {due} while the others compute. A "
            "response time counts from the moment the command was due, not from when it was sent "
            "or read, so one late answer also counts against those it holds up (no coordinated "
            f"omission). An answer after more than {due} misses its deadline."
        )
    interval_s = analysis.manifest.plan.switch_interval_s
    wait = "the interpreter's own switch interval, 5\u00a0ms in CPython"
    if interval_s is not None:
        wait = f"a switch interval of {formatting.seconds_round(interval_s)}, asked of every build"
    return (*said, f"Under the GIL a waiting thread asks for its turn after {wait}.")


def _late_commands(cells: tuple[Delay, ...]) -> tuple[str, ...]:
    """Return a sentence that names the cells of a workload whose commands were late."""
    late: dict[str, list[str]] = {}
    for one in cells:
        response, sent = one.response.p99, one.sent.p99 if one.sent else None
        if response and sent and sent.point > _LATE_COMMANDS * response.point:
            load = str(delays.load(one.response.benchmark))
            late.setdefault(one.response.variant, []).append(load)
    if not late:
        return ()
    axis = delays.axis(cells[0].response.benchmark.workload)
    named = "; ".join(f"{label}, {axis}: {', '.join(loads)}" for label, loads in late.items())
    said = (
        "The commands were themselves sent late, and the response times hold that: the p99 of the "
        f"delay is more than a tenth of the p99 of the response with {named}."
    )
    return (said,)


def _latency_table(analysis: Analysis, name: str, cells: tuple[Delay, ...]) -> Table:
    is_known = name in delays.DEADLINES_S
    load = Column(title="Computing threads", hint="Beside the one that answers")
    columns = (
        table_rows.VARIANT,
        load if is_known else table_rows.RUN,
        Column(title="Requests", hint="Of all processes"),
        *table_rows.QUANTILES,
        Column(title="Missed deadlines"),
        Column(title="Share missed", hint="Missed deadlines of all requests"),
        Column(title="Sent late, p99", hint="How late the commands themselves were"),
    )
    rows = table_rows.rows(
        analysis,
        ((one.response.variant, _latency_cells(one, is_known=is_known)) for one in cells),
    )
    return Table(caption=f"Response times of {name}", columns=columns, rows=rows)


def _latency_cells(one: Delay, *, is_known: bool) -> tuple[Shown, ...]:
    benchmark, missed = one.response.benchmark, one.missed
    at = delays.load(benchmark)
    return (
        formatting.keyed(str(at), at) if is_known else Shown(series.how(benchmark)),
        formatting.keyed(formatting.whole(one.response.count), one.response.count),
        *table_rows.quantiles(one.response),
        formatting.keyed(formatting.whole(missed.total), missed.total)
        if missed
        else Shown(formatting.ABSENT),
        formatting.share(missed.share if missed else None),
        formatting.seconds(one.sent.p99 if one.sent else None),
    )


def _latency_figure(chart: DelayChart, table: Table) -> FigureView:
    said = []
    for line in chart.lines:
        load, last = line.points[-1]
        said.append(f"{line.label}: {formatting.seconds(last).text} at {load}")
    return FigureView(
        name=chart.name,
        title=chart.workload,
        subtitle="99 of 100 answers came no later; logarithmic axis, lower is better",
        description=(
            f"99th percentile of the response time of {chart.workload} against "
            f"{chart.axis}, from {chart.loads[0]} to {chart.loads[-1]}. {'; '.join(said)}."
        ),
        table=table,
        csv=_csv(chart),
    )


def _csv(chart: DelayChart) -> str:
    """Return a row for each point: the 99th percentile of the response time."""
    header = ("variant", chart.axis.replace(" ", "_"), *csv_text.bounds("p99_s"), "n")
    rows = [
        (line.label, load, *csv_text.trio(p99), p99.n)
        for line in chart.lines
        for load, p99 in line.points
    ]
    return csv_text.csv_text(header, rows)
