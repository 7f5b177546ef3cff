"""A smaller validation: what the design promises holds on simulated experiments."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from pyperf import _utils as pyperf_utils
from scipy import stats

from harness.commands.validate import all_tasks, simulate
from harness.model import Estimate
from harness.statistics.location import student
from harness.validation import families, method_choices, pairs
from harness.validation.checks import covers, differs, pyperf_differs
from harness.validation.rows import SimulatedRow, Task

SIMULATIONS = 300
_SURE = 1e-4


@functools.cache
def rows(table: str, every: int = 1) -> tuple[SimulatedRow, ...]:
    """Return every so many-th row of a table."""
    own = [task for task in all_tasks() if task.table == table][::every]
    return simulate(own, simulations=SIMULATIONS, seed=2, workers=1)


def by_label(table: str, **labels: str) -> SimulatedRow:
    (found,) = (
        row for row in rows(table) if all(row.labels[name] == one for name, one in labels.items())
    )
    return found


def agrees(hits: int, low: float, high: float) -> bool:
    """Return whether so many hits may come of a share from low to high."""
    return bool(
        stats.binom.cdf(hits, SIMULATIONS, low) > _SURE
        and stats.binom.sf(hits - 1, SIMULATIONS, high) > _SURE
    )


def test_the_design_is_every_combination_of_five_factors_once() -> None:
    keys = [task.key for task in all_tasks()]

    assert sum(key.startswith(f"{pairs.DESIGN}: ") for key in keys) == 5 * 4 * 2 * 3 * 2
    assert len(set(keys)) == len(keys)


# 11 shares no factor with the numbers of levels: all of them occur.
@pytest.mark.parametrize("name", ["ratio", "speed-up"])
def test_pairs_err_in_3_to_7_of_100_under_any_drift(name: str) -> None:
    found = rows(pairs.DESIGN, 11)

    assert {row.labels["drift"] for row in found} == {
        "none",
        "linear",
        "random walk",
        "sine",
        "step",
    }
    for row in found:
        assert agrees(row.rates[name].hits, 0.025, 0.07), row
    overall = sum(row.rates[name].hits for row in found) / (len(found) * SIMULATIONS)
    assert 0.04 < overall < 0.06


def test_the_interval_covers_a_ratio_of_105_percent() -> None:
    found = rows(pairs.DESIGN, 11)

    for row in found:
        assert agrees(row.rates["coverage"].hits, 0.93, 0.975), row
    overall = sum(row.rates["coverage"].hits for row in found) / (len(found) * SIMULATIONS)
    assert 0.94 < overall < 0.96


def test_one_interpreter_after_another_is_called_different_when_the_machine_drifts() -> None:
    for row in rows(pairs.DESIGN, 11):
        is_drifting = row.labels["drift"] != "none"
        assert (row.rates["pyperf, one after another"].share > 0.3) >= is_drifting, row


def test_what_hits_one_side_alone_is_no_business_of_pairs() -> None:
    found = [row for row in rows(pairs.OUTSIDE) if "hit one side" in row.labels["what"]]

    assert len(found) == 3
    assert all(row.rates["ratio"].share > 0.1 for row in found)


@pytest.mark.no_cover
def test_families_err_once_in_twenty_experiments_after_holm_alone() -> None:
    for row in rows(families.FAMILY):
        assert agrees(row.rates["after Holm"].hits, 0.03, 0.06), row
    largest = by_label(
        families.FAMILY, blocks="10", comparisons="12", **{"of them 10 % slower": "0"}
    )
    assert largest.rates["uncorrected"].share > 0.2


def test_a_band_holds_a_whole_curve() -> None:
    for row in rows(families.BAND):
        assert agrees(row.rates["all in the band"].hits, 0.945, 0.98), row
        assert row.rates["all in their intervals"].share < 0.93


@pytest.mark.no_cover
def test_three_percent_are_found_by_default_and_seldom_in_a_large_family() -> None:
    alone = by_label(families.POWER, blocks="10", comparisons="1")
    among = by_label(families.POWER, blocks="10", comparisons="24")

    assert agrees(alone.rates["3 %"].hits, 0.8, 1.0)
    assert among.rates["3 %"].share < 0.5


@pytest.mark.no_cover
def test_what_differs_by_the_threshold_is_seldom_called_equivalent() -> None:
    for row in rows(families.EQUIVALENCE):
        assert agrees(row.rates["2 % slower"].hits, 0.0, 0.055), row
        assert agrees(row.rates["2 % faster"].hits, 0.0, 0.055), row


@pytest.mark.no_cover
def test_ten_pairs_lose_by_trimming() -> None:
    row = by_label(method_choices.TRIMMING, noise="normal", pairs="10")

    assert row.rates["t finds"].share > row.rates["Yuen finds"].share + 0.05


def test_different_times_need_the_variance_from_run_to_run() -> None:
    row = by_label(method_choices.UNPAIRED, **{"runs vary by": "3 %"}, processes="10")

    assert row.rates["Welch"].share > 0.5
    assert agrees(row.rates["run-to-run known"].hits, 0.03, 0.07)


def test_stopping_when_the_interval_is_narrow_costs_coverage() -> None:
    row = by_label(method_choices.STOPPING, **{"stops at": "± 1 %", "blocks at most": "40"})

    assert 0.85 < row.rates["coverage"].share < 0.95


def test_pyperfs_test_is_pyperfs() -> None:
    rng = np.random.default_rng(8)
    for processes, values in ((5, 2), (10, 2), (20, 5), (1, 2)):
        over, under = rng.lognormal(0, 0.1, (2, 60, processes, values))
        over *= 1.05
        expected = sum(
            bool(pyperf_utils.is_significant(one.ravel().tolist(), other.ravel().tolist())[0])
            for one, other in zip(over, under, strict=True)
        )

        assert pyperf_differs(over, under) == expected


def test_an_interval_without_ends_holds_nothing() -> None:
    for low, high, expected in ((None, None, False), (0.9, 1.1, True), (1.01, 1.1, False)):
        found = Estimate(point=1.05, low=low, high=high, level=0.95, n=5, method="t")
        assert covers(found, 1.0) is expected
    assert not differs(student(np.array([-0.1, 0.1, 0.2, -0.2])))
    assert differs(student(np.array([0.1, 0.11, 0.12, 0.1])))


def one_of_ten(rng: np.random.Generator, simulations: int) -> dict[str, int]:  # noqa: ARG001
    return {"good": simulations // 10, "bad": simulations // 2}


def test_what_is_not_as_promised_is_named() -> None:
    limits = {"good": (0.03, 0.1), "bad": (0.03, 0.1)}
    task = Task(table="t", labels={"n": "1"}, count=one_of_ten, arguments={}, limits=limits)

    (row,) = simulate([task], simulations=100, seed=1, workers=1)

    assert row.outside == ("bad",)
    assert row.rates["good"].share == 0.1
