"""A number with its interval, and the conclusion from it."""

from __future__ import annotations

import enum

from harness.model.values import Value

__all__ = ["Decision", "Estimate", "Scale", "ScalingVerdict", "Verdict"]


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


class Scale(enum.StrEnum):
    """The answer to whether a cell scales, by its speed-up and the machine's own limit."""

    FULL = "scales"
    PART = "scales in part"
    NOT = "does not scale"
    SLOWER = "gets slower"
    UNRESOLVED = "not resolved"


class ScalingVerdict(Value, frozen=True, kw_only=True):
    """Whether a cell scales, with its reasons."""

    word: Scale
    ceiling: float
    """The speed-up that the machine itself allows at this N, never more than N."""
    ceiling_of: str
    """Label of the variant whose processes gave it; empty where none was measured."""
    interval: Estimate
    """Of the speed-up, by itself: in a family the word may take more than it."""
    family: int
    """How many speed-ups were judged together."""
    blocks: int | None
    """About how many blocks would give another word than *not resolved*; ``None`` for any other
    word, and where no number of blocks would."""
