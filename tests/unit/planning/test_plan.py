from __future__ import annotations

import ast
import itertools
from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigError, NothingToDoError
from harness.model import Cell, Mode
from harness.planning import builtin_workloads
from harness.planning.plan import expected_s, jobs_of_block, make_plan, pilot_jobs, plan_hash
from tests.unit import fakes


@given(seed=st.integers(0, 2**32), blocks=st.integers(1, 9))
def test_every_block_runs_every_cell_exactly_once(seed: int, blocks: int) -> None:
    plan = fakes.plan(blocks=blocks, seed=seed)

    for block in range(1, blocks + 1):
        cells = Counter(job.cell for job in jobs_of_block(plan, block))
        assert cells == Counter(plan.cells)


@given(seed=st.integers(0, 2**32))
def test_what_is_compared_lies_side_by_side(seed: int) -> None:
    plan = fakes.plan(seed=seed)

    for block in range(1, plan.preset.blocks + 1):
        benchmarks = [job.cell.benchmark for job in jobs_of_block(plan, block)]
        changes = sum(a != b for a, b in itertools.pairwise(benchmarks))
        assert changes == len(set(benchmarks)) - 1
        workloads = [benchmark.workload for benchmark in benchmarks]
        assert sum(a != b for a, b in itertools.pairwise(workloads)) == 2


@given(seed=st.integers(0, 2**32))
def test_each_variant_has_each_place_in_its_group_once_in_every_square(seed: int) -> None:
    plan = fakes.plan(workloads=("blocking_io",), threads=(1,), blocks=8, seed=seed)

    for square in (plan.order[:4], plan.order[4:]):
        for place in range(4):
            assert sorted(order[place] for order in square) == [0, 1, 2, 3]


def test_the_same_seed_gives_the_same_order_and_another_seed_another() -> None:
    assert fakes.plan(seed=7).order == fakes.plan(seed=7).order
    assert fakes.plan(seed=7).order != fakes.plan(seed=8).order
    assert plan_hash(fakes.plan(seed=7)) != plan_hash(fakes.plan(seed=8))


def test_a_workload_is_skipped_where_a_module_that_it_needs_was_not_built() -> None:
    bare = msgspec.structs.replace(
        fakes.variant("3.14t"), build=fakes.build("3.14t", missing_modules=("ssl", "zlib"))
    )
    config = fakes.config(workloads=("compress", "hashing", "file_io"), threads=(1,))
    plan = make_plan(config, variants=(fakes.variant("3.14"), bare), sweep=(1, 2), usable_cpus=2)

    assert [(row.variant, row.workload, row.reason) for row in plan.skipped] == [
        ("3.14t", "compress", "was built without zlib")
    ]
    measured = {cell.benchmark.workload for cell in plan.cells if cell.variant == "3.14t"}
    assert measured == {"hashing", "file_io"}


def test_workloads_name_the_optional_modules_that_they_import() -> None:
    """An interpreter without one of them must be able to load and run all others."""
    imported = {}
    for name, path in builtin_workloads.source_files().items():
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        names = {
            alias.name.partition(".")[0]
            for node in nodes
            if isinstance(node, ast.Import)
            for alias in node.names
        }
        if optional := names & {"bz2", "ctypes", "lzma", "sqlite3", "ssl", "zlib", "gzip", "uuid"}:
            imported[name] = optional
    assert imported == {
        "native.py": {"zlib"},
        "pinning.py": {"ctypes"},  # without it nothing is pinned
    }
    needs = {work.name: work.needs for work in builtin_workloads.available() if work.needs}
    assert needs == {"compress": ("zlib",)}


def test_the_ceiling_is_measured_on_the_baseline_and_up_to_the_cpus() -> None:
    processes = [
        (cell.variant, cell.benchmark.threads)
        for cell in fakes.plan().cells
        if cell.benchmark.mode is Mode.PROCESSES
    ]
    assert processes == [("3.14", 1), ("3.14", 2)]


def test_a_mode_asked_for_is_measured_on_every_variant() -> None:
    plan = fakes.plan(("3.14", "3.14t"), modes=(Mode.PROCESSES,))

    assert {cell.variant for cell in plan.cells} == {"3.14", "3.14t"}
    assert {cell.benchmark.mode for cell in plan.cells} == {Mode.PROCESSES}


def test_the_lesson_has_its_own_thread_count_and_a_serial_cell() -> None:
    plan = fakes.plan(("3.14",), workloads=("lesson",), threads=(1, 2))

    assert [cell.benchmark.name for cell in plan.cells] == ["lesson/serial", "lesson/threads=4"]


def test_no_mode_in_common_is_nothing_to_do() -> None:
    with pytest.raises(NothingToDoError, match="'serial'"):
        fakes.plan(workloads=("blocking_io",), modes=(Mode.SERIAL,))


def test_more_processes_than_cpus_alone_are_nothing_to_do() -> None:
    with pytest.raises(NothingToDoError, match="give --threads up to 2"):
        fakes.plan(workloads=("factorize",), modes=(Mode.PROCESSES,), threads=(4,))


def test_an_unknown_baseline_names_the_nearest_variant() -> None:
    good = fakes.plan(("3.14", "3.14t"))
    config = fakes.config(("3.14", "3.14t"), baseline="3.14tt")

    with pytest.raises(ConfigError, match=r"did you mean '3\.14t'"):
        make_plan(config, variants=good.variants, sweep=(1, 2), usable_cpus=2)


def test_the_pilot_is_block_zero_and_takes_every_cell_whose_duration_is_not_fixed() -> None:
    plan = fakes.plan()

    calibrated = [cell for cell in plan.cells if cell.benchmark.workload != "blocking_io"]
    assert [job.cell for job in pilot_jobs(plan)] == calibrated
    assert {job.block for job in pilot_jobs(plan)} == {0}


def test_more_blocks_are_expected_to_last_longer() -> None:
    assert 0 < expected_s(fakes.plan(blocks=1)) < expected_s(fakes.plan(blocks=2))


def test_a_cell_is_named_by_variant_and_benchmark() -> None:
    cell: Cell = fakes.plan(("3.14t",), workloads=("factorize",), threads=(4,)).cells[0]

    assert cell.name == "3.14t factorize/threads=4"
