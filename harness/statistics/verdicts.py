"""Locations → verdicts: faster, slower, equivalent, or unresolved, a family at a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.model import Decision, Verdict
from harness.statistics.levels import ALPHA
from harness.statistics.location import Location, p_above, p_below, p_value, t_quantile

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["POWER", "PRACTICAL", "holm", "judge", "minimum_detectable_effect"]

POWER = 0.8
PRACTICAL = 0.02
"""Smallest relative difference that matters, unless this machine's own noise is larger."""


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return the p-values after Holm's correction, in the same order.

    Of m sorted ascending, the i-th (from 0) becomes max over j ≤ i of min(1, (m − j) p_j): the
    chance of one false positive or more in the family stays below the level. S. Holm, "A simple
    sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6 (1979).
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[index]))
        corrected[index] = largest
    return tuple(corrected)


def minimum_detectable_effect(location: Location, family: int = 1) -> float:
    """Return the relative difference that such an experiment finds with a power of about 80%.

    exp((t(1 − ALPHA / 2m; df) + t(0.8; df)) · error) − 1, for the two-sided test as one of a
    ``family`` of m comparisons; infinite without an error.
    """
    if location.error is None:
        return math.inf
    level = 1 - ALPHA / (2 * family)
    exponent = (t_quantile(level, location.df) + t_quantile(POWER, location.df)) * location.error
    return math.expm1(exponent) if exponent < 700 else math.inf  # noqa: PLR2004 - e**710 overflows


def judge(
    locations: Sequence[Location | None], *, threshold: float = PRACTICAL
) -> tuple[Verdict | None, ...]:
    """Return a verdict for each log-ratio of one family; ``None`` where nothing can be judged.

    *Equivalent*: two one-sided tests show that the ratio lies within ``threshold`` of 1, even when
    it certainly differs from 1; without a family the same as its 90% interval (D. J. Schuirmann,
    Journal of Pharmacokinetics and Biopharmaceutics 15, 1987). *Faster*, *slower*: the difference
    is significant, and its estimate exceeds the threshold. Both at 5% after Holm's correction for
    the family. Anything else is *unresolved*.
    """
    judgeable = [
        location for location in locations if location is not None and location.error is not None
    ]
    bound = math.log1p(threshold)
    different = holm([p_value(location) for location in judgeable])
    near = holm(
        [max(p_above(location, -bound), p_below(location, bound)) for location in judgeable]
    )
    verdicts = iter(
        Verdict(
            decision=_decision(location, p_different=p_different, p_near=p_near, bound=bound),
            p=p_value(location),
            p_family=p_different,
            family=len(judgeable),
            threshold=threshold,
            mde=minimum_detectable_effect(location, len(judgeable)),
        )
        for location, p_different, p_near in zip(judgeable, different, near, strict=True)
    )
    return tuple(
        None if location is None or location.error is None else next(verdicts)
        for location in locations
    )


def _decision(location: Location, *, p_different: float, p_near: float, bound: float) -> Decision:
    if p_near < ALPHA:
        return Decision.EQUIVALENT
    if p_different >= ALPHA or abs(location.point) <= bound:
        return Decision.UNRESOLVED
    return Decision.SLOWER if location.point > 0 else Decision.FASTER
