"""The README's two commands: what a new user types, and what decides whether a change lands."""

from __future__ import annotations

from tests.fresh.trial import readme_commands, readme_preparation
from tests.paths import ROOT

BENCH, TESTS = "pip install nox && nox -s bench", "pip install nox && nox -s tests"


def test_the_readme_makes_an_environment_and_has_two_commands() -> None:
    """Outside of an environment pip refuses on Debian 12, Ubuntu 23.04, Fedora 38 and newer."""
    assert readme_commands() == (
        "python3 -m venv .venv",
        ". .venv/bin/activate",
        BENCH,
        TESTS,
    )
    environment = "python3 -m venv .venv && . .venv/bin/activate"
    assert readme_preparation() == f"{environment} && pip install nox"


def test_what_decides_whether_a_change_lands_runs_the_tests_as_the_readme_has_them() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert TESTS in script.splitlines()
