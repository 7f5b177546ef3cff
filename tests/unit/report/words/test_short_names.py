"""Long names in narrow columns."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.report.words.short_names import short_names


def test_names_that_fit_stay_as_they_are() -> None:
    names = ("a", "factorize/threads=2")

    assert short_names(names, longest=20) == {name: name for name in names}


def test_a_common_beginning_is_left_out_as_far_as_it_must_be() -> None:
    names = [f"draft3 > items > items validation > {end}" for end in ("too long", "too short")]

    assert [*short_names(names, longest=24).values()] == [
        "…validation > too long",
        "…validation > too short",
    ]


def test_names_that_differ_in_the_middle_keep_what_differs() -> None:
    names = [f"{'x' * 100}{letter}{'y' * 100}" for letter in "AB"]

    first, second = short_names(names, longest=23).values()

    assert "A" in first
    assert "B" in second


@given(st.lists(st.text(max_size=60), unique=True, max_size=30), st.integers(8, 40))
def test_no_two_names_become_one_and_none_is_too_long(names: list[str], longest: int) -> None:
    short = short_names(names, longest=longest)

    assert [*short] == names
    assert len(set(short.values())) == len(names)
    assert all(len(name) <= longest for name in short.values())
