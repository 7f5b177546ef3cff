"""Notes of workloads besides their times → quantiles of seconds, means of counts."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from harness.analysis.experiment.frame import by_cell
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
    """One process: name → values, shape ``(values,)``."""

__all__ = ["note_results"]

_MIN_VALUES = {50: 1, 90: 10, 99: 100}
"""Percent → fewest values for it: with fewer it would be close to the maximum."""
_WHOLE = {MISSED: RESPONSE}
"""Name of a count → name of what it is a share of."""


def note_results(plan: Plan, outcomes: Iterable[Outcome], runs: Runs) -> tuple[NoteResult, ...]:
    """Return a result for each cell, in the plan's order, and each name that it noted, sorted.

    Warm-ups do not count.
    """
    good = (outcome for outcome in outcomes if outcome.job.is_timed and outcome.status is Status.OK)
    results = []
    for cell, own in by_cell(plan.cells, good).items():
        processes = [_notes(runs[outcome.job.key]) for outcome in own]
        names = sorted({name for notes in processes for name in notes})
        results += [_result(plan, cell, processes, name) for name in names]
    return tuple(results)


def _notes(run: RunData) -> Notes:
    lists: dict[str, list[float]] = {}
    for sample in run.samples[len(run.warmups) :]:
        for name, values in sample.notes.items():
            lists.setdefault(name, []).extend(values)
    return {name: np.array(values, dtype=float) for name, values in lists.items() if values}


def _result(plan: Plan, cell: Cell, processes: list[Notes], name: str) -> NoteResult:
    clusters = [notes[name] for notes in processes if name in notes]
    count = sum(len(cluster) for cluster in clusters)
    # A seed for each cell and name, so that no other changes its interval.
    seed = (plan.seed, zlib.crc32(f"{cell.name} {name}".encode()))
    is_seconds = name.endswith("_s")
    percentiles = _quantiles(clusters, count, seed) if is_seconds else {}
    return NoteResult(
        variant=cell.variant,
        benchmark=cell.benchmark,
        name=name,
        count=count,
        total=float(sum(np.sum(cluster) for cluster in clusters)),
        mean=None if is_seconds else _mean(clusters),
        share=_share(processes, name, seed),
        p50=percentiles.get(50),
        p90=percentiles.get(90),
        p99=percentiles.get(99),
        maximum=float(max(np.max(cluster) for cluster in clusters)),
    )


def _mean(clusters: list[NDArray[np.float64]]) -> Estimate:
    """Return the mean of the processes' means, with Student's t interval.

    The bound of values that are never negative is not negative either. There is no interval where
    nothing varies: 0 lost updates in all processes do not prove that there are none.
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
    """Return percent → estimate, for the percentiles with enough values."""
    percents = [percent for percent, minimum in _MIN_VALUES.items() if count >= minimum]
    weights = quantiles.draws(len(clusters), seed)
    return dict(zip(percents, quantiles.clustered(clusters, percents, weights), strict=True))


def _share(processes: list[Notes], name: str, seed: tuple[int, int]) -> Estimate | None:
    whole_name = _WHOLE.get(name)
    both = [notes for notes in processes if name in notes and whole_name in notes]
    if whole_name is None or not both:
        return None
    part = np.array([notes[name].sum() for notes in both])
    whole = np.array([len(notes[whole_name]) for notes in both], dtype=float)
    return quantiles.ratio(part, whole, quantiles.draws(len(both), seed))
