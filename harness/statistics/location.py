"""Observations → where they lie, with the standard error that intervals and tests share."""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "TRIM",
    "Location",
    "RunToRun",
    "inverted",
    "p_above",
    "p_below",
    "p_value",
    "paired",
    "shifted",
    "student",
    "t_quantile",
    "welch",
    "yuen",
]

TRIM = 0.2


@dataclasses.dataclass(frozen=True, kw_only=True)
class Location:
    """A typical value; its interval is point ± t(df) · error."""

    point: float
    error: float | None
    """Standard error; ``None`` for one observation, which has no spread."""
    df: float
    """Degrees of freedom of Student's t; 0 where there is no error."""
    n: int
    """Observations: processes, or pairs of them."""
    method: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunToRun:
    """How much the mean of one run differs from that of another run of the same thing.

    What was measured at different times differs by the time, by more than its processes show.
    """

    sd: float
    """Standard deviation of a run's mean about the mean of all runs, natural logarithms."""
    df: float
    """Degrees of freedom it is known with; infinite for a stated assumption."""


def student(values: NDArray[np.float64]) -> Location:
    """Return the mean of ``values`` (shape ``(n,)``): error s / √n, n − 1 degrees of freedom."""
    n = len(values)
    # Written out: for ten numbers NumPy's own mean and std take several times as long.
    point = float(np.add.reduce(values)) / n
    if n < 2:  # noqa: PLR2004 - one observation has no spread
        return Location(point=point, error=None, df=0, n=n, method="one process")
    away = values - point
    error = math.sqrt(float(np.add.reduce(away * away)) / (n - 1)) / math.sqrt(n)
    return Location(point=point, error=error, df=n - 1, n=n, method="t")


def yuen(values: NDArray[np.float64]) -> Location:
    """Return the 20 % trimmed mean of ``values`` (shape ``(n,)``, n at least 4) after Yuen.

    g = ⌊0.2 n⌋ values are cut at each end and h = n − 2g are left; the error is
    s_w √(n − 1) / √(h (h − 1)), where s_w is the standard deviation of the values Winsorized by
    g at each end, with h − 1 degrees of freedom. K. K. Yuen, "The two-sample trimmed t for
    unequal population variances", Biometrika 61 (1974); here for one sample of differences.
    Validation compares it with ``student``; nothing else uses it.
    """
    n = len(values)
    cut = math.floor(TRIM * n)
    kept = n - 2 * cut
    ordered = np.sort(values)
    winsorized = np.clip(ordered, ordered[cut], ordered[n - cut - 1])
    error = float(np.std(winsorized, ddof=1)) * math.sqrt((n - 1) / (kept * (kept - 1)))
    point = float(np.mean(ordered[cut : n - cut]))
    return Location(point=point, error=error, df=kept - 1, n=n, method="Yuen t")


def paired(differences: NDArray[np.float64]) -> Location:
    """Return the typical difference of pairs (shape ``(blocks,)``), by Student's t.

    Not by the trimmed mean, although it finds more where noise has heavy tails: of ten pairs it
    finds 70 % of what Student's t finds in 84 % of experiments, next to nothing where a machine
    runs at two speeds in turn, and in the far tails that a correction for many comparisons looks
    at it errs up to 1.5 times too often. ``docs/methodology.md`` has the tables.
    """
    return student(differences)


def welch(
    over: NDArray[np.float64], under: NDArray[np.float64], run_to_run: RunToRun | None = None
) -> Location:
    """Return mean(over) − mean(under) of two samples that share no blocks.

    error² = s₁²/n₁ + s₂²/n₂ + 2 σ², with σ the spread from run to run (none: 0, right only
    where both were measured at the same time). Degrees of freedom after Welch and
    Satterthwaite: error⁴ ÷ Σ (component² ÷ its own degrees of freedom). B. L. Welch, "The
    generalization of Student's problem when several different population variances are
    involved", Biometrika 34 (1947). Without an error when a sample has one observation.
    """
    n = min(len(over), len(under))
    point = float(np.mean(over) - np.mean(under))
    if n < 2:  # noqa: PLR2004 - one observation has no spread
        return Location(point=point, error=None, df=0, n=n, method="one process")
    parts = [(float(np.var(each, ddof=1)) / len(each), len(each) - 1.0) for each in (over, under)]
    if run_to_run is not None:
        parts.append((2 * run_to_run.sd**2, run_to_run.df))
    total = sum(variance for variance, _ in parts)
    denominator = sum(variance**2 / df for variance, df in parts)
    df = total**2 / denominator if denominator else float(len(over) + len(under) - 2)
    return Location(point=point, error=math.sqrt(total), df=df, n=n, method="Welch t")


def inverted(where: Location) -> Location:
    """Return the location of the same differences taken the other way round."""
    return dataclasses.replace(where, point=-where.point)


def shifted(where: Location, by: float) -> Location:
    """Return ``where`` with a constant added to every observation."""
    return dataclasses.replace(where, point=where.point + by)


@functools.cache
def t_quantile(probability: float, df: float) -> float:
    """Return the quantile of Student's t; of the normal distribution for infinite ``df``."""
    if math.isinf(df):
        return float(special.ndtri(probability))
    return float(special.stdtrit(df, probability))


def p_value(location: Location) -> float:
    """Return the two-sided p of a true value of 0; 1 where there is no error to judge by."""
    return min(1.0, 2 * min(p_above(location, 0.0), p_below(location, 0.0)))


def p_above(location: Location, bound: float) -> float:
    """Return the p of a true value of at most ``bound``: small when it is above."""
    return _upper_tail(location, location.point - bound)


def p_below(location: Location, bound: float) -> float:
    """Return the p of a true value of at least ``bound``: small when it is below."""
    return _upper_tail(location, bound - location.point)


def _upper_tail(location: Location, distance: float) -> float:
    if location.error is None:
        return 1.0
    # What never varies differs for certain, unless by no more than rounding does.
    if location.error <= abs(distance) * 1e-12:
        return 0.0 if distance > 0 else 1.0
    t = distance / location.error
    if math.isinf(location.df):
        return float(special.ndtr(-t))
    return float(special.stdtr(location.df, -t))
