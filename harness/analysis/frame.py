"""Outcomes → one tidy frame with a row per process.

Place in the flow: store → **frame** → estimates. A process counts as one observation,
whatever number of values it gave: the variance between processes dominates.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

import pandas as pd

from harness.model import Cell, Outcome, Plan, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.pyperf_run import RunData, Runs

__all__ = ["COLUMNS", "complete_blocks", "process_frame"]

COLUMNS = (
    "block",
    "position",
    "cell",
    "variant",
    "workload",
    "mode",
    "threads",
    "log_time",
    "cores_used",
    "cold_ratio",
    "start_skew_s",
    "max_rss_bytes",
    "involuntary_per_s",
    "loops",
    "warmups",
)


def complete_blocks(plan: Plan, outcomes: Iterable[Outcome]) -> tuple[int, ...]:
    """Return the numbers of the measured blocks in which every cell has an outcome."""
    seen: dict[int, set[Cell]] = {}
    for outcome in outcomes:
        if outcome.job.is_timed:
            seen.setdefault(outcome.job.block, set()).add(outcome.job.cell)
    planned = set(plan.cells)
    return tuple(sorted(block for block, cells in seen.items() if planned <= cells))


def process_frame(outcomes: Iterable[Outcome], runs: Runs) -> pd.DataFrame:
    """Return a row for each successful measured process, with ``COLUMNS``.

    ``log_time`` is the median of the natural logarithms of its values (seconds per loop);
    the other measures are medians over its timed values, warm-ups left out. ``cell`` is
    the cell's name.
    """
    rows = [
        _row(outcome, runs[outcome.job.key])
        for outcome in outcomes
        if outcome.status is Status.OK and outcome.job.is_timed
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(outcome: Outcome, run: RunData) -> dict[str, object]:
    # Plain Python: for five numbers NumPy takes longer to be called than to calculate.
    benchmark = outcome.job.cell.benchmark
    timed = run.samples[len(run.warmups) :]
    switches = [
        sample.involuntary_switches / sample.wall_s
        for sample in timed
        if sample.involuntary_switches is not None
    ]
    has_switches = len(switches) == len(timed)
    return {
        "block": outcome.job.block,
        "position": outcome.job.position,
        "cell": outcome.job.cell.name,
        "variant": outcome.job.cell.variant,
        "workload": benchmark.workload,
        "mode": str(benchmark.mode),
        "threads": benchmark.threads,
        "log_time": statistics.median(map(math.log, run.values)),
        "cores_used": statistics.median(sample.cpu_s / sample.wall_s for sample in timed),
        "cold_ratio": _cold_ratio(run),
        "start_skew_s": statistics.median(sample.start_skew_s for sample in timed),
        "max_rss_bytes": run.max_rss_bytes,
        "involuntary_per_s": statistics.median(switches) if has_switches else None,
        "loops": run.loops,
        "warmups": len(run.warmups),
    }


def _cold_ratio(run: RunData) -> float | None:
    if not run.warmups:
        return None
    return run.warmups[0][1] / statistics.median(run.values)
