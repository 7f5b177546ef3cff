"""Rounding follows the interval, units follow the size."""

from __future__ import annotations

import math
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Estimate
from harness.report.elements import Shown
from harness.report.words import formatting


def number(point: float, low: float | None, high: float | None, n: int = 10) -> Estimate:
    return Estimate(point=point, low=low, high=high, level=0.95, n=n, method="t")


@pytest.mark.parametrize(
    ("estimate", "expected"),
    [
        (number(1.8713, 1.8402, 1.9029), "1.871× [1.840, 1.903]"),
        (number(1.8713, 1.8683, 1.8743), "1.8713× [1.8683, 1.8743]"),
        (number(2.9, 1.1, 9.3), "2.9× [1.1, 9.3]"),
        (number(1.117, 1.015, 1.24), "1.12× [1.01, 1.24]"),
        (number(1.12, 1.004, 1.24), "1.120× [1.004, 1.240]"),
        (number(0.9, 0.8, 0.9996), "0.9000× [0.8000, 0.9996]"),
        (number(0.9, 0.8, 1.0), "0.90× [0.80, 1.00]"),
        (number(1.2101, 1.21, 1.6), "1.2101× [1.2100, 1.6000]"),
        (number(1.87, 1.87, 1.87), "1.87× [1.87, 1.87]"),
        (number(1.0001889, 1.00018889, 1.0001891), "1.0002× [1.0001, 1.0002]"),
        (number(1.03, 1.00002, 1.06), "1.0300× [1.0001, 1.0600]"),
        (number(0.97, 0.94, 0.99998), "0.9700× [0.9400, 0.9999]"),
        (number(1.00003, 1.00002, 1.00004), "1.0000× [1.0000, 1.0001]"),
        (number(1.87, 1.87 * (1 - 2e-16), 1.87 * (1 + 2e-16)), "1.87× [1.87, 1.87]"),
        (number(3.0, 1.0004, 112.0), "3.0000× [1.0004, 112.00]"),
        (number(1.87, 1.1, math.inf), "1.87× (no interval)"),
        (number(0.063, 0.0604, 0.0656), "0.0630× [0.0604, 0.0656]"),
        (number(1.5, 0.02, 112.0), "1.50× [0.0200, 112]"),
        (number(1.87, None, None, n=1), "1.87× (one process only, no interval)"),
        (number(1.87, None, None, n=4), "1.87× (no interval)"),
    ],
)
def test_digits_of_a_factor_follow_the_width(estimate: Estimate, expected: str) -> None:
    assert formatting.factor(estimate).text.replace("\u00a0", " ") == expected


@pytest.mark.parametrize(
    ("estimate", "expected"),
    [
        (number(1.0, 1.2345e-40, 1.2345e40), "1.00× [1.23e−40, 1.24e40]"),
        (number(1.6e20, 1.5e20, 1.7e20), "1.60e20× [1.50e20, 1.70e20]"),
        (number(3e-9, 1e-9, 9e-9), "3.0e−9× [1.0e−9, 9.0e−9]"),
        (number(9_999_999.0, 9e6, 1.1e7), "9,999,999.0× [9,000,000.0, 1.10e7]"),
    ],
)
def test_a_number_that_says_next_to_nothing_takes_little_room(
    estimate: Estimate, expected: str
) -> None:
    assert formatting.factor(estimate).text.replace("\u00a0", " ") == expected


@given(
    st.floats(-300, 300).map(lambda size: 10**size),
    st.floats(1, 1e150),
    st.floats(1, 1e150),
)
def test_no_cell_of_a_table_is_much_wider_than_twenty_characters(
    point: float, below: float, above: float
) -> None:
    estimate = number(point, point / below, point * above)
    for show in (
        formatting.factor,
        formatting.amount,
        formatting.seconds,
        formatting.change,
        formatting.coefficient,
    ):
        shown = show(estimate)

        assert len(shown.value) <= 26
        assert len(shown.note) <= 50
    assert len(formatting.plain(point)) <= 11


def test_a_small_number_is_not_shown_as_nothing() -> None:
    assert formatting.plain(3e-9) == "3.00e−9"
    assert formatting.plain(1e200) == "1.00e200"


@pytest.mark.parametrize(
    ("estimate", "expected"),
    [
        (number(0.08432, 0.0841, 0.0846), "84.32 ms [84.10, 84.60]"),
        (number(1.5, 1.4, 1.6), "1.50 s [1.40, 1.60]"),
        (number(3.21e-6, 3.1e-6, 3.3e-6), "3.21 µs [3.10, 3.30]"),
    ],
)
def test_seconds_choose_their_unit(estimate: Estimate, expected: str) -> None:
    assert formatting.seconds(estimate).text.replace("\u00a0", " ") == expected


def test_change_is_signed_and_never_minus_zero() -> None:
    assert formatting.change(number(1.087, 1.073, 1.101)).text.replace("\u00a0", " ") == (
        "+8.7 % [+7.3, +10.1]"
    )
    assert formatting.change(number(0.554, 0.545, 0.563)).value == "\u221244.60\u00a0%"
    assert formatting.change(number(0.9999, 0.97, 1.03)).value == "0.0\u00a0%"
    assert formatting.change(number(1.1, 1.004, 1.25)).note == "[+0.4,\u00a0+25.0]"
    assert formatting.change(number(1.00008, 0.99997, 1.0002)).value == "+0.01\u00a0%"
    assert formatting.change(number(1.087, None, None, n=1)).value == "+9\u00a0%"


def test_what_is_one_by_definition_has_no_interval() -> None:
    own = Estimate(point=1.0, low=1.0, high=1.0, level=0.95, n=10, method=formatting.DEFINITION)
    assert formatting.factor(own) == Shown("1", key="1")


def test_absent_and_broken_numbers_are_a_dash() -> None:
    assert formatting.factor(None).text == formatting.ABSENT
    assert formatting.seconds_point(math.nan) == formatting.ABSENT
    assert formatting.factor(number(math.inf, None, None)).text == formatting.ABSENT
    assert formatting.bytes_size(None) == formatting.plain(None) == formatting.ABSENT


def test_small_words() -> None:
    assert formatting.listed(("a", "b", "c")) == "a, b and c"
    assert formatting.count(2, "process") == "2 processes"
    assert formatting.duration(402.7) == "6\u00a0min 43\u00a0s"
    assert formatting.duration(7300) == "2\u00a0h 1\u00a0min"
    assert formatting.bytes_size(3 * 1024**3) == "3.00\u00a0GiB"
    assert formatting.seconds_point(0) == "0\u00a0s"


@given(st.floats(1e-9, 1e9), st.floats(1e-6, 5), st.integers(2, 40))
def test_every_estimate_has_words(point: float, spread: float, n: int) -> None:
    one = number(point, point * math.exp(-spread), point * math.exp(spread), n=n)
    for shown in (
        formatting.factor(one),
        formatting.seconds(one),
        formatting.amount(one),
        formatting.change(one),
    ):
        assert not re.search("nan|inf|None|E", shown.text)
        assert shown.note.startswith("[")


@given(st.floats(0.2, 5), st.floats(1e-12, 4), st.floats(1e-12, 4))
def test_shown_bounds_hold_the_true_ones_and_agree_with_the_decision(
    point: float, below: float, above: float
) -> None:
    low, high = point * math.exp(-below), point * math.exp(above)
    factor = formatting.factor(number(point, low, high))
    down, up = (Decimal(bound) for bound in factor.note.strip("[]").split(",\u00a0"))
    last = Decimal("0.0001")
    assert all(number % last == 0 for number in (down, up) if number > Decimal("0.01"))
    # Outward, but for what four decimals would put on 1 and is not there.
    assert down <= Decimal(repr(low)) or down == 1 + last
    assert up >= Decimal(repr(high)) or up == 1 - last
    middle = Decimal(factor.value.rstrip("×"))
    for exact, shown in ((low, down), (high, up)):
        is_told = abs(Decimal(repr(exact)) - 1) >= last or middle not in (shown, 1)
        assert not is_told or (shown > 1, shown < 1) == (exact > 1, exact < 1)
    assert down <= middle <= up
    for exact, shown in ((low, down), (high, up)):
        is_told = abs(Decimal(repr(exact)) - Decimal(repr(point))) > last
        assert not is_told or middle != shown


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (formatting.share(number(0.0321, 0.0214, 0.0449)).text, "3.2 % [2.1, 4.5]"),
        (formatting.share(number(0.0, None, None)).text, "0.00 % (no interval)"),
        (formatting.share(None).text, "–"),
        (
            formatting.size(number(24_536_000, 24_440_000, 24_630_000)).text,
            "23.399 MiB [23.307, 23.489]",
        ),
        (
            formatting.size(number(3.0 * 2**30, 2.9 * 2**30, 3.1 * 2**30)).text,
            "3.00 GiB [2.90, 3.10]",
        ),
        (formatting.size(None).text, "–"),
        (formatting.whole(1_237_020.0), "1,237,020"),
        (formatting.whole(-3.0), "−3"),
        (formatting.seconds_round(0.005), "5 ms"),
        (formatting.seconds_round(0.00005), "50 µs"),
        (formatting.seconds_round(1.5), "1.5 s"),
    ],
)
def test_shares_sizes_counts_and_round_durations(shown: str, expected: str) -> None:
    assert shown.replace("\u00a0", " ") == expected
