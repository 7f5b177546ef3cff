"""How steady a series is: its spread, drift and largest step, each robust to outliers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MIN_SAMPLES", "drift", "largest_step", "spread", "theil_sen"]

MIN_SAMPLES = 10
"""Fewer values are not enough for any of the three."""

_NORMAL_DECILES = 2 * float(special.ndtri(0.9))
_MAX_GROUPS = 300
"""Limits the number of slopes, which are taken between all pairs."""
_MIN_WINDOW, _MAX_WINDOW = 5, 50
_WINDOWS = 8
_CLEAR = 4.0
"""Standard errors that a step must exceed: it is the largest of many."""
_NORMAL_MAD = 1.4826


def spread(logs: NDArray[np.float64]) -> float | None:
    """Return a robust coefficient of variation of values with these logarithms, shape ``(n,)``.

    (q90 − q10) ÷ 2.563, the standard deviation of normal values. A tenth of outliers on each side
    does not count; longer slow spells do, whereas a median absolute deviation would ignore them
    for up to half of the values. ``None`` for fewer than ``MIN_SAMPLES``.
    """
    if len(logs) < MIN_SAMPLES:
        return None
    low, high = np.quantile(logs, [0.1, 0.9])
    return float(high - low) / _NORMAL_DECILES


def drift(logs: NDArray[np.float64]) -> float | None:
    """Return the trend from the first to the last of ``n`` values, as a difference of logarithms.

    Theil–Sen slope, the median of those of all pairs, times n − 1; by index and not by time, so
    that a pause of hours has no weight. 0 where its 99% interval (Sen 1968) contains 0, ``None``
    for fewer than ``MIN_SAMPLES``. Long series are reduced to medians of neighbours.
    """
    if len(logs) < MIN_SAMPLES:
        return None
    groups = np.array_split(logs, min(len(logs), _MAX_GROUPS))
    values = np.array([np.median(group) for group in groups])
    slope, low, high = theil_sen(values, level=0.99)
    return slope * (len(values) - 1) if low * high > 0 else 0.0


def theil_sen(values: NDArray[np.float64], *, level: float) -> tuple[float, float, float]:
    """Return the median of the slopes of all pairs of ``values``, shape ``(n,)``, n at least 2.

    With its interval, by ranks from the normal approximation of Kendall's S with ties: P. K. Sen,
    Journal of the American Statistical Association 63 (1968), equation 2.6. The same as
    ``scipy.stats.theilslopes``, whose import takes longer than a whole page of figures.
    """
    n = len(values)
    first, second = np.triu_indices(n, k=1)
    slopes = np.sort((values[second] - values[first]) / (second - first))
    ties = np.unique(values, return_counts=True)[1]
    tied = float(np.sum(ties * (ties - 1) * (2 * ties + 5)))
    sigma = math.sqrt((n * (n - 1) * (2 * n + 5) - tied) / 18)
    half = float(special.ndtri((1 + level) / 2)) * sigma
    upper = min(round((len(slopes) + half) / 2), len(slopes) - 1)
    lower = max(round((len(slopes) - half) / 2) - 1, 0)
    return float(np.median(slopes)), float(slopes[lower]), float(slopes[upper])


def largest_step(logs: NDArray[np.float64]) -> float | None:
    """Return the largest difference between the medians of neighbouring windows, with its sign.

    Windows of an eighth of the ``n`` values, 5 to 50. 0 where it is below four standard errors
    of such a difference, √(π ÷ w) · s, with s from the median absolute difference of successive
    values, which no step inflates. ``None`` for fewer than ``MIN_SAMPLES`` values.
    """
    if len(logs) < MIN_SAMPLES:
        return None
    window = min(_MAX_WINDOW, max(_MIN_WINDOW, len(logs) // _WINDOWS))
    rows = np.lib.stride_tricks.sliding_window_view(logs, window)
    medians = np.median(rows, axis=1)
    steps = medians[window:] - medians[:-window]
    noise = _NORMAL_MAD * float(np.median(np.abs(np.diff(logs)))) / math.sqrt(2)
    step = float(steps[np.argmax(np.abs(steps))])
    return step if abs(step) > _CLEAR * noise * math.sqrt(math.pi / window) else 0.0
