"""Speed-ups → whether they scale: five words, a family at a time."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from harness.model import Scale
from harness.statistics.levels import ALPHA
from harness.statistics.location import p_above, p_below, t_quantile
from harness.statistics.verdicts import POWER, holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.statistics.location import Location

__all__ = ["FULL", "GAIN", "LOSS", "blocks_to_resolve", "scaling_words"]

FULL = 0.8
"""Share of the ceiling from which a speed-up *scales*."""
GAIN = 1.15
"""A smaller speed-up is none that anyone adds threads for."""
LOSS = 0.95
"""Below it, more threads make it slower."""
_WORDS = (Scale.FULL, Scale.PART, Scale.SLOWER, Scale.NOT)
"""In the order in which they are asked for: the first that is shown is the word."""
_MAX_GROWTH = 20
"""More blocks than so many times those there are, are no advice."""


class _Bounds(NamedTuple):
    """Natural logarithms of the speed-ups between the words."""

    full: float
    gain: float
    none: float
    loss: float


def scaling_words(
    locations: Sequence[Location | None], ceilings: Sequence[float]
) -> tuple[Scale | None, ...]:
    """Return a word for the log of each speed-up of a family; ``None`` without an error.

    For one speed-up alone the word can be read off its 95% interval [l, h] and the ceiling c:
    *scales* l ≥ 0.8 c, *scales in part* l > 1.15, *gets slower* h < 0.95, *does not scale*
    h < 1.15, else *not resolved*. Where the ceiling is so low that 0.8 c < 1.15, *scales* takes
    l > 1.15 too, and *does not scale* h < 0.8 c: in between the machine leaves nothing to tell.

    In a family, each of these bounds is one question asked of all speed-ups, on which side of it
    they are. Its two-sided p-values are corrected by Holm's method, and a side is taken at 5%.
    (``verdicts.judge`` corrects its two questions likewise, each by itself.) All wrong words of
    one speed-up need its interval to miss it, at whatever bound, so that a family's chance of
    any wrong word stays about that of one question.
    """
    judgeable = [
        (location, _bounds(ceiling))
        for location, ceiling in zip(locations, ceilings, strict=True)
        if location is not None and location.error is not None
    ]
    answers = []
    for side, name in (
        (p_above, "full"),
        (p_above, "gain"),
        (p_below, "loss"),
        (p_below, "none"),
    ):
        tails = [side(location, getattr(limits, name)) for location, limits in judgeable]
        answers.append([p < ALPHA for p in holm([min(1.0, 2 * tail) for tail in tails])])
    none = Scale.UNRESOLVED
    words = (
        next((word for is_true, word in zip(answer, _WORDS, strict=True) if is_true), none)
        for answer in zip(*answers, strict=True)
    )
    return tuple(
        None if location is None or location.error is None else next(words)
        for location in locations
    )


def _bounds(ceiling: float) -> _Bounds:
    """Return the logarithms of the bounds for a ceiling."""
    full, gain, loss = math.log(FULL * ceiling), math.log(GAIN), math.log(LOSS)
    return _Bounds(full=max(full, gain), gain=gain, none=min(full, gain), loss=min(full, loss))


def blocks_to_resolve(location: Location, ceiling: float, *, family: int = 1) -> int | None:
    """Return about how many blocks would give a word, were the point found the true speed-up.

    So many that four of five such experiments tell the point from the bound that is nearest, at
    the level 1 − ALPHA ÷ ``family``: n · (reach ÷ distance)², reach as in
    ``minimum_detectable_effect``. ``None`` where that is over 20 times those there are, or where
    the ceiling leaves nothing to tell.
    """
    limits = _bounds(ceiling)
    if location.error is None or limits.none <= location.point <= limits.gain:
        return None
    nearest = limits.gain if location.point > limits.gain else limits.none
    level = 1 - ALPHA / (2 * family)
    reach = (t_quantile(level, location.df) + t_quantile(POWER, location.df)) * location.error
    distance = abs(location.point - nearest)
    if reach > distance * math.sqrt(_MAX_GROWTH):
        return None
    return max(location.n + 1, math.ceil(location.n * (reach / distance) ** 2))
