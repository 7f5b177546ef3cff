"""Outcomes → one tidy frame with a row per process."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from harness.model import Cell, Outcome, Plan, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from harness.storage.worker_result import RunData, Runs

__all__ = ["COLUMNS", "MEASURES", "complete_blocks", "process_frame", "process_summary"]

MEASURES = (
    "log_time",
    "cores_used",
    "cold_ratio",
    "start_skew_s",
    "max_rss_bytes",
    "involuntary_per_s",
    "loops",
    "warmups",
)
"""What is known of a process, as numbers."""

COLUMNS = ("block", "position", "cell", "variant", "workload", "mode", "threads", *MEASURES)


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
    return np.asarray(np.median(np.log(values), axis=-1), dtype=float)


def process_frame(outcomes: Iterable[Outcome], runs: Runs) -> pd.DataFrame:
    """Return a row for each successful measured process, with ``COLUMNS``.

    ``log_time`` is the median of the natural logarithms of its values (seconds per loop);
    the other measures are medians over its timed values, warm-ups left out. ``cell`` is
    the cell's name.
    """
    good = [one for one in outcomes if one.status is Status.OK and one.job.is_timed]
    names = {cell: cell.name for cell in {outcome.job.cell for outcome in good}}
    rows = [_row(one, runs[one.job.key], name=names[one.job.cell]) for one in good]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["log_time"] = _summaries([runs[outcome.job.key] for outcome in good])
    return frame


def _summaries(runs: Sequence[RunData]) -> NDArray[np.float64]:
    """Return the summary of each run; all with as many values at once, which is quick."""
    found = np.empty(len(runs))
    alike: dict[int, list[int]] = {}
    for place, run in enumerate(runs):
        alike.setdefault(len(run.values), []).append(place)
    for places in alike.values():
        rows = [runs[place].values for place in places]  # noqa: PD011 - a run's, no frame's
        found[places] = process_summary(np.array(rows))
    return found


def _row(outcome: Outcome, run: RunData, *, name: str) -> dict[str, object]:
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
        "cell": name,
        "variant": outcome.job.cell.variant,
        "workload": benchmark.workload,
        "mode": str(benchmark.mode),
        "threads": benchmark.threads,
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
