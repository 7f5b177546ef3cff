"""When enough is measured: judged by whole blocks, from the journal alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from harness.analysis.live.stopping import reason_to_stop
from harness.analysis.results.experiment import Stop
from harness.planning.plan import jobs_of_block
from harness.storage.worker_result import read_runs
from tests.unit import fakes

if TYPE_CHECKING:
    from harness.model import Outcome, Plan

LABELS = ("3.14", "3.14t")


def planned(**rules: float) -> Plan:
    return fakes.plan(LABELS, workloads=("factorize",), threads=(1, 2), blocks=20, **rules)


def journal(plan: Plan, *, blocks: int, noise: float, duration_s: float = 1.0) -> list[Outcome]:
    rng = np.random.default_rng(1)
    found = []
    for block in range(1, blocks + 1):
        for job in jobs_of_block(plan, block):
            one = fakes.outcome_of(job.cell, block, time_s=0.02 * rng.lognormal(0, noise))
            found.append(msgspec.structs.replace(one, duration_s=duration_s))
    return found


def stop(plan: Plan, outcomes: list[Outcome], before: int) -> Stop:
    return reason_to_stop(plan, outcomes, read_runs(outcomes), before=before, cores=2)


def test_without_a_rule_nothing_stops() -> None:
    plan = planned()
    assert stop(plan, journal(plan, blocks=15, noise=0.0), 16) is Stop.NOT


def test_narrow_intervals_are_enough_and_wide_ones_are_not() -> None:
    plan = planned(precision=0.02)
    assert stop(plan, journal(plan, blocks=10, noise=0.002), 11) is Stop.PRECISION
    assert stop(plan, journal(plan, blocks=10, noise=0.2), 11) is Stop.NOT


def test_a_few_blocks_that_agree_by_chance_are_not_enough() -> None:
    plan = planned(precision=0.02)
    outcomes = journal(plan, blocks=5, noise=0.0)
    assert stop(plan, outcomes, 5) is Stop.NOT
    assert stop(plan, outcomes, 6) is Stop.PRECISION


def test_one_wide_headline_is_enough_to_go_on() -> None:
    plan = planned(precision=0.02)
    outcomes = journal(plan, blocks=10, noise=0.002)
    wide = [
        fakes.outcome_of(one.job.cell, one.job.block, time_s=0.02 + 0.01 * (one.job.block % 2))
        if one.job.cell.name == "3.14t factorize/threads=2"
        else one
        for one in outcomes
    ]
    assert stop(plan, wide, 11) is Stop.NOT


def test_a_headline_that_failed_for_good_is_not_waited_for() -> None:
    plan = planned(precision=0.02)
    good = [
        one
        for one in journal(plan, blocks=10, noise=0.002)
        if one.job.cell.name != "3.14t factorize/threads=2" or one.job.block == 1
    ]
    assert stop(plan, good, 11) is Stop.PRECISION


def test_failed_headlines_are_never_precise() -> None:
    plan = planned(precision=0.02)
    assert stop(plan, [], 11) is Stop.NOT


def test_a_block_is_begun_only_if_it_would_end_in_time() -> None:
    plan = planned(time_budget_s=100.0)
    block_s = float(len(plan.cells))
    outcomes = journal(plan, blocks=20, noise=0.1)
    fitting = int(100 // block_s)

    assert stop(plan, outcomes, fitting) is Stop.NOT
    assert stop(plan, outcomes, fitting + 1) is Stop.TIME


def test_time_that_is_over_stays_over() -> None:
    plan = planned(time_budget_s=100.0)
    outcomes = journal(plan, blocks=int(100 // len(plan.cells)), noise=0.1)
    begun = int(100 // len(plan.cells)) + 1

    found = {stop(plan, outcomes, before) for before in range(begun, plan.preset.blocks + 1)}

    assert found == {Stop.TIME}


def test_the_first_block_is_always_measured() -> None:
    plan = planned(time_budget_s=10.0)
    assert stop(plan, [], 1) is Stop.NOT
    assert stop(plan, journal(plan, blocks=1, noise=0.1), 2) is Stop.TIME


@pytest.mark.parametrize("before", [2, 5, 8])
def test_later_blocks_do_not_change_what_was_decided_earlier(before: int) -> None:
    plan = planned(time_budget_s=60.0, precision=0.05)
    outcomes = journal(plan, blocks=12, noise=0.05)
    known = [one for one in outcomes if one.job.block < before]

    assert stop(plan, outcomes, before) is stop(plan, known, before)
