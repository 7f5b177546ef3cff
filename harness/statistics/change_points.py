"""A noisy series → the segments between its change points, each with its level."""

from __future__ import annotations

import dataclasses
import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Series = NDArray[np.float64]

__all__ = ["PENALTY", "Segment", "change_points", "neighbour_noise", "segments", "without_spikes"]

PENALTY = 6.0
"""For each change, in noise variances times the logarithm of the number of values."""
MIN_NOISE = 0.01
_SPIKE = 4.0
"""Noise deviations beyond which a single value is an outlier."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Segment:
    """Values from ``start`` up to ``stop`` that have one level: their median."""

    start: int
    stop: int
    level: float


def segments(values: Sequence[float]) -> list[Segment]:
    """Return the segments of a series of at least 3 log times, in order.

    They minimise Σ (xᵢ − mean of its segment)² + PENALTY · s² · ln n · changes, where s is
    the noise between neighbours.
    """
    series = np.asarray(values, dtype=float)
    noise = neighbour_noise(series)
    # The first value stays, however far off: warm-up starts there.
    cleaned = without_spikes(series, noise, has_odd_last=True)
    stops = change_points(cleaned, PENALTY * noise**2 * math.log(len(series)))
    return [
        Segment(start=start, stop=stop, level=float(np.median(series[start:stop])))
        for start, stop in itertools.pairwise((0, *stops))
    ]


def change_points(series: Series, penalty: float) -> list[int]:
    """Return the ends of the segments, that of the series last; exact, in O(n²).

    Optimal partitioning (Jackson et al. 2005): the best cost of the first j values is
    F(j) = min over i < j of F(i) + Σ (x − mean)² over i…j + penalty.
    """
    centred = series - np.median(series)
    sums = np.concatenate([[0.0], np.cumsum(centred)])
    squares = np.concatenate([[0.0], np.cumsum(centred**2)])
    best = np.zeros(len(series) + 1)
    before = np.zeros(len(series) + 1, dtype=int)
    for stop in range(1, len(series) + 1):
        count = np.arange(stop, 0, -1)
        scatter = squares[stop] - squares[:stop] - (sums[stop] - sums[:stop]) ** 2 / count
        costs = best[:stop] + np.maximum(scatter, 0.0) + penalty
        before[stop] = int(np.argmin(costs))
        best[stop] = costs[before[stop]]
    stops = [len(series)]
    while before[stops[-1]]:
        stops.append(int(before[stops[-1]]))
    return stops[::-1]


def neighbour_noise(series: Series) -> float:
    """Return the standard deviation of the noise, which changes of level hardly affect.

    1.4826 · median |xᵢ₊₁ − xᵢ| ÷ √2, but at least that of a quiet machine.
    """
    spread = 1.4826 * float(np.median(np.abs(np.diff(series)))) / math.sqrt(2)
    return max(spread, MIN_NOISE)


def without_spikes(series: Series, noise: float, *, has_odd_last: bool = False) -> Series:
    """Return the series with single outliers replaced by the median of their neighbourhood.

    The first value stays, and so does the last unless ``has_odd_last``: then it is compared with
    its two predecessors.
    """
    cleaned = series.copy()
    for index in range(1, len(series) - (not has_odd_last)):
        start = min(index - 1, len(series) - 3)
        middle = float(np.median(series[start : start + 3]))
        if abs(series[index] - middle) > _SPIKE * noise:
            cleaned[index] = middle
    return cleaned
