"""The tables of the page: times, the numbers behind each figure, and the download."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Mode
from harness.report.elements import Column, Row, Shown, Table
from harness.report.numbers import series
from harness.report.words import csv_text, formatting

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, CellResult
    from harness.model import Estimate, Workload

__all__ = [
    "times_csv",
    "times_table",
]

_TIMES = (
    Column(title="Variant", is_number=False),
    Column(title="Run", hint="How often the work runs at once", is_number=False),
    Column(title="Time per loop", hint="Typical time with its interval"),
    Column(title="n", hint="Processes the interval rests on"),
    Column(title="Speed-up", hint="Against one thread of the same variant, or one after another"),
    Column(title="Efficiency", hint="Speed-up divided by threads"),
    Column(title="Against baseline", hint="Time divided by the baseline's: below 1 is faster"),
    Column(title="Cores used", hint="CPU time divided by elapsed time"),
    Column(title="First ÷ steady", hint="First value of a process against its later ones"),
    Column(title="Start skew", hint="From the first to the last thread's start"),
    Column(title="Peak memory", hint="Resident set, median over processes"),
)
_ESTIMATES = ("time_s", "speedup", "efficiency", "ratio", "cores_used", "cold_ratio")
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
    bounds = [f"{name}{end}" for name in _ESTIMATES for end in ("", "_low", "_high")]
    header = ("variant", "workload", "mode", "threads", "n", "level", *bounds, *_PLAIN)
    workloads = {workload.name: workload for workload in analysis.manifest.plan.workloads}
    rows = []
    for cell in analysis.cells:
        workload = workloads[cell.benchmark.workload]
        found = [number for name in _ESTIMATES for number in _trio(cell, name, workload)]
        found += [getattr(cell, name) for name in _PLAIN]
        if not _has_skew(cell, workload):
            found[-len(_PLAIN)] = None
        names = (cell.variant, cell.benchmark.workload, str(cell.mode))
        rows.append((*names, cell.threads, cell.time_s.n, cell.time_s.level, *found))
    return csv_text.csv_text(header, rows)


def _times_rows(analysis: Analysis, workload: Workload) -> tuple[Row, ...]:
    modes, previous, rows = tuple(series.MODES), "", []
    slots = series.slots(analysis)
    mine = [cell for cell in analysis.cells if cell.benchmark.workload == workload.name]
    for cell in sorted(
        mine,
        key=lambda cell: (slots[cell.variant], modes.index(cell.mode), cell.threads),
    ):
        starts, previous = cell.variant != previous, cell.variant
        slot = slots[cell.variant]
        shown = _times(cell, workload)
        rows.append(Row(head=cell.variant, slot=slot, cells=shown, starts_group=starts))
    return tuple(rows)


def _times(cell: CellResult, workload: Workload) -> tuple[Shown, ...]:
    is_reference, n = _is_reference(cell, workload), cell.time_s.n
    skew = cell.start_skew_s if _has_skew(cell, workload) else None
    return (
        Shown(series.how(cell.benchmark)),
        formatting.seconds(cell.time_s),
        formatting.keyed(str(n), n),
        formatting.keyed("1", 1) if is_reference else _with_n(cell.speedup, n),
        formatting.keyed("1", 1) if is_reference else formatting.amount(cell.efficiency),
        _with_n(cell.ratio, n),
        formatting.amount(cell.cores_used),
        formatting.factor(cell.cold_ratio),
        formatting.keyed(formatting.seconds_point(skew), skew),
        formatting.keyed(formatting.bytes_size(cell.max_rss_bytes), cell.max_rss_bytes),
    )


def _is_reference(cell: CellResult, workload: Workload) -> bool:
    """Return whether speed-ups are formed against this cell: its own is 1 by definition."""
    return cell.threads == 1 and (cell.mode is Mode.SERIAL or workload.thread_counts is None)


def _has_skew(cell: CellResult, workload: Workload) -> bool:
    """Return whether the worker started several threads, and so knows when each began."""
    return cell.threads > 1 and workload.thread_counts is None


def _with_n(estimate: Estimate | None, usual: int) -> Shown:
    """Return a ratio; with its own n where fewer pairs than processes are left."""
    shown = formatting.factor(estimate)
    if estimate is None or estimate.n == usual:
        return shown
    return shown._replace(note=f"{shown.note}, n = {estimate.n}")


def _trio(cell: CellResult, name: str, workload: Workload) -> list[object]:
    estimate: Estimate | None = getattr(cell, name)
    is_gain = name in ("speedup", "efficiency")
    if estimate is not None and is_gain and _is_reference(cell, workload):
        return [estimate.point, None, None]
    return list(csv_text.trio(estimate))
