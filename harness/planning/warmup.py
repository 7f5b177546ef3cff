"""A pilot's calls in their order → how the process warmed up: its shape, and how long it took."""

from __future__ import annotations

import dataclasses
import enum
import itertools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.statistics.change_points import Segment
    from harness.storage.worker_result import RunData

__all__ = ["MIN_CALLS", "SERIES_VALUE_S", "TOLERANCE", "Shape", "Warmup", "agreed", "find"]

SERIES_VALUE_S = 0.02
"""Least duration of a call of the series: shorter ones see the clock and the gate."""
MIN_CALLS = 6
"""Fewer calls than this have no shape."""
TOLERANCE = math.log(1.1)
"""Levels nearer than this are the same: on a shared host a steady process wanders as much."""
MIN_STEADY = 0.25
"""Share of the calls that must be at the last level, or there is no steady state (Barrett)."""


class Shape(enum.StrEnum):
    """How the times of a process went from its first call on."""

    FLAT = "flat"
    WARMUP = "warm-up"
    SLOWDOWN = "slowdown"
    UNSTEADY = "no steady state"
    INCONSISTENT = "inconsistent"
    """Processes disagree; one alone never does."""
    UNKNOWN = "not known"
    """Too few calls, or none."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Warmup:
    """How one process warmed up."""

    shape: Shape
    reached_s: float = 0.0
    """Time at work before the level that it ends at was first reached, seconds."""
    segments: int = 0
    curve: tuple[tuple[float, float], ...] = ()
    """For each call when it ended, in seconds at work, and its time ÷ that of the last level."""


def find(run: RunData) -> Warmup:
    """Return how the pilot's process warmed up; ``UNKNOWN`` where it made no series.

    Of calls that fell far short of their minimum only the duration counts: in them the gate
    is as long as the work.
    """
    calls = (*run.warmups, *run.series)
    ends = itertools.accumulate(loops * loop_s for loops, loop_s in calls)
    kept = [
        (end, loops * loop_s, loop_s)
        for end, (loops, loop_s) in zip(ends, calls, strict=True)
        if loops * loop_s >= SERIES_VALUE_S / 2
    ]
    if not run.series or len(kept) < MIN_CALLS:
        return Warmup(shape=Shape.UNKNOWN)
    from harness.statistics.change_points import segments  # noqa: PLC0415 - NumPy, and most pilots have no series

    found = segments([math.log(loop_s) for _, _, loop_s in kept])
    shape, reached = _classify(found)
    end, wall_s, _ = kept[reached]
    level_s = math.exp(found[-1].level)
    return Warmup(
        shape=shape,
        reached_s=max(0.0, end - wall_s) if reached else 0.0,
        segments=len(found),
        curve=tuple((end, loop_s / level_s) for end, _, loop_s in kept),
    )


def agreed(found: Iterable[Warmup]) -> Warmup:
    """Return the one of several processes of a cell that was steady first.

    A slow spell of the host can make a process look late, and hardly early: what does not
    come again in a second process is no warm-up.
    """
    known = [one for one in found if one.shape is not Shape.UNKNOWN]
    return min(known, key=lambda one: one.reached_s, default=Warmup(shape=Shape.UNKNOWN))


def _classify(found: Sequence[Segment]) -> tuple[Shape, int]:
    """Return the shape, and the index of the first call at the last level.

    What comes back to a level that it has had is an interruption by the host, no part of
    warming up: only what precedes the first call at the last level decides.
    """
    last = found[-1]
    same = [one for one in found if abs(one.level - last.level) <= TOLERANCE]
    reached = same[0].start
    before = [one.level for one in found if one.start < reached]
    if sum(one.stop - one.start for one in same) < MIN_STEADY * last.stop:
        return Shape.UNSTEADY, reached
    if not before:
        return Shape.FLAT, 0
    return (Shape.SLOWDOWN if min(before) < last.level else Shape.WARMUP), reached
