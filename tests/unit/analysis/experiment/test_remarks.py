"""Remarks of workers, and failures by a GIL that came back, are gathered by what they concern."""

from __future__ import annotations

import json

import msgspec
import pytest

from harness.analysis.analyse import analyse
from harness.analysis.results.experiment import GilBack, RemarkResult
from harness.model import Outcome, Status
from harness.storage.worker_result import RunFormatError, read_run
from tests.unit import fakes

PLAN = fakes.plan(("3.14", "3.14t"), workloads=("factorize",), threads=(1, 2), blocks=1)


def remarked(outcome: Outcome, *remarks: tuple[str, str]) -> Outcome:
    suite = json.loads(bytes(outcome.run))
    suite["metadata"]["gilscope_remarks"] = json.dumps(remarks)
    is_free = outcome.job.cell.variant == "3.14t"
    suite["metadata"]["gilscope_gil"] = "off" if is_free else "on"
    return msgspec.structs.replace(outcome, run=msgspec.Raw(json.dumps(suite).encode()))


def test_names_that_differ_in_a_number_are_one_remark() -> None:
    outcomes = tuple(
        remarked(
            fakes.outcome_of(cell, 1),
            ("thread", f"Thread-{number} (spin)"),
            *([("state", "the garbage collector off")] if cell.variant == "3.14t" else []),
        )
        for number, cell in enumerate(PLAN.cells, start=1)
    )

    analysis = analyse(fakes.manifest(PLAN), outcomes)

    modes = tuple(dict.fromkeys(str(cell.benchmark.mode) for cell in PLAN.cells))
    free = [cell for cell in PLAN.cells if cell.variant == "3.14t"]
    assert analysis.remarks == (
        RemarkResult(
            workload="factorize",
            kind="thread",
            subject="Thread-1 (spin)",
            variants=("3.14", "3.14t"),
            modes=modes,
            processes=len(PLAN.cells),
        ),
        RemarkResult(
            workload="factorize",
            kind="state",
            subject="the garbage collector off",
            variants=("3.14t",),
            modes=tuple(dict.fromkeys(str(cell.benchmark.mode) for cell in free)),
            processes=len(free),
        ),
    )


@pytest.mark.parametrize("bad", [("other", "x"), ("thread", "x" * 201), ("thread", 1), ("thread",)])
def test_remarks_are_what_a_worker_can_have_written(bad: tuple[str, str]) -> None:
    outcome = remarked(fakes.outcome_of(PLAN.cells[0], 1), bad)

    with pytest.raises(RunFormatError):
        read_run(outcome.run)


@pytest.mark.parametrize("is_all", [True, False])
def test_cells_that_fail_by_one_import_are_one_row(*, is_all: bool) -> None:
    free = [cell for cell in PLAN.cells if cell.variant == "3.14t"]
    failed = free if is_all else free[:1]
    outcomes = tuple(
        msgspec.structs.replace(
            fakes.outcome_of(cell, 1),
            status=Status.FAILED,
            reason="importing 'numpy._core' turned the GIL back on",
            run=msgspec.Raw(b"null"),
        )
        if cell in failed
        else remarked(fakes.outcome_of(cell, 1))
        for cell in PLAN.cells
    )

    (back,) = analyse(fakes.manifest(PLAN), outcomes).gil_backs

    assert back == GilBack(
        variant="3.14t",
        module="numpy._core",
        benchmarks=tuple(cell.benchmark for cell in failed),
        has_results=not is_all,
    )
