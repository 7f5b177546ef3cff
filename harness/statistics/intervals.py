"""Locations → estimates with intervals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from scipy import special

from harness.model import Estimate
from harness.statistics import location
from harness.statistics.levels import LEVEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.statistics.location import Location

__all__ = [
    "band_level",
    "estimate",
    "exponentiated",
    "mean_t",
    "one_by_definition",
    "paired",
    "ratio",
    "scaled",
    "sign_interval",
]


def estimate(where: Location, level: float = LEVEL) -> Estimate:
    """Return the interval of a location: point ± t((1 + level) / 2; df) · error."""
    low = high = None
    if where.error is not None:
        half = location.t_quantile((1 + level) / 2, where.df) * where.error
        low, high = where.point - half, where.point + half
    return Estimate(
        point=where.point, low=low, high=high, level=level, n=where.n, method=where.method
    )


def band_level(points: int, level: float = LEVEL) -> float:
    """Return the level of each of ``points`` intervals that have ``level`` together.

    Bonferroni: 1 − (1 − level) ÷ points, whatever their dependence.
    """
    return 1 - (1 - level) / points


def ratio(where: Location, level: float = LEVEL) -> Estimate:
    """Return the estimate of a ratio from the location of its logarithm."""
    return exponentiated(estimate(where, level))


def mean_t(values: NDArray[np.float64], level: float = LEVEL) -> Estimate:
    """Return the mean of ``values`` (shape ``(n,)``) with Student's t interval."""
    return estimate(location.student(values), level)


def paired(differences: NDArray[np.float64], level: float = LEVEL) -> Estimate:
    """Return the mean of paired differences (shape ``(blocks,)``) with Student's t interval."""
    return estimate(location.paired(differences), level)


def one_by_definition(n: int) -> Estimate:
    """Return 1 as the ratio of a quantity to itself."""
    return Estimate(point=1.0, low=1.0, high=1.0, level=LEVEL, n=n, method="definition")


def sign_interval(differences: NDArray[np.float64], level: float = LEVEL) -> Estimate:
    """Return the median of ``differences`` (shape ``(n,)``) with the interval of the sign test.

    The interval runs from the k-th smallest to the k-th largest value, with k the largest for
    which 2 P(B < k) ≤ 1 − level, B ~ binomial(n, ½): valid for every continuous distribution,
    hence conservative. Without an interval below 6 observations, where no k satisfies this.
    Hettmansperger and McKean, *Robust Nonparametric Statistical Methods* (1998), 1.4.
    """
    n = len(differences)
    ordered = np.sort(differences)
    # P(B < k) for k = 1, 2, …, ascending.
    tails = special.bdtr(np.arange(n // 2 + 1), n, 0.5)
    rank = int(np.sum(2 * tails <= 1 - level))
    return Estimate(
        point=float(np.median(ordered)),
        low=float(ordered[rank - 1]) if rank else None,
        high=float(ordered[n - rank]) if rank else None,
        level=level,
        n=n,
        method="sign test",
    )


def exponentiated(estimated: Estimate) -> Estimate:
    """Return an estimate of logarithms on the original scale."""
    return msgspec.structs.replace(
        estimated,
        point=_exp(estimated.point),
        low=None if estimated.low is None else _exp(estimated.low),
        high=None if estimated.high is None else _exp(estimated.high),
        method=estimated.method if estimated.low is None else f"{estimated.method} on logs",
    )


def _exp(value: float) -> float:
    """Return e to this power, infinity where it overflows."""
    return math.exp(value) if value < 700 else math.inf  # noqa: PLR2004 - e**710 overflows


def scaled(estimated: Estimate, factor: float) -> Estimate:
    """Return ``estimated`` times a positive constant."""
    return msgspec.structs.replace(
        estimated,
        point=estimated.point * factor,
        low=None if estimated.low is None else estimated.low * factor,
        high=None if estimated.high is None else estimated.high * factor,
    )
