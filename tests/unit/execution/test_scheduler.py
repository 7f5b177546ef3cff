from __future__ import annotations

import dataclasses
import signal
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from harness.execution.judge import Judgement, judge
from harness.execution.scheduler import Step, walk
from harness.model import Job, Mode, Outcome, Plan, Status
from tests.unit import fakes
from tests.unit.fakes import Asked, FakeLauncher

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.execution.launcher import Finished, Launch


@dataclasses.dataclass
class Walked:
    """What a walk left behind."""

    launcher: FakeLauncher
    outcomes: list[Outcome]
    steps: list[Step]
    is_finished: bool

    def of(self, label: str) -> list[Outcome]:
        """Return the outcomes of one variant."""
        return [one for one in self.outcomes if one.job.cell.variant == label]


def run(
    plan: Plan,
    *,
    answer: Callable[[Asked, int], Finished | None] | None = None,
    done: tuple[Outcome, ...] = (),
    stop_after: int | None = None,
    is_enough: Callable[[int], bool] = lambda block: False,  # noqa: ARG005
) -> Walked:
    launcher = FakeLauncher(answer=answer) if answer else FakeLauncher()
    outcomes: list[Outcome] = []
    steps: list[Step] = []
    is_finished = walk(
        plan,
        machine=fakes.TWO_CPUS,
        site=fakes.SITE,
        launcher=launcher,
        around=fakes.AROUND,
        done=done,
        save=outcomes.extend,
        tell=steps.append,
        is_stopped=lambda: stop_after is not None and len(outcomes) >= stop_after,
        is_enough=is_enough,
    )
    return Walked(launcher, outcomes, steps, is_finished)


def _is_threaded(launch: Launch) -> bool:
    return "--mode=threads" in launch.command


SMALL = fakes.plan(("3.14", "3.14t"), workloads=("factorize",), threads=(1, 2), blocks=3)


def test_the_pilot_comes_first_and_then_every_block_in_order() -> None:
    walked = run(SMALL)

    assert walked.is_finished
    assert [one.job.block for one in walked.outcomes] == [
        block for block in range(4) for _ in SMALL.cells
    ]
    assert {one.status for one in walked.outcomes} == {Status.OK}


def test_loops_are_calibrated_to_the_minimum_duration_and_frozen() -> None:
    walked = run(SMALL)
    loops = {(one.job.cell.name, one.loops) for one in walked.outcomes if one.job.block > 0}

    # A loop of 20 ms is enough for a value of 20 ms; of 10 ms it takes two.
    assert loops == {
        ("3.14 factorize/threads=1", 1),
        ("3.14 factorize/threads=2", 1),
        ("3.14t factorize/threads=1", 1),
        ("3.14t factorize/threads=2", 2),
        ("3.14 factorize/processes=1", 1),
        ("3.14 factorize/processes=2", 2),
    }


def test_a_workload_with_a_rhythm_of_its_own_has_longer_values() -> None:
    walked = run(
        fakes.plan(("3.14",), workloads=("allocate",), threads=(1,), modes=(Mode.THREADS,))
    )

    # A loop takes 20 ms, and a value must hold many collections.
    assert {one.loops for one in walked.outcomes if one.job.block > 0} == {5}


def test_a_jit_is_warmed_up_for_a_second_and_cpython_for_a_tenth() -> None:
    walked = run(fakes.plan(("3.14", "pypy"), workloads=("factorize",), threads=(1,)))

    assert {one.warmups for one in walked.of("3.14") if one.job.block} == {5}
    assert {one.warmups for one in walked.of("pypy") if one.job.block} == {50}


def test_a_workload_that_waits_is_measured_once_and_not_warmed_up() -> None:
    walked = run(fakes.plan(("3.14",), workloads=("blocking_io",), threads=(1,), blocks=1))

    measured = walked.outcomes[-1]
    assert (measured.loops, measured.warmups, measured.values) == (1, 0, 1)


def test_a_worker_gets_an_explicit_command_and_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONSTARTUP", "evil.py")
    monkeypatch.setenv("PYTHON_GIL", "0")
    walked = run(fakes.plan(("3.14t+gil",), workloads=("factorize",), threads=(2,), blocks=1))

    launch = next(one for one in reversed(walked.launcher.launches) if _is_threaded(one))
    assert launch.command == (
        "/opt/3.14t/bin/python", "-m", "workloads",
        "--workload=factorize", "--mode=threads", "--threads=2", "--expect-gil=on",
        "--turns", "{turns}", "--lead=0",
        "--worker", "--worker-task=0", "-l1", "-w5", "-n5", "-o", "{output}",
    )  # fmt: skip
    environment = dict(launch.environment)
    assert environment["PYTHON_GIL"] == "1"
    assert environment["GILSCOPE_PIN"] == "1,0"
    assert environment["PYTHONPATH"] == "/site"
    assert environment["PYTHONPYCACHEPREFIX"] == "/bytecode/digest-3.14t"
    assert "PYTHONSTARTUP" not in environment
    assert launch.affinity == (0, 1)


def test_a_cell_that_fails_twice_is_quarantined_and_the_rest_goes_on() -> None:
    def crash(asked: Asked, number: int) -> Finished | None:
        del number
        if asked.label == "3.14t" and asked.threads == 2:
            return fakes.ended(exit_code=-signal.SIGSEGV, stderr_tail="Fatal error: boom\n")
        return None

    walked = run(SMALL, answer=crash)
    bad = [one for one in walked.of("3.14t") if one.job.cell.benchmark.threads == 2]

    assert [one.status for one in bad] == [Status.FAILED] * 2 + [Status.SKIPPED] * 3
    assert bad[0].reason == "ended by SIGSEGV: Fatal error: boom"
    assert bad[-1].reason == "not tried again after 2 failures: " + bad[0].reason
    assert walked.is_finished
    others = [one for one in walked.outcomes if one not in bad]
    assert {one.status for one in others} == {Status.OK}


@pytest.mark.parametrize(
    ("finished", "status", "reason"),
    [
        (fakes.ended(exit_code=3, stderr_tail="a\nGilStateError: on\n"), Status.FAILED,
         "on"),
        (fakes.ended(exit_code=1), Status.FAILED, "exit status 1: it said nothing"),
        (fakes.ended(exit_code=None, stderr_tail="python cannot be started: gone"), Status.FAILED,
         "python cannot be started: gone"),
        (fakes.ended(exit_code=-9, is_timed_out=True), Status.TIMED_OUT,
         "killed after 0 s: it hung, or needs a longer --timeout"),
        (fakes.ended(), Status.FAILED, "the worker ended normally but wrote no result"),
        (fakes.ended(result=b"hello"), Status.FAILED, "the worker wrote rubbish"),
        (fakes.ended(result=b"{}"), Status.FAILED, "the worker wrote rubbish"),
        (fakes.ended(result=b"\xff"), Status.FAILED, "the worker wrote rubbish"),
    ],
)  # fmt: skip
def test_a_bad_end_is_a_row_with_its_reason(
    finished: Finished, status: Status, reason: str
) -> None:
    plan = fakes.plan(("3.14",), workloads=("factorize",), threads=(1,), modes=(Mode.THREADS,))
    # What hangs is waited for.
    preset = msgspec.structs.replace(plan.preset, timeout_s=0.1)
    plan = msgspec.structs.replace(plan, preset=preset)
    walked = run(plan, answer=lambda asked, number: finished if number == 3 else None)  # noqa: ARG005

    bad = [one for one in walked.outcomes if one.status is not Status.OK]
    assert [one.status for one in bad] == [status]
    assert bad[0].reason.startswith(reason)
    assert len(walked.outcomes) == 6


def test_a_wrong_checksum_is_a_failure_that_names_both() -> None:
    def wrong(asked: Asked, number: int) -> Finished | None:
        del number
        if asked.label == "3.14t":
            return fakes.ended(result=fakes.result_of(asked, 0.02, checksum="43"))
        return None

    walked = run(SMALL, answer=wrong)

    assert walked.of("3.14t")[0].reason == (
        "wrong result: checksum 43, but 3.14 factorize/threads=1 has 42"
    )


def test_a_worker_whose_gil_is_not_as_promised_fails() -> None:
    def turned_on(asked: Asked, number: int) -> Finished | None:
        del number
        if asked.label == "3.14t":
            lying = dataclasses.replace(asked, is_gil_on=True)
            return fakes.ended(result=fakes.result_of(lying, 0.02))
        return None

    walked = run(SMALL, answer=turned_on)

    assert "GIL was not in the state" in walked.of("3.14t")[0].reason


@pytest.mark.parametrize(("stop_after", "kept"), [(0, 0), (3, 3), (6, 6), (7, 12), (13, 18)])
def test_a_stop_is_between_pilots_or_between_groups_and_says_unfinished(
    stop_after: int, kept: int
) -> None:
    walked = run(SMALL, stop_after=stop_after)

    assert not walked.is_finished
    assert len(walked.outcomes) == kept


@pytest.mark.parametrize("stop_after", [0, 3, 6, 8, 20])
def test_a_resumed_walk_runs_exactly_what_is_missing(stop_after: int) -> None:
    whole = run(SMALL)
    first = run(SMALL, stop_after=stop_after)
    second = run(SMALL, done=tuple(first.outcomes))

    def keys(outcomes: list[Outcome]) -> Counter[tuple[int, str, int]]:
        return Counter((one.job.block, one.job.cell.name, one.loops) for one in outcomes)

    assert second.is_finished
    assert keys(first.outcomes + second.outcomes) == keys(whole.outcomes)


def test_the_memory_pass_comes_last_and_times_nothing() -> None:
    plan = fakes.plan(
        ("3.14", "3.14t"), workloads=("factorize",), threads=(1, 2), blocks=4, memory=True
    )
    walked = run(plan)

    asked = [one for one in walked.outcomes if one.job.is_memory]
    assert walked.outcomes[-len(asked) :] == asked
    assert {one.job.block for one in asked} == {1, 2, 3}
    assert len(asked) == 3 * len(plan.cells)
    assert {(one.warmups, one.values) for one in asked} == {(0, 1)}
    timed = {one.job.cell: one.loops for one in walked.outcomes if one.job.is_timed}
    assert all(one.loops == timed[one.job.cell] for one in asked)
    for launch, outcome in zip(walked.launcher.launches, walked.outcomes, strict=True):
        assert ("--memory" in launch.command) == outcome.job.is_memory
    assert not any(one.job.is_timed for one in asked)


def test_a_walk_resumed_in_its_memory_pass_runs_what_is_missing() -> None:
    plan = fakes.plan(("3.14",), workloads=("factorize",), threads=(1,), memory=True)
    whole = run(plan)
    done = tuple(whole.outcomes[:-2])

    rest = run(plan, done=done)

    assert [one.job for one in rest.outcomes] == [one.job for one in whole.outcomes[-2:]]


def test_a_worker_is_told_of_switch_interval_and_folder(tmp_path: Path) -> None:
    plan = fakes.plan(
        ("3.14",),
        workloads=("factorize",),
        threads=(1,),
        switch_interval_s=5e-4,
        folder=tmp_path,
    )

    for launch in run(plan).launcher.launches:
        assert '--settings={"switch_interval_s": 0.0005}' in launch.command
        assert f"--folder={tmp_path}" in launch.command


@pytest.mark.parametrize(("blocks", "loops"), [(1, 10), (5, 2), (10, 2), (20, 2)])
def test_requests_add_up_to_what_a_tail_needs(blocks: int, loops: int) -> None:
    plan = fakes.plan(("3.14",), workloads=("remote_control",), threads=(2,), blocks=blocks)

    assert {one.loops for one in run(plan).outcomes} == {loops}
    assert blocks * loops * plan.workload("remote_control").units >= 1000


def test_the_time_remaining_falls_to_nothing() -> None:
    walked = run(SMALL)
    after = [step.remaining_s for step in walked.steps if step.outcome and step.job.block]

    assert after == sorted(after, reverse=True)
    assert after[-1] == pytest.approx(0)


def test_a_stored_run_is_one_line_and_otherwise_untouched() -> None:
    walked = run(SMALL)

    assert all(b"\n" not in bytes(one.run) for one in walked.outcomes)


def test_no_block_is_begun_once_there_are_enough_but_memory_is_still_measured() -> None:
    plan = fakes.plan(("3.14",), blocks=5, memory=True)
    asked: list[int] = []

    def is_enough(block: int) -> bool:
        asked.append(block)
        return block > 2

    walked = run(plan, is_enough=is_enough)

    assert walked.is_finished
    timed = {one.job.block for one in walked.outcomes if one.job.is_timed}
    memory = {one.job.block for one in walked.outcomes if one.job.is_memory}
    assert (timed, memory) == ({1, 2}, {1, 2, 3})
    assert asked == [1, 2, 3, 4, 5]


def test_no_more_time_is_left_than_the_budget_has() -> None:
    plan = fakes.plan(("3.14",), blocks=20, time_budget_s=30.0)

    walked = run(plan)

    assert max(step.remaining_s for step in walked.steps) <= 30


def test_every_outcome_says_what_was_around_its_job() -> None:
    walked = run(SMALL)

    assert {
        (one.job.is_timed, one.canary_s, one.load_1min, one.stolen) for one in walked.outcomes
    } == {(False, 0.003, 0.5, None), (True, 0.001, 0.5, None)}


@pytest.mark.parametrize("block", [0, 1], ids=["alone", "in a group"])
def test_a_bug_in_judging_a_worker_is_in_its_row_and_the_rest_goes_on(
    monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    def judge_badly(job: Job, *arguments: Any, **options: Any) -> Judgement:
        if job.block == block and job.cell == SMALL.cells[0]:
            raise RecursionError("too\ndeep")
        return judge(job, *arguments, **options)

    monkeypatch.setattr("harness.execution.jobs.judge", judge_badly)

    walked = run(SMALL)

    assert walked.is_finished
    bad = [one for one in walked.outcomes if one.status is Status.FAILED]
    assert {(one.job.block, one.job.cell) for one in bad} == {(block, SMALL.cells[0])}
    assert bad[0].reason == "a bug of Gilscope, in judging its result: RecursionError: too deep"
    assert bytes(bad[0].run) == b"null"


def test_what_a_worker_did_wrong_and_left_behind_is_in_its_row() -> None:
    finished = dataclasses.replace(
        fakes.ended(is_timed_out=True), complaint="it printed", left_processes=4
    )

    walked = run(SMALL, answer=lambda _, number: finished if number == 1 else None)

    first = walked.outcomes[0]
    assert (first.status, first.reason, first.left_processes) == (Status.FAILED, "it printed", 4)
