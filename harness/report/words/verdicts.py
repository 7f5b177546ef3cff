"""Verdicts in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.report.words.rounding import UP, exact, written
from harness.statistics.levels import ALPHA

if TYPE_CHECKING:
    from harness.model import Estimate, Verdict

__all__ = ["UNRESOLVED", "between", "detectable", "percent", "probability", "unchanged"]

_MAX_SHARE = 9.0

UNRESOLVED = "not resolved"


def percent(share: float) -> str:
    """Return a threshold for people: ``2 %``."""
    return f"{round(share * 100, 1):g}\u00a0%"


def unchanged(verdict: Verdict) -> str:
    """Return the words for a ratio that was shown to be near 1."""
    return f"unchanged within {percent(verdict.threshold)}"


def between(ratio: Estimate, verdict: Verdict, *, less: str, more: str) -> str:
    """Return the range of an unresolved ratio: ``between 26 % slower and 13 % faster``.

    ``less`` and ``more`` name a ratio below and above 1. Rounded outward.
    """
    if ratio.low is None or ratio.high is None:
        return ""
    if verdict.p_family < ALPHA:
        return f"some difference is certain, but not one of more than {percent(verdict.threshold)}"
    if ratio.low > 1 or ratio.high < 1:
        return (
            f"its interval alone leaves out 1, but of {verdict.family} comparisons one may do so "
            "by chance"
        )
    down = math.ceil((1 - exact(ratio.low)) * 100)
    up = written((exact(ratio.high) - 1).scaleb(2).to_integral_value(UP), UP)
    return f"between {down}\u00a0% {less} and {up}\u00a0% {more}"


def detectable(verdict: Verdict) -> str:
    """Return the minimum detectable effect, up to ten times."""
    return "more than 10×" if verdict.mde > _MAX_SHARE else percent(verdict.mde)


def probability(p: float) -> str:
    """Return a p-value: ``0.034``, ``< 0.001``; never rounded across ALPHA."""
    if p < 0.001:  # noqa: PLR2004 - the customary limit
        return "<\u00a00.001"
    shown = f"{p:.3f}"
    # Rounded up, it would contradict the decision.
    return f"{ALPHA - 0.001:.3f}" if p < ALPHA <= float(shown) else shown
