"""Locations → verdicts: faster, slower, equivalent, or unresolved, a family at a time.

Place in the flow: location → **verdicts** → results. The more is compared at once, the more
differs by chance: what belongs together is judged together.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.analysis.location import Location, p_above, p_below, p_value, t_quantile
from harness.model import Decision, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["ALPHA", "POWER", "PRACTICAL", "holm", "judge", "judge_one", "smallest_detectable"]

ALPHA = 0.05
POWER = 0.8
PRACTICAL = 0.02
"""Relative difference below which none matters, unless this machine's own noise is larger."""


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


def smallest_detectable(location: Location) -> float:
    """Return the relative difference that such an experiment finds with a power of 80 %.

    exp((t(0.975; df) + t(0.8; df)) · error) − 1, for the two-sided test at 5 %; infinite
    without an error.
    """
    if location.error is None:
        return math.inf
    quantiles = t_quantile(1 - ALPHA / 2, location.df) + t_quantile(POWER, location.df)
    exponent = quantiles * location.error
    return math.expm1(exponent) if exponent < 700 else math.inf  # noqa: PLR2004 - e**710 overflows


def judge(
    locations: Sequence[Location | None], *, threshold: float = PRACTICAL
) -> tuple[Verdict | None, ...]:
    """Return a verdict for each log-ratio of one family; ``None`` where nothing can be judged.

    *Equivalent*: two one-sided tests at 5 % show that the ratio lies within ``threshold`` of
    1, in other words that the 90 % interval does (D. J. Schuirmann, Journal of
    Pharmacokinetics and Biopharmaceutics 15, 1987); even when some difference is certain.
    *Faster*, *slower*: any difference is significant at 5 % after Holm's correction, and not
    shown to be smaller than the threshold. Anything else is *unresolved*.
    """
    known = [one for one in locations if one is not None and one.error is not None]
    corrected = iter(holm([p_value(one) for one in known]))
    return tuple(
        None
        if one is None or one.error is None
        else _verdict(one, next(corrected), family=len(known), threshold=threshold)
        for one in locations
    )


def judge_one(location: Location | None, *, threshold: float = PRACTICAL) -> Verdict | None:
    """Return the verdict on a log-ratio that is compared alone."""
    return judge((location,), threshold=threshold)[0]


def _verdict(location: Location, p_family: float, *, family: int, threshold: float) -> Verdict:
    return Verdict(
        decision=_decision(location, p_family, bound=math.log1p(threshold)),
        p=p_value(location),
        p_family=p_family,
        family=family,
        threshold=threshold,
        smallest_detectable=smallest_detectable(location),
    )


def _decision(location: Location, p_family: float, *, bound: float) -> Decision:
    if max(p_above(location, -bound), p_below(location, bound)) < ALPHA:
        return Decision.EQUIVALENT
    if p_family >= ALPHA:
        return Decision.UNRESOLVED
    return Decision.SLOWER if location.point > 0 else Decision.FASTER
