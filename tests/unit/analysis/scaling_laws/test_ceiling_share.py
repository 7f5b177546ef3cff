"""Software efficiency: what threads reach of what processes allow, paired in blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.analysis.scaling_laws.ceiling_share import shares_of_ceiling
from harness.model import Mode
from tests.unit.analysis.curves import log_times, plan, usl, without

if TYPE_CHECKING:
    from harness.model import Cell

BOTH = (Mode.THREADS, Mode.PROCESSES)


def time_s(cell: Cell) -> float:
    """Return times of which processes lose 10 % to the machine, and threads 30 %."""
    return usl(0.1 if cell.benchmark.mode is Mode.PROCESSES else 0.3)(cell)


def test_what_the_machine_takes_cancels() -> None:
    of = plan(("3.14t",), modes=BOTH, threads=(1, 2, 4))
    times = log_times(of, time_s, noise=0.01, drift=0.2)
    (share,) = shares_of_ceiling(of, times)
    assert (share.variant, share.workload, share.ceiling) == ("3.14t", "factorize", "3.14t")
    assert [level.threads for level in share.levels] == [2, 4]
    for level, truth in zip(share.levels, (1.1 / 1.3, 1.3 / 1.9), strict=True):
        estimate = level.estimate
        assert estimate.low is not None
        assert estimate.high is not None
        assert estimate.low < truth < estimate.high
        # The drift of blocks, 20 % from one to the next, is not in it.
        assert estimate.high / estimate.low < 1.1


def test_the_ceiling_is_the_baselines_unless_its_own_was_measured() -> None:
    usual = plan(("3.14", "3.14t"), modes=None)
    found = shares_of_ceiling(usual, log_times(usual, time_s))
    assert [(share.variant, share.ceiling) for share in found] == [
        ("3.14", "3.14"),
        ("3.14t", "3.14"),
    ]
    asked = plan(("3.14", "3.14t"), modes=BOTH)
    times = log_times(asked, time_s)
    found = shares_of_ceiling(asked, times)
    assert [share.ceiling for share in found] == ["3.14", "3.14t"]

    lost = without(times, "3.14t factorize/processes=1", times.blocks)
    found = shares_of_ceiling(asked, lost)
    assert [share.ceiling for share in found] == ["3.14", "3.14"]


def test_work_per_thread_cancels_too() -> None:
    of = plan(workloads=("json_roundtrip",), modes=BOTH, threads=(1, 2))
    (share,) = shares_of_ceiling(of, log_times(of, lambda cell: cell.benchmark.threads**0.5))
    assert share.levels[0].estimate.point == pytest.approx(1.0)


def test_only_blocks_with_all_four_count() -> None:
    of = plan(modes=BOTH, threads=(1, 2, 4))
    times = log_times(of, time_s, blocks=5)
    for block, name in enumerate(("threads=1", "threads=2", "processes=1", "processes=2"), 1):
        times = without(times, f"3.14t factorize/{name}", [block])
    times = without(times, "3.14t factorize/processes=4")
    (share,) = shares_of_ceiling(of, times)
    ((threads, estimate),) = ((level.threads, level.estimate) for level in share.levels)
    assert (threads, estimate.n, estimate.low) == (2, 1, None)
    assert estimate.point == pytest.approx(1.1 / 1.3)


def test_there_is_none_without_a_ceiling_or_for_waiting() -> None:
    threaded = plan(modes=(Mode.THREADS,))
    assert shares_of_ceiling(threaded, log_times(threaded, time_s)) == ()
    waiting = plan(workloads=("blocking_io",), modes=BOTH)
    assert shares_of_ceiling(waiting, log_times(waiting, time_s)) == ()
