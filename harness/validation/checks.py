"""Questions to a simulated experiment: is it called different, and is the truth covered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyperf import _utils as pyperf_utils

from harness.statistics.levels import ALPHA
from harness.statistics.location import p_value

if TYPE_CHECKING:
    from harness.model import Estimate
    from harness.statistics.location import Location
    from harness.validation.simulation import Floats

__all__ = ["differs", "holds", "pyperf_differs"]


def differs(where: Location) -> bool:
    """Return whether a difference is significant, judged alone."""
    return p_value(where) < ALPHA


def holds(estimate: Estimate, truth: float) -> bool:
    """Return whether the truth lies in the interval."""
    if estimate.low is None or estimate.high is None:
        return False
    return estimate.low <= truth <= estimate.high


def pyperf_differs(over: Floats, under: Floats) -> int:
    """Return of how many experiments, the first dimension, pyperf calls the two different.

    This is ``pyperf._utils.is_significant``, which ``compare_to`` asks, with pyperf's own table
    of critical values: Student's t on all values pooled, those of one process as if independent.
    It is written anew for many experiments at once; pyperf's takes rational numbers for its means
    and most of the time. A test keeps the two equal.
    """
    first, second = (each.reshape(len(each), -1) for each in (over, under))
    values = first.shape[1]
    # Equal numbers of values: the pooled variance is the mean of the two.
    variance = (np.var(first, axis=1, ddof=1) + np.var(second, axis=1, ddof=1)) / 2
    t = (np.mean(first, axis=1) - np.mean(second, axis=1)) / np.sqrt(2 * variance / values)
    return int(np.sum(np.abs(t) >= pyperf_utils.tdist95conf_level(2 * values - 2)))
