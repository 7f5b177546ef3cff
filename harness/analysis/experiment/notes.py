"""What workloads note besides their times → quantiles of seconds, means of counts."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from harness.analysis.results.experiment import NoteResult
from harness.model import Status
from harness.model.notes import MISSED, RESPONSE
from harness.statistics import quantiles
from harness.statistics.intervals import mean_t

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from harness.model import Cell, Estimate, Outcome, Plan
    from harness.storage.worker_result import RunData, Runs

    Notes = dict[str, NDArray[np.float64]]
    """Of one process: name → values, shape ``(values,)``."""

__all__ = ["note_results"]

_MIN_VALUES = {50: 1, 90: 10, 99: 100}
"""Percent → values below which it is not given: it would be the maximum, or close to it."""
_OF = {MISSED: RESPONSE}
"""Name of a count → name of what it is a part of."""


def note_results(plan: Plan, outcomes: Iterable[Outcome], runs: Runs) -> tuple[NoteResult, ...]:
    """Return a result for each cell and each name that its timed values carry.

    Cells come in the plan's order, names in the alphabet's. Warm-ups are left out.
    """
    groups: dict[Cell, list[Notes]] = {}
    for outcome in outcomes:
        if outcome.job.is_timed and outcome.status is Status.OK:
            notes = _notes(runs[outcome.job.key])
            if notes:
                groups.setdefault(outcome.job.cell, []).append(notes)
    return tuple(
        _result(plan, cell, processes, name)
        for cell in plan.cells
        if (processes := groups.get(cell))
        for name in sorted({name for notes in processes for name in notes})
    )


def _notes(run: RunData) -> Notes:
    kept: dict[str, list[float]] = {}
    for sample in run.samples[len(run.warmups) :]:
        for name, values in sample.notes.items():
            kept.setdefault(name, []).extend(values)
    return {name: np.array(values, dtype=float) for name, values in kept.items() if values}


def _result(plan: Plan, cell: Cell, processes: list[Notes], name: str) -> NoteResult:
    """Return the result of one name, from the processes that noted it."""
    clusters = [notes[name] for notes in processes if name in notes]
    count = sum(len(cluster) for cluster in clusters)
    # A seed of its own, so that no other cell or name changes its interval.
    seed = (plan.seed, zlib.crc32(f"{cell.name} {name}".encode()))
    is_seconds = name.endswith("_s")
    shown = _quantiles(clusters, count, seed) if is_seconds else {}
    return NoteResult(
        variant=cell.variant,
        benchmark=cell.benchmark,
        name=name,
        count=count,
        total=float(sum(np.sum(cluster) for cluster in clusters)),
        mean=None if is_seconds else _mean(clusters),
        share=_share(processes, name, seed),
        p50=shown.get(50),
        p90=shown.get(90),
        p99=shown.get(99),
        maximum=float(max(np.max(cluster) for cluster in clusters)),
    )


def _mean(clusters: list[NDArray[np.float64]]) -> Estimate:
    """Return the mean of the processes' means, with Student's t interval.

    What is never below 0 has no bound below it. Without an interval where nothing varies:
    0 lost updates in all processes are no proof of none.
    """
    means = np.array([np.mean(cluster) for cluster in clusters])
    mean = mean_t(means)
    if mean.low is None:
        return mean
    if np.ptp(means) == 0:
        return msgspec.structs.replace(mean, low=None, high=None, method="no interval")
    is_amount = all(np.min(cluster) >= 0 for cluster in clusters)
    return msgspec.structs.replace(mean, low=max(mean.low, 0.0)) if is_amount else mean


def _quantiles(
    clusters: list[NDArray[np.float64]], count: int, seed: tuple[int, int]
) -> dict[int, Estimate]:
    """Return percent → estimate, of those that there are enough values for."""
    percents = [percent for percent, minimum in _MIN_VALUES.items() if count >= minimum]
    weights = quantiles.draws(len(clusters), seed)
    return dict(zip(percents, quantiles.clustered(clusters, percents, weights), strict=True))


def _share(processes: list[Notes], name: str, seed: tuple[int, int]) -> Estimate | None:
    of = _OF.get(name)
    both = [notes for notes in processes if name in notes and of in notes]
    if of is None or not both:
        return None
    part = np.array([notes[name].sum() for notes in both])
    whole = np.array([len(notes[of]) for notes in both], dtype=float)
    return quantiles.ratio(part, whole, quantiles.draws(len(both), seed))
