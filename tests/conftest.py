"""Settings of every test, and which tests share a worker of pytest-xdist."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

if TYPE_CHECKING:
    from xdist.remote import Producer

# No deadline: machines are shared. The gate draws the same examples every time, so that it
# judges the change and not its luck; a developer's own run keeps looking for new ones. Coverage
# needs the branches, not the search: there, ten examples reach them.
hypothesis.settings.register_profile("local", deadline=None, max_examples=25)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, max_examples=100)
hypothesis.settings.register_profile("coverage", deadline=None, derandomize=True, max_examples=10)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")

# Workers of pytest-xdist are told a width; lines to be compared must not be wrapped.
os.environ.pop("COLUMNS", None)

_ONE_GROUP = (
    "tests/browser",
    "tests/integration/test_catalogue.py",
    "tests/integration/test_installed.py",
    "tests/unit/export",
)
"""Folders and files whose tests share a fixture that is expensive to make."""


def _group(nodeid: str) -> str | None:
    """Return with which others a test runs on one worker; None for a test that goes anywhere."""
    for prefix in _ONE_GROUP:
        if nodeid.startswith(prefix):
            return prefix
    return None if nodeid.startswith("tests/integration/") else nodeid.partition("::")[0]


def _turn(nodeid: str) -> int:
    """Return the place in the queue: the longest first, so that no worker ends far behind."""
    first = ("tests/integration/test_bench.py", "tests/browser/", "tests/integration/")
    return next((i for i, start in enumerate(first) if nodeid.startswith(start)), len(first))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Order the tests of a worker; a run without workers keeps pytest's own order."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _turn(item.nodeid))


class _GroupScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Send what shares a fixture to one worker, and the rest to any.

    xdist's own groups change node ids behind pytest's back, which pytest 9.2 ignores: the
    catalogue ran once on each worker, instead of once.
    """

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid) or nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _GroupScheduling:
    """Schedule by the groups above, whatever ``--dist`` says."""
    return _GroupScheduling(config, log)
