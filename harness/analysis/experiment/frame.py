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

    from harness.storage.worker_result import Runs

__all__ = [
    "by_cell",
    "complete_blocks",
    "process_frame",
    "process_summaries",
    "process_summary",
]

_COLUMNS = ("block", "position", "cell", "log_time", *(measure.name for measure in MEASURES))


def complete_blocks(plan: Plan, outcomes: Iterable[Outcome]) -> tuple[int, ...]:
    """Return the numbers of the measured blocks in which every cell has an outcome."""
    seen: dict[int, set[Cell]] = {}
    for outcome in outcomes:
        if outcome.job.is_timed:
            seen.setdefault(outcome.job.block, set()).add(outcome.job.cell)
    planned = set(plan.cells)
    return tuple(sorted(block for block, cells in seen.items() if planned <= cells))


def by_cell(cells: Iterable[Cell], outcomes: Iterable[Outcome]) -> dict[Cell, list[Outcome]]:
    """Return the outcomes of each cell, in the order of ``cells``."""
    groups: dict[Cell, list[Outcome]] = {cell: [] for cell in cells}
    for outcome in outcomes:
        if outcome.job.cell in groups:
            groups[outcome.job.cell].append(outcome)
    return groups


def process_summary(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of the logarithms of each process's values.

    ``values`` has the shape ``(…, values)``, the result ``(…,)``.
    """
    return np.asarray(np.median(np.log(values), axis=-1), dtype=float)


def process_frame(outcomes: Iterable[Outcome], runs: Runs) -> pd.DataFrame:
    """Return a row for each successful measured process; ``cell`` is its cell's name.

    ``log_time`` is the median of the natural logarithms of its values (seconds per loop);
    the other measures are medians over its timed values, without warm-ups.
    """
    good = [
        (outcome, runs[outcome.job.key])
        for outcome in outcomes
        if outcome.status is Status.OK and outcome.job.is_timed
    ]
    names = {cell: cell.name for cell in {outcome.job.cell for outcome, _ in good}}
    rows = [
        {
            "block": outcome.job.block,
            "position": outcome.job.position,
            "cell": names[outcome.job.cell],
            **{measure.name: measure.of(run) for measure in MEASURES},
        }
        for outcome, run in good
    ]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    frame["log_time"] = process_summaries([run.values for _, run in good])  # noqa: PD011 - a run's
    return frame


def process_summaries(processes: Sequence[Sequence[float]]) -> NDArray[np.float64]:
    """Return the summary of each process's values: at once for all with equally many."""
    summaries = np.empty(len(processes))
    places_of: dict[int, list[int]] = {}
    for place, values in enumerate(processes):
        places_of.setdefault(len(values), []).append(place)
    for places in places_of.values():
        summaries[places] = process_summary(np.array([processes[place] for place in places]))
    return summaries
