"""The tables of the page: times, the numbers behind each figure, and the download."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from harness.analysis.results.quantities import CELL, Form, Quantity, estimated
from harness.report.elements import Column, Shown, Table
from harness.report.numbers import series, table_rows
from harness.report.numbers.thread_choice import with_n
from harness.report.words import csv_text, formatting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from harness.analysis.results.experiment import Analysis, CellResult
    from harness.model import Estimate, Workload

__all__ = ["quantity_columns", "quantity_shown", "times_csv", "times_table"]

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
    table_rows.VARIANT,
    table_rows.RUN,
    *quantity_columns(_CELL[:1]),
    Column(title="n", hint="Processes the interval rests on"),
    *quantity_columns(_CELL[1:]),
    Column(title="Start skew", hint="From the first to the last thread's start"),
    Column(title="Peak memory", hint="Resident set, median over processes"),
)
_PLAIN = ("start_skew_s", "max_rss_bytes", "involuntary_switches_per_s", "loops", "warmups")


def times_table(analysis: Analysis, workload: Workload) -> Table | None:
    """Return a table of every measured cell of a workload, ``None`` where there is none."""
    cells = [cell for cell in analysis.cells if cell.benchmark.workload == workload.name]
    ordered = series.in_page_order(analysis, cells)
    rows = table_rows.rows(analysis, ((cell.variant, _times(cell, workload)) for cell in ordered))
    caption = f"Every time of {workload.name}"
    return Table(caption=caption, columns=_TIMES, rows=rows, is_folded=True) if rows else None


def times_csv(analysis: Analysis) -> str:
    """Return every measured cell as comma-separated values, full precision."""
    bounds = [bound for quantity in _CELL for bound in csv_text.bounds(quantity.key)]
    header = ("variant", "workload", "mode", "threads", "n", "level", *bounds, *_PLAIN)
    plan = analysis.manifest.plan
    rows = [_csv_row(cell, plan.workload(cell.benchmark.workload)) for cell in analysis.cells]
    return csv_text.csv_text(header, rows)


def _csv_row(cell: CellResult, workload: Workload) -> tuple[object, ...]:
    return (
        *(cell.variant, cell.benchmark.workload, str(cell.mode), cell.threads),
        *(cell.time_s.n, cell.time_s.level),
        *(number for quantity in _CELL for number in _trio(quantity.of(cell))),
        _skew(cell, workload),
        *(getattr(cell, name) for name in _PLAIN[1:]),
    )


def _trio(estimate: Estimate | None) -> tuple[float | None, float | None, float | None]:
    point, low, high = csv_text.trio(estimate)
    return (point, None, None) if formatting.is_definition(estimate) else (point, low, high)


def _times(cell: CellResult, workload: Workload) -> tuple[Shown, ...]:
    n, skew = cell.time_s.n, _skew(cell, workload)
    time, *others = (_shown(quantity, cell) for quantity in _CELL)
    return (
        Shown(series.how(cell.benchmark)),
        time,
        formatting.keyed(str(n), n),
        *others,
        formatting.keyed(formatting.seconds_point(skew), skew),
        formatting.keyed(formatting.bytes_size(cell.max_rss_bytes), cell.max_rss_bytes),
    )


def _shown(quantity: Quantity[CellResult], cell: CellResult) -> Shown:
    """Return a number of a cell; a ratio with its own n where fewer pairs than processes count."""
    estimate, shown = quantity.of(cell), quantity_shown(quantity, cell)
    if formatting.is_definition(estimate):
        return formatting.keyed("1", 1)
    if quantity.form is not Form.FACTOR or estimate is None or estimate.n == cell.time_s.n:
        return shown
    return with_n(shown, estimate)


def _skew(cell: CellResult, workload: Workload) -> float | None:
    """Return the start skew where the worker started several threads, and so knows it."""
    return cell.start_skew_s if cell.threads > 1 and workload.thread_counts is None else None
