from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.execution.parts import MAX_WORKERS, parts_of
from harness.planning.calibration import Pilot
from harness.planning.plan import jobs_of_block
from harness.storage.worker_result import read_run
from tests.unit import fakes

if TYPE_CHECKING:
    from harness.model import Cell, Job

PLAN = fakes.plan(workloads=("factorize",), threads=(1, 2, 4), blocks=1)
JOBS = jobs_of_block(PLAN, 1)
MB = 2**20


def pilots(rss_bytes: int) -> dict[Cell, list[Pilot]]:
    """Return a pilot of every cell that took so much memory."""
    found = {}
    for job in JOBS:
        outcome = fakes.outcome_of(job.cell, 0, rss=rss_bytes)
        found[job.cell] = [Pilot(outcome=outcome, run=read_run(outcome.run))]
    return found


def test_a_group_that_fits_stays_together() -> None:
    assert len(parts_of(JOBS, pilots=pilots(10 * MB), memory_bytes=1000 * MB)) == 1


def test_without_a_known_size_of_the_memory_nothing_is_split() -> None:
    assert len(parts_of(JOBS, pilots=pilots(10**12), memory_bytes=0)) == 1


def test_a_split_keeps_the_thread_counts_of_a_variant_together() -> None:
    parts = parts_of(JOBS, pilots=pilots(100 * MB), memory_bytes=600 * MB)

    assert len(parts) > 1
    assert sorted(job.position for part in parts for job in part) == list(range(len(JOBS)))
    for part in parts:
        assert len(part) * 100 * MB <= 0.7 * 600 * MB
    where = {job.cell: number for number, part in enumerate(parts) for job in part}
    curves: dict[tuple[str, str], set[int]] = {}
    for cell, number in where.items():
        curves.setdefault((cell.variant, cell.benchmark.mode), set()).add(number)
    assert all(len(numbers) == 1 for numbers in curves.values())


@given(st.integers(1, 2000), st.integers(1, 4000))
def test_each_job_is_in_one_part_and_no_part_is_larger_than_it_must_be(
    rss_mb: int, memory_mb: int
) -> None:
    parts = parts_of(JOBS, pilots=pilots(rss_mb * MB), memory_bytes=memory_mb * MB)

    assert sorted(job.position for part in parts for job in part) == list(range(len(JOBS)))
    for part in parts:
        assert len(part) == 1 or len(part) * rss_mb <= 0.7 * memory_mb


@pytest.mark.parametrize("counts", [64, 300])
def test_no_part_has_more_workers_than_descriptors_allow(counts: int) -> None:
    job = JOBS[0]
    many = [_with_threads(job, count) for count in range(1, counts + 1)]

    parts = parts_of(many, pilots={}, memory_bytes=0)

    assert max(map(len, parts)) <= MAX_WORKERS
    assert sum(map(len, parts)) == counts


def _with_threads(job: Job, threads: int) -> Job:
    benchmark = msgspec.structs.replace(job.cell.benchmark, threads=threads)
    cell = msgspec.structs.replace(job.cell, benchmark=benchmark)
    return msgspec.structs.replace(job, cell=cell, position=threads)


def test_a_cell_without_a_pilot_counts_as_the_largest() -> None:
    known = pilots(100 * MB)
    without = {cell: each for cell, each in known.items() if cell.variant != "3.14t"}

    both = [parts_of(JOBS, pilots=each, memory_bytes=600 * MB) for each in (known, without)]

    assert both[0] == both[1]
