"""From pilots to warm-ups: what is found holds for a whole group, and only when it is sure."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.execution.ledger import Ledger, replay
from harness.execution.worker_command import launch_of, pilot_calibration
from harness.model import Mode, Outcome, Plan, Status
from harness.model.plans import PILOT
from harness.planning.calibration import MAX_WARMUP_S, reference_cells, series_s
from harness.planning.plan import expected_s, pilot_jobs, pilot_s
from tests.unit import fakes
from tests.unit.execution.test_scheduler import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.execution.launcher import Finished
    from tests.unit.fakes import Asked

    Course = Callable[[float], float]

PLAN = fakes.plan(("3.14", "pypy"), workloads=("factorize",), threads=(1, 2), blocks=1)


def slow_until(end_s: float, factor: float = 1.5) -> Course:
    """Return a course that is slow for its first seconds."""
    return lambda gone_s: factor if gone_s < end_s else 1.0


def answering(*courses: Course, label: str = "3.14") -> Callable[[Asked, int], Finished | None]:
    """Return answers to pilots of one variant's threads: each pilot takes the next course."""
    left = list(courses)

    def answer(asked: Asked, number: int) -> Finished | None:
        del number
        if asked.label != label or not asked.series_s or asked.mode != "threads":
            return None
        course = left.pop(0) if left else courses[-1]
        time_s = fakes.ideal_time_s(asked)
        return fakes.ended(result=fakes.result_of(asked, time_s, course=course))

    return answer


def left_out_s(outcomes: list[Outcome], label: str, mode: Mode = Mode.THREADS) -> list[float]:
    """Return for each measured process how long its warm-ups last."""
    return [
        one.warmups * one.loops * (0.002 if label == "pypy" else 0.02)
        for one in outcomes
        if one.job.block and (one.job.cell.variant, one.job.cell.benchmark.mode) == (label, mode)
    ]


def pilots(outcomes: list[Outcome], label: str) -> list[Outcome]:
    return [
        one
        for one in outcomes
        if one.job.block == PILOT
        and one.job.cell.variant == label
        and one.job.cell in reference_cells(PLAN).values()
        and one.job.cell.benchmark.mode is Mode.THREADS
    ]


def test_one_cell_of_those_that_compute_in_the_same_process_continues() -> None:
    plan = fakes.plan(("3.14", "pypy"), threads=(2, 1), workloads=(*fakes.THREE, "remote_control"))
    found = {cell.name: series_s(plan, cell) for cell in plan.cells}

    assert {name: time_s for name, time_s in found.items() if time_s} == {
        "3.14 factorize/threads=1": 0.5,
        "pypy factorize/threads=1": 2.5,
        "3.14 factorize/processes=1": 0.5,
        "3.14 lesson/serial": 0.5,
        "pypy lesson/serial": 2.5,
    }


def test_a_pilot_that_goes_on_starts_with_short_calls() -> None:
    words = {
        job.cell.benchmark.threads: launch_of(
            job,
            plan=PLAN,
            machine=fakes.TWO_CPUS,
            site=fakes.SITE,
            calibration=pilot_calibration(PLAN),
        ).command
        for job in pilot_jobs(PLAN)
        if (job.cell.variant, job.cell.benchmark.mode) == ("pypy", Mode.THREADS)
    }

    start = words[1].index("--calibrate-loops")
    assert words[1][start:] == (
        "--calibrate-loops", "--min-time=0.02", "-w0", "-n1", "--series=2.5", "-o", "{output}",
    )  # fmt: skip
    assert words[2][start:] == (
        "--calibrate-loops",
        "--min-time=0.02",
        "-w1",
        "-n1",
        *words[1][-2:],
    )


def test_a_warm_up_seen_twice_holds_for_all_cells_of_its_group_alone() -> None:
    walked = run(PLAN, answer=answering(slow_until(0.3)))

    assert len(pilots(walked.outcomes, "3.14")) == 2
    threads = left_out_s(walked.outcomes, "3.14")
    assert len(threads) == 2
    assert all(0.3 <= round(time_s, 6) < 0.3 + 0.02 + 0.03 for time_s in threads)
    # Five values of 20 ms: of one loop, and of two that take 10 ms each.
    assert set(left_out_s(walked.outcomes, "3.14", Mode.PROCESSES)) == {0.1, 0.2}
    assert all(1 <= time_s < 1.2 for time_s in left_out_s(walked.outcomes, "pypy"))


def test_a_warm_up_seen_once_is_taken_for_a_spell_of_the_host() -> None:
    walked = run(PLAN, answer=answering(slow_until(0.3), slow_until(0.0)))

    assert len(pilots(walked.outcomes, "3.14")) == 2
    assert left_out_s(walked.outcomes, "3.14") == left_out_s(run(PLAN).outcomes, "3.14")


def test_a_warm_up_within_the_floor_is_believed_at_once() -> None:
    walked = run(PLAN, answer=answering(slow_until(0.6, 8.0), label="pypy"))

    assert len(pilots(walked.outcomes, "pypy")) == 1
    assert left_out_s(walked.outcomes, "pypy") == left_out_s(run(PLAN).outcomes, "pypy")


def test_no_series_makes_a_process_longer_than_is_granted() -> None:
    late = slow_until(4.0, 40.0)
    walked = run(PLAN, answer=answering(late, label="pypy"))

    assert left_out_s(walked.outcomes, "pypy")
    for time_s in left_out_s(walked.outcomes, "pypy"):
        assert MAX_WARMUP_S <= time_s < MAX_WARMUP_S + 0.2


def test_without_a_good_reference_the_floor_is_all_there_is() -> None:
    def crash(asked: Asked, number: int) -> Finished | None:
        del number
        is_reference = asked.label == "3.14" and asked.series_s and asked.mode == "threads"
        return fakes.ended(exit_code=1) if is_reference else None

    walked = run(PLAN, answer=crash)
    two = [
        one
        for one in walked.outcomes
        if one.job.block and one.job.cell.name == "3.14 factorize/threads=2"
    ]

    assert [(one.status, one.warmups) for one in two] == [(Status.OK, 5)]


def test_a_pilot_that_has_used_half_of_a_time_budget_is_not_repeated() -> None:
    pressed = msgspec.structs.replace(PLAN, time_budget_s=0.001)

    found = [run(plan, answer=answering(slow_until(0.3))) for plan in (PLAN, pressed)]

    assert [len(pilots(walked.outcomes, "3.14")) for walked in found] == [2, 1]


@pytest.mark.parametrize("stop_after", range(1, 8))
def test_a_resumed_pilot_finds_what_an_uninterrupted_one_finds(stop_after: int) -> None:
    courses = [slow_until(0.3), slow_until(0.25)]
    whole = run(PLAN, answer=answering(*courses))
    done = tuple(whole.outcomes[:stop_after])
    gone = len(pilots(list(done), "3.14"))
    rest = run(PLAN, done=done, answer=answering(*courses[min(gone, 1) :]))

    def kept(outcomes: list[Outcome]) -> list[tuple[str, int, int]]:
        return [(one.job.cell.name, one.loops, one.warmups) for one in outcomes]

    assert kept([*done, *rest.outcomes]) == kept(whole.outcomes)


def test_calibrations_come_from_the_journal_alone() -> None:
    walked = run(PLAN, answer=answering(slow_until(0.3)))
    first: Ledger = replay(PLAN, tuple(walked.outcomes))

    assert first.calibrations == replay(PLAN, tuple(walked.outcomes)).calibrations
    for one in walked.outcomes:
        if one.job.block:
            found = first.calibrations[one.job.cell]
            assert (one.loops, one.warmups, one.values) == (
                found.loops, found.warmups, found.values,
            )  # fmt: skip


def test_the_time_of_the_series_is_expected() -> None:
    def added_s(plan: Plan) -> float:
        jobs = pilot_jobs(plan)
        return pilot_s(plan, jobs) - 0.6 * len(jobs)

    # Two modes on CPython, one on PyPy.
    assert added_s(PLAN) == pytest.approx(2 * 0.6 + 3.6)
    assert expected_s(PLAN) > pilot_s(PLAN, pilot_jobs(PLAN))


def test_nothing_heavy_is_imported_before_a_series_is_at_hand() -> None:
    code = (
        "import sys, harness.execution.scheduler; "
        "heavy = ('numpy', 'harness.statistics.change_points'); "
        "sys.exit(any(name in sys.modules for name in heavy))"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
