"""Words for speed-ups: read off the interval alone, and right in families of known truth."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Scale
from harness.statistics.intervals import ratio
from harness.statistics.location import Location, student
from harness.statistics.scaling_words import blocks_to_resolve, scaling_words

SIMULATIONS = 2000


def where(speedup: float, error: float, df: float = 9) -> Location:
    return Location(point=math.log(speedup), error=error, df=df, n=10, method="t")


def word(speedup: float, error: float, ceiling: float = 1.95) -> Scale:
    (found,) = scaling_words([where(speedup, error)], [ceiling])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("speedup", "error", "expected"),
    [
        (1.85, 0.01, Scale.FULL),
        (1.40, 0.01, Scale.PART),
        (1.65, 0.05, Scale.PART),  # may scale in full; that it gains is certain
        (1.03, 0.01, Scale.NOT),
        (0.90, 0.05, Scale.NOT),  # 0.80 to 1.01: slower or not, it does not scale
        (0.985, 0.015, Scale.NOT),
        (0.80, 0.02, Scale.SLOWER),
        (1.15, 0.02, Scale.UNRESOLVED),
        (1.30, 0.20, Scale.UNRESOLVED),
    ],
)
def test_each_word_follows_from_where_and_how_sure(
    speedup: float, error: float, expected: Scale
) -> None:
    assert word(speedup, error) is expected


@pytest.mark.parametrize(
    ("speedup", "expected"),
    [(1.0, Scale.UNRESOLVED), (1.25, Scale.FULL), (0.8, Scale.SLOWER)],
)
def test_a_machine_that_gives_little_itself_leaves_little_to_tell(
    speedup: float, expected: Scale
) -> None:
    assert word(speedup, 0.005, ceiling=1.2) is expected
    assert blocks_to_resolve(where(1.0, 0.1), 1.2) is None


@given(
    speedup=st.floats(0.3, 4), error=st.floats(0.001, 0.3), ceiling=st.floats(1.4375, 4, width=32)
)
def test_alone_the_word_is_read_off_the_interval(
    speedup: float, error: float, ceiling: float
) -> None:
    interval = ratio(where(speedup, error))
    assert interval.low is not None
    assert interval.high is not None
    if interval.low >= max(1.15, 0.8 * ceiling):
        expected = Scale.FULL
    elif interval.low > 1.15:
        expected = Scale.PART
    elif interval.high < 0.95:
        expected = Scale.SLOWER
    else:
        expected = Scale.NOT if interval.high < 1.15 else Scale.UNRESOLVED
    assert word(speedup, error, ceiling) is expected


def test_a_family_asks_for_more_than_one_interval() -> None:
    alone = where(1.25, 0.032)
    family = [alone, *(where(1.15, 0.05) for _ in range(9))]
    assert scaling_words([alone], [2.0]) == (Scale.PART,)
    assert scaling_words(family, [2.0] * 10)[0] is Scale.UNRESOLVED


def test_what_has_no_error_has_no_word_and_counts_for_no_family() -> None:
    lone = Location(point=0.0, error=None, df=0, n=1, method="one process")
    assert scaling_words([lone, where(1.9, 0.01), None], [2, 2, 2]) == (None, Scale.FULL, None)
    assert scaling_words([], []) == ()


def is_wrong(found: Scale | None, speedup: float, ceiling: float) -> bool:
    """Return whether a word contradicts the true speed-up."""
    return (
        (found is Scale.FULL and speedup < 0.8 * ceiling)
        or (found is Scale.PART and speedup < 1.15)
        or (found is Scale.NOT and speedup > 1.15)
        or (found is Scale.SLOWER and speedup > 0.95)
    )


@pytest.mark.parametrize(
    "truth",
    [
        (1.149,),
        (1.0, 1.0, 1.0, 1.9),
        # Each just short of what the next word would take.
        (1.149,) * 8,
        (0.951, 1.149, 1.559, 0.951, 1.149, 1.559),
        (1.151, 1.559, 1.151, 1.559),
    ],
)
@pytest.mark.parametrize("noise", [0.02, 0.1])
@pytest.mark.no_cover
def test_a_family_of_known_truth_has_a_wrong_word_once_in_twenty(
    truth: tuple[float, ...], noise: float
) -> None:
    rng, wrong = np.random.default_rng(11), 0
    for values in rng.normal(0, noise, (SIMULATIONS, len(truth), 10)):
        locations = [student(math.log(s) + each) for s, each in zip(truth, values, strict=True)]
        words = scaling_words(locations, [1.95] * len(truth))
        wrong += any(is_wrong(said, s, 1.95) for said, s in zip(words, truth, strict=True))

    assert wrong / SIMULATIONS <= 0.06


@pytest.mark.parametrize(
    ("speedup", "expected"),
    [(1.82, Scale.FULL), (1.35, Scale.PART), (1.01, Scale.NOT), (0.85, Scale.SLOWER)],
)
def test_ten_blocks_that_vary_by_four_percent_give_the_true_word(
    speedup: float, expected: Scale
) -> None:
    rng, right = np.random.default_rng(12), 0
    for values in rng.normal(0, 0.04, (500, 8, 10)):
        family = [student(math.log(speedup) + each) for each in values]
        right += scaling_words(family, [1.95] * 8).count(expected)

    assert right / (500 * 8) >= 0.95


def test_as_many_blocks_as_it_names_would_tell_four_times_of_five() -> None:
    rng, told = np.random.default_rng(13), 0
    blocks = blocks_to_resolve(where(1.08, 0.05), 2.0)
    assert blocks is not None
    for values in rng.normal(math.log(1.08), 0.05 * math.sqrt(10), (1000, blocks)):
        told += scaling_words([student(values)], [2.0]) == (Scale.NOT,)

    # More than four of five: t with more blocks is narrower too.
    assert 0.8 <= told / 1000 <= 0.95


def test_no_number_of_blocks_is_named_that_nobody_would_measure() -> None:
    assert blocks_to_resolve(where(1.149, 0.1), 2.0) is None
    assert blocks_to_resolve(Location(point=0, error=None, df=0, n=1, method=""), 2.0) is None
    alone = blocks_to_resolve(where(1.05, 0.05), 2.0)
    among = blocks_to_resolve(where(1.05, 0.05), 2.0, family=8)
    assert alone is not None
    assert among is not None
    assert 10 < alone < among
