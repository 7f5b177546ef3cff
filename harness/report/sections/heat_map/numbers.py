"""The tiles of the heat maps, still as numbers: a workload and a variant, and a ratio."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from harness.model import Benchmark, Decision, Mode, Scale
from harness.report.numbers import series
from harness.report.numbers.thread_choice import fitting_threads, is_number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.analysis.results.experiment import Analysis, CellResult
    from harness.model import Estimate, Workload

__all__ = ["LEVELS", "HeatMap", "HeatRow", "Tile", "edges", "level", "maps"]

LEVELS = 4
"""Steps of colour on either side of 1."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tile:
    """One workload under one variant."""

    estimate: Estimate | None
    decision: Decision | None
    """``None`` where nothing can be judged."""
    scaling: Scale | None = None
    """Of a speed-up; ``None`` where it is not judged, and of times."""
    has_failed: bool = False
    """There is no number because its processes failed."""

    @property
    def is_resolved(self) -> bool:
        """Return whether the direction may be believed, or that there is none."""
        if self.scaling is not None:
            return self.scaling is not Scale.UNRESOLVED
        return self.decision not in (None, Decision.UNRESOLVED)

    @property
    def remark(self) -> str:
        """Return what follows the number in words; empty for a mere difference."""
        if self.scaling is not None:
            return f", {self.scaling}"
        return "" if self.is_resolved else ", not resolved"

    def step(self, bounds: tuple[float, ...]) -> int:
        """Return the step of its colour; 0 for what does not scale, whatever its number."""
        if self.estimate is None or self.scaling is Scale.NOT:
            return 0
        return level(self.estimate.point, bounds)


@dataclasses.dataclass(frozen=True, kw_only=True)
class HeatRow:
    """One workload; ``benchmark`` is what was run."""

    benchmark: Benchmark
    own_threads: int | None
    """The threads that the workload brings, where their number cannot be chosen."""
    tiles: tuple[Tile, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class HeatMap:
    """A workload a row, a variant a column."""

    name: str
    threads: int
    """Of every workload whose threads can be chosen."""
    is_time: bool
    """Of times, where less is better; otherwise of speed-ups."""
    columns: tuple[tuple[str, int], ...]
    """Label and slot of each variant."""
    rows: tuple[HeatRow, ...]
    edges: tuple[float, ...]
    """The ratios, all above 1, from which on the next colour is used."""

    @property
    def tiles(self) -> tuple[Tile, ...]:
        """Return all tiles, row by row."""
        return tuple(tile for row in self.rows for tile in row.tiles)

    @property
    def has_numbers(self) -> bool:
        """Return whether any tile has a number."""
        return any(tile.estimate for tile in self.tiles)


def maps(analysis: Analysis) -> tuple[HeatMap, ...]:
    """Return the map of speed-ups, and that of times against the baseline at one thread."""
    baseline, threads = analysis.manifest.plan.baseline, fitting_threads(analysis)
    slots = series.slots(analysis)
    others = {label: slot for label, slot in slots.items() if label != baseline}
    times = HeatMap(
        name="heat-time",
        threads=1,
        is_time=True,
        columns=tuple(others.items()),
        rows=_rows(analysis, others, threads=1, is_time=True),
        edges=edges(2.0, analysis.threshold),
    )
    if threads is None:
        return (times,) if times.has_numbers else ()
    speedups = HeatMap(
        name="heat-speedup",
        threads=threads,
        is_time=False,
        columns=tuple(slots.items()),
        rows=_rows(analysis, slots, threads=threads, is_time=False),
        edges=edges(float(threads), analysis.threshold),
    )
    return tuple(heat_map for heat_map in (speedups, times) if heat_map.has_numbers)


def edges(top: float, threshold: float) -> tuple[float, ...]:
    """Return four edges evenly apart on a logarithmic scale, the first what matters at all."""
    first = 1 + threshold
    end = max(top, 2.0, 2 * first)
    return tuple(first * (end / first) ** (step / LEVELS) for step in range(LEVELS))


def level(ratio: float, bounds: tuple[float, ...]) -> int:
    """Return the step of colour, from −4 to 4: 0 is nearer to 1 than matters."""
    distance = abs(math.log(ratio))
    steps = sum(distance >= math.log(edge) for edge in bounds)
    return steps if ratio > 1 else -steps


def _tile(cell: CellResult | None, *, is_time: bool, has_failed: bool) -> Tile:
    """Return the tile of a cell, empty where there is no number."""
    if cell is None:
        return Tile(estimate=None, decision=None, has_failed=has_failed)
    estimate = cell.ratio if is_time else cell.speedup
    verdict = cell.verdict if is_time else cell.speedup_verdict
    if not is_number(estimate):
        return Tile(estimate=None, decision=None)
    return Tile(
        estimate=estimate,
        decision=verdict.decision if verdict else None,
        scaling=None if is_time or cell.scaling is None else cell.scaling.word,
    )


def _rows(
    analysis: Analysis, labels: Iterable[str], *, threads: int, is_time: bool
) -> tuple[HeatRow, ...]:
    """Return the rows that have a result: those with threads of their own come last."""
    cells = {(cell.variant, cell.benchmark): cell for cell in analysis.cells}
    failed = {(failure.variant, failure.benchmark) for failure in analysis.failures}
    rows = []
    for workload in sorted(series.shown_workloads(analysis), key=_has_own):
        if workload.is_paced:
            continue
        for benchmark in _benchmarks(workload, threads=threads, is_time=is_time):
            keys = [(label, benchmark) for label in labels]
            tiles = tuple(
                _tile(cells.get(key), is_time=is_time, has_failed=key in failed) for key in keys
            )
            own = benchmark.threads if _has_own(workload) else None
            if any(tile.estimate or tile.has_failed for tile in tiles):
                rows.append(HeatRow(benchmark=benchmark, own_threads=own, tiles=tiles))
    return tuple(rows)


def _has_own(workload: Workload) -> bool:
    return workload.thread_counts is not None


def _benchmarks(workload: Workload, *, threads: int, is_time: bool) -> tuple[Benchmark, ...]:
    """Return what is run: one of its own numbers of threads, or the one that is asked for."""
    name = workload.name
    if workload.thread_counts is None:
        return (Benchmark(workload=name, mode=Mode.THREADS, threads=threads),)
    if is_time:
        return (Benchmark(workload=name, mode=Mode.SERIAL, threads=1),)
    counts = [count for count in workload.thread_counts if count > 1]
    return tuple(
        Benchmark(workload=name, mode=Mode.THREADS, threads=max(counts)) for _ in counts[:1]
    )
