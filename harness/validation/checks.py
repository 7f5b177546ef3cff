"""Checks of a simulated experiment: is a difference significant, is the truth covered."""

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

__all__ = ["covers", "differs", "pyperf_differs"]


def differs(where: Location) -> bool:
    """Return whether a difference is significant, judged alone."""
    return p_value(where) < ALPHA


def covers(estimate: Estimate, truth: float) -> bool:
    """Return whether the truth lies in the interval."""
    low, high = estimate.low, estimate.high
    return low is not None and high is not None and low <= truth <= high


def pyperf_differs(over: Floats, under: Floats) -> int:
    """Return in how many experiments, the first dimension, pyperf calls the two different.

    This is ``pyperf._utils.is_significant``, which ``compare_to`` uses, with pyperf's own table of
    critical values: Student's t on all values pooled, as if those of a process were independent.
    Vectorised over experiments, since pyperf's rational arithmetic is slow; a test checks that
    both agree.
    """
    first, second = (each.reshape(len(each), -1) for each in (over, under))
    values = first.shape[1]
    # Equal numbers of values: the pooled variance is the mean of the two.
    variance = (np.var(first, axis=1, ddof=1) + np.var(second, axis=1, ddof=1)) / 2
    t = (np.mean(first, axis=1) - np.mean(second, axis=1)) / np.sqrt(2 * variance / values)
    return int(np.sum(np.abs(t) >= pyperf_utils.tdist95conf_level(2 * values - 2)))
