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
