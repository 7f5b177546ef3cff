from __future__ import annotations

import sys

import pytest

from harness.invocation import to_type


@pytest.mark.parametrize(
    ("started", "words", "line"),
    [
        ("/site-packages/harness/__main__.py", ("report",), "nox -s report"),
        ("/site-packages/harness/__main__.py", ("bench", "--fast"), "nox -s bench -- --fast"),
        ("/home/a b/bin/gilscope", ("report",), "gilscope report"),
        ("gilscope.exe", ("workload", "check", "my.py"), "gilscope workload check my.py"),
        ("", ("bench", "--fast"), "nox -s bench -- --fast"),
    ],
)
def test_the_line_to_type_is_as_this_process_was_started(
    monkeypatch: pytest.MonkeyPatch, started: str, words: tuple[str, ...], line: str
) -> None:
    monkeypatch.setattr(sys, "argv", [started])

    assert to_type(*words) == line
