"""The ratios that an experiment is about: what ``--precision`` and the grade look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.model import Benchmark, Cell, Kind, Mode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.model import Plan

__all__ = ["headlines"]


def headlines(plan: Plan, cores: int) -> Iterator[tuple[Cell, Cell]]:
    """Yield the headline ratios as (over, under): all cores ÷ one, one thread ÷ baseline's."""
    planned = set(plan.cells)
    # Not of the variants: in a dry run some are not here yet.
    labels = dict.fromkeys(cell.variant for cell in plan.cells)
    for workload in plan.workloads:
        if workload.is_paced or workload.kind is Kind.IO or workload.thread_counts is not None:
            continue
        single = Benchmark(workload=workload.name, mode=Mode.THREADS, threads=1)
        counts = [
            cell.benchmark.threads
            for cell in plan.cells
            if cell.benchmark.workload == workload.name and cell.benchmark.mode is Mode.THREADS
        ]
        most = max((count for count in counts if count <= cores), default=1)
        many = Benchmark(workload=workload.name, mode=Mode.THREADS, threads=most)
        for label in labels:
            alone = Cell(variant=label, benchmark=single)
            pairs = [(alone, Cell(variant=plan.baseline, benchmark=single))]
            if most > 1:
                pairs.append((Cell(variant=label, benchmark=many), alone))
            yield from (
                (over, under) for over, under in pairs if over != under and {over, under} <= planned
            )
