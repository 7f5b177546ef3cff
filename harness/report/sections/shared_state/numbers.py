"""Private and shared arms side by side, still as numbers."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.analysis.experiment.sharing import arms
from harness.model import Benchmark, Mode
from harness.report.numbers import series
from harness.report.numbers.thread_choice import fitting_threads, is_number

if TYPE_CHECKING:
    from harness.analysis.results.experiment import Analysis
    from harness.analysis.results.scaling_laws import SharingCost
    from harness.model import Estimate

__all__ = ["MAX_ROWS", "ArmRow", "PairRows", "drawn", "pair_rows"]

MAX_ROWS = 90
"""Of one figure: beyond them, pairs are in the table alone."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ArmRow:
    """One variant of one pair: the speed-ups of both arms and the price of sharing."""

    label: str
    slot: int
    private: Estimate | None
    shared: Estimate | None
    cost: SharingCost | None
    has_failed: bool

    @property
    def is_drawn(self) -> bool:
        """Return whether there is a speed-up to draw."""
        return is_number(self.private) or is_number(self.shared)


@dataclasses.dataclass(frozen=True, kw_only=True)
class PairRows:
    """One pair at one number of threads, the variants in the plan's order."""

    pair: str
    private: str
    shared: str
    threads: int
    rows: tuple[ArmRow, ...]


def pair_rows(analysis: Analysis) -> tuple[PairRows, ...]:
    """Return every pair that has a result with several threads."""
    threads = fitting_threads(analysis)
    if threads is None:
        return ()
    cells = {(one.variant, one.benchmark): one for one in analysis.cells}
    costs = {(one.variant, one.pair, one.threads): one for one in analysis.sharing_costs}
    failed = {(one.variant, one.benchmark) for one in analysis.failures}
    found = []
    for pair in arms(analysis.manifest.plan):
        both = [
            Benchmark(workload=name, mode=Mode.THREADS, threads=threads)
            for name in (pair.private, pair.shared)
        ]
        rows = []
        for label, slot in series.slots(analysis).items():
            one, other = (cells.get((label, benchmark)) for benchmark in both)
            row = ArmRow(
                label=label,
                slot=slot,
                private=one.speedup if one else None,
                shared=other.speedup if other else None,
                cost=costs.get((label, pair.pair, threads)),
                has_failed=any((label, benchmark) in failed for benchmark in both),
            )
            if row.is_drawn or row.cost or row.has_failed:
                rows.append(row)
        if any(row.is_drawn or row.cost for row in rows):
            found.append(
                PairRows(
                    pair=pair.pair,
                    private=pair.private,
                    shared=pair.shared,
                    threads=threads,
                    rows=tuple(rows),
                )
            )
    return tuple(found)


def drawn(found: tuple[PairRows, ...]) -> tuple[PairRows, ...]:
    """Return the pairs that the figure has room for, in their order, with what can be drawn."""
    kept: list[PairRows] = []
    total = 0
    for pair in found:
        rows = tuple(row for row in pair.rows if row.is_drawn)
        total += len(rows)
        if rows and (total <= MAX_ROWS or not kept):
            kept.append(dataclasses.replace(pair, rows=rows))
    return tuple(kept)
