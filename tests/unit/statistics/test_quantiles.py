"""Quantiles of clusters: nearest rank, and intervals that draw whole clusters."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics.quantiles import RESAMPLES, clustered, draws, ratio

if TYPE_CHECKING:
    from harness.model import Estimate


def quantile(values: list[list[float]], percent: int) -> Estimate:
    clusters = [np.array(cluster, dtype=float) for cluster in values]
    (found,) = clustered(clusters, (percent,), draws(len(clusters), (1, 2)))
    return found


@pytest.mark.parametrize(("percent", "expected"), [(1, 1), (50, 50), (90, 90), (99, 99)])
def test_a_quantile_is_the_nearest_rank(percent: int, expected: float) -> None:
    numbers = [float(number) for number in range(1, 101)]
    assert quantile([numbers[::2], numbers[1::2]], percent).point == expected


def test_nothing_is_interpolated_in_a_tail() -> None:
    assert quantile([[1.0] * 50, [1.0] * 48 + [9.0] * 2], 99).point == 9.0
    assert quantile([[1.0] * 50, [1.0] * 49 + [9.0]], 99).point == 1.0


@given(
    st.lists(
        st.lists(st.integers(min_value=0, max_value=5), min_size=1, max_size=30),
        min_size=2,
        max_size=5,
    ),
    st.sampled_from([50, 90, 99]),
)
def test_it_is_numpys_inverted_cdf_in_every_resample(values: list[list[int]], percent: int) -> None:
    clusters = [np.array(cluster, dtype=float) for cluster in values]
    weights = draws(len(clusters), (3,))[:20]
    (found,) = clustered(clusters, (percent,), weights)
    pools = [
        np.concatenate([np.repeat(c, w) for c, w in zip(clusters, row, strict=True)])
        for row in weights
    ]
    # numpy works with the float 0.9, whose product with a whole number may be no whole one.
    slow = [sorted(pool)[(percent * len(pool) + 99) // 100 - 1] for pool in pools]
    low, high = np.quantile(slow, (0.025, 0.975), method="inverted_cdf")
    point = sorted(np.concatenate(clusters))[(percent * sum(map(len, values)) + 99) // 100 - 1]
    assert found.point == point
    assert (found.low, found.high) == (min(point, low), max(point, high))


def test_clusters_without_spread_between_them_give_a_point() -> None:
    found = quantile([[1.0, 2.0, 3.0]] * 4, 50)
    assert (found.low, found.point, found.high) == (2.0, 2.0, 2.0)
    assert (found.n, found.method) == (4, "bootstrap over processes")


def test_many_equal_values_of_one_process_count_as_one_observation() -> None:
    # Drawn one by one, 200 values of each would put the median's interval close to it.
    found = quantile([[1.0] * 200, [2.0] * 200, [3.0] * 200], 50)
    assert (found.low, found.point, found.high) == (1.0, 2.0, 3.0)


@pytest.mark.no_cover
def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    generator = np.random.default_rng(7)
    hits = 0
    for trial in range(200):
        shifts = generator.normal(size=20)
        clusters = [shift + generator.normal(scale=0.1, size=15) for shift in shifts]
        (found,) = clustered(clusters, (50,), draws(20, (trial,)))
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 0 <= found.high
    assert 0.88 <= hits / 200 <= 0.99


def test_one_process_has_no_interval() -> None:
    found = quantile([[1.0, 2.0, 3.0]], 50)
    assert (found.point, found.low, found.high, found.n) == (2.0, None, None, 1)


def test_the_same_seed_draws_the_same() -> None:
    assert np.array_equal(draws(5, (1, 2)), draws(5, (1, 2)))
    assert not np.array_equal(draws(5, (1, 2)), draws(5, (1, 3)))
    assert draws(5, (1,)).shape == (RESAMPLES, 5)
    assert set(draws(5, (1,)).sum(axis=1)) == {5}


def test_a_share_is_of_sums_and_stays_within_its_range() -> None:
    under = np.array([100.0, 100.0, 100.0])
    weights = draws(3, (1,))
    found = ratio(np.array([0.0, 10.0, 50.0]), under, weights)
    assert found.point == pytest.approx(0.2)
    assert (found.low, found.high) == (0.0, 0.5)
    never = ratio(np.zeros(3), under, weights)
    assert (never.point, never.low, never.high) == (0.0, None, None)


def test_a_usual_experiment_takes_no_time() -> None:
    generator = np.random.default_rng(1)
    start = time.process_time()
    for cell in range(12):
        clusters = [generator.exponential(size=500) for _ in range(10)]
        clustered(clusters, (50, 90, 99), draws(10, (cell,)))
    assert time.process_time() - start < 5
