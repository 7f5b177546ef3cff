"""Private and shared arms side by side, still as numbers."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.analysis.experiment.sharing import Arms, arms
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
    def ratio(self) -> Estimate | None:
        """Return the time of the shared arm ÷ that of the private one."""
        return self.cost.cost if self.cost else None

    @property
    def is_drawn(self) -> bool:
        """Return whether there is a speed-up to draw."""
        return is_number(self.private) or is_number(self.shared)


@dataclasses.dataclass(frozen=True, kw_only=True)
class PairRows:
    """One pair at one number of threads, the variants in the plan's order."""

    pair: str
    threads: int
    rows: tuple[ArmRow, ...]


def pair_rows(analysis: Analysis) -> tuple[PairRows, ...]:
    """Return every pair that has a result with several threads."""
    threads = fitting_threads(analysis)
    if threads is None:
        return ()
    cells = {(cell.variant, cell.benchmark): cell for cell in analysis.cells}
    costs = {(cost.variant, cost.pair, cost.threads): cost for cost in analysis.sharing_costs}
    failed = {(failure.variant, failure.benchmark) for failure in analysis.failures}

    def arm_row(label: str, slot: int, pair: Arms) -> ArmRow:
        keys = [
            (label, Benchmark(workload=name, mode=Mode.THREADS, threads=threads))
            for name in (pair.private, pair.shared)
        ]
        private, shared = (cell.speedup if (cell := cells.get(key)) else None for key in keys)
        return ArmRow(
            label=label,
            slot=slot,
            private=private,
            shared=shared,
            cost=costs.get((label, pair.pair, threads)),
            has_failed=any(key in failed for key in keys),
        )

    slots, pairs = series.slots(analysis), []
    for pair in arms(analysis.manifest.plan):
        rows = [arm_row(label, slot, pair) for label, slot in slots.items()]
        if any(row.is_drawn or row.cost for row in rows):
            shown = tuple(row for row in rows if row.is_drawn or row.cost or row.has_failed)
            pairs.append(PairRows(pair=pair.pair, threads=threads, rows=shown))
    return tuple(pairs)


def drawn(pairs: tuple[PairRows, ...]) -> tuple[PairRows, ...]:
    """Return the pairs that the figure has room for, in their order, with what can be drawn."""
    kept: list[PairRows] = []
    total = 0
    for pair in pairs:
        rows = tuple(row for row in pair.rows if row.is_drawn)
        total += len(rows)
        if rows and (total <= MAX_ROWS or not kept):
            kept.append(dataclasses.replace(pair, rows=rows))
    return tuple(kept)
