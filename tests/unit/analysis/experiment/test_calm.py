"""Which turns were calm: by the canaries around them, and by how long the token was held."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.analysis.experiment.calm import calm_share, calm_turns, undisturbed_us
from harness.model import Outcome, Turn
from tests.unit import fakes

if TYPE_CHECKING:
    from collections.abc import Sequence

CELL = fakes.plan(("3.14",), workloads=("factorize",), threads=(1,)).cells[0]
HELD_S = 0.02


def turn(
    before: tuple[int, ...], after: tuple[int, ...], *, number: int = 1, held_s: float = HELD_S
) -> Turn:
    return Turn(round=number, position=0, at_s=0.0, held_s=held_s, before=before, after=after)


def outcome(*turns: Turn, cpus: tuple[int, ...] = (0,), block: int = 1) -> Outcome:
    return msgspec.structs.replace(fakes.outcome_of(CELL, block), turns=turns, cpus=cpus)


def calm(*outcomes: Outcome) -> list[list[bool]]:
    found = calm_turns(outcomes)
    assert found is not None
    return [found[one.job.key].tolist() for one in outcomes]


def pairs(took_us: Sequence[int]) -> list[Turn]:
    """Return turns on one CPU, each between two of these canaries."""
    return [turn((first,), (last,)) for first, last in itertools.pairwise(took_us)]


def test_a_turn_is_calm_between_two_undisturbed_canaries() -> None:
    took_us = [1000, 1010, 1000, 1600, 1000, 1140, 1160, 990, 1005]

    assert calm(outcome(*pairs(took_us))) == [[True, True, False, False, True, False, False, True]]


def test_every_cpu_of_a_turn_must_be_undisturbed() -> None:
    turns = [
        turn((1000, 2000), (1000, 2000)),
        turn((1000, 2000), (1000, 2000)),
        turn((1000, 2900), (1000, 2000)),
        turn((1000, 2000), (1400, 2000)),
    ]

    assert calm(outcome(*turns, cpus=(3, 1))) == [[True, True, False, False]]


def test_each_cpu_has_a_level_of_its_own_over_all_processes() -> None:
    quick = outcome(*[turn((1000,), (1000,))] * 5, cpus=(0,))
    slow = outcome(*[turn((1500,), (1500,))] * 5, cpus=(1,), block=2)
    disturbed = outcome(turn((1500,), (1500,)), cpus=(0,), block=3)

    assert undisturbed_us([quick, slow, disturbed]) == {0: 1000, 1: 1500}
    assert calm(quick, slow, disturbed) == [[True] * 5, [True] * 5, [False]]


def test_the_level_withstands_a_machine_that_is_disturbed_most_of_the_time() -> None:
    turns = [turn((1000,), (1000,))] * 3 + [turn((1600,), (1600,))] * 7

    assert calm(outcome(*turns)) == [[True] * 3 + [False] * 7]


@pytest.mark.parametrize(
    ("held_s", "is_calm"), [(HELD_S, True), (0.1399, True), (0.141, False), (5.0, False)]
)
def test_a_token_that_is_held_long_is_not_calm(
    held_s: float,
    is_calm: bool,  # noqa: FBT001 - what is expected
) -> None:
    usual = [turn((1000,), (1000,))] * 4
    odd = turn((1000,), (1000,), held_s=held_s)

    assert calm(outcome(*usual, odd)) == [[True] * 4 + [is_calm]]


def test_long_values_are_no_pauses() -> None:
    turns = [turn((1000,), (1000,), held_s=held_s) for held_s in (1.0, 1.1, 1.9, 2.3)]

    assert calm(outcome(*turns)) == [[True] * 4]


@pytest.mark.parametrize(
    ("before", "after"),
    [((), ()), ((1000, 1000), ()), ((), (1000, 1000)), ((1000,), (1000, 1000)), ((1000,), (1000,))],
)
def test_a_turn_without_a_canary_of_each_cpu_is_not_calm(
    before: tuple[int, ...], after: tuple[int, ...]
) -> None:
    usual = [turn((1000, 1000), (1000, 1000))] * 4

    assert calm(outcome(*usual, turn(before, after), cpus=(0, 1))) == [[True] * 4 + [False]]


def test_a_canary_that_did_not_answer_is_not_calm() -> None:
    usual = [turn((1000,), (1000,))] * 4

    assert calm(outcome(*usual, turn((1000,), (1_000_000,)))) == [[True] * 4 + [False]]


def test_a_process_that_heard_no_canary_is_not_calm_among_others_that_did() -> None:
    deaf = outcome(turn((), ()), turn((), ()), cpus=(5,), block=2)
    without_cpus = outcome(turn((), ()), cpus=(), block=3)
    alone = outcome(block=4)

    assert calm(outcome(turn((1000,), (1000,))), deaf, without_cpus, alone) == [
        [True],
        [False, False],
        [False],
        [],
    ]


def test_without_canaries_nothing_is_known() -> None:
    for outcomes in ((), (fakes.outcome_of(CELL, 1),), (outcome(turn((), ())),)):
        assert calm_turns(outcomes) is None
        assert calm_share(outcomes) is None


def test_the_share_is_of_all_turns() -> None:
    first = outcome(*[turn((1000,), (1000,))] * 3)
    second = outcome(turn((1000,), (1900,)), block=2)

    assert calm_share([first, second]) == 0.75


@given(
    st.lists(st.tuples(st.integers(900, 2000), st.integers(900, 2000)), min_size=1, max_size=30),
    st.randoms(use_true_random=False),
)
def test_the_order_of_turns_makes_no_difference(
    heard: list[tuple[int, int]], random: object
) -> None:
    turns = [turn((before,), (after,)) for before, after in heard]
    places = list(range(len(turns)))
    random.shuffle(places)  # type: ignore[attr-defined]
    (usual,), (mixed,) = calm(outcome(*turns)), calm(outcome(*[turns[it] for it in places]))

    assert mixed == [usual[place] for place in places]
