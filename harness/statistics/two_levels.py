"""Whether values fall into two separate levels, as they do where a slow cycle hits only some."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["TwoLevels", "two_levels"]

_MIN_VALUES = 24
_MIN_SHARE = 0.2
"""Share of the values that each level has; fewer are stray values, not a level."""
_MIN_SEPARATION = 5.0
"""Distance of the levels ÷ standard deviation of the wider one. The best split of a normal
distribution gives 2.6, of a uniform one 3.5. Values that bursts have prolonged are spread too
widely to be a level."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class TwoLevels:
    """Two levels that values fall into."""

    distance: float
    """Upper minus lower level, in the unit of the values."""
    upper_share: float
    """Share of the values that are at the upper level."""


def two_levels(values: NDArray[np.float64]) -> TwoLevels | None:
    """Return the two levels of ``values``, shape ``(n,)``; ``None`` where they are not separate.

    The split minimises the variance within both sides (W. D. Fisher, JASA 53 (1958); N. Otsu, IEEE
    Transactions on Systems, Man, and Cybernetics 9 (1979)).
    """
    ordered = np.sort(values)
    count = len(ordered)
    if count < _MIN_VALUES:
        return None
    below = np.arange(1, count)
    sums = np.cumsum(ordered)[:-1]
    lower, upper = sums / below, (ordered.sum() - sums) / (count - below)
    between = below * (count - below) * (upper - lower) ** 2
    split = int(np.argmax(between))
    distance, share = float(upper[split] - lower[split]), 1 - float(below[split]) / count
    if not _MIN_SHARE <= share <= 1 - _MIN_SHARE:
        return None
    within = max(np.std(side, ddof=1) for side in np.split(ordered, [split + 1]))
    is_separate = distance > _MIN_SEPARATION * within
    return TwoLevels(distance=distance, upper_share=share) if is_separate else None
