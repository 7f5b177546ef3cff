"""Families of verdicts: Holm by hand, equivalence, and power against simulated truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Decision
from harness.statistics.intervals import estimate
from harness.statistics.location import Location, paired, t_quantile
from harness.statistics.verdicts import holm, judge, minimum_detectable_effect

SIMULATIONS = 2000


def where(point: float, error: float, df: float = 9) -> Location:
    return Location(point=point, error=error, df=df, n=10, method="t")


def test_holm_by_hand() -> None:
    # Sorted: 0.01 · 4, 0.02 · 3, 0.03 · 2 (not less than the one before), 0.2 · 1.
    assert holm([0.02, 0.2, 0.01, 0.03]) == pytest.approx((0.06, 0.2, 0.04, 0.06))


@given(values=st.lists(st.floats(0, 1), max_size=20))
def test_holm_only_ever_raises_and_keeps_the_order(values: list[float]) -> None:
    corrected = holm(values)

    assert all(one >= other for one, other in zip(corrected, values, strict=True))
    assert all(one <= 1 for one in corrected)
    by_raw = sorted(range(len(values)), key=lambda index: values[index])
    ordered = [corrected[index] for index in by_raw]
    assert ordered == sorted(ordered)


@pytest.mark.parametrize(
    ("point", "error", "expected"),
    [
        (0.10, 0.01, Decision.SLOWER),
        (-0.10, 0.01, Decision.FASTER),
        (0.0, 0.005, Decision.EQUIVALENT),
        (0.005, 0.001, Decision.EQUIVALENT),  # certain, and too small to matter
        (0.0, 0.05, Decision.UNRESOLVED),
        (0.03, 0.008, Decision.SLOWER),
        (0.0195, 0.003, Decision.UNRESOLVED),  # certain, and not shown to matter or not to
    ],
)
def test_a_verdict_follows_from_where_and_how_sure(
    point: float, error: float, expected: Decision
) -> None:
    found = judge([where(point, error)])[0]

    assert found is not None
    assert found.decision is expected


def test_equivalence_is_the_ninety_percent_interval_within_the_threshold() -> None:
    bound = math.log1p(0.02)
    for error in np.linspace(0.001, 0.02, 40):
        one = where(0.004, float(error))
        interval = estimate(one, 0.9)
        assert interval.low is not None
        assert interval.high is not None
        found = judge([one])[0]
        assert found is not None
        is_within = -bound < interval.low and interval.high < bound
        assert (found.decision is Decision.EQUIVALENT) == is_within


def test_what_is_certain_alone_may_not_be_in_a_family() -> None:
    one = where(0.05, 0.02)
    alone = judge([one])[0]
    among = judge([one, *(where(0.0, 0.1) for _ in range(9))])[0]

    assert alone is not None
    assert among is not None
    assert (alone.decision, among.decision) == (Decision.SLOWER, Decision.UNRESOLVED)
    assert among.p_family == pytest.approx(10 * alone.p)
    assert among.family == 10


def test_what_cannot_be_judged_has_no_verdict_and_counts_for_no_family() -> None:
    lone = Location(point=0.5, error=None, df=0, n=1, method="one process")

    first, second, third = judge([lone, where(0.1, 0.01), None])

    assert (first, third) == (None, None)
    assert second is not None
    assert second.family == 1


def test_the_smallest_detectable_difference_is_found_four_times_of_five() -> None:
    rng = np.random.default_rng(5)
    truth = math.log1p(minimum_detectable_effect(where(0.0, 0.02 * math.sqrt(2 / 10))))
    found = 0
    for _ in range(SIMULATIONS):
        differences = rng.normal(truth, 0.02 * math.sqrt(2), 10)
        verdict = judge([paired(differences)], threshold=1e-9)[0]
        found += verdict is not None and verdict.decision is Decision.SLOWER

    assert found / SIMULATIONS == pytest.approx(0.8, abs=0.03)


def test_three_percent_are_found_by_default_where_processes_vary_by_two() -> None:
    rng = np.random.default_rng(6)
    found, simulations = 0, 10_000
    for noise in rng.normal(0, 0.02, (simulations, 2, 10)):
        verdict = judge([paired(noise[0] - noise[1] + math.log(1.03))])[0]
        found += verdict is not None and verdict.decision is Decision.SLOWER

    assert found / simulations == pytest.approx(0.802, abs=0.008)


@pytest.mark.no_cover
def test_without_a_difference_a_family_errs_once_in_twenty_experiments() -> None:
    rng = np.random.default_rng(7)
    wrong = 0
    for _ in range(SIMULATIONS):
        baseline, *others = rng.normal(0, 0.05, (7, 10))
        verdicts = judge([paired(one - baseline) for one in others], threshold=1e-9)
        wrong += any(one and one.decision is not Decision.UNRESOLVED for one in verdicts)

    assert wrong / SIMULATIONS <= 0.06


def test_quantiles_of_the_t_distribution() -> None:
    assert t_quantile(0.975, 9) == pytest.approx(2.2622, abs=1e-4)
