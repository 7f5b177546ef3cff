"""Outcomes → one tidy frame with a row per process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from harness.analysis.results.process_measures import MEASURES
from harness.model import Cell, Outcome, Plan, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from harness.storage.worker_result import RunData, Runs

__all__ = ["COLUMNS", "complete_blocks", "process_frame", "process_summary"]

COLUMNS = (
    *("block", "position", "cell", "variant", "workload", "mode", "threads", "log_time"),
    *(measure.name for measure in MEASURES),
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
    benchmark = outcome.job.cell.benchmark
    return {
        "block": outcome.job.block,
        "position": outcome.job.position,
        "cell": name,
        "variant": outcome.job.cell.variant,
        "workload": benchmark.workload,
        "mode": str(benchmark.mode),
        "threads": benchmark.threads,
        **{measure.name: measure.of(run) for measure in MEASURES},
    }
