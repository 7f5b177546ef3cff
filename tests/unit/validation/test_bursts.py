"""The simulated bursts are as long and as frequent as they say, and calm rounds withstand them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.commands.validate import simulate
from harness.validation import bursts, page, pairs, schemes
from harness.validation.bursts import CPUS, Disturbance, Lengths
from harness.validation.simulation import Drift

if TYPE_CHECKING:
    from harness.validation.rows import SimulatedRow

SIMULATIONS = 300


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize("lengths", Lengths)
@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_a_cpu_is_disturbed_for_its_share_of_the_time_from_the_start(
    lengths: Lengths, share: float, rng: np.random.Generator
) -> None:
    disturbance = Disturbance(lengths=lengths, share=share)
    moments = np.array([0.0, 0.001, 2.0, 2.001, 4.0])

    lost = bursts.delays(rng, disturbance, 40_000, moments)

    first, _, later, _ = (np.diff(lost, axis=1) / 0.001).T
    assert np.mean(first > 0) == pytest.approx(share, rel=0.08, abs=0.02)
    assert np.mean(later > 0) == pytest.approx(share, rel=0.08, abs=0.02)
    # A disturbed CPU takes 1.3 to 1.65 times as long.
    assert np.max(np.diff(lost, axis=1) / np.diff(moments)) < 0.65 + 1e-6
    assert np.mean(lost[:, -1]) == pytest.approx(4 * share * 0.475, rel=0.05)


def test_bursts_are_over_in_a_tenth_of_a_second_and_spells_are_not(
    rng: np.random.Generator,
) -> None:
    moments = np.arange(0, 2, 0.001)
    for lengths, longest in ((Lengths.BURSTS, 101), (Lengths.SPELLS, 2000)):
        lost = bursts.delays(rng, Disturbance(lengths=lengths, share=0.1), 500, moments)
        # The slope changes where a state does; between two changes all milliseconds are alike.
        slopes = np.round(np.diff(lost, axis=1), 9)
        run = most = np.zeros(len(slopes))
        for before, now in zip(slopes.T, slopes.T[1:], strict=False):
            run = np.where((now > 0) & (now == before), run + 1, 0)
            most = np.maximum(most, run)
        assert most.max() <= longest
        assert (most.max() > 101) == (lengths is Lengths.SPELLS)


def test_a_machine_without_bursts_loses_nothing(rng: np.random.Generator) -> None:
    assert not bursts.delays(rng, Disturbance(), 3, np.array([0.0, 1.0])).any()


def test_a_value_integrates_its_cpu_and_two_threads_take_the_longer(
    rng: np.random.Generator,
) -> None:
    found = bursts.in_rounds(rng, Disturbance(lengths=Lengths.SPELLS, share=0.5), 100)

    single, double = found.logs[..., 0], found.logs[..., 3]
    assert found.is_used[0, 0].tolist() == [True, False]
    assert found.is_used[1, 0].tolist() == [False, True]
    assert found.is_used[0, 3].tolist() == [True] * CPUS
    assert np.mean(single) == pytest.approx(0.5 * np.log(1.475), rel=0.15)
    assert np.mean(double) > np.mean(single) + 0.05
    own = found.before[:, 0, :, 0, 0]
    assert np.corrcoef(np.log(own).ravel(), single[:, 0].ravel())[0, 1] > 0.6


def test_canaries_drift_with_the_machine(rng: np.random.Generator) -> None:
    found = bursts.in_rounds(rng, Disturbance(drift=Drift.LINEAR), 200)

    steps = np.log(found.before[:, -1] / found.before[:, 0]).mean(axis=(1, 2, 3))
    assert np.abs(steps) == pytest.approx(0.2 * 7 / 8, abs=0.01)


def rows(*labels: str) -> tuple[SimulatedRow, ...]:
    own = [task for task in schemes.tasks() if tuple(task.labels.values()) == labels]
    return simulate(own, simulations=SIMULATIONS, seed=2, workers=1)


@pytest.mark.parametrize("disturbed", ["30%, bursts", "30%, spells"])
def test_calm_rounds_find_the_undisturbed_speed_up_and_the_others_do_not(disturbed: str) -> None:
    (row,) = rows(disturbed, "none")
    speed_up = schemes.COMPARISONS[1]

    def number(scheme: str, measure: str) -> float:
        name = schemes.heading(scheme, speed_up, measure)
        return row.figures[name] if name in row.figures else row.rates[name].share

    assert number(schemes.CALM, "false positives") < 0.09
    assert number(schemes.CALM, "coverage") > 0.91
    assert abs(number(schemes.CALM, "bias")) < 1.2
    assert number(schemes.CALM, "÷ the first") < 0.36
    assert number(schemes.OLD, "÷ the first") == 1
    assert number(schemes.OLD, "bias") < -4


def test_the_page_has_a_line_for_each_scheme() -> None:
    design = simulate(list(itertools.islice(pairs.tasks(), 1)), simulations=10, seed=2, workers=1)
    own = [*rows("never", "none"), *rows("never", "step")]

    found = page.tables([*design, *own], simulations=SIMULATIONS, seed=2)

    for scheme in schemes.SCHEMES:
        assert found.count(f"| never | {scheme} |") == len(schemes.COMPARISONS)
