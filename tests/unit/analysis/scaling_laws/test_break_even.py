"""Break-even: the fewest threads at which the build without the GIL is surely faster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.analysis.results.scaling_laws import Reached
from harness.analysis.scaling_laws.break_even import break_evens
from tests.unit.analysis.curves import log_times, plan, without

if TYPE_CHECKING:
    from harness.analysis.results.scaling_laws import BreakEven
    from harness.model import Cell

PLAN = plan(("3.14", "3.14t"), threads=(1, 2, 4))


def found(ratios: dict[int, float], *, blocks: int = 10, noise: float = 0.01) -> BreakEven:
    """Return the break-even of times whose ratio (GIL ÷ free-threaded) at each N is known."""

    def time_s(cell: Cell) -> float:
        return ratios[cell.benchmark.threads] if cell.variant == "3.14" else 1.0

    (one,) = break_evens(PLAN, log_times(PLAN, time_s, blocks=blocks, noise=noise, drift=0.1))
    return one


@pytest.mark.parametrize(
    ("ratios", "reached", "threads"),
    [
        ({1: 0.9, 2: 1.7, 4: 3.2}, Reached.AT_MORE, 2),
        ({1: 0.5, 2: 0.9, 4: 1.6}, Reached.AT_MORE, 4),
        ({1: 1.2, 2: 1.9, 4: 3.2}, Reached.AT_ONE, 1),
        ({1: 0.9, 2: 0.8, 4: 0.7}, Reached.NOWHERE, None),
        ({1: 0.9, 2: 1.0, 4: 0.7}, Reached.UNRESOLVED, None),
        ({1: 1.0, 2: 1.5, 4: 0.7}, Reached.AT_MORE, 2),
    ],
)
def test_it_is_the_first_interval_wholly_above_one(
    ratios: dict[int, float], reached: Reached, threads: int | None
) -> None:
    one = found(ratios)
    assert (one.gil, one.free_threaded, one.workload) == ("3.14", "3.14t", "factorize")
    assert (one.reached, one.threads) == (reached, threads)
    assert [level.threads for level in one.levels] == [1, 2, 4]


def test_the_intervals_of_a_curve_hold_together() -> None:
    assert found({1: 0.9, 2: 1.7, 4: 3.2}).levels[0].estimate.level == pytest.approx(1 - 0.05 / 3)


def test_no_difference_is_taken_for_one_no_more_often_than_said() -> None:
    wrong = 0
    for seed in range(200):
        times = log_times(PLAN, lambda _: 1.0, noise=0.02, seed=seed)
        (one,) = break_evens(PLAN, times)
        wrong += one.reached in (Reached.AT_ONE, Reached.AT_MORE)
    # One side of 5 % is 2.5 %, that is 5 of 200; 12 are three standard errors more.
    assert wrong <= 12


def test_only_pairs_within_a_block_count() -> None:
    times = log_times(PLAN, lambda cell: 2.0 if cell.variant == "3.14" else 1.0, blocks=4)
    times = without(times, "3.14 factorize/threads=2", [1, 2])
    times = without(times, "3.14t factorize/threads=2", [3])
    times = without(times, "3.14t factorize/threads=4")
    (one,) = break_evens(PLAN, times)
    # One pair has no interval, and is none of those that hold together.
    assert [level.threads for level in one.levels] == [1]
    assert one.levels[0].estimate.level == pytest.approx(0.95)


def test_there_is_none_without_intervals_a_pair_or_a_choice_of_threads() -> None:
    assert break_evens(PLAN, log_times(PLAN, lambda _: 1.0, blocks=1)) == ()
    single = plan(("3.14",))
    assert break_evens(single, log_times(single, lambda _: 1.0)) == ()
    fixed = plan(("3.14", "3.14t"), workloads=("lesson", "remote_control"))
    assert break_evens(fixed, log_times(fixed, lambda _: 1.0)) == ()
