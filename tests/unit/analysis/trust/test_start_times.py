"""When jobs began, whatever was done to the wall clock meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.analysis.analyse import analyse
from harness.analysis.trust.telemetry import offsets_s
from tests.unit import fakes

if TYPE_CHECKING:
    from harness.model import Outcome

PLAN = fakes.plan(("3.14",), workloads=("factorize",), threads=(1,), blocks=4)


def ran(*starts: str) -> tuple[Outcome, ...]:
    """Return jobs of half a second that started at these times of one day."""
    return tuple(
        msgspec.structs.replace(
            fakes.outcome_of(PLAN.cells[0], block), started=f"2026-01-17T{start}+00:00"
        )
        for block, start in enumerate(starts, start=1)
    )


def test_offsets_are_those_of_the_clock() -> None:
    found = offsets_s(ran("12:00:00.000", "12:00:00.600", "12:10:00.000"))

    assert found == pytest.approx((0, 0.6, 600))


def test_a_clock_that_is_set_back_runs_on_from_there() -> None:
    found = offsets_s(ran("12:00:00", "12:00:01", "11:00:01.500", "11:00:02.500"))

    assert found == pytest.approx((0, 1, 1.5, 2.5))


def test_a_clock_that_is_set_twice() -> None:
    found = offsets_s(ran("12:00:00", "11:00:00", "10:00:00", "10:00:01"))

    assert found == pytest.approx((0, 0.5, 1, 2))


def test_a_page_of_such_an_experiment_has_a_sensible_duration() -> None:
    outcomes = ran("12:00:00", "12:00:01", "09:00:02", "09:00:03")

    found = analyse(fakes.manifest(PLAN), outcomes)

    assert found.duration_s < 5
    assert [one.at_s for one in found.samples] == sorted(one.at_s for one in found.samples)


def test_nothing_has_no_offsets() -> None:
    assert offsets_s(()) == ()


def in_groups(*shares_s: tuple[str, tuple[float, ...]]) -> tuple[Outcome, ...]:
    """Return groups that started at these times, and each job's share of its group's time."""
    return tuple(
        msgspec.structs.replace(one, share_s=share_s, duration_s=60.0)
        for start, shares in shares_s
        for share_s, one in zip(shares, ran(*[start] * len(shares)), strict=True)
    )


def test_the_jobs_of_a_group_follow_each_other_each_with_its_share() -> None:
    found = offsets_s(
        in_groups(("12:00:00", (2.0, 2.0, 2.0)), ("12:00:07", (0.5, 0.5)), ("12:10:00", (1.0,)))
    )

    assert found == pytest.approx((0, 2, 4, 7, 7.5, 600))


def test_a_pilot_before_a_group_and_a_clock_set_back_between_groups() -> None:
    found = offsets_s(
        (
            *ran("12:00:00"),
            *in_groups(("12:00:01", (2.0, 2.0)), ("11:00:05", (1.0, 1.0))),
            *ran("11:00:08"),
        )
    )

    assert found == pytest.approx((0, 1, 3, 5, 6, 8))


def test_groups_that_started_within_the_same_millisecond_still_follow_each_other() -> None:
    found = offsets_s(in_groups(("12:00:00", (1.0, 1.0)), ("12:00:00", (1.0, 1.0))))

    assert found == pytest.approx((0, 1, 2, 3))


def test_the_duration_is_of_the_groups_and_not_of_all_their_workers() -> None:
    outcomes = in_groups(("12:00:00", (2.0,)), ("12:00:03", (2.0,)))
    outcomes = tuple(
        msgspec.structs.replace(
            one, job=msgspec.structs.replace(one.job, block=block), duration_s=60.0
        )
        for block, one in enumerate(outcomes, start=1)
    )

    found = analyse(fakes.manifest(PLAN), outcomes)

    assert found.duration_s == pytest.approx(5)
    assert found.measured_s == pytest.approx(4)
