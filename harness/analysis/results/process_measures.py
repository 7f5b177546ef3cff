"""The measures of a process besides its time, and how each is calculated."""

from __future__ import annotations

import dataclasses
import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.storage.worker_result import RunData, Sample

__all__ = [
    "COLD_RATIO",
    "CORES_USED",
    "LOOPS",
    "MAX_RSS",
    "MEANS",
    "MEASURES",
    "START_SKEW",
    "SWITCHES",
    "WARMUPS",
    "ProcessMeasure",
]


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProcessMeasure:
    """One number for each process."""

    name: str
    """Its column in the frame of processes."""
    of: Callable[[RunData], float | None]
    """``None`` where the worker could not read it."""


def _timed(run: RunData) -> tuple[Sample, ...]:
    return run.samples[len(run.warmups) :]


def _switches_per_s(run: RunData) -> float | None:
    timed = _timed(run)
    counts = [(sample.involuntary_switches, sample.wall_s) for sample in timed]
    rates = [count / wall_s for count, wall_s in counts if count is not None]
    return statistics.median(rates) if len(rates) == len(timed) else None


# Plain Python: for five numbers, calling NumPy takes longer than calculating.
CORES_USED = ProcessMeasure(
    name="cores_used",
    of=lambda run: statistics.median(sample.cpu_s / sample.wall_s for sample in _timed(run)),
)
COLD_RATIO = ProcessMeasure(
    name="cold_ratio",
    of=lambda run: run.warmups[0][1] / statistics.median(run.values) if run.warmups else None,
)
START_SKEW = ProcessMeasure(
    name="start_skew_s",
    of=lambda run: statistics.median(sample.start_skew_s for sample in _timed(run)),
)
MAX_RSS = ProcessMeasure(name="max_rss_bytes", of=lambda run: run.max_rss_bytes)
SWITCHES = ProcessMeasure(name="involuntary_per_s", of=_switches_per_s)
LOOPS = ProcessMeasure(name="loops", of=lambda run: run.loops)
WARMUPS = ProcessMeasure(name="warmups", of=lambda run: len(run.warmups))

MEANS = (CORES_USED, COLD_RATIO)
"""A cell has the mean of each over its processes (of logarithms), with its interval."""
MEASURES = (*MEANS, START_SKEW, MAX_RSS, SWITCHES, LOOPS, WARMUPS)
