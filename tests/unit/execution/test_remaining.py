"""The time that is left falls from round to round, and is not 0 while something is left."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from harness.execution.ledger import Ledger
from harness.execution.remaining import Rounds, remaining_s
from harness.model.plans import PILOT
from harness.planning.calibration import fixed
from harness.planning.plan import jobs_of_block, pilot_jobs
from tests.unit import fakes

PLAN = fakes.plan(("3.14", "3.14t"), workloads=("factorize", "lesson"), blocks=4)


@dataclasses.dataclass
class Clock:
    """A clock that stands until it is set."""

    now_s: float = 100.0

    def __call__(self) -> float:
        """Return the time it is set to."""
        return self.now_s


def ledger(budget_s: float | None = None, spent_s: float = 0.0) -> Ledger:
    plan = msgspec.structs.replace(PLAN, time_budget_s=budget_s)
    return Ledger(plan=plan, calibrations=fixed(plan), spent_s=spent_s)


def rounds(clock: Clock) -> Rounds:
    return Rounds(group_s=50.0, after_s=30.0, clock=clock)


def test_the_time_left_falls_from_round_to_round() -> None:
    clock = Clock()
    counted = rounds(clock)
    left = [counted.remaining_s(0, 25)]
    for number in range(1, 26):
        left.append(counted.remaining_s(number, 25))
        clock.now_s += 2.0

    assert left[:3] == [80.0, 80.0, 78.0]
    assert left == sorted(left, reverse=True)
    assert left[-1] == 32.0


def test_rounds_that_take_longer_than_expected_leave_more_time() -> None:
    clock = Clock()
    counted = rounds(clock)
    counted.remaining_s(1, 25)
    clock.now_s += 10.0

    assert counted.remaining_s(2, 25) == 24 * 10.0 + 30.0


def test_the_rounds_of_a_disturbed_group_have_at_least_one_round_left() -> None:
    clock = Clock()
    counted = rounds(clock)
    counted.remaining_s(1, 25)
    clock.now_s += 29 * 2.0

    assert counted.remaining_s(30, 25) == pytest.approx(2.0 + 30.0)


@pytest.mark.parametrize("block", [PILOT, 1, 4])
def test_a_budget_that_is_used_up_leaves_the_block_that_has_begun(block: int) -> None:
    known = ledger(budget_s=10.0, spent_s=500.0)
    jobs = pilot_jobs(PLAN) if block == PILOT else jobs_of_block(PLAN, block)

    left = [remaining_s(known, job, is_done=False) for job in jobs]

    assert min(left) > 0
    assert left == sorted(left, reverse=True)


def test_a_budget_that_is_used_up_ends_with_its_block() -> None:
    last = jobs_of_block(PLAN, 2)[-1]

    assert remaining_s(ledger(budget_s=10.0, spent_s=500.0), last, is_done=True) == 0
    assert remaining_s(ledger(), last, is_done=True) > 0
