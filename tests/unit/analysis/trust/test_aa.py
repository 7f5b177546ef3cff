"""An A/A experiment: false positives, the noise floor, and what pairs take away."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from scipy import stats

from harness.analysis.analyse import analyse
from harness.analysis.trust.aa import lag_one, noise_of, proportion, why_not_kept
from harness.model import Manifest, Noise, Outcome, Plan
from harness.planning.plan import jobs_of_block
from tests.unit import fakes

if TYPE_CHECKING:
    from harness.analysis.results.aa import AaResult

LABELS = ("a", "b")


def planned(blocks: int = 10) -> Plan:
    plan = fakes.plan(("3.14", "pypy"), workloads=("factorize", "lesson"), blocks=blocks)
    renamed = dict(zip(("3.14", "pypy"), LABELS, strict=True))
    variants = tuple(
        msgspec.structs.replace(plan.variants[0], label=label) for label in renamed.values()
    )
    cells = tuple(
        msgspec.structs.replace(cell, variant=renamed[cell.variant]) for cell in plan.cells
    )
    return msgspec.structs.replace(plan, variants=variants, cells=cells, baseline="a")


def aa_manifest(plan: Plan, *, is_aa: bool = True) -> Manifest:
    return msgspec.structs.replace(fakes.manifest(plan), is_aa=is_aa)


def journal(plan: Plan, *, drift: float, noise: float, bias: float = 0.0) -> tuple[Outcome, ...]:
    """Return an experiment whose machine wanders slowly, the label b ``bias`` slower."""
    rng = np.random.default_rng(3)
    found, level = [], 0.0
    for block in range(1, plan.preset.blocks + 1):
        for job in jobs_of_block(plan, block):
            level += rng.normal(0, drift)
            log_time = level + rng.normal(0, noise) + bias * (job.cell.variant == "b")
            one = fakes.outcome_of(job.cell, block, time_s=0.02 * math.exp(log_time))
            found.append(msgspec.structs.replace(one, job=job))
    return tuple(found)


def result(plan: Plan, outcomes: tuple[Outcome, ...]) -> AaResult:
    found = analyse(aa_manifest(plan), outcomes).aa
    assert found is not None
    return found


def test_the_same_thing_is_called_the_same_and_the_floor_is_its_noise() -> None:
    plan = planned(blocks=20)

    found = result(plan, journal(plan, drift=0.0, noise=0.02))

    benchmarks = {cell.benchmark for cell in plan.cells if cell.variant == "b"}
    assert {one.benchmark for one in found.comparisons} == benchmarks
    assert found.different <= 1
    assert found.different_in_family <= found.different
    # 95 % of ratios lie within 1.96 standard errors, of which there are few here.
    assert 0.002 < found.floor < 4 * 0.02 * math.sqrt(2 / 20)


def test_a_label_that_is_slower_is_found_out() -> None:
    plan = planned(blocks=20)

    found = result(plan, journal(plan, drift=0.0, noise=0.02, bias=0.1))

    assert found.different == len(found.comparisons)
    assert found.rate.point == 1
    assert found.floor == pytest.approx(math.expm1(0.1), rel=0.3)


def test_pairs_take_away_what_a_wandering_machine_adds() -> None:
    plan = planned(blocks=20)

    found = result(plan, journal(plan, drift=0.03, noise=0.01))

    assert found.autocorrelation is not None
    assert found.paired_autocorrelation is not None
    assert found.autocorrelation > 0.8
    assert abs(found.paired_autocorrelation) < 0.3


def test_other_experiments_and_empty_ones_have_no_such_result() -> None:
    plan = planned()
    outcomes = journal(plan, drift=0.0, noise=0.01)
    assert analyse(aa_manifest(plan, is_aa=False), outcomes).aa is None
    assert analyse(aa_manifest(plan), ()).aa is None


def test_the_floor_of_the_machine_is_the_least_difference_that_matters() -> None:
    plan = planned()
    outcomes = journal(plan, drift=0.0, noise=0.01, bias=0.03)
    noise = Noise(
        experiment="20260101T000000Z-abc", created="2026-01-01T00:00:00+00:00", floor=0.08,
        comparisons=10, blocks=5, different=0,
    )  # fmt: skip
    plain = fakes.manifest(plan)

    free = analyse(plain, outcomes)
    bounded = analyse(msgspec.structs.replace(plain, noise=noise), outcomes)

    assert (free.threshold, bounded.threshold) == (0.02, 0.08)
    for before, after in zip(free.cells, bounded.cells, strict=True):
        if before.verdict is not None and after.verdict is not None:
            assert (before.verdict.decision, after.verdict.decision) == ("slower", "equivalent")
    for few in ({"blocks": 4}, {"grade": "D"}):
        unfit = msgspec.structs.replace(plain, noise=msgspec.structs.replace(noise, **few))
        assert analyse(unfit, outcomes).threshold == 0.02


def test_what_is_kept_is_what_was_found() -> None:
    plan = planned()
    manifest = aa_manifest(plan)
    found = result(plan, journal(plan, drift=0.0, noise=0.02))

    kept = noise_of(manifest, found, blocks=10, letter="B")

    assert (kept.blocks, kept.grade) == (10, "B")
    assert (kept.experiment, kept.comparisons) == (manifest.id, len(found.comparisons))
    assert (kept.floor, kept.different) == (found.floor, found.different)


def test_a_floor_that_nothing_supports_is_not_kept() -> None:
    plan = planned()
    usual = msgspec.structs.replace(
        plan, preset=msgspec.structs.replace(plan.preset, name="default")
    )
    found = result(plan, journal(plan, drift=0.0, noise=0.02))
    few = dataclasses.replace(found, comparisons=found.comparisons[:2])

    def why(plan: Plan, result: AaResult, blocks: int = 5, letter: str = "C") -> str:
        return why_not_kept(aa_manifest(plan), result, blocks=blocks, letter=letter)

    assert why(usual, found) == ""
    assert why(plan, found) == "it was made with --fast"
    assert why(usual, found, blocks=4) == "it has fewer than 5 blocks"
    assert why(usual, found, letter="D") == "its grade is D"
    assert why(usual, few) == "it has fewer than 3 comparisons"


@pytest.mark.parametrize(("hits", "trials"), [(0, 12), (1, 12), (12, 12), (3, 40)])
def test_the_interval_of_a_share_is_scipys(hits: int, trials: int) -> None:
    expected = stats.binomtest(hits, trials).proportion_ci(0.95)

    found = proportion(hits, trials)

    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_lag_one_of_what_alternates_of_what_stays_and_of_nothing() -> None:
    assert lag_one(np.array([1.0, -1.0] * 50)) == pytest.approx(-0.99)
    assert lag_one(np.array([1.0] * 50 + [-1.0] * 50)) == pytest.approx(0.97)
    assert lag_one(np.zeros(10)) is None
    assert lag_one(np.array([1.0, -1.0])) is None
