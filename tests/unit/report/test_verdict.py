"""A change, no change, or not enough known: decided by the interval alone."""

from __future__ import annotations

import math

import pytest

from harness.model import Estimate
from harness.report.verdict import Verdict, between, verdict


def ratio(low: float | None, high: float | None) -> Estimate:
    return Estimate(point=1.0, low=low, high=high, level=0.95, n=10, method="t")


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (1.001, 1.05, Verdict.CHANGED),
        (1.001, 1.01, Verdict.CHANGED),
        (0.9, 0.9999, Verdict.CHANGED),
        (0.98, 1.02, Verdict.UNCHANGED),
        (1.0, 1.02, Verdict.UNCHANGED),
        (0.9799, 1.0, Verdict.UNRESOLVED),
        (0.99, 1.3, Verdict.UNRESOLVED),
        (0.745, 1.121, Verdict.UNRESOLVED),
        (None, None, Verdict.UNKNOWN),
        (0.9, math.inf, Verdict.UNKNOWN),
    ],
)
def test_verdict_follows_the_interval(
    low: float | None, high: float | None, expected: Verdict
) -> None:
    assert verdict(ratio(low, high)) is expected


def test_range_is_rounded_outward() -> None:
    said = between(ratio(0.745, 1.121), "slower", "faster").replace("\u00a0", " ")
    assert said == "between 26 % slower and 13 % faster"
    assert between(ratio(0.9, 1.1), "less", "more time").startswith("between 10\u00a0% less and 10")
