"""Pilots and first values → how each variant warms up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.analyse import analyse
from harness.analysis.experiment.warmup import is_inconsistent
from harness.planning.warmup import Shape
from tests.unit import fakes
from tests.unit.execution.test_scheduler import run
from tests.unit.planning.test_calibration import PLAN, answering, slow_until

if TYPE_CHECKING:
    from harness.model import Outcome


def test_each_group_has_a_result_from_its_reference() -> None:
    found = analyse(fakes.manifest(PLAN), tuple(run(PLAN).outcomes)).warmup

    assert [f"{one.variant} {one.benchmark.name}" for one in found] == [
        "3.14 factorize/threads=1",
        "pypy factorize/threads=1",
        "3.14 factorize/processes=1",
    ]
    for one in found:
        assert (one.shape, one.found_s, one.segments, one.processes) == (Shape.FLAT, 0, 1, 1)
        assert one.cold_ratio is not None
        assert one.cold_ratio.point == pytest.approx(1)
        assert not one.is_capped
    assert [one.warmups for one in found] == [5, 50, 5]
    assert [one.warmup_s for one in found] == pytest.approx([0.1, 1.0, 0.1])


def test_a_result_says_what_the_warm_ups_were_chosen_by() -> None:
    outcomes = tuple(run(PLAN, answer=answering(slow_until(0.3))).outcomes)
    one = analyse(fakes.manifest(PLAN), outcomes).warmup[0]

    assert (one.shape, one.segments, one.processes) == (Shape.WARMUP, 2, 2)
    assert one.found_s == pytest.approx(0.3, abs=0.031)
    assert round(one.warmup_s, 6) >= round(one.found_s, 6)
    assert list(one.curve[0]) == pytest.approx([0.03, 1.5])
    assert one.curve[-1][1] == pytest.approx(1)


def test_more_than_is_granted_is_said() -> None:
    late = slow_until(4.0, 40.0)
    outcomes = tuple(run(PLAN, answer=answering(late, label="pypy")).outcomes)
    one = next(
        one for one in analyse(fakes.manifest(PLAN), outcomes).warmup if one.variant == "pypy"
    )

    assert one.is_capped
    assert one.found_s > 3


def test_before_the_first_block_there_is_a_course_and_no_cold_value() -> None:
    pilot = tuple(one for one in run(PLAN).outcomes if one.job.block == 0)
    found = analyse(fakes.manifest(PLAN), pilot).warmup

    assert {(one.shape, one.cold_ratio, one.warmups) for one in found} == {(Shape.FLAT, None, 0)}


def test_pilots_without_a_series_say_nothing() -> None:
    def older(outcome: Outcome) -> Outcome:
        suite = json.loads(bytes(outcome.run))
        suite["metadata"].pop("gilscope_series", None)
        return msgspec.structs.replace(outcome, run=msgspec.Raw(json.dumps(suite).encode()))

    outcomes = tuple(older(one) for one in run(PLAN).outcomes)
    assert analyse(fakes.manifest(PLAN), outcomes).warmup == ()


@pytest.mark.parametrize(
    ("cold", "expected"),
    [
        ([0.3, 0.3, -0.3, -0.3, 0.0], True),
        ([0.3, 0.3, -0.3, 0.0, 0.0], False),
        ([0.3] * 7 + [-0.3] * 3, True),
        ([0.3] * 8 + [-0.3] * 2, False),
        ([0.3] * 10, False),
        ([0.09, -0.09] * 5, False),
        ([0.3, -0.3], False),
        ([], False),
    ],
)
def test_processes_are_inconsistent_when_many_lie_on_either_side(
    cold: list[float],
    expected: bool,  # noqa: FBT001 - what is expected
) -> None:
    assert is_inconsistent(np.array(cold)) == expected


@given(st.lists(st.floats(-3, 3), max_size=30))
def test_whether_processes_agree_does_not_depend_on_direction_or_order(cold: list[float]) -> None:
    found = is_inconsistent(np.array(cold))

    assert is_inconsistent(-np.array(cold)) == found
    assert is_inconsistent(np.array(cold[::-1])) == found


@pytest.mark.parametrize("n", [5, 10, 20])
def test_noise_and_spells_alone_are_hardly_ever_inconsistent(n: int) -> None:
    draw = np.random.default_rng(9)
    noise = draw.normal(0, 0.06, (4000, n))
    spells = draw.choice([0, 0.47, -0.47], p=[0.86, 0.07, 0.07], size=(4000, n))

    wrong = np.mean([is_inconsistent(cold) for cold in noise + spells])
    assert wrong <= 0.02
    torn = np.where(draw.random((4000, n)) < 0.5, 0.25, -0.25) + noise
    assert np.mean([is_inconsistent(cold) for cold in torn]) >= (0.55 if n == 5 else 0.85)
