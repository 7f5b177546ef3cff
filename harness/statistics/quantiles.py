"""Quantiles of clustered values, with intervals that take the clusters into account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.model import Estimate
from harness.statistics.levels import LEVEL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["RESAMPLES", "clustered", "draws", "ratio"]

RESAMPLES = 1000


def draws(clusters: int, seed: Sequence[int]) -> NDArray[np.int64]:
    """Return how often each cluster is drawn, shape ``(RESAMPLES, clusters)``."""
    even = np.full(clusters, 1 / clusters)
    return np.random.default_rng(list(seed)).multinomial(clusters, even, size=RESAMPLES)


def clustered(
    clusters: Sequence[NDArray[np.float64]], percents: Sequence[int], weights: NDArray[np.int64]
) -> tuple[Estimate, ...]:
    """Return an estimate for each of ``percents`` (1 to 100) of all values pooled.

    ``clusters`` has an array ``(values,)`` for each process, none empty; ``weights`` are from
    ``draws``. A quantile is the nearest rank, numpy's ``inverted_cdf``: always a measured value,
    without interpolation in the tail. The interval has the percentiles of the resamples and
    includes the point; with few processes it tends to be too short.
    """
    ordered = [np.sort(cluster) for cluster in clusters]
    once = np.ones((1, len(ordered)), dtype=np.int64)
    points = _ranked(ordered, percents, once)[:, 0]
    if len(ordered) < 2:  # noqa: PLR2004 - one process has no spread
        return tuple(_estimate(float(point), None, n=1) for point in points)
    again = _ranked(ordered, percents, weights)
    return tuple(
        _estimate(float(point), row, n=len(ordered))
        for point, row in zip(points, again, strict=True)
    )


def ratio(
    over: NDArray[np.float64], under: NDArray[np.float64], weights: NDArray[np.int64]
) -> Estimate:
    """Return Σ ``over`` ÷ Σ ``under`` (both ``(clusters,)``, ``under`` above 0).

    Without an interval when it is 0 or 1, where resampling shows no variation.
    """
    point = float(over.sum() / under.sum())
    if len(over) < 2 or point in (0, 1):  # noqa: PLR2004 - one process has no spread
        return _estimate(point, None, n=len(over))
    return _estimate(point, (weights @ over) / (weights @ under), n=len(over))


def _ranked(
    ordered: Sequence[NDArray[np.float64]], percents: Sequence[int], weights: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the quantiles of each resample, shape ``(percents, resamples)``.

    A binary search for the value, in all resamples at once, without repeating values.
    """
    pool = np.unique(np.concatenate(ordered))
    sizes = weights @ np.array([len(cluster) for cluster in ordered])
    # In integers, so that no rounding moves a rank.
    ranks = np.array([(percent * sizes + 99) // 100 for percent in percents])
    low = np.zeros_like(ranks)
    high = np.full_like(ranks, len(pool) - 1)
    while np.any(low < high):
        middle = (low + high) // 2
        # Many resamples share a value, and sorted values are faster to search for.
        asked, back = np.unique(middle, return_inverse=True)
        values, back = pool[asked], back.reshape(middle.shape)
        below = np.zeros_like(ranks)
        for index, cluster in enumerate(ordered):
            below += weights[:, index] * np.searchsorted(cluster, values, side="right")[back]
        is_enough = below >= ranks
        high = np.where(is_enough, middle, high)
        low = np.where(is_enough, low, middle + 1)
    return pool[low]  # type: ignore[no-any-return]


def _estimate(point: float, resampled: NDArray[np.float64] | None, *, n: int) -> Estimate:
    if resampled is None:
        method = "one process" if n < 2 else "no interval"  # noqa: PLR2004
        return Estimate(point=point, low=None, high=None, level=LEVEL, n=n, method=method)
    ends = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    low, high = np.quantile(resampled, ends, method="inverted_cdf")
    return Estimate(
        point=point,
        low=min(point, float(low)),
        high=max(point, float(high)),
        level=LEVEL,
        n=n,
        method="bootstrap over processes",
    )
