"""The trend of a series against the library that is too slow to import for it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.statistics.robust import theil_sen


@pytest.mark.parametrize("level", [0.5, 0.99])
def test_the_trend_and_its_interval_are_scipys(level: float) -> None:
    random = np.random.default_rng(20260117)
    for length in (2, 3, 10, 57):
        values = random.normal(size=length)
        for given in (values, values.round(1), values * 0):
            slope, _, low, high = stats.theilslopes(given, alpha=level)
            assert theil_sen(given, level=level) == (slope, low, high)
