"""What the interval of a ratio allows to be said: a change, none, or not enough known.

Place in the flow: used by ``answer`` and ``terminal``. It decides on the unrounded bounds.
"""

from __future__ import annotations

import enum
import math
from typing import TYPE_CHECKING

from harness.report.rounding import exact

if TYPE_CHECKING:
    from harness.model import Estimate

__all__ = ["PRACTICAL", "UNCHANGED", "UNRESOLVED", "Verdict", "between", "verdict"]

PRACTICAL = 0.02
"""A change of less than this is of no practical matter."""

UNCHANGED = f"unchanged within {PRACTICAL * 100:g}\u00a0%"
UNRESOLVED = "not resolved"


class Verdict(enum.Enum):
    """What one interval says about one ratio."""

    CHANGED = enum.auto()
    """Both bounds are on one side of 1, however near to it."""
    UNCHANGED = enum.auto()
    UNRESOLVED = enum.auto()
    UNKNOWN = enum.auto()
    """There is no interval to decide by."""


def verdict(ratio: Estimate) -> Verdict:
    """Return what may be said of a ratio."""
    low, high = ratio.low, ratio.high
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return Verdict.UNKNOWN
    if low > 1 or high < 1:
        return Verdict.CHANGED
    if low >= 1 - PRACTICAL and high <= 1 + PRACTICAL:
        return Verdict.UNCHANGED
    return Verdict.UNRESOLVED


def between(ratio: Estimate, less: str, more: str) -> str:
    """Return the range of an unresolved ratio: ``between 26 % slower and 13 % faster``.

    ``less`` and ``more`` say what a ratio below and above 1 means. Rounded outward.
    """
    if ratio.low is None or ratio.high is None:
        return ""
    down = math.ceil((1 - exact(ratio.low)) * 100)
    up = math.ceil((exact(ratio.high) - 1) * 100)
    return f"between {down}\u00a0% {less} and {up}\u00a0% {more}"
