"""Observations → their location, with the standard error that intervals and tests share."""

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


@dataclasses.dataclass(frozen=True, kw_only=True)
class Location:
    """A typical value; its interval is point ± t(df) · error."""

    point: float
    error: float | None
    """Standard error; ``None`` for a single observation."""
    df: float
    """Degrees of freedom of Student's t; 0 where there is no error."""
    n: int
    """Number of observations: processes, or pairs of them."""
    method: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunToRun:
    """How much the means of runs of the same thing at different times vary.

    That is more than the spread between processes of one run suggests.
    """

    sd: float
    """Standard deviation of a run's mean about the mean of all runs, natural logarithms."""
    df: float
    """Degrees of freedom of this estimate; infinite for an assumption."""


def student(values: NDArray[np.float64]) -> Location:
    """Return the mean of ``values`` (shape ``(n,)``): error s / √n, n − 1 degrees of freedom."""
    n = len(values)
    # Written out: for ten numbers ``np.mean`` and ``np.std`` take several times as long.
    point = float(np.add.reduce(values)) / n
    if n < 2:  # noqa: PLR2004 - one observation has no spread
        return Location(point=point, error=None, df=0, n=n, method="one process")
    away = values - point
    error = math.sqrt(float(np.add.reduce(away * away)) / (n - 1)) / math.sqrt(n)
    return Location(point=point, error=error, df=n - 1, n=n, method="t")


def yuen(values: NDArray[np.float64]) -> Location:
    """Return Yuen's 20% trimmed mean of ``values`` (shape ``(n,)``, n at least 4).

    With g = ⌊0.2 n⌋ values cut at each end and h = n − 2g left, the error is
    s_w √(n − 1) / √(h (h − 1)) with h − 1 degrees of freedom, s_w the standard deviation of the
    values Winsorized by g at each end. K. K. Yuen, "The two-sample trimmed t for unequal
    population variances", Biometrika 61 (1974); here for one sample. Used for validation only.
    """
    n = len(values)
    cut = math.floor(0.2 * n)
    kept = n - 2 * cut
    ordered = np.sort(values)
    winsorized = np.clip(ordered, ordered[cut], ordered[n - cut - 1])
    error = float(np.std(winsorized, ddof=1)) * math.sqrt((n - 1) / (kept * (kept - 1)))
    point = float(np.mean(ordered[cut : n - cut]))
    return Location(point=point, error=error, df=kept - 1, n=n, method="Yuen t")


def paired(differences: NDArray[np.float64]) -> Location:
    """Return the mean difference of pairs (shape ``(blocks,)``), by Student's t.

    The trimmed mean would find more where noise has heavy tails. But with ten pairs its power is
    70% where that of Student's t is 84%, it finds almost nothing where a machine alternates
    between two speeds, and in the far tails that matter for many comparisons its error rate is up
    to 1.5 times too high. ``docs/methodology.md`` has the tables.
    """
    return student(differences)


def welch(
    over: NDArray[np.float64], under: NDArray[np.float64], run_to_run: RunToRun | None = None
) -> Location:
    """Return mean(over) − mean(under) of two samples that share no blocks.

    error² = s₁²/n₁ + s₂²/n₂ + 2 σ², with σ the run-to-run spread (0 by default, for samples of the
    same time). Welch–Satterthwaite degrees of freedom: error⁴ ÷ Σ (component² ÷ its own degrees of
    freedom). B. L. Welch, "The generalization of Student's problem when several different
    population variances are involved", Biometrika 34 (1947). Without an error when a sample has
    one observation.
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
    """Return the location of the negated observations."""
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
    """Return the two-sided p-value of a true value of 0; 1 without an error."""
    return min(1.0, 2 * min(p_above(location, 0.0), p_below(location, 0.0)))


def p_above(location: Location, bound: float) -> float:
    """Return the p-value of a true value of at most ``bound``: small when it is above."""
    return _upper_tail(location, location.point - bound)


def p_below(location: Location, bound: float) -> float:
    """Return the p-value of a true value of at least ``bound``: small when it is below."""
    return _upper_tail(location, bound - location.point)


def _upper_tail(location: Location, distance: float) -> float:
    if location.error is None:
        return 1.0
    # Without variation any difference beyond rounding is certain.
    if location.error <= abs(distance) * 1e-12:
        return 0.0 if distance > 0 else 1.0
    t = distance / location.error
    if math.isinf(location.df):
        return float(special.ndtr(-t))
    return float(special.stdtr(location.df, -t))
