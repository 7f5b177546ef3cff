"""Rounding follows the interval, units follow the size."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model import Estimate
from harness.report import text


def number(point: float, low: float | None, high: float | None, n: int = 10) -> Estimate:
    return Estimate(point=point, low=low, high=high, level=0.95, n=n, method="t")


@pytest.mark.parametrize(
    ("estimate", "expected"),
    [
        (number(1.8713, 1.8402, 1.9029), "1.87× [1.84, 1.90]"),
        (number(1.8713, 1.8683, 1.8743), "1.871× [1.868, 1.874]"),
        (number(2.9, 1.1, 9.3), "2.9× [1.1, 9.3]"),
        (number(1.5, 0.02, 112.0), "1.50× [0.0200, 112]"),
        (number(1.87, None, None, n=1), "1.87× (one process only, no interval)"),
        (number(1.87, None, None, n=4), "1.87× (no interval)"),
    ],
)
def test_digits_of_a_factor_follow_the_width(estimate: Estimate, expected: str) -> None:
    assert text.factor(estimate).text.replace("\u00a0", " ") == expected


@pytest.mark.parametrize(
    ("estimate", "expected"),
    [
        (number(0.08432, 0.0841, 0.0846), "84.3 ms [84.1, 84.6]"),
        (number(1.5, 1.4, 1.6), "1.5 s [1.4, 1.6]"),
        (number(3.21e-6, 3.1e-6, 3.3e-6), "3.2 µs [3.1, 3.3]"),
    ],
)
def test_seconds_choose_their_unit(estimate: Estimate, expected: str) -> None:
    assert text.seconds(estimate).text.replace("\u00a0", " ") == expected


def test_change_is_signed_and_never_minus_zero() -> None:
    assert text.change(number(1.087, 1.073, 1.101)).value == "+9\u00a0%"
    assert text.change(number(0.554, 0.545, 0.563)).value == "\u221244.6\u00a0%"
    assert text.change(number(0.9999, 0.97, 1.03)).value == "0\u00a0%"


def test_absent_and_broken_numbers_are_a_dash() -> None:
    assert text.factor(None).text == text.ABSENT
    assert text.seconds_point(math.nan) == text.ABSENT
    assert text.factor(number(math.inf, None, None)).text == text.ABSENT
    assert text.bytes_size(None) == text.plain(None) == text.ABSENT


def test_an_interval_that_holds_one_is_no_change() -> None:
    assert text.is_unchanged(number(1.01, 0.98, 1.04))
    assert not text.is_unchanged(number(1.03, 1.01, 1.05))
    assert not text.is_unchanged(number(1.0, None, None, n=1))


def test_small_words() -> None:
    assert text.listed(("a", "b", "c")) == "a, b and c"
    assert text.count(2, "process") == "2 processes"
    assert text.duration(402.7) == "6\u00a0min 43\u00a0s"
    assert text.duration(7300) == "2\u00a0h 1\u00a0min"
    assert text.bytes_size(3 * 1024**3) == "3.00\u00a0GiB"
    assert text.seconds_point(0) == "0\u00a0s"


@given(st.floats(1e-9, 1e9), st.floats(1e-6, 5), st.integers(2, 40))
def test_every_estimate_has_words(point: float, spread: float, n: int) -> None:
    one = number(point, point * math.exp(-spread), point * math.exp(spread), n=n)
    for shown in (text.factor(one), text.seconds(one), text.amount(one), text.change(one)):
        assert "nan" not in shown.text
        assert shown.note.startswith("[")
