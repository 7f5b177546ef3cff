"""Values at two separate levels, and values that are not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics.two_levels import two_levels

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.floats(0.25, 0.75), st.floats(8, 100))
def test_two_levels_are_found_with_their_distance_and_share(
    seed: int, share: float, distance: float
) -> None:
    draw = np.random.default_rng(seed)
    upper = round(100 * share)
    values = draw.permutation(np.repeat([0.0, distance], [100 - upper, upper]))
    values += draw.normal(0, 1, 100)

    levels = two_levels(values)

    assert levels is not None
    assert levels.upper_share == pytest.approx(upper / 100, abs=0.03)
    assert levels.distance == pytest.approx(distance, abs=1.0)


@pytest.mark.parametrize("shape", ["normal", "uniform", "exponential", "lognormal", "laplace"])
@given(SEEDS, st.integers(24, 300))
def test_one_cloud_has_no_levels(shape: str, seed: int, count: int) -> None:
    draw = np.random.default_rng(seed)

    assert two_levels(getattr(draw, shape)(size=count)) is None


@given(SEEDS)
def test_stray_values_are_no_level(seed: int) -> None:
    draw = np.random.default_rng(seed)
    values = np.concatenate([draw.normal(0, 1, 95), draw.normal(30, 1, 5)])

    assert two_levels(values) is None


@pytest.mark.parametrize("values", [[], [1.0], [0.0] * 11 + [9.0] * 12, [math.pi] * 40])
def test_few_or_equal_values_have_no_levels(values: list[float]) -> None:
    assert two_levels(np.array(values)) is None
