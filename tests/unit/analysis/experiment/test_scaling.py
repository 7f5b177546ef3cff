"""Which speed-ups get a word, and what they are held against."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import pytest

from harness.analysis.experiment.scaling import scaling_verdicts
from harness.model import Mode, Scale
from harness.statistics.location import Location
from tests.unit import fakes

if TYPE_CHECKING:
    from harness.model import Cell, Plan, ScalingVerdict

PLAN = fakes.plan(
    ("3.14", "3.14t"),
    workloads=("factorize", "blocking_io"),
    threads=(1, 2, 4),
    modes=("threads", "processes"),
)


def slower(speedup: float, error: float | None = 0.01) -> Location:
    return Location(point=-math.log(speedup), error=error, df=9, n=10, method="t")


def judged(
    speedups: dict[str, float], *, plan: Plan = PLAN, error: float | None = 0.01, cores: int = 2
) -> dict[str, ScalingVerdict]:
    """Return the verdict on each cell called so, by its speed-up."""
    named = {cell.name: cell for cell in plan.cells}
    slowdowns: dict[Cell, Location | None] = dict.fromkeys(plan.cells)
    slowdowns |= {named[name]: slower(value, error) for name, value in speedups.items()}
    verdicts = scaling_verdicts(plan, slowdowns, cores=cores)
    return {cell.name: verdict for cell, verdict in verdicts.items()}


def test_the_baselines_processes_are_the_limit_of_who_has_none() -> None:
    found = judged(
        {
            "3.14 factorize/threads=2": 1.0,
            "3.14t factorize/threads=2": 1.5,
            "3.14 factorize/processes=2": 1.8,
        }
    )
    words = {name: (each.word, each.ceiling_of, each.family) for name, each in found.items()}
    assert words == {
        "3.14 factorize/threads=2": (Scale.NOT, "3.14", 2),
        "3.14t factorize/threads=2": (Scale.FULL, "3.14", 2),
    }
    assert found["3.14t factorize/threads=2"].ceiling == pytest.approx(1.8)
    assert found["3.14t factorize/threads=2"].interval.point == pytest.approx(1.5)


def test_ones_own_processes_come_first_and_none_allow_more_than_n() -> None:
    measured = {"3.14t factorize/threads=2": 1.5, "3.14 factorize/processes=2": 1.8}
    (own,) = judged({**measured, "3.14t factorize/processes=2": 2.2}).values()
    assert (own.word, own.ceiling, own.ceiling_of) == (Scale.PART, 2.0, "3.14t")
    (alone,) = judged({"3.14t factorize/threads=2": 1.5}).values()
    assert (alone.word, alone.ceiling, alone.ceiling_of) == (Scale.PART, 2.0, "")


def test_the_work_itself_may_allow_less() -> None:
    workloads = tuple(msgspec.structs.replace(one, max_speedup=1.6) for one in PLAN.workloads)
    plan = msgspec.structs.replace(PLAN, workloads=workloads)
    (found,) = judged({"3.14t factorize/threads=2": 1.5}, plan=plan).values()
    assert (found.word, found.ceiling) == (Scale.FULL, 1.6)


def test_beyond_the_cores_only_what_waits_is_judged() -> None:
    found = judged({"3.14t factorize/threads=4": 1.8, "3.14t blocking_io/threads=4": 3.9})
    assert {name: each.word for name, each in found.items()} == {
        "3.14t blocking_io/threads=4": Scale.FULL
    }
    assert len(judged({"3.14t factorize/threads=4": 1.8}, cores=4)) == 1


def test_one_block_has_no_word() -> None:
    assert judged({"3.14t factorize/threads=2": 1.8}, error=None) == {}


def test_what_is_not_resolved_names_the_blocks_that_would_tell() -> None:
    (open_,) = judged({"3.14t factorize/threads=2": 1.25}, error=0.05).values()
    assert open_.word is Scale.UNRESOLVED
    assert open_.blocks is not None
    assert open_.blocks > 10
    (known,) = judged({"3.14t factorize/threads=2": 1.9}).values()
    assert known.blocks is None


def test_processes_are_a_limit_and_not_judged() -> None:
    assert {cell.benchmark.mode for cell in PLAN.cells} >= {Mode.PROCESSES}
    assert judged({"3.14 factorize/processes=2": 1.8}) == {}
