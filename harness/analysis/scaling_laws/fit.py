"""Scaling laws: which part of the work does not run at the same time, and how that part grows.

References: Amdahl, AFIPS 1967; Karp and Flatt, Communications of the ACM 33 (5), 1990;
Gunther, *Guerrilla Capacity Planning* (2007), chapters 4 to 6.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from harness.analysis.results.scaling_laws import Law, LawResult, Refusal
from harness.analysis.scaling_laws.curves import curves, estimates, log_speedups
from harness.model import Kind
from harness.statistics.intervals import mean_t

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.analysis.experiment.times import Times
    from harness.analysis.scaling_laws.curves import Curve
    from harness.model import Estimate, Plan, Workload

__all__ = ["laws", "unfit"]

_USL_LEVELS = 4
"""N = 1 counted: three equations for two unknowns, as powers of two up to 8 give."""
_USL_REACH = 8
"""Coherency grows with the square of N: below this it is too small to see."""
_MAX_WIDTH = 1.0
"""Of the interval of βN at the largest N: as wide as from nothing serial to all serial."""


def laws(plan: Plan, times: Times, *, cores: int) -> tuple[LawResult, ...]:
    """Return a law, or why there is none, for each curve that goes beyond N = 1.

    ``times`` has natural logarithms of seconds, a row per block, a column per cell name;
    ``cores`` is the number of physical cores: no law is fitted to more threads than that.
    """
    return tuple(_law(curve, times, cores=cores) for curve in curves(plan, times))


def unfit(workload: Workload) -> Refusal | None:
    """Return why no law applies to a workload, whatever was measured.

    Work that waits is refused: N/S is the part of N cores that is lost, and a sleeping thread
    needs no core.
    """
    if workload.is_paced:
        return Refusal.PACED
    if workload.kind is Kind.IO:
        return Refusal.WAITS
    return None if workload.thread_counts is None else Refusal.OWN_THREADS


def _law(curve: Curve, times: Times, *, cores: int) -> LawResult:
    result = LawResult(
        variant=curve.variant,
        workload=curve.workload.name,
        mode=curve.mode,
        refusal=unfit(curve.workload) or (None if 1 in curve.counts else Refusal.NO_SINGLE),
    )
    if result.refusal is not None:
        return result
    speedups = log_speedups(curve, times)
    karp_flatt = estimates(_excess(speedups).div(_counts(speedups) - 1), mean_t)
    result = dataclasses.replace(result, karp_flatt=karp_flatt)
    return _fitted(result, speedups.loc[:, _counts(speedups) <= cores])


def _fitted(result: LawResult, speedups: pd.DataFrame) -> LawResult:
    """Return ``result`` with the law that the columns (N within the cores) of ln S support."""
    if speedups.empty:
        return dataclasses.replace(result, refusal=Refusal.BEYOND_CORES)
    is_measured = speedups.notna()
    # The reach and the levels of each block by itself: a fit is made within a block.
    is_enough = is_measured.sum(axis="columns") + 1 >= _USL_LEVELS
    is_far = is_measured.loc[:, _counts(speedups) >= _USL_REACH].any(axis="columns")
    able, some = speedups[is_enough & is_far], speedups[is_measured.any(axis="columns")]
    if len(some) < 2:  # noqa: PLR2004 - one block has no spread
        return dataclasses.replace(result, refusal=Refusal.ONE_BLOCK)
    refusal = None
    if len(able) > 1:
        alphas, betas = _coefficients(able, unknowns=2).T
        beta, levels = mean_t(betas), _levels(able)
        if _width(beta) * levels[-1] <= _MAX_WIDTH:
            alpha = mean_t(alphas)
            return dataclasses.replace(result, law=Law.USL, levels=levels, alpha=alpha, beta=beta)
        refusal = Refusal.NOT_SEPARABLE
    alpha = mean_t(_coefficients(some, unknowns=1)[:, 0])
    return dataclasses.replace(
        result, law=Law.AMDAHL, refusal=refusal, levels=_levels(some), alpha=alpha
    )


def _coefficients(speedups: pd.DataFrame, *, unknowns: int) -> NDArray[np.float64]:
    """Return the least-squares α, or α and β, of each block: shape ``(blocks, unknowns)``.

    N/S − 1 = α(N − 1) + βN(N − 1), each equation times S/N: the relative error of N/S is
    that of the times, so S/N is proportional to the reciprocal of its standard error.
    """
    counts = _counts(speedups)
    design = np.column_stack([counts - 1, counts * (counts - 1)])[:, :unknowns]
    solutions = []
    for excess in _excess(speedups).to_numpy(dtype=float):
        is_measured = ~np.isnan(excess)
        weights = 1 / (1 + excess[is_measured])
        weighted = design[is_measured] * weights[:, np.newaxis]
        solutions.append(np.linalg.lstsq(weighted, excess[is_measured] * weights, rcond=None)[0])
    return np.array(solutions)


def _excess(speedups: pd.DataFrame) -> pd.DataFrame:
    """Return N/S − 1, shaped as ln S."""
    shaped = np.exp(-speedups.to_numpy(dtype=float)) * _counts(speedups) - 1
    return pd.DataFrame(shaped, index=speedups.index, columns=speedups.columns)


def _counts(speedups: pd.DataFrame) -> NDArray[np.float64]:
    return speedups.columns.to_numpy(dtype=float)


def _levels(speedups: pd.DataFrame) -> tuple[int, ...]:
    used = speedups.notna().any()
    return (1, *(int(str(count)) for count in speedups.columns[used]))


def _width(estimate: Estimate) -> float:
    if estimate.low is None or estimate.high is None:
        return np.inf
    return estimate.high - estimate.low
