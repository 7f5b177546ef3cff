"""The real interpreters that every integration test runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import interpreters

if TYPE_CHECKING:
    from harness.interpreters import Provisioned


@pytest.fixture(scope="session")
def matrix() -> Provisioned:
    """Return the default matrix: found, or built here; nothing of it may be missing."""
    found = interpreters.provision((), notify=interpreters.ignore)
    assert found.unavailable == ()
    return found
