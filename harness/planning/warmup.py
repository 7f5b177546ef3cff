"""A pilot's calls in their order → the warm-up of its process: shape and duration."""

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
"""Levels nearer than this are the same: on a shared host a steady process varies this much."""
MIN_STEADY = 0.25
"""Share of the calls that must be at the last level, or there is no steady state (Barrett)."""


class Shape(enum.StrEnum):
    """The course of a process's times from its first call on."""

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
    """The warm-up of one process."""

    shape: Shape
    reached_s: float = 0.0
    """Time at work before the last level was first reached, seconds."""
    segments: int = 0
    curve: tuple[tuple[float, float], ...] = ()
    """For each call its end, in seconds at work, and its time ÷ that of the last level."""


def find(run: RunData) -> Warmup:
    """Return the warm-up of a pilot's process; ``UNKNOWN`` where it made no series.

    Of calls far below their minimum only the duration counts: in them the gate is as long as
    the work.
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

    levels = segments([math.log(loop_s) for _, _, loop_s in kept])
    shape, reached = _classify(levels)
    end, wall_s, _ = kept[reached]
    level_s = math.exp(levels[-1].level)
    return Warmup(
        shape=shape,
        reached_s=max(0.0, end - wall_s) if reached else 0.0,
        segments=len(levels),
        curve=tuple((end, loop_s / level_s) for end, _, loop_s in kept),
    )


def agreed(warmups: Iterable[Warmup]) -> Warmup:
    """Return the warm-up of the process of a cell that was steady first.

    A slow spell of the host can make a process look late, and hardly early: a delay that a second
    process does not have is no warm-up.
    """
    known = (warmup for warmup in warmups if warmup.shape is not Shape.UNKNOWN)
    return min(known, key=lambda warmup: warmup.reached_s, default=Warmup(shape=Shape.UNKNOWN))


def _classify(segments: Sequence[Segment]) -> tuple[Shape, int]:
    """Return the shape, and the index of the first call at the last level.

    A return to an earlier level ends an interruption by the host, which is no part of warming up:
    only the segments before the first call at the last level decide.
    """
    last = segments[-1]
    same = [segment for segment in segments if abs(segment.level - last.level) <= TOLERANCE]
    reached = same[0].start
    before = [segment.level for segment in segments if segment.start < reached]
    if sum(segment.stop - segment.start for segment in same) < MIN_STEADY * last.stop:
        return Shape.UNSTEADY, reached
    if not before:
        return Shape.FLAT, 0
    return (Shape.SLOWDOWN if min(before) < last.level else Shape.WARMUP), reached
