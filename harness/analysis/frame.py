"""Outcomes → one tidy frame with a row per process.

Place in the flow: store → **frame** → estimates. A process counts as one observation,
whatever number of values it gave: the variance between processes dominates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from harness.model import Cell, Outcome, Plan, Status
from harness.pyperf_run import RunData, read_run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["COLUMNS", "complete_blocks", "process_frame", "process_summary"]

COLUMNS = (
    "block",
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


def process_summary(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the one number that stands for a process: the median of its values' logarithms.

    ``values`` has the shape ``(…, values)``; what is returned has one dimension less.
    """
    return np.asarray(np.median(np.log(values), axis=-1))


def process_frame(outcomes: Iterable[Outcome]) -> pd.DataFrame:
    """Return a row for each successful measured process, with ``COLUMNS``.

    ``log_time`` is the median of the natural logarithms of its values (seconds per loop);
    the other measures are medians over its timed values, warm-ups left out. ``cell`` is
    the cell's name.
    """
    rows = [
        _row(outcome)
        for outcome in outcomes
        if outcome.status is Status.OK and outcome.job.is_timed
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(outcome: Outcome) -> dict[str, object]:
    run = read_run(outcome.run)
    benchmark = outcome.job.cell.benchmark
    timed = run.samples[len(run.warmups) :]
    wall_s = np.array([sample.wall_s for sample in timed])
    switches = [sample.involuntary_switches for sample in timed]
    has_switches = all(count is not None for count in switches)
    return {
        "block": outcome.job.block,
        "cell": outcome.job.cell.name,
        "variant": outcome.job.cell.variant,
        "workload": benchmark.workload,
        "mode": str(benchmark.mode),
        "threads": benchmark.threads,
        "log_time": float(process_summary(np.array(run.values))),
        "cores_used": float(np.median([sample.cpu_s for sample in timed] / wall_s)),
        "cold_ratio": _cold_ratio(run),
        "start_skew_s": float(np.median([sample.start_skew_s for sample in timed])),
        "max_rss_bytes": run.max_rss_bytes,
        "involuntary_per_s": (
            float(np.median(np.array(switches, dtype=float) / wall_s)) if has_switches else None
        ),
        "loops": run.loops,
        "warmups": len(run.warmups),
    }


def _cold_ratio(run: RunData) -> float | None:
    if not run.warmups:
        return None
    return float(run.warmups[0][1] / np.median(run.values))
