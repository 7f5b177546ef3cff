"""The price of sharing, paired in blocks; which workloads are a pair."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.analysis.experiment.sharing import arms, sharing_costs
from harness.model import Cell, Decision, Scaling
from tests.unit.analysis.curves import log_times, plan, without

if TYPE_CHECKING:
    from harness.model import Plan

PAIR = ("counter_private", "counter_shared")


def time_s(cell: Cell) -> float:
    """Return times of which sharing takes three times as long on two threads without the GIL."""
    is_shared = cell.benchmark.workload.endswith("_shared")
    return 3.0 if is_shared and cell.benchmark.threads == 2 and cell.variant == "3.14t" else 1.0


def test_what_drifts_from_block_to_block_is_not_in_the_cost() -> None:
    of = plan(("3.14", "3.14t"), workloads=PAIR, threads=(1, 2))
    found = sharing_costs(of, log_times(of, time_s, noise=0.01, drift=0.2), threshold=0.02)
    assert [(one.variant, one.pair, one.threads) for one in found] == [
        ("3.14", "counter", 1),
        ("3.14t", "counter", 1),
        ("3.14", "counter", 2),
        ("3.14t", "counter", 2),
    ]
    cost = found[-1].cost
    assert cost.low is not None
    assert cost.high is not None
    assert cost.low < 3 < cost.high < 1.1 * cost.low
    verdicts = [one.verdict for one in found]
    assert [one and one.family for one in verdicts] == [4, 4, 4, 4]
    assert verdicts[-1] is not None
    assert verdicts[-1].decision is Decision.SLOWER


def test_only_blocks_that_have_both_arms_count() -> None:
    of = plan(("3.14t",), workloads=PAIR, threads=(1, 2))
    times = log_times(of, time_s)
    times = without(times, "3.14t counter_private/threads=2", range(1, 5))
    times = without(times, "3.14t counter_private/threads=1", times.blocks)
    (found,) = sharing_costs(of, times, threshold=0.02)
    assert (found.threads, found.cost.n) == (2, 6)
    assert found.cost.point == pytest.approx(3.0)
    nothing = dataclasses.replace(times, logs={})
    assert sharing_costs(of, nothing, threshold=0.02) == ()


def test_one_block_has_a_cost_without_an_interval() -> None:
    of = plan(("3.14t",), workloads=PAIR, threads=(2,))
    (found,) = sharing_costs(of, log_times(of, time_s, blocks=1), threshold=0.02)
    assert (found.cost.low, found.verdict) == (None, None)


def altered(of: Plan, **changes: object) -> Plan:
    """Return the plan, its last workload changed."""
    *first, last = of.workloads
    return msgspec.structs.replace(of, workloads=(*first, msgspec.structs.replace(last, **changes)))


def test_workloads_of_ones_own_are_a_pair_by_their_names() -> None:
    of = plan(workloads=PAIR)
    (declared,) = arms(of)
    assert (declared.pair, declared.private, declared.shared) == ("counter", *PAIR)
    named = msgspec.structs.replace(
        of,
        workloads=tuple(
            msgspec.structs.replace(one, name=f"my_{one.name}", pair="", arm="")
            for one in of.workloads
        ),
    )
    assert [one.pair for one in arms(named)] == ["my_counter"]


@pytest.mark.parametrize(
    "changes",
    [
        {"scaling": Scaling.STRONG},
        {"is_paced": True},
        {"thread_counts": (4,)},
        {"name": "counter", "pair": "", "arm": ""},
        {"pair": "another"},
    ],
    ids=["counted otherwise", "paced", "own threads", "no ending", "another pair"],
)
def test_what_cannot_be_compared_is_no_pair(changes: dict[str, object]) -> None:
    assert arms(altered(plan(workloads=PAIR), **changes)) == ()
