from __future__ import annotations

import pytest

from harness.analysis.live.speedup_so_far import RunningAnswer
from harness.storage.worker_result import read_run
from tests.unit import fakes


def answer(*workloads: str) -> str:
    """Return the running answer after one block of these workloads."""
    plan = fakes.plan(("3.14", "3.14t"), workloads=workloads, threads=(1, 2))
    running = RunningAnswer(plan)
    for cell in plan.cells:
        outcome = fakes.outcome_of(cell, 1, time_s=0.02 * cell.benchmark.threads)
        running.add(outcome, read_run(outcome.run))
    return running.text()


def test_the_answer_is_of_the_first_workload_that_scales() -> None:
    assert answer("remote_control", "factorize").startswith("factorize with 2 threads so far: ")


@pytest.mark.parametrize("workloads", [("remote_control",), ("remote_control", "lesson")])
def test_a_latency_is_no_speed_up(workloads: tuple[str, ...]) -> None:
    assert "remote_control" not in answer(*workloads)
