"""The simulated machines are as noisy as they say."""

from __future__ import annotations

import numpy as np
import pytest

from harness.validation import simulation
from harness.validation.simulation import SD, Drift, NoiseShape, SimulatedMachine


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize("noise", NoiseShape)
def test_noise_has_mean_0_and_variance_1(noise: NoiseShape, rng: np.random.Generator) -> None:
    drawn = simulation.noises(rng, noise, (400, 500))

    assert np.mean(drawn) == pytest.approx(0, abs=0.02)
    assert np.var(drawn) == pytest.approx(1, abs=0.15 if noise is NoiseShape.HEAVY else 0.03)


def test_skewed_noise_is_skewed_to_the_slow_side(rng: np.random.Generator) -> None:
    drawn = simulation.noises(rng, NoiseShape.SKEWED, (100_000,))

    assert np.mean(drawn**3) == pytest.approx(2, abs=0.2)
    assert np.min(drawn) >= -1


@pytest.mark.parametrize("share", [0.0, 0.3, 0.95])
def test_the_share_between_processes_is_the_one_asked_for(
    share: float, rng: np.random.Generator
) -> None:
    logs = np.log(simulation.values(rng, SimulatedMachine(share=share), np.zeros(50_000), count=5))

    within = np.mean(np.var(logs, axis=1, ddof=1))
    between = np.var(np.mean(logs, axis=1)) - within / 5
    assert between / SD**2 == pytest.approx(share, abs=0.02)
    assert within / SD**2 == pytest.approx(1 - share, abs=0.02)


def test_a_process_that_meets_a_slow_machine_is_slow(rng: np.random.Generator) -> None:
    times = simulation.values(rng, SimulatedMachine(), np.array([0.0, 0.5]), count=200)

    assert np.log(times[1]).mean() - np.log(times[0]).mean() == pytest.approx(0.5, abs=0.1)


def test_no_drift_is_none(rng: np.random.Generator) -> None:
    assert not simulation.drifts(rng, Drift.NONE, (3, 20)).any()


def test_linear_drift_goes_20_percent_up_or_down(rng: np.random.Generator) -> None:
    path = simulation.drifts(rng, Drift.LINEAR, (100, 240))

    assert np.abs(path[:, -1] - path[:, 0]) == pytest.approx(0.2, rel=0.01)
    assert 30 < np.sum(path[:, -1] > 0) < 70
    assert np.allclose(np.diff(path, n=2), 0)


def test_a_step_is_one_step_of_20_percent_at_any_time(rng: np.random.Generator) -> None:
    path = simulation.drifts(rng, Drift.STEP, (1000, 240))

    assert np.count_nonzero(np.diff(path), axis=1).max() == 1
    assert np.mean(np.isclose(np.abs(path[:, -1]), 0.2)) > 0.98
    assert np.mean(np.abs(path)) == pytest.approx(0.1, abs=0.01)


def test_a_random_walk_ends_20_percent_away(rng: np.random.Generator) -> None:
    path = simulation.drifts(rng, Drift.WALK, (5000, 50))

    assert np.std(path[:, -1]) == pytest.approx(0.2, abs=0.01)
    assert np.std(path[:, 12]) == pytest.approx(0.2 * np.sqrt(13 / 50), abs=0.01)


def test_a_sine_swings_by_20_percent(rng: np.random.Generator) -> None:
    path = simulation.drifts(rng, Drift.SINE, (200, 480))

    assert np.ptp(path, axis=1) == pytest.approx(0.2, abs=0.005)


def test_slow_spells_last_8_jobs_and_a_quarter_of_the_time(rng: np.random.Generator) -> None:
    slow = simulation.drifts(rng, Drift.SPELLS, (2000, 400)) > 0

    assert np.mean(slow) == pytest.approx(0.25, abs=0.01)
    assert np.mean(slow[:, 0]) == pytest.approx(0.25, abs=0.03)
    begins = np.sum(~slow[:, :-1] & slow[:, 1:])
    assert np.sum(slow) / begins == pytest.approx(8, rel=0.05)


def test_interference_stays_for_blocks_on_end(rng: np.random.Generator) -> None:
    hit = simulation.interference(rng, (5000, 10), memory=0.8)

    assert np.std(hit[:, -1]) == pytest.approx(1, abs=0.05)
    assert np.corrcoef(hit[:, 4], hit[:, 5])[0, 1] == pytest.approx(0.8, abs=0.03)
