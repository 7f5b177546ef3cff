"""Laws of scaling: exact without noise, honest with it, refused where they say nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.analysis.analyse import analyse
from harness.analysis.results.scaling_laws import Law, Refusal
from harness.analysis.scaling_laws.fit import laws
from harness.model import Mode
from harness.running.experiment import make_manifest
from tests.unit import fakes
from tests.unit.analysis.curves import CORES, MACHINE, log_times, plan, usl, without

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.analysis.experiment.times import Times
    from harness.analysis.results.scaling_laws import LawResult
    from harness.model import Cell, Estimate, Plan

PLAN = plan()


def law_of(times: Times, of: Plan = PLAN, *, cores: int = CORES) -> LawResult:
    (found,) = laws(of, times, cores=cores)
    return found


def holds(estimate: Estimate | None, truth: float) -> bool:
    assert estimate is not None
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low <= truth <= estimate.high


def estimates(law: LawResult) -> Iterator[Estimate]:
    yield from (one for one in (law.alpha, law.beta) if one is not None)
    yield from (level.estimate for level in law.karp_flatt)


@settings(max_examples=25, deadline=None)
@given(alpha=st.floats(-0.005, 3), beta=st.floats(0, 0.3))
def test_without_noise_the_law_is_recovered(alpha: float, beta: float) -> None:
    law = law_of(log_times(PLAN, usl(alpha, beta), blocks=3))
    assert law.law is Law.USL
    assert law.alpha is not None
    assert law.beta is not None
    assert law.alpha.point == pytest.approx(alpha, abs=1e-8)
    assert law.beta.point == pytest.approx(beta, abs=1e-9)
    for level in law.karp_flatt:
        assert level.estimate.point == pytest.approx(alpha + beta * level.threads, abs=1e-9)


@pytest.mark.parametrize("alpha", [0.0, 0.07, 1.0, 1.6])
@pytest.mark.parametrize(
    ("threads", "levels"), [((1, 2, 4), (1, 2, 4)), ((1, 2, 3, 4, 6), (1, 2, 3, 4, 6))]
)
def test_few_levels_or_small_ones_give_amdahls_law(
    threads: tuple[int, ...], levels: tuple[int, ...], alpha: float
) -> None:
    small = plan(threads=threads)
    law = law_of(log_times(small, usl(alpha)), small)
    assert (law.law, law.refusal, law.beta, law.levels) == (Law.AMDAHL, None, None, levels)
    assert law.alpha is not None
    assert law.alpha.point == pytest.approx(alpha, abs=1e-12)
    assert law.alpha.n == 10


def test_perfect_serial_and_convoy_are_told_apart() -> None:
    for alpha, is_inside in ((0.0, True), (1.0, True), (1.6, False)):
        law = law_of(log_times(PLAN, usl(alpha), noise=0.01, seed=3))
        assert holds(law.alpha, alpha)
        assert (holds(law.alpha, 0.0) or holds(law.alpha, 1.0)) is is_inside


def test_work_fixed_per_thread_obeys_the_same_law() -> None:
    weak = plan(workloads=("json_roundtrip",))
    law = law_of(log_times(weak, usl(0.1, 0.01, is_weak=True)), weak)
    assert law.law is Law.USL
    assert law.alpha is not None
    assert law.alpha.point == pytest.approx(0.1)


@pytest.mark.parametrize(("alpha", "beta"), [(0.0, 0.0), (0.05, 0.002), (1.5, 0.02)])
@pytest.mark.no_cover
def test_intervals_hold_the_truth_as_often_as_they_say(alpha: float, beta: float) -> None:
    count, kept = 100, {"alpha": 0, "beta": 0, "e": 0}
    points = []
    for seed in range(count):
        times = log_times(PLAN, usl(alpha, beta), noise=0.03, drift=0.05, seed=seed)
        law = law_of(times)
        assert law.law is Law.USL
        assert law.alpha is not None
        assert law.beta is not None
        kept["alpha"] += holds(law.alpha, alpha)
        kept["beta"] += holds(law.beta, beta)
        kept["e"] += holds(law.karp_flatt[-1].estimate, alpha + beta * 16)
        points.append((law.alpha.point, law.beta.point))
    # Three standard errors of a share of 95 % of 100.
    assert all(share / count >= 0.885 for share in kept.values()), kept
    errors = np.array(points) - (alpha, beta)
    standard = errors.std(axis=0, ddof=1) / math.sqrt(count)
    assert np.all(np.abs(errors.mean(axis=0)) < 3.5 * standard)


def test_threads_beyond_the_cores_are_not_fitted() -> None:
    def capped(cell: Cell) -> float:
        return 1 / min(cell.benchmark.threads, 4)

    law = law_of(log_times(PLAN, capped, noise=0.001), cores=4)
    assert (law.law, law.levels) == (Law.AMDAHL, (1, 2, 4))
    assert holds(law.alpha, 0.0)
    assert [level.threads for level in law.karp_flatt] == [2, 4, 8, 16]
    assert law.karp_flatt[-1].estimate.point == pytest.approx((1 / 4 - 1 / 16) / (15 / 16), 0.01)


def test_with_one_level_alpha_is_karp_and_flatts() -> None:
    two = plan(threads=(1, 2))
    law = law_of(log_times(two, usl(0.2), noise=0.02), two)
    assert law.levels == (1, 2)
    (level,) = law.karp_flatt
    assert law.alpha is not None
    assert law.alpha.point == pytest.approx(level.estimate.point)
    assert law.alpha.low == pytest.approx(level.estimate.low)


@pytest.mark.parametrize(
    ("workload", "refusal"),
    [
        ("blocking_io", Refusal.WAITS),
        ("lesson", Refusal.OWN_THREADS),
        ("remote_control", Refusal.PACED),
    ],
)
def test_work_that_no_law_can_hold_for_is_refused(workload: str, refusal: Refusal) -> None:
    odd = plan(workloads=(workload,))
    law = law_of(log_times(odd, usl(0.1)), odd)
    assert (law.law, law.refusal, law.alpha, law.karp_flatt) == (None, refusal, None, ())


def test_too_little_is_refused_with_its_reason() -> None:
    def refusal(threads: tuple[int, ...], *, blocks: int = 5, cores: int = CORES) -> object:
        small = plan(threads=threads)
        law = law_of(log_times(small, usl(0.1), blocks=blocks), small, cores=cores)
        assert (law.law, law.alpha, law.levels) == (None, None, ())
        return law.refusal

    assert refusal((4, 8)) is Refusal.NO_SINGLE
    assert refusal((1, 4), cores=2) is Refusal.BEYOND_CORES
    assert refusal((1, 2, 4), blocks=1) is Refusal.ONE_BLOCK
    alone = plan(threads=(1,))
    assert laws(alone, log_times(alone, usl(0.1)), cores=CORES) == ()


def test_one_block_still_has_karp_and_flatts_numbers_without_an_interval() -> None:
    law = law_of(log_times(PLAN, usl(0.1), blocks=1))
    (first, *_) = law.karp_flatt
    assert first.estimate.point == pytest.approx(0.1)
    assert first.estimate.low is None


def test_what_noise_hides_is_not_told_apart() -> None:
    law = law_of(log_times(PLAN, usl(1.0), blocks=3, noise=0.5, seed=2))
    assert (law.law, law.refusal, law.beta) == (Law.AMDAHL, Refusal.NOT_SEPARABLE, None)
    assert law.alpha is not None


def test_blocks_count_with_the_levels_they_have() -> None:
    times = log_times(PLAN, usl(0.1, 0.01), blocks=6)
    one, *_, eight, sixteen = times.logs
    times = without(times, one, [1])
    times = without(times, eight, [3])
    times = without(times, sixteen, [2, 3])
    law = law_of(times)
    assert (law.law, law.levels) == (Law.USL, (1, 2, 4, 8, 16))
    assert law.alpha is not None
    assert law.alpha.point == pytest.approx(0.1)
    assert law.alpha.n == 4
    assert [level.estimate.n for level in law.karp_flatt] == [5, 5, 4, 3]

    times = without(times, sixteen, times.blocks)
    times = without(times, eight, times.blocks[1:])
    fewer = law_of(times)
    assert (fewer.law, fewer.levels) == (Law.AMDAHL, (1, 2, 4))
    assert len(fewer.karp_flatt) == 2


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    blocks=st.integers(1, 6),
    noise=st.floats(0, 2),
    holes=st.floats(0, 0.9),
)
def test_whatever_is_missing_every_number_is_finite(
    seed: int, blocks: int, noise: float, holes: float
) -> None:
    times = log_times(PLAN, usl(0.5), blocks=blocks, noise=noise, seed=seed)
    draw = np.random.default_rng(seed)
    for name in tuple(times.logs):
        lost = np.flatnonzero(draw.random(blocks) < holes) + 1
        times = without(times, name, None if len(lost) == blocks else lost)
    for law in laws(PLAN, times, cores=CORES):
        assert (law.law is None) == (law.alpha is None)
        assert law.law is not None or law.refusal is not None
        for one in estimates(law):
            assert math.isfinite(one.point)
            assert one.low is None or math.isfinite(one.low)


def test_an_experiment_comes_with_laws_of_threads_and_of_the_ceiling() -> None:
    of = plan(("3.14", "3.14t"), workloads=("factorize", "blocking_io"), modes=None, blocks=2)
    truth = usl(0.1, 0.01)
    outcomes = tuple(
        fakes.outcome_of(cell, block, time_s=0.02 * truth(cell))
        for block in (1, 2)
        for cell in of.cells
    )
    found = analyse(make_manifest(of, machine=MACHINE, unavailable=(), label=""), outcomes)
    said = [(law.variant, law.workload, law.mode, law.law) for law in found.laws]
    assert said == [
        ("3.14", "factorize", Mode.THREADS, Law.USL),
        ("3.14t", "factorize", Mode.THREADS, Law.USL),
        ("3.14", "factorize", Mode.PROCESSES, Law.USL),
        ("3.14", "blocking_io", Mode.THREADS, None),
        ("3.14t", "blocking_io", Mode.THREADS, None),
    ]
    assert [share.variant for share in found.shares_of_ceiling] == ["3.14", "3.14t"]
    assert [one.workload for one in found.break_evens] == ["factorize", "blocking_io"]
