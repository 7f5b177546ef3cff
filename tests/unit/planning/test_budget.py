"""A time budget has room for the pilot and one block, or is refused before anything runs."""

from __future__ import annotations

import re

import msgspec
import pytest

from harness.errors import ConfigError
from harness.planning.budget import within_budget
from harness.planning.calibration import series_s
from harness.planning.plan import expected_s, least_s, pilot_jobs, pilot_s
from tests.unit import fakes

PLAN = fakes.plan(("3.14", "3.14t", "pypy"), workloads=("factorize", "lesson"))
SHORT = msgspec.structs.replace(PLAN, has_short_pilot=True)


def with_budget(budget_s: float | None) -> object:
    return within_budget(msgspec.structs.replace(PLAN, time_budget_s=budget_s))


def test_a_plan_that_fits_stays_as_it_is() -> None:
    for budget_s in (None, least_s(PLAN), 10 * least_s(PLAN)):
        assert with_budget(budget_s) == msgspec.structs.replace(PLAN, time_budget_s=budget_s)


def test_a_pilot_that_leaves_no_time_for_a_block_does_not_show_the_warm_up() -> None:
    budget_s = (least_s(SHORT) + least_s(PLAN)) / 2

    assert with_budget(budget_s) == msgspec.structs.replace(SHORT, time_budget_s=budget_s)
    assert pilot_s(SHORT, pilot_jobs(SHORT)) < pilot_s(PLAN, pilot_jobs(PLAN))
    assert not any(series_s(SHORT, cell) for cell in SHORT.cells)
    assert expected_s(msgspec.structs.replace(SHORT, time_budget_s=budget_s)) <= budget_s


def test_a_budget_without_room_for_one_block_is_refused_with_what_is_needed() -> None:
    with pytest.raises(ConfigError, match="--time-budget 10 s is too short") as refused:
        with_budget(10.0)

    needed = re.search(r"Give --time-budget (\d+)s", str(refused.value))
    assert needed is not None
    assert with_budget(float(needed[1])) is not None
    with pytest.raises(ConfigError):
        with_budget(float(needed[1]) - 10)
