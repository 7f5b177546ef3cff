"""A check reports each thing once, with where it is so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.commands import workload_check
from harness.commands.workload_check_words import Result, lines
from harness.model import Cell, Job, Mode, Outcome, Status
from harness.model.remarks import Remark, RemarkKind
from tests.unit import fakes

if TYPE_CHECKING:
    from collections.abc import Callable

PLAN = fakes.plan(
    ("3.14", "3.14t", "pypy"),
    workloads=("factorize",),
    threads=(1, 2, 4),
    modes=(Mode.THREADS, Mode.PROCESSES),
    blocks=1,
)


def outcome(cell: Cell, reason: str) -> Outcome:
    skipped = reason.startswith("not tried")
    bad = Status.SKIPPED if skipped else Status.FAILED
    return Outcome(
        job=Job(block=1, position=0, cell=cell),
        status=bad if reason else Status.OK,
        started="",
        duration_s=1.0,
        reason=reason,
    )


def said(why: Callable[[Cell], str], *remarks: Remark) -> list[str]:
    """Return the lines for cells that fail with what ``why`` returns."""
    return list(
        lines(
            PLAN,
            [
                Result(outcome=outcome(cell, why(cell)), checksum="42", remarks=remarks)
                for cell in PLAN.cells
            ],
        )
    )


def test_what_is_good_is_one_line() -> None:
    assert said(lambda cell: "") == [  # noqa: ARG005
        (
            "good     factorize: checksum 42 under 3.14, 3.14t, pypy; modes threads, processes; "
            "1, 2, 4 threads"
        )
    ]


def test_one_mistake_is_one_line_whatever_each_mode_calls_its_workers() -> None:
    def why(cell: Cell) -> str:
        of = cell.benchmark.threads
        who = "thread" if cell.benchmark.mode is Mode.THREADS else "worker"
        return f"{who} {of} of {of} raised WorkloadError: the workload returned float, no integer"

    assert said(why) == [
        (
            "WRONG    factorize: the workload returned float, no integer "
            "(3 of 3 interpreters, all modes)"
        )
    ]


def test_numbers_that_differ_do_not_make_another_mistake() -> None:
    def why(cell: Cell) -> str:
        found = ", ".join(str(hash(cell) + each) for each in range(cell.benchmark.threads + 1))
        return f"checksums differ between values: [{found}]"

    (line,) = said(why)

    assert line.endswith("] (3 of 3 interpreters, all modes)")


@pytest.mark.parametrize(
    ("is_bad", "where"),
    [
        (lambda cell: cell.variant == "pypy", "pypy, all modes"),
        (lambda cell: cell.variant != "pypy", "3.14 and 3.14t, all modes"),
        (lambda cell: cell.benchmark.mode is Mode.THREADS, "3 of 3 interpreters, mode threads"),
        (
            lambda cell: cell.benchmark.threads > 1,
            "3 of 3 interpreters, all modes, with 2 and 4 at once",
        ),
    ],
)
def test_where_it_is_so_is_told(is_bad: Callable[[Cell], bool], where: str) -> None:
    assert said(lambda cell: "it hung" if is_bad(cell) else "") == [
        f"WRONG    factorize: it hung ({where})"
    ]


def test_a_single_failure_says_which_thread_it_was() -> None:
    last = PLAN.cells[-1]

    assert said(lambda cell: "worker 2 of 4 raised ValueError: no" if cell == last else "") == [
        (
            f"WRONG    factorize: worker 2 of 4 raised ValueError: no ({last.variant}, mode "
            f"{last.benchmark.mode}, with 2 at once)"
        )
    ]


def test_what_was_not_tried_is_not_reported_again() -> None:
    def why(cell: Cell) -> str:
        return "it hung" if cell.benchmark.threads == 1 else "not tried: another failed"

    assert said(why) == ["WRONG    factorize: it hung (3 of 3 interpreters, all modes)"]


def test_a_gil_that_came_back_comes_with_the_ways_on() -> None:
    def why(cell: Cell) -> str:
        is_free = cell.variant == "3.14t"
        return "importing 'bitarray._bitarray' turned the GIL back on" if is_free else ""

    wrong, ways = said(why)

    assert wrong == (
        "WRONG    factorize: importing 'bitarray._bitarray' turned the GIL back on "
        "(3.14t, all modes)"
    )
    assert ways.strip().startswith("keep the GIL off at your own risk, with ?env=PYTHON_GIL=0")


def test_a_remark_is_one_line_too() -> None:
    note, good = said(lambda cell: "", Remark(RemarkKind.THREAD, "Thread-1 (spin)"))  # noqa: ARG005

    assert note == (
        "note     factorize left a thread running: Thread-1 (spin) (3 of 3 interpreters, all modes)"
    )
    assert good.startswith("good ")


def test_after_a_failure_with_one_thread_more_are_not_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended = fakes.ended(exit_code=3, stderr_tail="WorkloadError: no")
    launcher = fakes.FakeLauncher(
        answer=lambda asked, number: ended if asked.mode == "threads" else None  # noqa: ARG005
    )
    monkeypatch.setattr(workload_check, "SubprocessLauncher", lambda: launcher)

    results = list(workload_check.tried(PLAN, fakes.TWO_CPUS, fakes.SITE, tell=lambda name: None))  # noqa: ARG005

    by_mode = {mode: [r for r in results if r.cell.benchmark.mode == mode] for mode in Mode}
    assert len(by_mode[Mode.THREADS]) == 9
    assert [r.cell.benchmark.threads for r in by_mode[Mode.THREADS] if r.is_tried] == [1, 1, 1]
    assert by_mode[Mode.THREADS][0].outcome.reason == "no"
    assert by_mode[Mode.THREADS][-1].outcome.reason == "not tried: pypy factorize/threads=1 failed"
    assert all(result.is_good for result in by_mode[Mode.PROCESSES])
