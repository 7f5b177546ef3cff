"""A verdict in words: the range of what is not resolved, and what is near 1."""

from __future__ import annotations

import msgspec
import pytest

from harness.model import Decision, Estimate, Verdict
from harness.report.words.verdicts import between, percent, probability, unchanged
from tests.unit.report import factory


def ratio(low: float | None, high: float | None) -> Estimate:
    return Estimate(point=1.0, low=low, high=high, level=0.95, n=10, method="t")


def verdict() -> Verdict:
    found = factory.judged(ratio(0.745, 1.121))
    assert found is not None
    assert found.decision is Decision.UNRESOLVED
    return found


def test_range_is_rounded_outward() -> None:
    said = between(ratio(0.745, 1.121), verdict(), less="slower", more="faster")
    assert said.replace("\u00a0", " ") == "between 26 % slower and 13 % faster"
    said = between(ratio(0.9, 1.1), verdict(), less="less", more="more time")
    assert said.startswith("between 10\u00a0% less and 10")


def test_what_only_the_family_leaves_open_is_said_so() -> None:
    judged = msgspec.structs.replace(verdict(), family=9)
    said = between(ratio(1.01, 1.05), judged, less="less", more="more")
    assert said == ("its interval alone leaves out 1, but of 9 comparisons one may do so by chance")


@pytest.mark.parametrize(
    ("share", "said"), [(0.02, "2"), (0.0349, "3.5"), (0.12, "12"), (0.1, "10")]
)
def test_a_threshold_is_said_in_percent(share: float, said: str) -> None:
    assert percent(share) == f"{said}\u00a0%"
    assert unchanged(msgspec.structs.replace(verdict(), threshold=share)).endswith(percent(share))


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        (0.0004, "<\u00a00.001"),
        (0.034, "0.034"),
        (0.0496, "0.049"),
        (0.04999, "0.049"),
        (0.05, "0.050"),
        (0.0504, "0.050"),
        (0.9999, "1.000"),
    ],
)
def test_a_p_is_never_rounded_across_the_level_it_decides_at(p: float, shown: str) -> None:
    assert probability(p) == shown
