"""How a worker goes on after its calibration: for a time, whatever a call lasts."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from harness.storage.worker_result import RunFormatError, read_run
from tests.unit import fakes
from workloads.__main__ import MAX_CALLS, MIN_CALLS, go_on

if TYPE_CHECKING:
    from pathlib import Path


def test_calls_go_on_for_the_time_asked_for() -> None:
    found = go_on(lambda loops: 0.025 * loops, 1, for_s=0.5, min_s=0.02)

    assert found == [(1, 0.025)] * 20


def test_loops_are_doubled_where_calls_become_short() -> None:
    found = go_on(lambda loops: 0.01 * loops, 1, for_s=0.1, min_s=0.02)

    assert [loops for loops, _ in found] == [1, 2, 2, 2, 2, 2]
    assert {per_loop_s for _, per_loop_s in found} == {0.01}


@pytest.mark.parametrize(("call_s", "calls"), [(0.25, MIN_CALLS), (0.4, 4), (9.0, 1)])
def test_slow_calls_go_on_until_there_are_enough_and_no_longer(call_s: float, calls: int) -> None:
    assert len(go_on(lambda loops: call_s * loops, 1, for_s=0.5, min_s=0.02)) == calls


def test_calls_are_bounded_in_number() -> None:
    assert len(go_on(lambda loops: 1e-9 + 0 * loops, 1, for_s=0.5, min_s=0)) == MAX_CALLS


def test_a_worker_writes_its_series_beside_what_pyperf_wrote(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    subprocess.run(
        [
            sys.executable, "-m", "workloads", "--workload=factorize", "--expect-gil=on",
            "--calibrate-loops", "--min-time=0.001", "-w0", "-n1", "--series=0.1",
            "--worker", "--worker-task=0", "-o", str(file),
        ],
        check=True,
    )  # fmt: skip
    run = read_run(file.read_bytes())

    assert len(run.samples) == len(run.warmups) >= 1
    assert len(run.series) >= 1
    assert run.series[0][0] == run.warmups[-1][0]
    assert sum(loops * loop_s for loops, loop_s in run.series) >= 0.1


@pytest.mark.parametrize(
    "series",
    ["{}", "[[1]]", "[[0, 0.1]]", "[[1, 0]]", "[[1, -1.0]]", "[[1, 1e300]]", "nonsense",
     json.dumps([[1, 0.1]] * 2001)],
)  # fmt: skip
def test_a_series_that_cannot_be_is_refused(series: str) -> None:
    cell = fakes.plan(("3.14",), workloads=("factorize",), threads=(1,)).cells[0]
    suite = json.loads(bytes(fakes.outcome_of(cell, 0).run))
    suite["metadata"]["gilscope_series"] = series

    with pytest.raises(RunFormatError):
        read_run(json.dumps(suite).encode())
