"""What workloads measure beside their time: pauses, lost updates, and memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.analysis.results.quantities import MEMORY
from harness.model.notes import LOST, PAUSE
from harness.report.elements import Column, Section, Shown, Table
from harness.report.numbers import delays, series, table_rows, tables
from harness.report.words import formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, MemoryResult, NoteResult

__all__ = ["lost", "memory", "pauses"]

_LONG = 24

_WORKLOAD = Column(title="Workload", is_number=False)


def pauses(analysis: Analysis) -> Section:
    """Return how long the garbage collector stopped a worker's thread."""
    columns = (
        table_rows.VARIANT,
        table_rows.RUN,
        Column(title="Pauses", hint="Of all processes"),
        *table_rows.QUANTILES,
    )
    collections = []
    for workload in delays.noting(analysis, PAUSE):
        cells = (
            (note.variant, (*_run_and_count(note), *table_rows.quantiles(note)))
            for note in _noted(analysis, PAUSE)
            if note.benchmark.workload == workload.name
        )
        caption, rows = f"Collections during {workload.name}", table_rows.rows(analysis, cells)
        collections.append(Table(caption=caption, columns=columns, rows=rows))
    collector = (
        "A pause is one collection in a worker's own thread while it is timed; on PyPy, a minor "
        "collection or one step of a major one. Without the GIL a collection stops all threads."
    )
    return Section(
        anchor="pauses",
        title="Garbage collection pauses",
        sentences=(collector, table_rows.READ_SO) if collections else (),
        tables=tuple(collections),
        absent="" if collections else "Time them: `nox -s bench -- --workload allocate`",
    )


def lost(analysis: Analysis) -> Section:
    """Return how many updates of shared state went missing."""
    columns = (
        table_rows.VARIANT,
        _WORKLOAD,
        table_rows.RUN,
        Column(title="Values", hint="Timed calls of all threads together"),
        Column(title="Lost in all", hint="Of all processes"),
        Column(title="Lost per value", hint="Mean, with its interval over processes"),
    )
    rows = table_rows.rows(
        analysis,
        ((note.variant, _lost_cells(note)) for note in _noted(analysis, LOST)),
    )
    increments = (
        "An update without a lock reads, changes and writes: of two threads that do so at once, "
        "one is lost, and the result is wrong as well as slow. 0 is no promise: that none was lost "
        "here does not make it right."
    )
    table = Table(caption="Updates of shared state that are missing", columns=columns, rows=rows)
    return Section(
        anchor="lost",
        title="Lost updates",
        sentences=(increments,) if rows else (),
        tables=(table,) if rows else (),
        absent="" if rows else "Count them: `nox -s bench -- --workload counter_shared`",
    )


def _lost_cells(note: NoteResult) -> tuple[Shown, ...]:
    """Return the cells of a note; where none was lost there is nothing to be unsure of."""
    is_none = note.mean is not None and not note.mean.point
    return (
        Shown(note.benchmark.workload),
        *_run_and_count(note),
        formatting.keyed(formatting.whole(note.total), note.total),
        formatting.keyed("0", 0) if is_none else formatting.coefficient(note.mean),
    )


def memory(analysis: Analysis) -> Section:
    """Return what memory a worker needed, from a pass of its own."""
    columns = (
        table_rows.VARIANT,
        _WORKLOAD,
        table_rows.RUN,
        Column(title="n", hint="Processes the means rest on"),
        *tables.quantity_columns(MEMORY),
    )
    results = series.in_page_order(analysis, analysis.memory)
    cells = ((result.variant, _memory_cells(result)) for result in results)
    rows = table_rows.rows(analysis, cells)
    blocks = formatting.count(analysis.manifest.plan.memory_blocks, "block")
    sizes = (
        "Peak RSS is the most memory that a worker had in use at once, whole pages, even those it "
        "shares; of several processes it is the sum of their peaks. PSS is what they had in use "
        "together after the last value, each shared page divided by the number of processes that "
        "share it, so that nothing counts twice. Both come from a separate pass of "
        f"{blocks} whose times are not used."
    )
    is_long = len(rows) > _LONG
    table = Table(caption="Memory of a worker", columns=columns, rows=rows, is_folded=is_long)
    return Section(
        anchor="memory",
        title="Memory",
        sentences=(sizes,) if rows else (),
        tables=(table,) if rows else (),
        absent="" if rows else "Measure it: `nox -s bench -- --memory`",
    )


def _memory_cells(result: MemoryResult) -> tuple[Shown, ...]:
    estimate = result.peak_rss_bytes or result.pss_bytes
    return (
        Shown(result.benchmark.workload),
        Shown(series.how(result.benchmark)),
        formatting.keyed(str(estimate.n), estimate.n) if estimate else Shown(formatting.ABSENT),
        *(tables.quantity_shown(quantity, result) for quantity in MEMORY),
    )


def _run_and_count(note: NoteResult) -> tuple[Shown, Shown]:
    count = formatting.keyed(formatting.whole(note.count), note.count)
    return Shown(series.how(note.benchmark)), count


def _noted(analysis: Analysis, name: str) -> list[NoteResult]:
    return series.in_page_order(analysis, [note for note in analysis.measures if note.name == name])
