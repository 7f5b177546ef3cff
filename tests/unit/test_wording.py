from __future__ import annotations

from harness.wording import by_reason

ROWS = [("3.14t", "no compiler"), ("pypy", "no network"), ("3.14t+gil", "no compiler")]


def test_a_reason_is_given_once_for_all_that_it_is_for() -> None:
    assert by_reason(ROWS) == (("3.14t, 3.14t+gil", "no compiler"), ("pypy", "no network"))


def test_the_verb_agrees_with_the_number_of_names() -> None:
    assert [subject for subject, _ in by_reason(ROWS, verb="is")] == [
        "3.14t, 3.14t+gil are",
        "pypy is",
    ]
