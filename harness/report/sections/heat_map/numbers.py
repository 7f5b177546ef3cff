"""The tiles of the heat maps, still as numbers: a workload and a variant, and a ratio."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from harness.model import Benchmark, Decision, Mode
from harness.report.numbers import series
from harness.report.numbers.thread_choice import fitting_threads, is_number

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis, CellResult
    from harness.model import Estimate, Verdict, Workload

__all__ = ["LEVELS", "HeatMap", "HeatRow", "Tile", "edges", "level", "maps"]

LEVELS = 4
"""Steps of colour on either side of 1."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tile:
    """One workload under one variant."""

    estimate: Estimate | None
    decision: Decision | None
    """``None`` where nothing can be judged."""
    has_failed: bool = False
    """There is no number because its processes failed."""

    @property
    def is_resolved(self) -> bool:
        """Return whether the direction may be believed, or that there is none."""
        return self.decision not in (None, Decision.UNRESOLVED)


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


def maps(analysis: Analysis) -> tuple[HeatMap, ...]:
    """Return the map of speed-ups, and that of times against the baseline at one thread."""
    slots, tiles = series.slots(analysis), _Tiles.of(analysis)
    baseline = analysis.manifest.plan.baseline
    others = {label: slot for label, slot in slots.items() if label != baseline}
    threads = fitting_threads(analysis)
    found = []
    if threads is not None:
        speedups = HeatMap(
            name="heat-speedup",
            threads=threads,
            is_time=False,
            columns=tuple(slots.items()),
            rows=_rows(analysis, tiles, slots, threads=threads, is_time=False),
            edges=edges(float(threads), analysis.threshold),
        )
        found.append(speedups)
    times = HeatMap(
        name="heat-time",
        threads=1,
        is_time=True,
        columns=tuple(others.items()),
        rows=_rows(analysis, tiles, others, threads=1, is_time=True),
        edges=edges(2.0, analysis.threshold),
    )
    found.append(times)
    return tuple(one for one in found if any(tile.estimate for tile in one.tiles))


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


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Tiles:
    """The cells by variant and benchmark, and those that failed."""

    cells: dict[tuple[str, Benchmark], CellResult]
    failed: frozenset[tuple[str, Benchmark]]

    @classmethod
    def of(cls, analysis: Analysis) -> _Tiles:
        """Return those of an analysis."""
        return cls(
            cells={(cell.variant, cell.benchmark): cell for cell in analysis.cells},
            failed=frozenset((one.variant, one.benchmark) for one in analysis.failures),
        )

    def tile(self, variant: str, benchmark: Benchmark, *, is_time: bool) -> Tile:
        """Return the tile of a variant and a benchmark, empty where there is no number."""
        cell = self.cells.get((variant, benchmark))
        estimate, verdict = _ratio(cell, is_time=is_time)
        if estimate is None or not is_number(estimate):
            return Tile(
                estimate=None,
                decision=None,
                has_failed=cell is None and (variant, benchmark) in self.failed,
            )
        return Tile(estimate=estimate, decision=verdict.decision if verdict else None)


def _ratio(cell: CellResult | None, *, is_time: bool) -> tuple[Estimate | None, Verdict | None]:
    if cell is None:
        return None, None
    return (cell.ratio, cell.verdict) if is_time else (cell.speedup, cell.speedup_verdict)


def _rows(
    analysis: Analysis, tiles: _Tiles, slots: dict[str, int], *, threads: int, is_time: bool
) -> tuple[HeatRow, ...]:
    """Return the rows that hold anything: those with threads of their own come last."""
    rows = []
    for workload in sorted(series.shown_workloads(analysis), key=_has_own):
        if workload.is_paced:
            continue
        for benchmark in _benchmarks(workload, threads=threads, is_time=is_time):
            row = HeatRow(
                benchmark=benchmark,
                own_threads=benchmark.threads if _has_own(workload) else None,
                tiles=tuple(tiles.tile(label, benchmark, is_time=is_time) for label in slots),
            )
            if any(tile.estimate or tile.has_failed for tile in row.tiles):
                rows.append(row)
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
