"""Outcomes of the memory pass → peak memory of every cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.analysis.experiment.frame import by_cell
from harness.analysis.results.experiment import MemoryResult
from harness.model import Status
from harness.statistics.intervals import mean_t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.model import Estimate, Outcome, Plan
    from harness.storage.worker_result import Runs

__all__ = ["memory_results"]


def memory_results(plan: Plan, outcomes: Iterable[Outcome], runs: Runs) -> tuple[MemoryResult, ...]:
    """Return peak memory in bytes of all cells that have any, in the plan's order."""
    good = (
        outcome for outcome in outcomes if outcome.job.is_memory and outcome.status is Status.OK
    )
    results = []
    for cell, own in by_cell(plan.cells, good).items():
        rss = _mean(runs[outcome.job.key].max_rss_bytes for outcome in own)
        pss = _mean(runs[outcome.job.key].pss_bytes for outcome in own)
        if rss or pss:
            results.append(
                MemoryResult(
                    variant=cell.variant,
                    benchmark=cell.benchmark,
                    peak_rss_bytes=rss,
                    pss_bytes=pss,
                )
            )
    return tuple(results)


def _mean(sizes: Iterable[int | None]) -> Estimate | None:
    readable = [size for size in sizes if size is not None]
    return mean_t(np.array(readable, dtype=float)) if readable else None
