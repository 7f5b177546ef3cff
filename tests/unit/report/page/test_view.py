"""The page as a value."""

from __future__ import annotations

import csv
import dataclasses
import io
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from harness.analysis.results.scaling_laws import Reached
from harness.report.elements import Shown
from harness.report.page.view import build_view
from harness.report.sections.gil_cost.numbers import halves, pairs
from tests.unit.report import factory
from tests.unit.report.snapshots import outline

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from harness.analysis.results.experiment import Split
    from harness.report.redaction import Redacted


def tiny() -> Redacted:
    """Return an experiment of two builds and one workload."""
    labels, threads = ("3.14", "3.14t"), (1, 2)
    cells = [
        cell for cell in factory.cells(labels, threads) if cell.benchmark.workload == "factorize"
    ]
    manifest = factory.manifest(labels, threads)
    plan = msgspec.structs.replace(manifest.plan, workloads=manifest.plan.workloads[:1])
    manifest = msgspec.structs.replace(manifest, plan=plan)
    return factory.analysis(manifest=manifest, cells=tuple(cells), splits=(), break_evens=())


def test_the_page_of_a_tiny_experiment(snapshot: SnapshotAssertion) -> None:
    assert outline(build_view(tiny())) == snapshot


def test_what_stands_around_the_sections(snapshot: SnapshotAssertion) -> None:
    around = dataclasses.replace(build_view(factory.analysis()), sections=(), csv="")
    experiment = build_view(factory.measured()).experiment
    assert outline((around, experiment)) == snapshot


def test_what_is_missing_comes_with_its_reason() -> None:
    view = build_view(factory.analysis())
    assert view.troubles == (
        ("3.15t is unavailable", "No build of 3.15t for this platform"),
        (
            "pypy3.11 factorize/threads=4 has failed in 2 of 10 processes",
            "exit code 1, see …/worker.txt",
        ),
    )


def test_partial_experiments_say_so() -> None:
    assert build_view(factory.analysis(blocks_done=3)).state.startswith("Partial: 3 of 10 blocks")
    assert build_view(factory.analysis(blocks_done=0)).state.startswith("Partial: none of 10")
    assert not build_view(factory.analysis()).is_partial


def test_tax_is_withheld_when_builds_differ() -> None:
    usual = factory.part(build_view(factory.analysis()), "split-0")
    assert usual.figures[0].table.columns[2].title == "Tax"
    different = factory.splits(differences=("compiler: GCC / Clang",))
    other = factory.part(build_view(factory.analysis(splits=different)), "split-0")
    (box,) = other.boxes
    assert (box.items, box.is_warning) == (("compiler: GCC / Clang",), True)
    titles = " ".join(column.title for column in other.figures[0].table.columns)
    assert "tax" not in (titles + " ".join((*other.points, *other.sentences))).lower()
    assert (usual.boxes, usual.sentences[0][:7]) == ((), "The tax")


def test_many_rows_of_a_split_are_two_figures_and_no_workload_is_divided() -> None:
    def named(name: str) -> list[Split]:
        return [
            dataclasses.replace(
                one, benchmark=msgspec.structs.replace(one.benchmark, workload=name)
            )
            for one in factory.splits()[:3]
        ]

    rows = tuple(one for name in ("a", "b", "c", "d", "e") for one in named(name))
    (usual,) = pairs(factory.analysis())
    pair = dataclasses.replace(usual, splits=rows)
    parts = halves(pair)
    assert [part.name for part in parts] == ["split-0", "split-0-2"]
    assert parts[0].splits + parts[1].splits == pair.splits
    assert {one.workload for one in parts[0].splits}.isdisjoint(
        one.workload for one in parts[1].splits
    )
    few = dataclasses.replace(pair, splits=pair.splits[:4])
    assert halves(few) == (few,)


def test_nothing_is_explained_that_was_not_measured() -> None:
    alone = tuple(
        dataclasses.replace(split, free_threaded_gil=None, tax=None, removal=None)
        for split in factory.splits()
    )
    shown = factory.part(build_view(factory.analysis(splits=alone)), "split-0")
    assert shown.sentences == ()


def facts(label: str, **changes: object) -> dict[str, str]:
    view = build_view(factory.analysis(manifest=factory.altered(label, **changes)))
    return dict(next(card for card in view.builds if card.title == label).facts)


def test_a_card_says_in_full_what_differs_from_the_baseline() -> None:
    name = "Differs from the baseline in"
    assert facts("3.14t")[name] == "nothing but the GIL"
    assert facts("3.14t", compiler="Clang 19", libc="musl 1.2")[name] == (
        "compiler: GCC 12.2.0 / Clang 19; libc: glibc 2.36 / musl 1.2 (baseline / this build)"
    )
    assert name not in facts("3.14")
    assert name not in facts("pypy3.11")


def test_two_runs_of_one_build_differ_in_nothing() -> None:
    manifest = factory.manifest(("3.14", "again"))
    view = build_view(factory.analysis(manifest=manifest, cells=(), splits=(), failures=()))
    assert dict(view.builds[1].facts)["Differs from the baseline in"] == "nothing"


def test_ratios_to_the_baseline_are_introduced_by_what_they_hold() -> None:
    def said(**changes: Any) -> tuple[str, ...]:
        return factory.part(build_view(factory.analysis(**changes)), "workloads").sentences

    assert said(manifest=factory.altered("3.14t", version="3.14.8"))[0] == (
        "Against the baseline, 3.14, some ratios hold more than the GIL: 3.14t (version) and "
        "pypy3.11 (implementation). The cards of the builds say it in full."
    )
    fair = factory.manifest(("3.14", "3.14t"))
    cells = factory.cells(("3.14", "3.14t"))
    assert said(manifest=fair, cells=cells, failures=())[0].endswith("in nothing but the GIL.")
    alone = factory.manifest(("3.14",))
    assert said(manifest=alone, cells=(), splits=(), failures=()) == ()


def test_a_card_says_how_the_interpreter_was_put_together() -> None:
    free = facts("3.14t", is_shared=True, has_tail_calls=True)
    assert free["Allocator"] == "mimalloc, as in every free-threaded build"
    assert (free["Shared library"], free["Tail-call interpreter"]) == ("yes", "yes")
    assert free["Thread flags"].startswith(
        "thread_inherit_context 1, context_aware_warnings 1 (free-threaded builds set both"
    )
    old = facts("3.14t", allocator="", runtime_flags=())
    assert {"Allocator", "Shared library", "Thread flags"}.isdisjoint(old)


@pytest.mark.parametrize(
    ("label", "jit", "said"),
    [
        ("3.14", "none", "not built in"),
        ("3.14", "off", "built in; off in every worker, checked"),
        ("3.14", "on", "built in; on in every worker, checked"),
        ("pypy3.11", "on", "on"),
    ],
)
def test_a_card_says_whether_the_jit_was_on(label: str, jit: str, said: str) -> None:
    assert facts(label, jit=jit)["JIT"] == said


def test_a_distributions_record_is_not_taken_for_a_build_without_pgo() -> None:
    packaged = factory.altered(
        "3.14",
        has_pgo=False,
        has_lto=False,
        has_own_config=False,
    )
    view = build_view(factory.analysis(manifest=packaged))
    assert view.builds[0].warnings == ()
    assert len(view.notes) == 1
    said = dict(view.builds[0].facts)["Optimised with"]
    assert said.startswith("not known")


def pair_points(**changes: Any) -> tuple[str, ...]:
    return factory.part(build_view(factory.analysis(**changes)), "split-0").points


def test_break_even_is_a_sentence_for_each_pair() -> None:
    said, what = pair_points(break_evens=factory.break_evens())[-2:]
    assert said == (
        "Break-even of 3.14t with 3.14: 2 threads for factorize; not resolved for blocking_io."
    )
    assert "hold together at 95 %" in what
    assert "Break-even" not in " ".join(pair_points(break_evens=()))


@pytest.mark.parametrize(
    ("reached", "threads", "said"),
    [
        (Reached.AT_ONE, 1, "already 1 thread for factorize."),
        (Reached.AT_MORE, 4, "4 threads for factorize."),
        (Reached.NOWHERE, None, "with none of 1, 2 and 4 threads for factorize."),
        (Reached.UNRESOLVED, None, "not resolved for factorize."),
    ],
)
def test_every_break_even_has_its_words(reached: Reached, threads: int | None, said: str) -> None:
    one = dataclasses.replace(factory.break_evens()[0], reached=reached, threads=threads)
    assert pair_points(break_evens=(one,))[-2] == f"Break-even of 3.14t with 3.14: {said}"


@pytest.mark.parametrize(
    ("cores", "words"),
    [
        (1, "one core bounds the gain at 1×"),
        (2, "two cores bound the gain at 2×"),
        (4, "the largest number bounds the gain at 3.02×"),
    ],
)
def test_lesson_knows_its_bound(cores: int, words: str) -> None:
    manifest = factory.manifest(computer=factory.machine(cores))
    (lesson,) = factory.part(build_view(factory.analysis(manifest=manifest)), "lesson").figures
    assert lesson.subtitle.replace("\u00a0", " ").endswith(words)


def test_lesson_says_where_its_speedup_comes_from() -> None:
    def note(**changes: Any) -> str:
        return factory.part(build_view(factory.analysis(**changes)), "lesson").tables[0].note

    assert "from pairs within blocks" in note()
    single = tuple(
        dataclasses.replace(cell, speedup=None) if cell.benchmark.workload == "lesson" else cell
        for cell in factory.cells()
    )
    assert note(cells=single).startswith("Where no block has both runs")


def split_sentences(threads: tuple[int, ...], *, cores: int, smt: int = 1) -> tuple[str, ...]:
    manifest = factory.manifest(computer=factory.machine(cores, smt=smt))
    return pair_points(manifest=manifest, splits=factory.splits(threads))


def test_split_speaks_of_as_many_threads_as_there_are_cores() -> None:
    said = split_sentences((1, 2, 4), cores=2)
    assert said[0].startswith("Time of factorize with 1 thread: ")
    assert said[1].startswith("Time of factorize with 2 threads: ")
    assert split_sentences((2, 4), cores=2)[0].startswith("Time of factorize with 2 threads: ")


def test_split_says_when_it_has_only_crowded_threads() -> None:
    crowded = "Time of factorize with 4 threads, more threads than "
    assert split_sentences((1, 4), cores=2)[1].startswith(f"{crowded}CPUs: ")
    assert split_sentences((1, 4), cores=2, smt=2)[1].startswith(f"{crowded}cores: ")


def times(analysis: Redacted, workload: str) -> dict[tuple[str, str], tuple[Shown, ...]]:
    rows = factory.part(build_view(analysis), f"workload-{workload}").tables[0].rows
    return {(row.head, row.cells[0].value): row.cells for row in rows}


def test_what_is_true_by_definition_has_no_interval() -> None:
    usual = factory.analysis()
    for table, run in (("factorize", "1 thread"), ("lesson", "one after another")):
        cells = times(usual, table)["3.14t", run]
        assert (cells[3], cells[4]) == (Shown("1", key="1"), Shown("1", key="1"))
    own = factory.by_definition(10)
    first = dataclasses.replace(usual.cells[0], speedup=own, efficiency=own)
    rows = csv.DictReader(io.StringIO(build_view(factory.analysis(cells=(first,))).csv))
    (row,) = rows
    assert (row["speedup"], row["speedup_low"], row["speedup_high"]) == ("1.0", "", "")
    assert (row["efficiency"], row["efficiency_low"]) == ("1.0", "")


def test_start_skew_needs_several_threads_of_ours() -> None:
    usual = factory.analysis()
    assert times(usual, "factorize")["3.14t", "1 thread"][8].value == "–"
    assert times(usual, "factorize")["3.14t", "2 threads"][8].value == "62.0\u00a0µs"
    assert times(usual, "lesson")["3.14t", "4 threads"][8].value == "–"
    rows = csv.DictReader(io.StringIO(build_view(usual).csv))
    skewed = [row for row in rows if row["start_skew_s"]]
    assert {row["workload"] for row in skewed} == {"factorize", "blocking_io"}
    assert {row["threads"] for row in skewed} == {"2", "4"}


def test_fewer_pairs_than_processes_are_counted() -> None:
    cells = tuple(
        dataclasses.replace(cell, speedup=factory.estimate(1.87, n=8))
        if (cell.benchmark.workload, cell.threads) == ("factorize", 2)
        else cell
        for cell in factory.cells()
    )
    shown = times(factory.analysis(cells=cells), "factorize")["3.14t", "2 threads"]
    assert shown[3].note.endswith("], n = 8")
    assert shown[5].note.endswith("]")


def test_large_numbers_say_what_they_rest_on() -> None:
    assert {item.basis for item in build_view(factory.analysis()).answers} == {"n = 10 blocks"}
    single = factory.analysis(cells=factory.cells(threads=(1,))[:2])
    assert build_view(single).answers[0].basis == "n = 10 processes"
    assert build_view(factory.analysis(cells=())).answers[0].basis == ""


def test_a_baseline_without_pgo_is_a_reason_for_doubt() -> None:
    plain = factory.altered("3.14", has_pgo=False, has_lto=False)
    view = build_view(factory.analysis(manifest=plain))
    assert view.notes[0].startswith("The baseline was built without PGO/LTO: ")
    assert len(build_view(factory.analysis()).notes) == 1


def test_debug_builds_are_flagged_loudly() -> None:
    view = build_view(factory.analysis(manifest=factory.altered("3.14", is_debug=True)))
    assert view.builds[0].warnings[0].startswith("Debug build")


def test_csv_has_a_line_per_cell_and_no_formulas() -> None:
    labels = ("=cmd()", "3.14t")
    view = build_view(
        factory.analysis(
            manifest=factory.manifest(labels), cells=factory.cells(labels), splits=(), failures=()
        )
    )
    lines = view.csv.splitlines()
    assert len(lines) == 1 + len(factory.cells(labels))
    assert lines[1].startswith("'=cmd()")
    assert lines[0].startswith("variant,workload,mode,threads,n,level,time_s,time_s_low")
