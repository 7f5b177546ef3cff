"""A number with its interval, and the conclusion from it."""

from __future__ import annotations

import enum

from harness.model.values import Value

__all__ = ["Decision", "Estimate", "Verdict"]


class Estimate(Value, frozen=True, kw_only=True):
    """A number that never travels without its interval.

    ``low`` and ``high`` are ``None`` when the data allow no interval (``n`` below 2).
    """

    point: float
    low: float | None
    high: float | None
    level: float
    n: int
    """Processes or blocks the interval rests on."""
    method: str


class Decision(enum.StrEnum):
    """The conclusion about a ratio of times: over ÷ under, above 1 is slower."""

    FASTER = "faster"
    SLOWER = "slower"
    EQUIVALENT = "equivalent"
    """Shown to differ by less than the equivalence band."""
    UNRESOLVED = "unresolved"


class Verdict(Value, frozen=True, kw_only=True, rename={"mde": "smallest_detectable"}):
    """A decision with its reasons."""

    decision: Decision
    p: float
    """Two-sided, of no difference at all."""
    p_family: float
    """The same after Holm's correction for all comparisons of the family."""
    family: int
    """How many comparisons were made together."""
    threshold: float
    """Relative difference below which none matters in practice, such as 0.02."""
    mde: float
    """Minimum detectable effect, relative: four of five such experiments would find it."""
