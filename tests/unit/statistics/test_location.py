"""Locations and their tests against SciPy's."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.statistics.location import (
    Location,
    RunToRun,
    p_above,
    p_below,
    p_value,
    paired,
    student,
    t_quantile,
    welch,
    yuen,
)

samples = st.lists(
    st.floats(-5, 5).map(lambda value: round(value, 3)), min_size=4, max_size=40, unique=True
).map(np.array)


@given(values=samples)
def test_students_p_is_scipys(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    assert p_value(student(values)) == pytest.approx(stats.ttest_1samp(values, 0).pvalue, abs=1e-9)


@given(values=samples)
def test_the_trimmed_mean_is_scipys(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    assert yuen(values).point == pytest.approx(stats.trim_mean(values, 0.2))


@given(over=samples, under=samples)
@pytest.mark.no_cover
def test_welchs_p_and_degrees_of_freedom_are_scipys(
    over: np.ndarray[tuple[int], np.dtype[np.float64]],
    under: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> None:
    expected = stats.ttest_ind(over, under, equal_var=False)

    found = welch(over, under)

    assert found.df == pytest.approx(expected.df)
    assert p_value(found) == pytest.approx(expected.pvalue, abs=1e-9)


def test_drift_from_run_to_run_widens_what_was_measured_at_different_times() -> None:
    over, under = np.array([0.1, 0.11, 0.12]), np.array([0.0, 0.01, 0.02])
    plain = welch(over, under)

    drifted = welch(over, under, RunToRun(sd=0.03, df=math.inf))
    unsure = welch(over, under, RunToRun(sd=0.03, df=3))

    assert plain.error is not None
    assert drifted.error == pytest.approx(math.hypot(plain.error, 0.03 * math.sqrt(2)))
    assert drifted.df > 100
    assert unsure.df == pytest.approx(3, abs=0.3)
    assert p_value(plain) < p_value(drifted) < p_value(unsure)


def test_one_process_has_no_error_and_proves_nothing() -> None:
    for found in (paired(np.array([0.3])), welch(np.array([1.0]), np.array([2.0, 3.0]))):
        assert found.error is None
        assert p_value(found) == 1


def test_what_never_varies_differs_for_certain_or_not_at_all() -> None:
    same, other = student(np.zeros(5)), student(np.full(5, 0.25))

    assert (p_value(same), p_value(other)) == (1, 0)
    assert p_above(same, -0.01) == 0
    assert p_below(other, 0.2) == 1


def test_infinitely_many_degrees_of_freedom_are_the_normal_distribution() -> None:
    where = Location(point=1.96, error=1, df=math.inf, n=10, method="")

    assert p_value(where) == pytest.approx(0.05, abs=1e-4)
    assert t_quantile(0.975, math.inf) == pytest.approx(1.96, abs=1e-3)


def test_one_sided_p_values_are_complements() -> None:
    where = student(np.array([0.01, 0.03, 0.02, 0.06]))

    assert p_above(where, 0.02) + p_below(where, 0.02) == pytest.approx(1)
    assert p_above(where, 0.0) < p_above(where, 0.02)
