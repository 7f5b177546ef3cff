"""The sentences are honest: intervals, no change, one process, a low ceiling."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from harness.model import Estimate, Mode
from harness.report import answer
from harness.report.numbers.ceiling import State, ceilings, low_ceiling
from harness.report.page.view import build_view
from harness.report.terminal import summary_lines
from tests.unit.report import factory

if TYPE_CHECKING:
    from harness.report.redaction import Redacted


def sentence(analysis: Redacted, label: str = "3.14t") -> str:
    said = answer.headline(analysis, label).sentence(baseline="3.14")
    return said.replace("\u00a0", " ")


def test_one_sentence_says_speedup_single_thread_and_waiting() -> None:
    assert sentence(factory.analysis()) == (
        "factorize scales: it runs 1.870× [1.840, 1.901] as fast with 2 threads as with 1; "
        "one thread takes 1.087× [1.069, 1.105] the time of 3.14; "
        "blocking_io scales: it gets 3.984× [3.920, 4.049] as much done with 4 threads."
    )


def with_speedup(found: Estimate, mode: Mode = Mode.THREADS) -> Redacted:
    """Return the usual analysis, ``factorize`` at 2 threads or processes replaced."""
    usual = factory.analysis()
    cells = tuple(
        factory.with_gain(cell, found)
        if (cell.benchmark.workload, cell.mode, cell.threads) == ("factorize", mode, 2)
        else cell
        for cell in usual.cells
    )
    return dataclasses.replace(usual, cells=cells)


def not_judged(analysis: Redacted) -> Redacted:
    """Return the analysis without a word on scaling, as beyond the physical cores."""
    cells = tuple(dataclasses.replace(cell, scaling=None) for cell in analysis.cells)
    return dataclasses.replace(analysis, cells=cells)


def bounded(point: float, low: float | None, high: float | None) -> Estimate:
    return Estimate(point=point, low=low, high=high, level=0.95, n=10, method="Yuen")


def test_around_one_is_not_scaling_however_wide_unless_it_may_gain() -> None:
    wide = factory.analysis(cells=factory.cells(spread=0.1))
    assert sentence(with_speedup(bounded(0.90, 0.84, 1.05))).startswith(
        "factorize does not scale: it runs 0.90× [0.84, 1.05] as fast with 2 threads as with 1;"
    )
    unsure = with_speedup(bounded(1.02, 0.82, 1.27))
    assert sentence(unsure).startswith(
        "whether factorize scales is not resolved: it runs 1.02× [0.82, 1.27] as fast with 2 "
        "threads as with 1, and about 65 blocks would tell;"
    )
    assert (
        "factorize: not resolved: 1.02× [0.82, 1.27] at 2 threads, and about 65 blocks would tell;"
    ) in summary_lines(unsure)[1]
    assert (
        "; one thread against 3.14 is not resolved: between 2 % less and 21 % more time;"
    ) in sentence(wide)
    assert summary_lines(wide)[0].startswith(
        "3.14       factorize: does not scale: 0.971× [0.878, "
    )
    assert "the time of 3.14, not resolved;" in summary_lines(wide)[1]


def test_where_scaling_is_not_resolved_the_time_against_the_baseline_is_said_if_it_is() -> None:
    unsure = with_speedup(bounded(1.02, 0.82, 1.27))
    cell = next(one for one in unsure.cells if one.variant == "3.14t" and one.threads == 2)
    ratio = bounded(0.588, 0.509, 0.681)
    known = dataclasses.replace(cell, ratio=ratio, verdict=factory.judged(ratio))
    cells = tuple(known if one is cell else one for one in unsure.cells)
    analysis = dataclasses.replace(unsure, cells=cells)
    said = "; with 2 threads it takes 0.588× [0.509, 0.681] the time of 3.14 with 2;"
    assert said in sentence(analysis)
    assert said not in sentence(factory.analysis())
    marked = {one.label: one.is_unsure for one in build_view(analysis).answers}
    assert marked["3.14t"]


def test_beyond_the_cores_only_a_change_is_judged() -> None:
    narrow = not_judged(with_speedup(bounded(1.0012, 0.9951, 1.0068)))
    assert sentence(narrow).startswith(
        "factorize with 2 threads against 1 is unchanged within 2 %: 1.0012× [0.9951, 1.0068];"
    )
    assert "at 2 threads, unchanged within 2 %;" in summary_lines(narrow)[1]
    wide = not_judged(with_speedup(bounded(0.95, 0.745, 1.121)))
    assert sentence(wide).startswith(
        "factorize with 2 threads against 1 is not resolved: between 26 % slower and 13 % faster;"
    )
    assert "at 2 threads, not resolved;" in summary_lines(wide)[1]


def test_waiting_is_judged_by_its_interval_too() -> None:
    found = bounded(1.1, 0.9, 1.3)
    cells = tuple(
        factory.with_gain(cell, found)
        if cell.benchmark.workload == "blocking_io" and cell.threads == 4
        else cell
        for cell in factory.cells()
    )
    shown = factory.analysis(cells=cells)
    assert sentence(shown).endswith(
        "whether blocking_io scales is not resolved: it gets 1.10× [0.90, 1.30] as much done with "
        "4 threads, and more blocks alone would hardly tell."
    )
    assert "blocking_io: not resolved: 1.10× [0.90, 1.30] at 4 threads" in summary_lines(shown)[0]
    assert sentence(not_judged(shown)).endswith(
        "blocking_io with 4 threads against 1 is not resolved: "
        "between 10 % less and 30 % more done."
    )


def test_builds_that_differ_are_named_beside_the_ratio() -> None:
    plain = factory.altered("3.14", has_pgo=False, version="3.14.6")
    shown = factory.analysis(manifest=plain)
    caveat = "the time of 3.14 (they differ in: version, optimisation);"
    assert caveat in sentence(shown)
    assert caveat in summary_lines(shown)[1]
    assert "they differ" not in sentence(shown, "pypy3.11")
    assert "they differ" not in sentence(factory.analysis())


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
    assert said == "lesson runs 1.740× [1.712, 1.769] as fast with 4 threads as one after another."


def test_one_thread_count_gives_a_time() -> None:
    single = factory.analysis(cells=factory.cells(threads=(1,))[:2])
    assert sentence(single, "3.14") == "factorize takes 84.30 ms [83.62, 84.98] with 1 thread."


def test_no_cell_is_no_result() -> None:
    assert sentence(factory.analysis(cells=())).startswith("no result")


def test_a_low_ceiling_withholds_scaling_verdicts() -> None:
    low = with_speedup(bounded(1.05, 1.003, 1.096), Mode.PROCESSES)
    reason = "not judged: the machine itself gives only 1.050× [1.003, 1.096] in 2 processes"
    for label in factory.LABELS:
        assert sentence(low, label).startswith(f"scaling is {reason};")
    assert all(f"  scaling {reason};" in line for line in summary_lines(low)[:4])
    assert summary_lines(low)[-1].startswith("This machine's own limit is low: factorize in 2")
    view = build_view(low)
    assert view.is_ceiling_low
    assert [(item.number, item.interval) for item in view.answers] == [("–", "withheld")] * 4
    assert "Break-even" not in " ".join(factory.part(view, "split-0").points)


@pytest.mark.parametrize(
    "found", [bounded(1.75, 1.5, 2.0), bounded(1.0, 0.9, 1.7), bounded(1.6, None, None)]
)
def test_an_unresolved_ceiling_is_said_and_verdicts_stay(found: Estimate) -> None:
    unsure = with_speedup(found, Mode.PROCESSES)
    (ceiling,) = ceilings(unsure)
    assert ceiling.state is State.UNRESOLVED
    said = ceiling.sentence.replace("\u00a0", " ")
    assert said.startswith("This machine's own limit is not resolved: factorize in 2 processes")
    assert said.endswith("as fast as in one; below 1.70× scaling would not be judged.")
    assert summary_lines(unsure)[-1] == said
    assert sentence(unsure) == sentence(factory.analysis())


def test_a_good_ceiling_lies_wholly_above_the_limit() -> None:
    good = with_speedup(bounded(1.8, 1.7, 1.9), Mode.PROCESSES)
    assert ceilings(good)[0].state is State.GOOD
    assert build_view(good).ceilings[0].startswith("Measured ceiling: ")


def test_work_without_processes_is_judged_by_the_ceilings_there_are() -> None:
    low = with_speedup(bounded(1.05, 1.0, 1.1), Mode.PROCESSES)
    assert low_ceiling(low, "lesson") == ceilings(low)[0]
    assert low_ceiling(factory.analysis(), "lesson") is None


def test_terminal_lines_are_plain_and_aligned() -> None:
    lines = summary_lines(factory.analysis(blocks_done=4))
    assert lines[1] == (
        "3.14t      factorize: scales: 1.870× [1.840, 1.901] at 2 threads; "
        "one thread takes 1.087× [1.069, 1.105] the time of 3.14; "
        "blocking_io: scales: 3.984× [3.920, 4.049] at 4 threads"
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


def test_a_measured_cell_without_anything_to_compare_is_not_called_failed() -> None:
    (only,) = (
        cell
        for cell in factory.cells()
        if (cell.variant, cell.benchmark.name) == ("3.14", "lesson/serial")
    )
    alone = factory.analysis(cells=(only,), splits=(), failures=())

    first = summary_lines(alone)[0]
    assert first.startswith("3.14       lesson/serial takes ")
    assert first.endswith("; nothing to compare it with")
