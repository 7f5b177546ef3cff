"""Summaries of processes → estimates with intervals.

Place in the flow: frame → **estimate** → scaling, split. All work is done on natural
logarithms: an interval for a mean of logs, exponentiated, is one for a typical ratio.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from harness.model import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["LEVEL", "TRIM", "exponentiated", "mean_t", "paired", "trimmed_t"]

LEVEL = 0.95
TRIM = 0.2
TRIM_FROM = 6
"""Fewer observations than this are not trimmed: nothing would be left to cut."""


def mean_t(values: NDArray[np.float64], level: float = LEVEL) -> Estimate:
    """Return the mean of ``values`` (shape ``(n,)``) with Student's t interval.

    mean ± t(1 − α/2; n − 1) · s / √n. Without an interval for n = 1.
    """
    n = len(values)
    point = float(np.mean(values))
    if n < 2:  # noqa: PLR2004 - one observation has no spread
        return Estimate(point=point, low=None, high=None, level=level, n=n, method="one process")
    half = float(stats.t.ppf((1 + level) / 2, n - 1) * np.std(values, ddof=1) / math.sqrt(n))
    return Estimate(point=point, low=point - half, high=point + half, level=level, n=n, method="t")


def trimmed_t(values: NDArray[np.float64], level: float = LEVEL) -> Estimate:
    """Return the 20 % trimmed mean of ``values`` (shape ``(n,)``) with Yuen's t interval.

    x̄_t ± t(1 − α/2; h − 1) · s_w / ((1 − 2γ) √n), where g = ⌊γn⌋ values are cut at each
    end, h = n − 2g are left, and s_w is the standard deviation of the values Winsorized by
    g at each end, scaled as in Yuen (1974): s_w √(n − 1) / √(h (h − 1)) in place of the
    asymptotic s_w / ((1 − 2γ) √n), which is the same for large n.
    """
    n = len(values)
    cut = math.floor(TRIM * n)
    kept = n - 2 * cut
    point = float(stats.trim_mean(values, TRIM))
    ordered = np.sort(values)
    winsorized = np.clip(ordered, ordered[cut], ordered[n - cut - 1])
    spread = float(np.std(winsorized, ddof=1))
    error = spread * math.sqrt((n - 1) / (kept * (kept - 1)))
    half = float(stats.t.ppf((1 + level) / 2, kept - 1)) * error
    return Estimate(
        point=point, low=point - half, high=point + half, level=level, n=n, method="Yuen t"
    )


def paired(differences: NDArray[np.float64], level: float = LEVEL) -> Estimate:
    """Return the typical difference of paired observations (shape ``(blocks,)``).

    Yuen's t on the 20 % trimmed mean, Student's t below 6 pairs.
    """
    if len(differences) < TRIM_FROM:
        return mean_t(differences, level)
    return trimmed_t(differences, level)


def exponentiated(estimate: Estimate) -> Estimate:
    """Return an estimate of logs as one of the quantity itself."""
    return Estimate(
        point=math.exp(estimate.point),
        low=None if estimate.low is None else math.exp(estimate.low),
        high=None if estimate.high is None else math.exp(estimate.high),
        level=estimate.level,
        n=estimate.n,
        method=estimate.method if estimate.low is None else f"{estimate.method} on logs",
    )


def scaled(estimate: Estimate, factor: float) -> Estimate:
    """Return ``estimate`` times a positive constant."""
    return Estimate(
        point=estimate.point * factor,
        low=None if estimate.low is None else estimate.low * factor,
        high=None if estimate.high is None else estimate.high * factor,
        level=estimate.level,
        n=estimate.n,
        method=estimate.method,
    )
