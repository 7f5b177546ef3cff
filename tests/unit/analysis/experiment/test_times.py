"""Differences of cells: within rounds first, then the median of each block's calm ones."""

from __future__ import annotations

import dataclasses
import itertools
import math
import warnings
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.experiment.times import Times, process_times
from harness.model import Turn
from harness.statistics.rounds import median_of_rounds
from harness.storage.worker_result import read_runs
from tests.unit import fakes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.model import Cell, Outcome

PLAN = fakes.plan(("3.14", "3.14t"), workloads=("factorize",), threads=(1,), blocks=4)
OVER, UNDER = (
    next(cell for cell in PLAN.cells if cell.variant == label and cell.benchmark.threads == 1)
    for label in ("3.14t", "3.14")
)
NAN = math.nan


def times(
    over: Sequence[Sequence[float]],
    under: Sequence[Sequence[float]] | None = None,
    *,
    calm: Sequence[Sequence[int]] | None = None,
    cpus: int = 1,
) -> Times:
    """Return the times of two cells, by default against zeros; the rest holds for both."""
    logs = np.array(over, dtype=float)
    zeros = np.zeros_like(logs) if under is None else np.array(under, dtype=float)
    mask = None if calm is None else np.array(calm, dtype=bool)
    return Times(
        blocks=tuple(range(1, len(logs) + 1)),
        logs={OVER.name: logs, UNDER.name: zeros},
        calm={} if mask is None else {OVER.name: mask, UNDER.name: mask},
        cpus={OVER.name: cpus, UNDER.name: cpus},
    )


def minus(of: Times, *, is_all: bool = False) -> list[float]:
    return [*map(float, of.minus(OVER.name, UNDER.name, is_all=is_all))]


def test_a_block_is_the_median_of_differences_and_not_the_difference_of_medians() -> None:
    found = times([[1.0, 2.0, 9.0]], [[0.0, 5.0, 1.0]])

    assert minus(found) == [1.0]


def test_bursts_that_hit_both_cancel_and_those_that_hit_one_are_outvoted() -> None:
    burst = [0.0, 0.5, 0.4, 0.0, 0.3]
    over = [0.1 + it for it in burst[:-1]] + [0.9]

    assert minus(times([over], [burst])) == pytest.approx([0.1])


def test_a_round_without_one_of_the_two_does_not_count() -> None:
    found = times([[1.0, NAN, 3.0, 5.0]], [[0.0, 7.0, NAN, 1.0]])

    assert minus(found) == [2.5]


def test_a_block_without_a_common_round_compares_medians() -> None:
    """The cells of a group that was split were never measured in one round."""
    found = times([[4.0, NAN], [1.0, 2.0]], [[NAN, 1.0], [0.0, 0.0]])

    assert minus(found) == pytest.approx([3.0, 1.5], nan_ok=True)


def test_an_unknown_cell_has_no_difference() -> None:
    of = times([[1.0], [2.0]])

    for names in (("x", UNDER.name), (OVER.name, "x"), ("x", "y")):
        assert np.isnan(of.minus(*names)).tolist() == [True, True]
    lost = dataclasses.replace(of, logs={OVER.name: of.logs[OVER.name]})
    assert lost.difference(OVER, UNDER) is None
    assert len(lost.pairs(OVER, UNDER)) == 0
    assert OVER.name in lost
    assert UNDER.name not in lost


def test_a_difference_is_located_by_its_blocks() -> None:
    where = times([[1.0, 1.0], [2.0, 2.0], [3.0, 6.0]]).difference(OVER, UNDER)

    assert where is not None
    assert where.n == 3
    assert where.point == pytest.approx(2.5)


def test_only_calm_rounds_count() -> None:
    found = times(
        [[1.0, 9.0, 1.2, 9.0, 1.4]] * 3,
        calm=[[1, 0, 1, 0, 1]] * 3,
    )

    assert minus(found) == [1.2] * 3
    assert minus(found, is_all=True) == [1.4] * 3


def test_a_round_is_calm_if_both_its_values_are() -> None:
    found = times([[1.0, 2.0, 3.0, 4.0, 5.0]], calm=[[1, 1, 1, 1, 1]])
    masks = {OVER.name: [1, 1, 1, 1, 0], UNDER.name: [0, 1, 1, 1, 1]}
    calm = {name: np.array([mask], dtype=bool) for name, mask in masks.items()}
    of = dataclasses.replace(found, calm=calm)

    assert minus(of) == [3.0]
    assert of.calm_share(OVER, UNDER) == 0.6


def test_a_block_with_too_few_calm_rounds_is_left_out() -> None:
    calm = [[1, 1, 1, 0, 0]] * 3 + [[1, 1, 0, 0, 0]]
    found = times([[1.0, 2.0, 3.0, 4.0, 5.0]] * 4, calm=calm)

    assert minus(found) == pytest.approx([2.0, 2.0, 2.0, NAN], nan_ok=True)
    assert found.pairs(OVER, UNDER).tolist() == [2.0] * 3
    assert minus(found, is_all=True) == [3.0] * 4


@pytest.mark.parametrize(
    ("good", "of", "is_calm_used"),
    [(1, 4, False), (2, 4, True), (3, 6, True), (3, 7, False), (4, 7, True), (2, 2, True),
     (1, 2, False), (1, 1, True), (0, 5, False)],
)  # fmt: skip
def test_with_too_few_calm_blocks_every_round_of_every_block_counts(
    good: int,
    of: int,
    is_calm_used: bool,  # noqa: FBT001 - what is expected
) -> None:
    calm = [[1, 1, 1, 0, 0]] * good + [[0, 0, 0, 0, 0]] * (of - good)
    found = times([[1.0, 2.0, 3.0, 4.0, 5.0]] * of, calm=calm)

    expected = [2.0] * good + [NAN] * (of - good) if is_calm_used else [3.0] * of
    assert minus(found) == pytest.approx(expected, nan_ok=True)


def test_on_several_cpus_two_calm_blocks_are_enough() -> None:
    """All rounds would be biased: a lock leaves CPUs idle, and disturbances do not hit those."""
    calm = [[1, 1, 1, 0, 0]] * 2 + [[0, 0, 0, 0, 0]] * 8
    found = times([[1.0, 2.0, 3.0, 4.0, 5.0]] * 10, calm=calm, cpus=2)

    assert minus(found) == pytest.approx([2.0] * 2 + [NAN] * 8, nan_ok=True)


def test_of_a_single_value_in_each_block_all_count() -> None:
    """It waits: that the machine was disturbed meanwhile says nothing about it."""
    calm = [[1]] * 2 + [[0]] * 4

    assert minus(times([[1.0]] * 2 + [[2.0]] * 4, calm=calm)) == [1.0] * 2 + [2.0] * 4


def test_a_block_without_values_is_none_of_those_that_must_be_calm() -> None:
    calm = [[1, 1, 1, 0]] * 3 + [[0, 0, 0, 0]] * 5
    over = [[1.0, 2.0, 3.0, 9.0]] * 3 + [[NAN] * 4] * 5

    assert minus(times(over, calm=calm)) == pytest.approx([2.0] * 3 + [NAN] * 5, nan_ok=True)


def test_what_has_few_rounds_needs_all_of_them_calm() -> None:
    over = [[1.0, 1.0, NAN]] * 4
    calm = [[1, 1, 0]] * 3 + [[1, 0, 0]]

    assert minus(times(over, calm=calm)) == pytest.approx([1.0] * 3 + [NAN], nan_ok=True)


def test_whether_it_was_calm_does_not_depend_on_the_values() -> None:
    draw = np.random.default_rng(4)
    calm = (draw.random((6, 20)) < 0.6).tolist()
    over = draw.normal(0, 0.1, (6, 20))
    first, second = (minus(times(shifted.tolist(), calm=calm)) for shifted in (over, over + 0.25))

    assert np.array(second) - np.array(first) == pytest.approx(0.25)


def test_a_difference_has_the_opposite_sign_the_other_way_round() -> None:
    draw = np.random.default_rng(5)
    found = times(draw.normal(0, 0.1, (6, 20)).tolist(), draw.normal(0, 0.1, (6, 20)).tolist())

    there, back = found.minus(OVER.name, UNDER.name), found.minus(UNDER.name, OVER.name)
    assert there == pytest.approx(-back)


def test_the_calm_share_is_of_rounds_that_both_have() -> None:
    found = times([[1.0, NAN, 1.0, 1.0, 1.0]], calm=[[1, 1, 1, 0, 0]])

    assert found.calm_share(OVER, UNDER) == 0.5
    assert times([[1.0]]).calm_share(OVER, UNDER) is None
    assert times([[NAN]], calm=[[1]]).calm_share(OVER, UNDER) is None


def _nan_median(rounds: NDArray[np.float64]) -> NDArray[np.float64]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice encountered")
        return np.asarray(np.nanmedian(rounds, axis=1))


@given(
    st.integers(1, 9).flatmap(
        lambda width: st.lists(
            st.lists(st.floats(-1e6, 1e6) | st.just(NAN), min_size=width, max_size=width),
            max_size=6,
        ).map(lambda rows: np.array(rows, dtype=float).reshape(len(rows), width))
    )
)
def test_the_median_of_rounds_is_the_median_without_nan(rounds: NDArray[np.float64]) -> None:
    np.testing.assert_array_equal(median_of_rounds(rounds), _nan_median(rounds))


def in_turns(
    cell: Cell, block: int, values: Sequence[float], *, took_us: Sequence[int] = ()
) -> Outcome:
    """Return the outcome of a worker with these values; each canary around them is given."""
    outcome = fakes.outcome_of(cell, block, values=({},) * len(values))
    suite = msgspec.json.decode(outcome.run)
    suite["benchmarks"][0]["runs"][0]["values"] = list(values)
    samples = msgspec.json.decode(suite["metadata"]["gilscope_samples"])
    for sample, value in zip(samples, values, strict=True):
        sample[0] = value
    suite["metadata"]["gilscope_samples"] = msgspec.json.encode(samples).decode()
    heard: list[tuple[int, ...]] = [(took,) for took in took_us] or [()] * (len(values) + 1)
    turns = tuple(
        Turn(round=number, position=0, at_s=0.1, held_s=0.02, before=before, after=after)
        for number, (before, after) in enumerate(itertools.pairwise(heard), start=1)
    )
    return msgspec.structs.replace(
        outcome, turns=turns, cpus=(0,), run=msgspec.Raw(msgspec.json.encode(suite))
    )


def times_of(*outcomes: Outcome) -> Times:
    return process_times(outcomes, read_runs(outcomes))


def test_values_have_their_place_by_block_and_round() -> None:
    found = times_of(
        in_turns(OVER, 3, [0.1, 0.2]),
        in_turns(OVER, 1, [0.3, 0.4, 0.5]),
        in_turns(UNDER, 3, [0.6, 0.7]),
    )

    assert found.blocks == (1, 3)
    assert found.calm == {}
    np.testing.assert_allclose(np.exp(found.logs[OVER.name]), [[0.3, 0.4, 0.5], [0.1, 0.2, NAN]])
    np.testing.assert_allclose(np.exp(found.logs[UNDER.name]), [[NAN, NAN, NAN], [0.6, 0.7, NAN]])


def test_a_process_that_took_no_turns_has_its_median_for_its_only_value() -> None:
    older = [
        msgspec.structs.replace(in_turns(cell, block, values), turns=())
        for cell, block, values in (
            (OVER, 1, [0.1, 0.2, 0.4]),
            (OVER, 2, [0.1, 0.4]),
            (UNDER, 1, [0.1, 0.1, 0.3]),
        )
    ]
    found = times_of(*older)

    assert found.calm == {}
    np.testing.assert_allclose(np.exp(found.logs[OVER.name]), [[0.2], [0.2]])
    assert minus(found) == pytest.approx([math.log(2), NAN], nan_ok=True)


def test_failures_pilots_and_the_memory_pass_have_no_times() -> None:
    good = in_turns(OVER, 1, [0.1])
    pilot = fakes.outcome_of(OVER, 0)
    memory = fakes.outcome_of(OVER, 2, is_memory=True)
    failed = msgspec.structs.replace(
        fakes.outcome_of(OVER, 3), status="failed", run=msgspec.Raw(b"null")
    )

    assert times_of(good, pilot, memory, failed).blocks == (1,)
    assert times_of().blocks == ()
    assert OVER.name not in times_of()


def test_turns_are_calm_by_their_canaries() -> None:
    found = times_of(
        in_turns(OVER, 1, [0.1, 0.1, 0.1], took_us=[1000, 1000, 1500, 1000]),
        in_turns(OVER, 2, [0.1], took_us=[1000, 1100]),
    )

    assert found.calm[OVER.name].tolist() == [[True, False, False], [True, False, False]]


def test_a_process_without_turns_among_others_is_never_calm() -> None:
    found = times_of(
        in_turns(OVER, 1, [0.1, 0.1], took_us=[1000, 1000, 1000]),
        msgspec.structs.replace(in_turns(OVER, 2, [0.1, 0.2]), turns=()),
    )

    assert found.calm[OVER.name].tolist() == [[True, True], [False, False]]
