from __future__ import annotations

import msgspec

from harness.analysis.analyse import analyse
from harness.analysis.experiment.left_behind import left_behind
from tests.unit import fakes


def test_each_workload_that_left_processes_behind_is_named_once() -> None:
    plan = fakes.plan(("3.14",), threads=(1, 2), blocks=1)
    outcomes = tuple(
        msgspec.structs.replace(
            fakes.outcome_of(cell, block),
            left_processes=3 if cell.benchmark.workload == "lesson" else 0,
        )
        for block in (0, 1)
        for cell in plan.cells
    )
    workers = 2 * len(plan.cells_of("lesson"))

    (note,) = left_behind(outcomes)

    assert note.startswith(f"{workers} workers of lesson left {3 * workers} processes behind.")
    assert note in analyse(fakes.manifest(plan), outcomes).notes
    assert left_behind(outcomes[:0]) == ()
