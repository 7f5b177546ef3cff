"""Estimators against SciPy and against simulated experiments with known truth."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.model import Estimate
from harness.statistics.intervals import (
    estimate,
    exponentiated,
    mean_t,
    paired,
    scaled,
    sign_interval,
)
from harness.statistics.location import yuen

SIMULATIONS = 4000
samples = st.lists(st.floats(-5, 5), min_size=6, max_size=40).map(np.array)


def test_the_t_interval_is_scipys() -> None:
    values = np.array([1.0, 2.0, 4.0, 8.0])
    expected = stats.t.interval(0.95, 3, loc=values.mean(), scale=stats.sem(values))

    found = mean_t(values)

    assert (found.low, found.high) == pytest.approx(expected)
    assert found.n == 4


def test_one_process_has_no_interval() -> None:
    found = paired(np.array([0.3]))

    assert (found.point, found.low, found.high, found.n) == (0.3, None, None, 1)


def test_yuens_interval_by_hand() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 100.0])
    # g = 2: mean of 3…8; Winsorized: 3 3 3 4 5 6 7 8 8 8; h = 6.
    winsorized = np.array([3.0, 3.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 8.0, 8.0])
    error = math.sqrt(((winsorized - winsorized.mean()) ** 2).sum() / (6 * 5))

    found = estimate(yuen(values))

    assert found.point == pytest.approx(5.5)
    assert found.high == pytest.approx(5.5 + stats.t.ppf(0.975, 5) * error)
    assert found.method == "Yuen t"


def test_pairs_are_never_trimmed() -> None:
    assert {paired(np.arange(float(n))).method for n in (2, 11, 12, 50)} == {"t"}


@pytest.mark.parametrize(("n", "rank"), [(6, 1), (9, 2), (10, 2), (20, 6), (50, 18)])
def test_the_sign_interval_is_scipys(n: int, rank: int) -> None:
    values = np.random.default_rng(n).normal(size=n)
    expected: Any = stats.quantile_test(values, p=0.5).confidence_interval(0.95)

    found = sign_interval(values)

    assert (found.low, found.high) == (expected.low, expected.high)
    assert found.low == np.sort(values)[rank - 1]


def test_five_pairs_have_no_sign_interval() -> None:
    found = sign_interval(np.arange(5.0))

    assert (found.point, found.low, found.high) == (2.0, None, None)


@given(values=samples, shift=st.floats(-3, 3), factor=st.floats(0.1, 10))
def test_an_estimate_moves_and_stretches_with_its_data(
    values: np.ndarray[tuple[int], np.dtype[np.float64]], shift: float, factor: float
) -> None:
    plain = paired(values)
    moved = paired(values * factor + shift)

    for then, now in (
        (plain.point, moved.point), (plain.low, moved.low), (plain.high, moved.high),
    ):  # fmt: skip
        assert then is not None
        assert now == pytest.approx(then * factor + shift, abs=1e-6)


def test_logs_become_ratios_and_ratios_scale() -> None:
    logs = Estimate(point=0.0, low=-math.log(2), high=math.log(4), level=0.95, n=5, method="t")

    ratio = exponentiated(logs)
    double = scaled(ratio, 2)

    assert (ratio.point, ratio.low, ratio.high) == pytest.approx((1, 0.5, 4))
    assert (double.point, double.low, double.high) == pytest.approx((2, 1, 8))


def drift(kind: str, blocks: int, rng: np.random.Generator) -> np.ndarray[tuple[int, ...]]:
    steps = np.linspace(0, 1, blocks)
    shapes = {
        "none": np.zeros(blocks),
        "linear": 0.2 * steps,
        "walk": 0.05 * rng.standard_normal(blocks).cumsum(),
        "sine": 0.1 * np.sin(2 * math.pi * steps),
        "step": 0.2 * (steps > 0.5),
    }
    return shapes[kind]


@pytest.mark.parametrize("kind", ["none", "linear", "walk", "sine", "step"])
@pytest.mark.parametrize("blocks", [5, 10, 20])
def test_pairs_cover_the_true_ratio_under_drift(kind: str, blocks: int) -> None:
    """Nominal 95 %: two noisy cells of one block, the block's drift common to both."""
    rng = np.random.default_rng(2026)
    truth = math.log(1.03)
    hits = 0
    for _ in range(SIMULATIONS):
        common = drift(kind, blocks, rng)
        one = common + rng.normal(0, 0.02, blocks)
        other = common + truth + rng.normal(0, 0.02, blocks)
        found = paired(other - one)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= truth <= found.high

    assert 0.93 <= hits / SIMULATIONS <= 0.97
