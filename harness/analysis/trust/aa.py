"""One interpreter against itself: how often this machine calls the same thing different."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import special

from harness.analysis.experiment.cells import judged_by_workload
from harness.analysis.results.aa import FLOOR_SHARE, AaComparison, AaResult
from harness.analysis.trust.quality import why_unfit
from harness.model import Cell, Decision, Estimate, Noise
from harness.statistics.intervals import ratio
from harness.statistics.levels import LEVEL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.analysis.experiment.times import Times
    from harness.model import Manifest

__all__ = ["aa_result", "noise_of", "why_not_kept"]

MIN_COMPARISONS = 3
"""The largest of fewer ratios says little of how far others may be from 1."""


def aa_result(
    manifest: Manifest, frame: pd.DataFrame, times: Times, *, threshold: float
) -> AaResult | None:
    """Return the result of an A/A experiment; ``None`` for another, or with too few processes."""
    if not manifest.is_aa or frame.empty:
        return None
    plan = manifest.plan
    differences = {
        cell: times.difference(cell, Cell(variant=plan.baseline, benchmark=cell.benchmark))
        for cell in plan.cells
        if cell.variant != plan.baseline and not plan.workload(cell.benchmark.workload).is_paced
    }
    verdicts = judged_by_workload(differences, threshold=threshold)
    comparisons = tuple(
        AaComparison(
            variant=cell.variant, benchmark=cell.benchmark, ratio=ratio(where), verdict=verdict
        )
        for cell, where in differences.items()
        if where is not None and (verdict := verdicts.get(cell)) is not None
    )
    if not comparisons:
        return None
    return _result(comparisons, frame=frame, baseline=plan.baseline)


def _result(
    comparisons: tuple[AaComparison, ...], *, frame: pd.DataFrame, baseline: str
) -> AaResult:
    different = sum(comparison.is_significant_unadjusted for comparison in comparisons)
    decided = (Decision.FASTER, Decision.SLOWER)
    # The same factor slower or faster is equally far from 1, as in verdicts.
    distances = np.array(
        [math.expm1(abs(math.log(comparison.ratio.point))) for comparison in comparisons]
    )
    in_order = frame.sort_values(["block", "position"])
    residuals = in_order["log_time"] - in_order.groupby("cell")["log_time"].transform("mean")
    return AaResult(
        comparisons=comparisons,
        different=different,
        different_in_family=sum(
            comparison.verdict.decision in decided for comparison in comparisons
        ),
        rate=proportion(different, len(comparisons)),
        floor=float(np.quantile(distances, FLOOR_SHARE, method="inverted_cdf")),
        autocorrelation=lag_one(residuals.to_numpy(dtype=float)),
        paired_autocorrelation=_paired_autocorrelation(comparisons, frame=frame, baseline=baseline),
    )


def why_not_kept(manifest: Manifest, result: AaResult, *, blocks: int, letter: str) -> str:
    """Return why later experiments should not use a result; empty if they should."""
    if reason := why_unfit(manifest, blocks=blocks, letter=letter):
        return reason
    is_few = len(result.comparisons) < MIN_COMPARISONS
    return f"it has fewer than {MIN_COMPARISONS} comparisons" if is_few else ""


def noise_of(manifest: Manifest, result: AaResult, *, blocks: int, letter: str) -> Noise:
    """Return the part of a result that is stored for later experiments."""
    return Noise(
        experiment=manifest.id,
        created=manifest.created,
        floor=min(result.floor, 100.0),
        comparisons=len(result.comparisons),
        blocks=blocks,
        different=result.different,
        grade=letter,
    )


def proportion(hits: int, trials: int, level: float = LEVEL) -> Estimate:
    """Return a share with its exact interval.

    C. J. Clopper and E. S. Pearson, Biometrika 26 (1934): quantiles of the beta distribution.
    """
    tail = (1 - level) / 2
    low = float(special.betaincinv(hits, trials - hits + 1, tail)) if hits else 0.0
    is_all = hits == trials
    high = 1.0 if is_all else float(special.betaincinv(hits + 1, trials - hits, 1 - tail))
    point = hits / trials
    return Estimate(
        point=point, low=low, high=high, level=level, n=trials, method="Clopper–Pearson"
    )


def lag_one(residuals: NDArray[np.float64]) -> float | None:
    """Return Σ x(t) x(t + 1) ÷ Σ x(t)² of ``residuals`` (shape ``(n,)``, their mean 0)."""
    total = float(np.sum(residuals**2))
    if len(residuals) < 3 or total == 0:  # noqa: PLR2004 - two values always alternate
        return None
    return float(np.sum(residuals[:-1] * residuals[1:]) / total)


def _paired_autocorrelation(
    comparisons: tuple[AaComparison, ...], *, frame: pd.DataFrame, baseline: str
) -> float | None:
    """Return the autocorrelation over all pairs, in the order in which the first of each ran."""
    parts = []
    for comparison in comparisons:
        labels = (comparison.variant, baseline)
        cells = [Cell(variant=label, benchmark=comparison.benchmark).name for label in labels]
        rows = frame[frame["cell"].isin(cells)]
        wide = rows.pivot_table(index="block", columns="cell", values="log_time")
        first = rows.groupby("block")["position"].min()
        pairs = (wide[cells[0]] - wide[cells[1]]).dropna()
        parts.append(pd.DataFrame({"residual": pairs - pairs.mean(), "position": first}).dropna())
    ordered = pd.concat(parts).reset_index().sort_values(["block", "position"], kind="stable")
    return lag_one(ordered["residual"].to_numpy(dtype=float))
