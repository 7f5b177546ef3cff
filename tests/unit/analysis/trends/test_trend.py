"""Steps of a number over experiments: found where they are, and nowhere else."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.analysis.trends.trend import trend

RUN_TO_RUN, WITHIN = 0.03, 0.01


def series(
    rng: np.random.Generator, n: int, *, step: float = 0.0, at: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    values = rng.normal(math.log(0.08), RUN_TO_RUN, n) + rng.normal(0, WITHIN, n)
    values[at:] += math.log1p(step)
    return values, np.full(n, WITHIN)


def known(levels: list[float], noise: float = 0.002) -> np.ndarray:
    """Return a series whose noise alternates: the same in every test."""
    return np.array([level + noise * (-1) ** place for place, level in enumerate(levels)])


@pytest.mark.parametrize("n", [3, 5, 10, 20, 50])
def test_of_series_without_a_step_at_most_one_in_twenty_has_one(n: int) -> None:
    rng = np.random.default_rng(n)
    called = sum(bool(trend(*series(rng, n), min_effect=0.02).steps) for _ in range(300))

    # 95 % of 300; three standard deviations of a true 5 % would be 27.
    assert called <= 15


@pytest.mark.parametrize("n", [4, 5])
def test_few_experiments_on_a_restless_machine_show_no_steps(n: int) -> None:
    rng = np.random.default_rng(n)
    errors = np.full(n, WITHIN)
    called = sum(
        bool(trend(rng.normal(0, 0.2, n), errors, min_effect=0.02).steps) for _ in range(300)
    )

    # Were their scatter taken as if it were known, 26 of four and 18 of five would be called.
    assert called <= 15


def test_of_twenty_series_together_at_most_one_in_twenty_families_has_a_step() -> None:
    rng = np.random.default_rng(4)
    called = sum(
        any(trend(*series(rng, 12), family=20, min_effect=0.02).steps for _ in range(20))
        for _ in range(30)
    )

    assert called <= 3


def test_a_step_of_15_percent_in_the_middle_of_20_is_found_there() -> None:
    rng = np.random.default_rng(7)
    found = [
        trend(*series(rng, 20, step=0.15, at=10), family=8, min_effect=0.02) for _ in range(200)
    ]

    near = [one.steps for one in found if any(abs(step.at - 10) <= 1 for step in one.steps)]
    assert len(near) >= 180
    assert sum(len(steps) == 1 for steps in near) >= 0.95 * len(near)
    holds = sum(
        (steps[0].change.low or 0) <= 1.15 <= (steps[0].change.high or 0)
        for steps in near
        if len(steps) == 1
    )
    assert holds >= 0.9 * len(near)


@pytest.mark.parametrize("n", [8, 20])
def test_the_step_that_is_said_to_be_seen_is_found_in_four_of_five(n: int) -> None:
    rng = np.random.default_rng(n)
    said = float(np.median([trend(*series(rng, n), family=8).mde for _ in range(60)]))
    found = sum(
        bool(trend(*series(rng, n, step=said, at=n // 2), family=8).steps) for _ in range(150)
    )

    # Three standard deviations of 150 are 15.
    assert 105 <= found <= 142


def test_up_and_down_again_are_two_steps() -> None:
    found = trend(known([0.0] * 6 + [0.3] * 5 + [0.0] * 6), np.zeros(17))

    assert [step.at for step in found.steps] == [6, 11]
    assert [(level.start, level.stop) for level in found.levels] == [(0, 6), (6, 11), (11, 17)]
    assert found.levels[1].value.point == pytest.approx(math.exp(0.3), rel=0.01)
    assert all(step.is_confirmed for step in found.steps)


def test_a_single_odd_experiment_is_no_step() -> None:
    values = known([0.0] * 15)
    values[7] = 0.4

    assert trend(values, np.zeros(15)).steps == ()


def test_the_last_experiment_alone_is_not_confirmed() -> None:
    found = trend(known([0.0] * 10 + [0.3]), np.zeros(11))

    (step,) = found.steps
    assert (step.at, step.is_confirmed) == (10, False)


def test_what_lies_within_an_experiments_own_error_is_no_step() -> None:
    values = known([0.0] * 10 + [0.1])
    errors = np.zeros(11)
    errors[-1] = 0.1

    assert trend(values, np.zeros(11)).steps
    assert trend(values, errors).steps == ()


def test_a_step_below_what_matters_is_none() -> None:
    values = known([0.0] * 20 + [0.03] * 20, noise=0.0005)

    assert [step.at for step in trend(values, np.zeros(40)).steps] == [20]
    assert trend(values, np.zeros(40), min_effect=0.05).steps == ()


def test_of_few_experiments_the_noise_is_assumed() -> None:
    few = trend(known([0.0] * 2 + [0.05] * 2, noise=0.0001), np.zeros(4))
    many = trend(known([0.0] * 5 + [0.05] * 5, noise=0.0001), np.zeros(10))

    assert few.is_noise_assumed
    assert few.steps == ()
    assert not many.is_noise_assumed
    assert len(many.steps) == 1
    assert few.mde > many.mde


def test_a_flat_series_has_one_level() -> None:
    found = trend(np.zeros(5), np.zeros(5))

    assert found.steps == ()
    assert [(one.start, one.stop, one.value.point) for one in found.levels] == [(0, 5, 1.0)]
