"""Cells whose values are too short: a slow cycle of the workload hits some of them, others not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.statistics.two_levels import two_levels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from harness.analysis.experiment.times import Times
    from harness.model import Plan

__all__ = ["level_notes"]

_MIN_DISTANCE = math.log(1.05)
"""Levels that are nearer change no answer."""
_MIN_CALM = 8
"""Calm values of a process; with fewer its lower level is not known."""
_LOWER = 0.1
"""Quantile that is at the lower level, if there are two: each has a larger share."""


def level_notes(plan: Plan, times: Times) -> Iterator[str]:
    """Yield a note for each workload some of whose cells have values at two separate levels.

    Only values while the machine was undisturbed count, each relative to its own process.
    """
    for workload in plan.workloads:
        found = {
            cell.name: levels
            for cell in plan.cells_of(workload.name)
            if cell.name in times.calm
            and (levels := two_levels(_calm_values(times, cell.name))) is not None
            and levels.distance >= _MIN_DISTANCE
        }
        if found:
            name, widest = max(found.items(), key=lambda item: item[1].distance)
            yield (
                f"Values of {workload.name} fall into two levels in {len(found)} "
                f"{'cells' if len(found) > 1 else 'cell'}, {math.expm1(widest.distance):.0%} apart "
                f"in {name}, while the machine was undisturbed: a cycle of the workload, such as "
                "garbage collection or flushing, is longer than a value. Values that contain "
                "several cycles would agree better: give the workload a larger min_value_s."
            )


def _calm_values(times: Times, cell: str) -> NDArray[np.float64]:
    """Return the calm values of a cell, each minus the lower end of its process's."""
    values = []
    for logs, is_calm in zip(times.logs[cell], times.calm[cell], strict=True):
        calm = logs[is_calm & ~np.isnan(logs)]
        if len(calm) >= _MIN_CALM:
            values.append(calm - np.quantile(calm, _LOWER))
    return np.concatenate(values) if values else np.empty(0)
