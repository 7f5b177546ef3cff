"""The sentences are honest: intervals, no change, one process, a low ceiling."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from harness.model import Mode
from harness.report import answer
from harness.report.terminal import summary_lines
from tests.unit.report import factory

if TYPE_CHECKING:
    from harness.analysis.results import Analysis


def sentence(analysis: Analysis, label: str = "3.14t") -> str:
    said = answer.headline(analysis, label).sentence(baseline="3.14")
    return said.replace("\u00a0", " ")


def test_one_sentence_says_speedup_single_thread_and_waiting() -> None:
    assert sentence(factory.analysis()) == (
        "factorize runs 1.87× [1.84, 1.90] as fast with 2 threads as with 1; "
        "one thread takes 1.09× [1.07, 1.10] the time of 3.14; "
        "blocking_io gets 3.98× [3.92, 4.05] as much done with 4 threads."
    )


def test_an_interval_around_one_is_called_no_measurable_change() -> None:
    wide = factory.analysis(cells=factory.cells(spread=0.1))
    assert "shows no measurable change with 2 threads against 1" in sentence(wide, "3.14")
    assert "one thread shows no measurable change against 3.14" in sentence(wide)


def test_one_process_is_said_to_give_no_interval() -> None:
    said = sentence(factory.analysis(cells=factory.cells(n=1)))
    assert said.count("one process only, no interval") == 1
    assert said.startswith("factorize runs 1.87× as fast with 2 threads as with 1; one thread")


def test_the_machine_sets_the_thread_count_not_the_result() -> None:
    four = factory.analysis(
        manifest=factory.manifest(computer=factory.machine(4)), cells=factory.cells(cores=4)
    )
    assert "as fast with 4 threads as with 1" in sentence(four)


def test_sequential_work_stands_in_where_there_is_no_curve() -> None:
    lesson = tuple(cell for cell in factory.cells() if cell.benchmark.workload == "lesson")
    said = sentence(factory.analysis(cells=lesson))
    assert said == "lesson runs 1.74× [1.71, 1.77] as fast with 4 threads as one after another."


def test_one_thread_count_gives_a_time() -> None:
    single = factory.analysis(cells=factory.cells(threads=(1,))[:2])
    assert sentence(single, "3.14") == "factorize takes 84.3 ms [83.6, 85.0] with 1 thread."


def test_no_cell_is_no_result() -> None:
    assert sentence(factory.analysis(cells=())).startswith("no result")


def test_a_low_ceiling_withholds_scaling_verdicts() -> None:
    usual = factory.analysis()
    assert not answer.is_ceiling_low(usual)
    poor = tuple(
        dataclasses.replace(cell, speedup=factory.estimate(1.5))
        if cell.mode is Mode.PROCESSES and cell.threads == 2
        else cell
        for cell in usual.cells
    )
    low = dataclasses.replace(usual, cells=poor)
    assert answer.is_ceiling_low(low)
    assert "withheld" in answer.ceiling_verdicts(low)[0]
    assert "withheld" in summary_lines(low)[-1]


def test_terminal_lines_are_plain_and_aligned() -> None:
    lines = summary_lines(factory.analysis(blocks_done=4))
    assert lines[1] == (
        "3.14t      factorize: 1.87× [1.84, 1.90] at 2 threads; "
        "one thread takes 1.09× [1.07, 1.10] the time of 3.14; "
        "blocking_io: 3.98× [3.92, 4.05] at 4 threads"
    )
    assert "3.15t      unavailable: No build of 3.15t for this platform" in lines
    assert "Partial: 4 of 10 blocks complete." in lines
    assert not any("\u00a0" in line or "\n" in line for line in lines)


def test_what_was_not_measured_yet_is_not_called_a_failure() -> None:
    stopped = factory.analysis(cells=(), splits=(), failures=(), blocks_done=0)

    assert summary_lines(stopped)[0] == "3.14       not measured yet: the run was stopped before it"


def test_terminal_names_what_failed_and_leaks_nothing() -> None:
    lines = summary_lines(factory.analysis(cells=(), splits=()))
    assert lines[0] == "3.14       no result: none of its processes succeeded"
    assert not any(factory.USER in line or factory.HOST in line for line in lines)
