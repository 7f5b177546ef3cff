"""Split a group that is too large to live side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.model import Cell, Job
    from harness.planning.calibration import Pilot

__all__ = ["MAX_WORKERS", "parts_of"]

MAX_WORKERS = 128
"""Each takes three of the descriptors that a process may have, often 1024."""
_MEMORY_SHARE = 0.7
"""The rest is for the system, and for workers that grow after their pilot."""


def parts_of(
    jobs: Sequence[Job], *, pilots: Mapping[Cell, Sequence[Pilot]], memory_bytes: int
) -> tuple[tuple[Job, ...], ...]:
    """Return the jobs in as few parts as fit into the memory, each job in one.

    The jobs of one variant and mode, whose speed-ups are compared, stay together as long as
    they fit. ``memory_bytes`` is that of the machine, 0 if unknown; a job without a pilot counts
    as the largest.
    """
    sizes = {job: _peak_bytes(pilots.get(job.cell, ())) for job in jobs}
    largest = max(sizes.values(), default=0)
    limit = memory_bytes * _MEMORY_SHARE if memory_bytes else float("inf")
    curves: dict[tuple[str, str], list[Job]] = {}
    for job in jobs:
        curves.setdefault((job.cell.variant, job.cell.benchmark.mode), []).append(job)
    parts: list[list[Job]] = []
    used = 0.0
    for curve in curves.values():
        size = sum(sizes[job] or largest for job in curve)
        is_new = not parts or used + size > limit or len(parts[-1]) + len(curve) > MAX_WORKERS
        if is_new and (size > limit or len(curve) > MAX_WORKERS):
            for job in curve:
                own = sizes[job] or largest
                if not parts or used + own > limit or len(parts[-1]) >= MAX_WORKERS:
                    parts.append([])
                    used = 0.0
                parts[-1].append(job)
                used += own
            continue
        if is_new:
            parts.append([])
            used = 0.0
        parts[-1] += curve
        used += size
    return tuple(map(tuple, parts))


def _peak_bytes(pilots: Sequence[Pilot]) -> int:
    return max((pilot.run.max_rss_bytes or 0 for pilot in pilots), default=0)
