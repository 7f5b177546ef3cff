"""One number per process, as the distributions show it: each against its cell's typical time."""

from __future__ import annotations

import dataclasses
import math
import operator
import statistics
from typing import TYPE_CHECKING

from harness.model import Benchmark, Mode
from harness.report.numbers import series
from harness.report.numbers.thread_choice import fitting_threads

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, CellResult
    from harness.model import Estimate, Workload

__all__ = ["MAX_ROWS", "Panel", "Strip", "panels", "reach", "shown"]

MAX_ROWS = 64
"""Of one figure: beyond them, the workloads that vary least are in the table alone."""
_USUAL, _MAX_SPAN = 0.95, math.log(1.5)
_MIN_SPAN = math.log(1.02)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Strip:
    """The processes of one cell: times ÷ the typical one, in the order of the blocks."""

    label: str
    slot: int
    typical: Estimate
    """Seconds for one loop."""
    ratios: tuple[float, ...]

    @property
    def median(self) -> float:
        """Return the median of the ratios."""
        return statistics.median(self.ratios)

    @property
    def spread(self) -> float:
        """Return the slowest ÷ the quickest process."""
        return max(self.ratios) / min(self.ratios)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Return the interval of the typical time ÷ that time."""
        low, high, point = self.typical.low, self.typical.high, self.typical.point
        return None if low is None or high is None else (low / point, high / point)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Panel:
    """One workload: what was run with one thread, and what with several."""

    workload: str
    columns: tuple[tuple[Benchmark, tuple[Strip, ...]], ...]
    """At most two: one thread (or one after another), and several."""

    @property
    def labels(self) -> tuple[tuple[str, int], ...]:
        """Return label and slot of every variant that has a strip."""
        slots = {strip.label: strip.slot for _, strips in self.columns for strip in strips}
        return tuple(sorted(slots.items(), key=operator.itemgetter(1)))


def panels(analysis: Analysis) -> tuple[Panel, ...]:
    """Return a panel for each workload whose duration is a result."""
    threads = fitting_threads(analysis)
    slots = series.slots(analysis)
    cells = {(cell.variant, cell.benchmark): cell for cell in analysis.cells}
    made = []
    for workload in series.shown_workloads(analysis):
        columns = []
        for benchmark in _benchmarks(workload, threads):
            strips = tuple(
                strip
                for label, slot in slots.items()
                if (strip := _strip(cells.get((label, benchmark)), slot)) is not None
            )
            columns.append((benchmark, strips))
        panel = Panel(workload=workload.name, columns=tuple(columns))
        if panel.labels and not workload.is_paced:
            made.append(panel)
    return tuple(made)


def shown(all_panels: tuple[Panel, ...]) -> tuple[Panel, ...]:
    """Return the panels that the figure has room for: those that vary most, in their order."""
    if sum(len(panel.labels) for panel in all_panels) <= MAX_ROWS:
        return all_panels
    kept: set[str] = set()
    room = MAX_ROWS
    for panel in sorted(all_panels, key=lambda panel: -_widest(panel)):
        if len(panel.labels) <= room or not kept:
            kept.add(panel.workload)
            room -= len(panel.labels)
    return tuple(panel for panel in all_panels if panel.workload in kept)


def reach(all_panels: tuple[Panel, ...]) -> float:
    """Return the ratio at which the axis ends: nearly all processes lie within, never all of 1.5.

    What lies beyond is drawn at the edge. All panels share it, so that they can be compared.
    """
    distances = sorted(
        abs(math.log(ratio))
        for panel in all_panels
        for _, strips in panel.columns
        for strip in strips
        for ratio in strip.ratios
    )
    usual = distances[min(len(distances) - 1, int(_USUAL * len(distances)))]
    return math.exp(min(max(usual * 1.25, _MIN_SPAN), _MAX_SPAN))


def _widest(panel: Panel) -> float:
    return max(strip.spread for _, strips in panel.columns for strip in strips)


def _benchmarks(workload: Workload, threads: int | None) -> tuple[Benchmark, ...]:
    name = workload.name
    if workload.thread_counts is None:
        counts = (1,) if threads is None else (1, threads)
        return tuple(Benchmark(workload=name, mode=Mode.THREADS, threads=each) for each in counts)
    several = max(workload.thread_counts)
    return (
        Benchmark(workload=name, mode=Mode.SERIAL, threads=1),
        Benchmark(workload=name, mode=Mode.THREADS, threads=several),
    )


def _strip(cell: CellResult | None, slot: int) -> Strip | None:
    if cell is None:
        return None
    typical = cell.time_s
    times_s = [time_s for time_s in cell.process_times_s if math.isfinite(time_s) and time_s > 0]
    if not times_s or not math.isfinite(typical.point) or typical.point <= 0:
        return None
    return Strip(
        label=cell.variant,
        slot=slot,
        typical=typical,
        ratios=tuple(time_s / typical.point for time_s in times_s),
    )
