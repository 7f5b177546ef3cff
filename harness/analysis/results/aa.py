"""The result of an A/A experiment: one interpreter against itself."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.statistics.levels import ALPHA

if TYPE_CHECKING:
    from harness.model import Benchmark, Estimate, Verdict

__all__ = ["FLOOR_SHARE", "AaComparison", "AaResult"]

FLOOR_SHARE = 0.95
"""Part of the ratios that lie within the noise floor; unrelated to intervals."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class AaComparison:
    """One benchmark under two labels of one interpreter."""

    variant: str
    """The label that is not the baseline."""
    benchmark: Benchmark
    ratio: Estimate
    verdict: Verdict

    @property
    def is_significant_unadjusted(self) -> bool:
        """Return whether it is significant without correction for its family."""
        return self.verdict.p < ALPHA


@dataclasses.dataclass(frozen=True, kw_only=True)
class AaResult:
    """How often, and by how much, a machine differs from itself."""

    comparisons: tuple[AaComparison, ...]
    different: int
    """Comparisons called different, each judged alone."""
    different_in_family: int
    """The same after Holm's correction, as a report decides."""
    rate: Estimate
    """Their share, with the Clopper–Pearson interval, which takes comparisons as independent."""
    floor: float
    """The FLOOR_SHARE quantile of ratio − 1, ratios below 1 inverted; nearest rank: of fewer than
    20, the largest."""
    autocorrelation: float | None
    """Lag 1, of log times in the order the processes ran, less the mean of the cell."""
    paired_autocorrelation: float | None
    """Lag 1, of differences within blocks, less their mean for the benchmark."""
