"""Notes and memory: what is taken, from which processes, and what never enters the times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.analysis.analyse import analyse
from harness.analysis.experiment.notes import note_results
from harness.analysis.live.speedup_so_far import RunningAnswer
from harness.model import Status
from harness.storage.worker_result import read_run, read_runs
from tests.unit import fakes

if TYPE_CHECKING:
    from harness.analysis.results.experiment import NoteResult
    from harness.model import Outcome

PLAN = fakes.plan(("3.14",), workloads=("factorize",), threads=(1,), modes=None, blocks=3)
CELL = PLAN.cells[0]


def results(*outcomes: Outcome) -> dict[str, NoteResult]:
    return {result.name: result for result in note_results(PLAN, outcomes, read_runs(outcomes))}


def test_values_are_pooled_and_warmups_left_out() -> None:
    cold: fakes.Notes = {"response_s": [99.0]}
    value: fakes.Notes = {"response_s": [float(number) for number in range(1, 51)]}
    blocks = [
        fakes.outcome_of(CELL, block, warmups=(cold,), values=(value, value)) for block in (1, 2, 3)
    ]
    found = results(*blocks)["response_s"]
    assert (found.count, found.total, found.maximum) == (300, 7650.0, 50.0)
    assert found.p50 is not None
    assert (found.p50.point, found.p50.low, found.p50.high, found.p50.n) == (25.0, 25.0, 25.0, 3)
    assert found.p99 is not None
    assert found.p99.point == 50.0
    assert (found.mean, found.share) == (None, None)


@pytest.mark.parametrize(
    ("count", "has_p90", "has_p99"),
    [(9, False, False), (10, True, False), (99, True, False), (100, True, True)],
)
def test_a_quantile_needs_enough_values(count: int, *, has_p90: bool, has_p99: bool) -> None:
    found = results(fakes.outcome_of(CELL, 1, values=({"gc_pause_s": [0.001] * count},)))
    pauses = found["gc_pause_s"]
    assert pauses.p50 is not None
    assert pauses.p50.low is None
    assert (pauses.p90 is not None, pauses.p99 is not None) == (has_p90, has_p99)


def test_counts_are_summed_and_missed_deadlines_are_a_share() -> None:
    missed = (1.0, 2.0, 6.0)
    blocks = [
        fakes.outcome_of(
            CELL,
            block,
            values=({"response_s": [0.001] * 10, "missed_deadlines": [missed[block - 1]]},) * 2,
        )
        for block in (1, 2, 3)
    ]
    found = results(*blocks)["missed_deadlines"]
    assert (found.count, found.total, found.maximum) == (6, 18.0, 6.0)
    assert (found.p50, found.p90, found.p99) == (None, None, None)
    assert found.mean is not None
    assert (found.mean.point, found.mean.n, found.mean.method) == (3.0, 3, "t")
    assert found.share is not None
    assert found.share.point == pytest.approx(0.3)
    assert (found.share.low, found.share.high) == pytest.approx((0.1, 0.6))


def test_lost_updates_have_no_share() -> None:
    found = results(fakes.outcome_of(CELL, 1, values=({"lost_updates": [4.0]},)))["lost_updates"]
    assert found.share is None
    assert found.mean is not None
    assert (found.mean.point, found.mean.low) == (4.0, None)


def test_a_mean_of_amounts_has_no_bound_below_zero() -> None:
    def mean(*numbers: float) -> tuple[float, float | None, float | None]:
        blocks = [
            fakes.outcome_of(CELL, block, values=({"lost_updates": [number]},))
            for block, number in enumerate(numbers, 1)
        ]
        found = results(*blocks)["lost_updates"].mean
        assert found is not None
        return found.point, found.low, found.high

    assert mean(0, 0, 30)[:2] == (10.0, 0.0)
    assert mean(0, 0, 0) == (0.0, None, None)
    low = mean(-30, 0, 30)[1]
    assert low is not None
    assert low < 0


def test_a_process_without_the_note_counts_for_nothing() -> None:
    noted = fakes.outcome_of(CELL, 1, values=({"gc_pause_s": [0.5]},))
    silent = fakes.outcome_of(CELL, 2, values=({"gc_pause_s": []},))
    found = results(noted, silent)["gc_pause_s"]
    assert found.p50 is not None
    assert (found.count, found.p50.n) == (1, 1)


def test_another_cell_or_name_changes_no_interval() -> None:
    values: list[fakes.Notes] = [{"response_s": [block, block + 1.0]} for block in (1.0, 2.0, 3.0)]
    alone = [fakes.outcome_of(CELL, i, values=(each,)) for i, each in enumerate(values, 1)]
    both = [
        fakes.outcome_of(CELL, i, values=({**each, "a_s": [1.0]},))
        for i, each in enumerate(values, 1)
    ]
    assert results(*alone)["response_s"] == results(*both)["response_s"]


def test_only_complete_blocks_are_noted() -> None:
    plan = fakes.plan(("3.14", "3.14t"), workloads=("factorize",), threads=(1,), blocks=2)
    first = [fakes.outcome_of(cell, 1, values=({"a": [1.0]},)) for cell in plan.cells]
    torn = fakes.outcome_of(plan.cells[0], 2, values=({"a": [9.0]},))
    found = analyse(fakes.manifest(plan), (*first, torn))
    assert {result.total for result in found.measures} == {1.0}


def test_memory_jobs_never_enter_times_or_notes() -> None:
    timed = [
        fakes.outcome_of(cell, block, time_s=0.02) for cell in PLAN.cells for block in (1, 2, 3)
    ]
    slow = [
        fakes.outcome_of(
            cell,
            block,
            time_s=5.0,
            is_memory=True,
            values=({"response_s": [9.0]},),
            rss=block * 1000,
            pss=block * 100,
        )
        for cell in PLAN.cells
        for block in (4, 5, 6)
    ]
    plan = msgspec.structs.replace(PLAN, memory_blocks=3)
    without = analyse(fakes.manifest(PLAN), tuple(timed))
    found = analyse(fakes.manifest(plan), (*timed, *slow))
    assert found.cells == without.cells
    assert found.blocks_done == 3
    assert (found.measures, without.memory) == ((), ())
    assert found.load_1min == without.load_1min
    memory = found.memory[0]
    assert memory.peak_rss_bytes is not None
    assert (memory.peak_rss_bytes.point, memory.peak_rss_bytes.n) == (5000.0, 3)
    assert memory.pss_bytes is not None
    assert memory.pss_bytes.point == 500.0
    running = RunningAnswer(plan)
    for outcome in slow:
        running.add(outcome, read_run(outcome.run))
    assert running.text() == ""


def test_memory_that_cannot_be_read_is_absent() -> None:
    unread = fakes.outcome_of(CELL, 4, is_memory=True, rss=None)
    some = fakes.outcome_of(CELL, 4, is_memory=True, rss=7)
    manifest = fakes.manifest(PLAN)
    assert analyse(manifest, (unread,)).memory == ()
    (found,) = analyse(manifest, (some,)).memory
    assert found.pss_bytes is None
    assert found.peak_rss_bytes is not None
    assert found.peak_rss_bytes.low is None


def test_failures_of_memory_jobs_are_reported() -> None:
    good = fakes.outcome_of(CELL, 4, is_memory=True)
    bad = msgspec.structs.replace(
        good, status=Status.FAILED, reason="killed", run=msgspec.Raw(b"null")
    )
    (failure,) = analyse(fakes.manifest(PLAN), (bad,)).failures
    assert failure.reason == "killed"
