"""Work per second against the baseline's one thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.analysis.experiment.throughput import throughputs
from tests.unit.analysis.curves import log_times, plan, without

if TYPE_CHECKING:
    from harness.model import Cell


def time_s(cell: Cell) -> float:
    """Return times of a build that is a quarter slower, and scales as well as can be."""
    build = 1.25 if cell.variant == "3.14t" else 1.0
    is_weak = cell.benchmark.workload != "factorize"
    return build / (1 if is_weak else cell.benchmark.threads)


@pytest.mark.parametrize("workload", ["factorize", "json_roundtrip"], ids=["strong", "weak"])
def test_interpreter_and_threads_are_in_one_number(workload: str) -> None:
    of = plan(("3.14", "3.14t"), workloads=(workload,), threads=(1, 2))
    found = throughputs(of, log_times(of, time_s, noise=0.01, drift=0.2))
    assert [(one.variant, one.threads) for one in found] == [
        *(("3.14", 1), ("3.14t", 1), ("3.14", 2), ("3.14t", 2)),
    ]
    reference, *others = [one.relative for one in found]
    assert (reference.point, reference.method) == (1.0, "definition")
    for estimate, truth in zip(others, (0.8, 2.0, 1.6), strict=True):
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.point == pytest.approx(truth, rel=0.02)
        assert estimate.high / estimate.low < 1.1


def test_without_the_baselines_one_thread_there_is_nothing_to_compare_with() -> None:
    of = plan(("3.14", "3.14t"), threads=(1, 2))
    times = log_times(of, time_s)
    lost = without(times, "3.14 factorize/threads=1", times.blocks)
    assert throughputs(of, lost) == ()


def test_what_brings_its_own_threads_or_time_has_none() -> None:
    of = plan(workloads=("lesson", "remote_control"), modes=None, threads=(1, 2))
    assert throughputs(of, log_times(of, lambda _: 1.0)) == ()
