"""What an A/A experiment says about the machine: one interpreter against itself."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.statistics.levels import ALPHA

if TYPE_CHECKING:
    from harness.model import Benchmark, Estimate, Verdict

__all__ = ["FLOOR_SHARE", "AaComparison", "AaResult"]

FLOOR_SHARE = 0.95
"""Part of the ratios that lie within the noise floor; has nothing to do with intervals."""


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
        """Return whether the test alone, without its family, calls it different."""
        return self.verdict.p < ALPHA


@dataclasses.dataclass(frozen=True, kw_only=True)
class AaResult:
    """What an A/A experiment says about the machine it was made on."""

    comparisons: tuple[AaComparison, ...]
    different: int
    """Comparisons called different, each alone."""
    different_in_family: int
    """The same after Holm's correction, as a report decides."""
    rate: Estimate
    """Their share, with the interval of Clopper and Pearson: were comparisons independent."""
    floor: float
    """The FLOOR_SHARE quantile of |ratio − 1|, ratios taken as those above 1; nearest rank: of fewer than
    20, the largest."""
    autocorrelation: float | None
    """Lag 1, of processes in the order they ran, each less the mean of its cell (logarithms)."""
    paired_autocorrelation: float | None
    """Lag 1, of differences within blocks, each less the mean of its benchmark's."""
