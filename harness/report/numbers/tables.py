"""The tables of the page: times, the numbers behind each figure, and the download."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from harness.analysis.results.quantities import CELL, Form, Quantity, estimated
from harness.model import Mode
from harness.report.elements import Column, Row, Shown, Table
from harness.report.numbers import series, table_rows
from harness.report.words import csv_text, formatting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from harness.analysis.results.experiment import Analysis, CellResult
    from harness.model import Estimate, Workload

__all__ = [
    "quantity_columns",
    "quantity_shown",
    "times_csv",
    "times_table",
]

R = TypeVar("R")
_FORMS: Mapping[Form, Callable[[Estimate | None], Shown]] = {
    Form.FACTOR: formatting.factor,
    Form.AMOUNT: formatting.amount,
    Form.SECONDS: formatting.seconds,
    Form.BYTES: formatting.size,
}


def quantity_columns(quantities: Iterable[Quantity[R]]) -> tuple[Column, ...]:
    """Return a column for each quantity."""
    return tuple(Column(title=quantity.title, hint=quantity.hint) for quantity in quantities)


def quantity_shown(quantity: Quantity[R], result: R) -> Shown:
    """Return what the column of a quantity shows of one result."""
    return _FORMS[quantity.form](quantity.of(result))


_CELL = tuple(quantity for quantity in estimated(CELL) if quantity.title)
_TIMES = (
    Column(title="Variant", is_number=False),
    Column(title="Run", hint="How often the work runs at once", is_number=False),
    *quantity_columns(_CELL[:1]),
    Column(title="n", hint="Processes the interval rests on"),
    *quantity_columns(_CELL[1:]),
    Column(title="Start skew", hint="From the first to the last thread's start"),
    Column(title="Peak memory", hint="Resident set, median over processes"),
)
_PLAIN = ("start_skew_s", "max_rss_bytes", "involuntary_switches_per_s", "loops", "warmups")


def times_table(analysis: Analysis, workload: Workload) -> Table | None:
    """Return a table of every measured cell of a workload, ``None`` where there is none."""
    rows = _times_rows(analysis, workload)
    if not rows:
        return None
    return Table(
        caption=f"Every time of {workload.name}", columns=_TIMES, rows=rows, is_folded=True
    )


def times_csv(analysis: Analysis) -> str:
    """Return every measured cell as comma-separated values, full precision."""
    bounds = [f"{quantity.key}{end}" for quantity in _CELL for end in ("", "_low", "_high")]
    header = ("variant", "workload", "mode", "threads", "n", "level", *bounds, *_PLAIN)
    workloads = {workload.name: workload for workload in analysis.manifest.plan.workloads}
    rows = [_csv_row(cell, workloads[cell.benchmark.workload]) for cell in analysis.cells]
    return csv_text.csv_text(header, rows)


def _csv_row(cell: CellResult, workload: Workload) -> tuple[object, ...]:
    return (
        *(cell.variant, cell.benchmark.workload, str(cell.mode), cell.threads),
        *(cell.time_s.n, cell.time_s.level),
        *(number for quantity in _CELL for number in _trio(quantity, cell, workload)),
        cell.start_skew_s if _has_skew(cell, workload) else None,
        cell.max_rss_bytes,
        cell.involuntary_switches_per_s,
        cell.loops,
        cell.warmups,
    )


def _times_rows(analysis: Analysis, workload: Workload) -> tuple[Row, ...]:
    mine = [cell for cell in analysis.cells if cell.benchmark.workload == workload.name]
    ordered = series.in_page_order(analysis, mine)
    return table_rows.rows(analysis, ((cell.variant, _times(cell, workload)) for cell in ordered))


def _times(cell: CellResult, workload: Workload) -> tuple[Shown, ...]:
    n = cell.time_s.n
    skew = cell.start_skew_s if _has_skew(cell, workload) else None
    time, *others = (_shown(quantity, cell, workload) for quantity in _CELL)
    return (
        Shown(series.how(cell.benchmark)),
        time,
        formatting.keyed(str(n), n),
        *others,
        formatting.keyed(formatting.seconds_point(skew), skew),
        formatting.keyed(formatting.bytes_size(cell.max_rss_bytes), cell.max_rss_bytes),
    )


def _shown(quantity: Quantity[CellResult], cell: CellResult, workload: Workload) -> Shown:
    """Return a number of a cell; a ratio with its own n where fewer pairs than processes count."""
    if quantity.is_gain and _is_reference(cell, workload):
        return formatting.keyed("1", 1)
    estimate, shown = quantity.of(cell), quantity_shown(quantity, cell)
    if quantity.form is not Form.FACTOR or estimate is None or estimate.n == cell.time_s.n:
        return shown
    return shown._replace(note=f"{shown.note}, n = {estimate.n}")


def _is_reference(cell: CellResult, workload: Workload) -> bool:
    """Return whether speed-ups are formed against this cell: its own is 1 by definition."""
    return cell.threads == 1 and (cell.mode is Mode.SERIAL or workload.thread_counts is None)


def _has_skew(cell: CellResult, workload: Workload) -> bool:
    """Return whether the worker started several threads, and so knows when each began."""
    return cell.threads > 1 and workload.thread_counts is None


def _trio(
    quantity: Quantity[CellResult], cell: CellResult, workload: Workload
) -> tuple[float | None, float | None, float | None]:
    estimate = quantity.of(cell)
    if estimate is not None and quantity.is_gain and _is_reference(cell, workload):
        return estimate.point, None, None
    return csv_text.trio(estimate)
